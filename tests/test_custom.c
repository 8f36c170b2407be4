/* test_custom.c: activations and losses of the host's own, given as rows such as the built-in ones
 * are: they pass the same gradient check, train to the same bits at any number of threads, and
 * never get into a model. */
#include "support.h"

#include <math.h>
#include <string.h>

/* ---- The host's rows ----------------------------------------------------------------------- */

/* f and f' of each element */
#define ACTIVATION(f)                                                                              \
    static void f##_apply(size_t m, size_t n, const bp_real *Z, size_t ldz, bp_real *A,            \
                          size_t lda)                                                              \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                A[i * lda + j] = (bp_real)f##_of(Z[i * ldz + j]);                                  \
    }                                                                                              \
    static void f##_times_derivative(size_t m, size_t n, const bp_real *Z, size_t ldz,             \
                                     const bp_real *A, size_t lda, bp_real *D, size_t ldd)         \
    {                                                                                              \
        (void)A, (void)lda;                                                                        \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                D[i * ldd + j] *= (bp_real)f##_slope(Z[i * ldz + j]);                              \
    }                                                                                              \
    static const bp_activation f = {#f, f##_apply, f##_times_derivative};

static double softsign_of(double z) { return z / (1 + fabs(z)); }
static double softsign_slope(double z) { return 1 / ((1 + fabs(z)) * (1 + fabs(z))); }
static double sine_of(double z) { return sin(z); }
static double sine_slope(double z) { return cos(z); }
ACTIVATION(softsign)
ACTIVATION(sine)

/* l of each output (or weighted sum) and target, and ∂l/∂o */
#define LOSS(l, output, reduction)                                                                 \
    static double l##_sum(size_t m, size_t n, const bp_real *O, size_t ldo, const bp_real *T,      \
                          size_t ldt)                                                              \
    {                                                                                              \
        double sum = 0;                                                                            \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                sum += l##_of(O[i * ldo + j], T[i * ldt + j]);                                     \
        return sum;                                                                                \
    }                                                                                              \
    static void l##_delta(size_t m, size_t n, const bp_real *O, size_t ldo, const bp_real *T,      \
                          size_t ldt, bp_real scale, bp_real *D, size_t ldd)                       \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                D[i * ldd + j] = scale * (bp_real)l##_slope(O[i * ldo + j], T[i * ldt + j]);       \
    }                                                                                              \
    static const bp_loss l = {#l, output, reduction, l##_sum, l##_delta};

static double log_cosh_of(double o, double t) { return log(cosh(o - t)); }
static double log_cosh_slope(double o, double t) { return tanh(o - t); }
LOSS(log_cosh, NULL, BP_REDUCE_MEAN_ELEMENTS)

/* whose minimum is the 0.9 quantile (Koenker and Bassett, Econometrica 46, 1978) */
static double quantile_of(double o, double t) { return o < t ? 0.9 * (t - o) : 0.1 * (o - t); }
static double quantile_slope(double o, double t) { return o < t ? -0.9 : 0.1; }
LOSS(quantile, NULL, BP_REDUCE_MEAN_ROWS)

/* of the weighted sums of sine outputs: o is z */
static double of_sine_of(double z, double t) { return 0.5 * (sin(z) - t) * (sin(z) - t); }
static double of_sine_slope(double z, double t) { return (sin(z) - t) * cos(z); }
LOSS(of_sine, "sine", BP_REDUCE_SUM)

static const bp_loss *const losses[] = {&log_cosh, &quantile, &of_sine};
enum { N_LOSSES = sizeof losses / sizeof *losses };

/* ---- What they work on ---------------------------------------------------------------------- */

enum { N_ROWS = 150, IN = 30, HIDDEN = 50, OUT = 3, LD = IN + OUT + 1 };
#define N_WEIGHTS (HIDDEN * (IN + 1) + OUT * (HIDDEN + 1))

static bp_real board[N_ROWS * LD]; /* inputs, targets, and a column that nobody looks at */
static const size_t sizes[] = {IN, HIDDEN, OUT};
static const bp_arrays arrays = {N_ROWS, IN, OUT, board, LD, board + IN, LD, NULL};

static int fill_board(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS * LD; i++)
        board[i] = (bp_real)(i * 7919 % 101) / 101 - (bp_real)0.5;
    for (size_t i = 0; i < N_ROWS; i++)
        board[i * LD + IN + OUT] = NAN;
    return 0;
}

static bp_network *make(const bp_activation *hidden)
{
    bp_network *network;
    bp_error error;
    make_network(sizes, 2, hidden, &sine, &network);
    assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
    return network;
}

/* ---- Tests --------------------------------------------------------------------------------- */

static double loss_at(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                      bp_real *gradient)
{
    double value;
    bp_error error;
    assert_ok(bp_loss_and_gradient(network, workspace, loss, 7, board, LD, board + IN, LD, &value,
                                   gradient, &error),
              &error);
    return value;
}

/* Some weights of a network against central differences. */
static void check_gradient(const bp_activation *hidden, const bp_loss *loss,
                           const bp_kernel *kernel)
{
    const bool single = sizeof(bp_real) == sizeof(float);
    const bp_real h = single ? (bp_real)1e-2 : (bp_real)1e-6;
    static bp_real gradient[N_WEIGHTS];
    bp_network *network = make(hidden);
    bp_real *w = bp_network_parameters(network);
    bp_workspace *workspace;
    bp_error error;
    double seen = 0;
    assert_ok(bp_workspace_create(network, kernel, 8, &workspace, &error), &error);
    loss_at(network, workspace, loss, gradient);
    for (size_t i = 3; i < N_WEIGHTS; i += 41) {
        bp_real kept = w[i];
        w[i] = kept + h;
        double above = loss_at(network, workspace, loss, NULL);
        w[i] = kept - h;
        double below = loss_at(network, workspace, loss, NULL);
        w[i] = kept;
        assert_close(gradient[i], (above - below) / (2 * (double)h), single ? 1e-2 : 1e-6,
                     single ? 1e-3 : 1e-8);
        seen += fabs((double)gradient[i]);
    }
    assert_true(seen > 0);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
}

static void test_gradients(void **state)
{
    (void)state;
    for (size_t k = 0; bp_kernel_at(k); k++)
        for (size_t l = 0; l < N_LOSSES; l++) {
            check_gradient(&softsign, losses[l], bp_kernel_at(k));
            check_gradient(&sine, losses[l], bp_kernel_at(k));
        }
}

/* The loss before and after, and the weights. */
static void train(const bp_loss *loss, const bp_kernel *kernel, size_t threads, double change[2],
                  bp_real weights[N_WEIGHTS])
{
    bp_network *network = make(&softsign);
    bp_workspace *workspace;
    bp_source rows = bp_arrays_source(&arrays);
    bp_error error;
    bp_train_options how = {
        .epochs = 5, .batch_size = 64, .dropout = 0.1, .kernel = kernel, .threads = threads};
    assert_ok(bp_workspace_create(network, kernel, 64, &workspace, &error), &error);
    assert_ok(bp_loss_of(network, workspace, loss, &rows, &change[0], NULL, &error), &error);
    assert_ok(bp_train(network, loss, &rows, &rows, &how, &error), &error);
    assert_ok(bp_loss_of(network, workspace, loss, &rows, &change[1], NULL, &error), &error);
    memcpy(weights, bp_network_parameters(network), N_WEIGHTS * sizeof *weights);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
}

static void test_training(void **state)
{
    static bp_real alone[N_WEIGHTS], shared[N_WEIGHTS];
    (void)state;
    for (size_t k = 0; bp_kernel_at(k); k++)
        for (size_t l = 0; l < N_LOSSES; l++) {
            double change[2], again[2];
            train(losses[l], bp_kernel_at(k), 1, change, alone);
            assert_true(change[1] < 0.95 * change[0]);
            train(losses[l], bp_kernel_at(k), 2, again, shared);
            if (bp_kernel_splits(bp_kernel_at(k)))
                assert_memory_equal(alone, shared, sizeof alone);
            else
                assert_close(again[1], change[1], 1e-4, 0);
        }
}

/* A loss of the mean over rows has no wish about the outputs; one that names its outputs has. */
static void test_outputs(void **state)
{
    bp_network *one, *three = make(&sine);
    bp_error error = {0};
    (void)state;
    make_network((const size_t[]){2, 1}, 1, NULL, &softsign, &one);
    assert_ok(bp_loss_check(&quantile, one, &error), &error);
    assert_ok(bp_loss_check(&of_sine, three, &error), &error);
    assert_int_equal(bp_loss_check(&of_sine, one, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "loss of_sine needs sine outputs, not softsign");
    bp_network_destroy(one), bp_network_destroy(three);
}

static double half_of(double z) { return z > 0 ? z : NAN; }
static double half_slope(double z) { return (void)z, 1; }
ACTIVATION(half)

/* What is not finite is seen, whoever computed it. */
static void test_not_finite(void **state)
{
    (void)state;
    bp_network *network = make(&half);
    bp_source rows = bp_arrays_source(&arrays);
    bp_error error;
    assert_int_equal(bp_train(network, &log_cosh, &rows, NULL, NULL, &error), BP_ERROR_DIVERGED);
    bp_network_destroy(network);
}

static void check_cannot_go_on(bp_status status, const bp_error *error)
{
    assert_int_equal(status, BP_ERROR_ARGUMENT);
    assert_string_equal(error->message, "this training began with loss log_cosh; it cannot go on "
                                        "with loss mse");
}

/* A state knows its loss by name, in memory and in a file. */
static void test_states(void **state)
{
    static const char rows[] = "1,2,3.5\n2,1,0.5\n3,5,1.5\n0,2,2.5\n";
    char *table_path = make_file(rows, sizeof rows - 1), *path = make_file("", 0);
    bp_dataset *table;
    bp_model *model, *loaded;
    bp_error error = {0};
    bp_model_options how = bp_model_defaults();
    bp_train_options trained = {.epochs = 1};
    static const bp_real X[4][2] = {{1, 2}, {3, 4}}, T[4] = {1, 2};
    const bp_arrays four = {4, 2, 1, X[0], 2, T, 1, NULL};
    (void)state;
    bp_source source = bp_arrays_source(&four);
    assert_ok(bp_dataset_read(table_path, NULL, &table, &error), &error);
    how.activation = "softsign";
    assert_int_equal(bp_model_create(table, &how, &model, &error), BP_ERROR_ARGUMENT);
    how.activation = NULL;
    how.loss = "log_cosh";
    assert_int_equal(bp_model_create(table, &how, &model, &error), BP_ERROR_ARGUMENT);
    how.loss = NULL;
    assert_ok(bp_model_create(table, &how, &model, &error), &error);
    assert_ok(bp_train_state_create(&trained.state, &error), &error);
    assert_ok(bp_train(bp_model_network(model), &log_cosh, &source, NULL, &trained, &error),
              &error);
    trained.epochs = 2;
    check_cannot_go_on(bp_model_train(model, table, NULL, &trained, &error), &error);
    assert_ok(bp_model_save_checkpoint(model, trained.state, path, &error), &error);
    bp_train_state_destroy(trained.state);
    assert_ok(bp_model_load_checkpoint(path, &loaded, &trained.state, &error), &error);
    check_cannot_go_on(bp_model_train(loaded, table, NULL, &trained, &error), &error);
    bp_train_state_destroy(trained.state);
    bp_model_destroy(model), bp_model_destroy(loaded);
    bp_dataset_destroy(table);
    remove_file(path), remove_file(table_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients), cmocka_unit_test(test_training),
        cmocka_unit_test(test_outputs),   cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, fill_board, NULL);
}
