/* test_objective.c: what training minimises: the loss of rows with their weights, the penalty, and
 * what dropout makes of it. */
#include "training.h"

#include "base/random.h"
#include "network/dropout.h"
#include "network/network_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows with weights --------------------------------------------------------------------- */

/* Targets of two outputs that every loss takes: shares that add up to 1. */
static const bp_real T2[ROWS][2] = {{1, 0},     {0, 1}, {0.25, 0.75},  {1, 0},
                                    {0.5, 0.5}, {0, 1}, {0.125, 0.875}};

/* 2-3-2 with the outputs that the loss needs. */
static bp_network *network_for(const bp_loss *loss)
{
    const char *output = loss->output ? loss->output : "identity";
    bp_network *network;
    make_network((const size_t[]){2, 3, 2}, 2, bp_activation_find("tanh", NULL),
                 bp_activation_find(output, NULL), &network);
    assert_ok(bp_network_initialize(network, "normal", 1, NULL), NULL);
    return network;
}

/* Row i as often as counts[i] says. */
typedef struct repeated {
    bp_real X[2 * ROWS][2], T[2 * ROWS][2];
    bp_arrays arrays;
} repeated;

static void repeat(const double *counts, repeated *to)
{
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++)
        for (double k = 0; k < counts[i]; k++, n++) {
            memcpy(to->X[n], X[i], sizeof X[i]);
            memcpy(to->T[n], T2[i], sizeof T2[i]);
        }
    to->arrays = (bp_arrays){n, 2, 2, to->X[0], 2, to->T[0], 2, NULL};
}

static bp_arrays weighted(const double *weights)
{
    return (bp_arrays){ROWS, 2, 2, X[0], 2, T2[0], 2, weights};
}

/* The loss of a source through a workspace of so many rows. */
static double loss_of(const bp_network *network, const bp_loss *loss, const bp_arrays *rows,
                      size_t max_rows, bp_real *gradient)
{
    bp_source source = bp_arrays_source(rows);
    bp_workspace *workspace;
    double value = NAN;
    bp_error error;
    assert_ok(bp_workspace_create(network, NULL, max_rows, &workspace, &error), &error);
    assert_ok(bp_loss_of(network, workspace, loss, &source, &value, gradient, &error), &error);
    bp_workspace_destroy(workspace);
    return value;
}

static void check_vectors(const bp_real *actual, const bp_real *expected, size_t n, double rtol,
                          double atol, const char *what)
{
    for (size_t i = 0; i < n; i++)
        check_close(actual[i], expected[i], rtol, atol, what, __FILE__, __LINE__);
}

/* A row of weight 2 is a row that stands twice, one of weight 0 is not there: for the loss and its
 * gradient, however many rows go through the network at a time, and in training. */
static void check_counts(const bp_loss *loss, const double *counts)
{
    enum { MOST = 17 };
    const size_t at_a_time[] = {1, 2, 3, 5, ROWS, 100};
    const bp_arrays rows = weighted(counts);
    repeated expected;
    repeat(counts, &expected);
    bp_network *network = network_for(loss), *same = network_for(loss);
    size_t n = bp_network_n_parameters(network);
    bp_real G[MOST], H[MOST];
    assert_int_equal(n, MOST);
    double value = loss_of(same, loss, &expected.arrays, 100, H);
    for (size_t i = 0; i < sizeof at_a_time / sizeof *at_a_time; i++) {
        assert_close(loss_of(network, loss, &rows, at_a_time[i], G), value, 1e-13, 0);
        check_vectors(G, H, n, 1e-12, 1e-14, loss->name);
    }
    bp_source source = bp_arrays_source(&rows), twice = bp_arrays_source(&expected.arrays);
    bp_train_options options = {.epochs = 5, .batch_size = BP_ALL_ROWS};
    assert_ok(bp_train(network, loss, &source, NULL, &options, NULL), NULL);
    assert_ok(bp_train(same, loss, &twice, NULL, &options, NULL), NULL);
    check_vectors(bp_network_parameters(network), bp_network_parameters(same), n, 1e-9, 1e-11,
                  loss->name);
    bp_network_destroy(network), bp_network_destroy(same);
}

static void test_counts(void **state)
{
    (void)state;
    const double counts[][ROWS] = {
        {1, 2, 0, 1, 3, 0, 1}, {0, 0, 0, 0, 0, 0, 1}, {2, 2, 2, 2, 2, 2, 2}, {0, 5, 0, 0, 0, 0, 0}};
    for (size_t l = 0; bp_loss_at(l); l++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
            check_counts(bp_loss_at(l), counts[c]);
}

/* Σ w·loss / Σ w from the losses of the rows alone, with weights that are no counts; a sum has no
 * divisor. The gradient is that of central differences. */
static void check_shares(const bp_loss *loss)
{
    static const double weights[ROWS] = {0.5, 1e-3, 20, 0, 0.75, 1.25, 3};
    const bp_arrays rows = weighted(weights);
    bp_network *network = network_for(loss);
    double sum = 0, weight = 0;
    bp_real G[17], *w = bp_network_parameters(network);
    for (size_t i = 0; i < ROWS; i++) {
        const bp_arrays row = {1, 2, 2, X[i], 2, T2[i], 2, NULL};
        sum += weights[i] * loss_of(network, loss, &row, 1, NULL);
        weight += weights[i];
    }
    double expected = loss->reduction == BP_REDUCE_SUM ? sum : sum / weight;
    assert_close(loss_of(network, loss, &rows, 3, G), expected, 1e-13, 0);
    for (size_t i = 0; i < 17; i++) {
        const double h = DIFFERENCE(1e-5);
        const bp_real kept = w[i];
        w[i] = (bp_real)(kept + h);
        double above = loss_of(network, loss, &rows, ROWS, NULL);
        w[i] = (bp_real)(kept - h);
        double below = loss_of(network, loss, &rows, ROWS, NULL);
        w[i] = kept;
        check_close(G[i], (above - below) / (2 * h), SINGLE ? 1e-2 : 1e-7,
                    (SINGLE ? 2e-3 : 1e-7) * expected, loss->name, __FILE__, __LINE__);
    }
    bp_network_destroy(network);
}

static void test_shares(void **state)
{
    (void)state;
    for (size_t l = 0; bp_loss_at(l); l++)
        check_shares(bp_loss_at(l));
}

/* Rows that do not count may hold what they like: here no numbers at all. */
static void test_nothing_counts(void **state)
{
    (void)state;
    bp_real inputs[ROWS][2], targets[ROWS][2], G[17], H[17];
    const double weights[ROWS] = {1, 0, 0, 2, 1, 0, 1};
    memcpy(inputs, X, sizeof X);
    memcpy(targets, T2, sizeof T2);
    inputs[1][0] = NAN, inputs[2][1] = INFINITY, targets[2][0] = NAN, targets[5][1] = -INFINITY;
    const bp_arrays rows = {ROWS, 2, 2, inputs[0], 2, targets[0], 2, weights};
    const bp_arrays clean = weighted(weights);
    for (size_t l = 0; bp_loss_at(l); l++)
        for (size_t most = 1; most <= ROWS; most++) {
            bp_network *network = network_for(bp_loss_at(l));
            double value = loss_of(network, bp_loss_at(l), &clean, most, H);
            assert_same_bits(loss_of(network, bp_loss_at(l), &rows, most, G), value);
            check_vectors(G, H, 17, 0, 0, bp_loss_at(l)->name);
            bp_network_destroy(network);
        }
}

/* A batch whose rows weigh `least`, next to nothing, makes no step: training goes as without them,
 * to the last bit. */
static void check_empty_batches(double least)
{
    const double weights[ROWS] = {1, least, 1, 1, least, 1, least};
    const size_t there[] = {0, 2, 3, 5};
    bp_real inputs[4][2], targets[4];
    for (size_t i = 0; i < 4; i++) {
        memcpy(inputs[i], X[there[i]], sizeof X[0]);
        targets[i] = T[there[i]];
    }
    const bp_arrays some = {4, 2, 1, inputs[0], 2, targets, 1, NULL};
    bp_arrays rows = arrays;
    rows.weights = weights;
    for (size_t o = 0; bp_optimizer_at(o); o++) {
        bp_progress last, without;
        bp_train_options options = {.optimizer = bp_optimizer_at(o),
                                    .epochs = 5,
                                    .batch_size = 1,
                                    .file_order = true,
                                    .progress = keep,
                                    .user = &last};
        if (options.optimizer->all_rows)
            continue;
        bp_network *network = make_deep(), *expected = make_deep();
        assert_ok(try_to_train(network, &rows, NULL, &options, NULL), NULL);
        options.user = &without;
        assert_ok(try_to_train(expected, &some, NULL, &options, NULL), NULL);
        check_same_weights(network, expected, true);
        assert_same_bits(last.loss, without.loss);
        bp_network_destroy(network), bp_network_destroy(expected);
    }
}

static void test_empty_batches(void **state)
{
    (void)state;
    check_empty_batches(0);
    check_empty_batches(1e-310); /* of which the reciprocal is infinite */
}

/* Warm-up takes the epochs that it is asked for, whether or not all of their batches make a step.
 */
static void test_warmup_of_empty_batches(void **state)
{
    (void)state;
    const double weights[ROWS] = {1, 0, 1, 0, 1, 0, 1};
    bp_arrays rows = arrays;
    rows.weights = weights;
    for (size_t epochs = 1; epochs <= 4; epochs++) {
        bp_progress last;
        bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                    .learning_rate = 0.125,
                                    .warmup = 3,
                                    .epochs = epochs,
                                    .batch_size = 1,
                                    .file_order = true,
                                    .progress = keep,
                                    .user = &last};
        bp_network *network = make_deep();
        assert_ok(try_to_train(network, &rows, NULL, &options, NULL), NULL);
        assert_close(last.learning_rate, epochs < 3 ? 0.125 * (double)epochs / 3 : 0.125, 1e-15, 0);
        bp_network_destroy(network);
    }
}

/* What `progress` says of the last batch, when the last that there is makes no step. */
static void test_last_batch(void **state)
{
    (void)state;
    const double weights[ROWS] = {1, 1, 1, 1, 1, 1, 0};
    bp_arrays rows = arrays;
    rows.weights = weights;
    bp_progress last;
    bp_train_options options = {
        .epochs = 1, .batch_size = 3, .file_order = true, .progress = keep, .user = &last};
    bp_network *network = make_deep();
    assert_ok(try_to_train(network, &rows, NULL, &options, NULL), NULL);
    assert_int_equal(last.batch_rows, 3);
    bp_network_destroy(network);
}

/* Weights are doubles in either build, and their unit does not matter where they are divided by
 * their sum: neither to 1/Σ w nor to w itself, which may both be more than a bp_real holds. */
static void test_units_of_weights(void **state)
{
    static const double units[] = {1, 0x1p-140, 0x1p140, 0x1p-1000, 0x1p1000};
    const bp_loss *losses[] = {bp_loss_find("mse", NULL), bp_loss_find("cross_entropy", NULL)};
    (void)state;
    for (size_t l = 0; l < 2; l++) {
        bp_network *network = network_for(losses[l]);
        bp_real G[17], expected[17];
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            double weights[ROWS] = {0.5, 1, 20, 0, 0.75, 1.25, 3};
            for (size_t i = 0; i < ROWS; i++)
                weights[i] *= units[u];
            const bp_arrays rows = weighted(weights);
            loss_of(network, losses[l], &rows, 3, u ? G : expected);
            for (size_t i = 0; u && i < 17; i++)
                assert_same_bits(G[i], expected[i]);
        }
        bp_network_destroy(network);
    }
}

/* A mean over outputs, too, is divided by what is a number. */
static void test_weights_by_outputs(void **state)
{
    (void)state;
    const double weights[ROWS] = {6e307, 6e307};
    const bp_arrays rows = weighted(weights);
    const bp_loss *mse = bp_loss_find("mse", NULL);
    bp_source source = bp_arrays_source(&rows);
    bp_network *network = network_for(mse);
    bp_workspace *workspace;
    bp_error error;
    double value = 5;
    assert_ok(bp_workspace_create(network, NULL, 2, &workspace, NULL), NULL);
    assert_int_equal(bp_loss_of(network, workspace, mse, &source, &value, NULL, &error),
                     BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "the weights of all rows add up to 1.2e+308");
    assert_same_bits(value, 5);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
}

static void test_wrong_weights(void **state)
{
    (void)state;
    const struct {
        double weights[ROWS];
        const char *message;
    } wrong[] = {
        {{1, 1, NAN, 1, 1, 1, 1}, "row 3 has the weight nan; weights are finite and 0 or more"},
        {{-1, 1, 1, 1, 1, 1, 1}, "row 1 has the weight -1; weights are finite and 0 or more"},
        {{1, 1, 1, 1, 1, 1, INFINITY},
         "row 7 has the weight inf; weights are finite and 0 or more"},
        {{0}, "the weights of all rows add up to 0"},
        {{1e-310, 1e-310}, "the weights of all rows add up to 2e-310"},
        {{1e308, 1e308}, "the weights of all rows add up to inf"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const bp_train_options options = bp_train_defaults();
        bp_arrays rows = arrays;
        rows.weights = wrong[i].weights;
        check_refused(&rows, &options, wrong[i].message);
        bp_network *network = make_deep();
        bp_source source = bp_arrays_source(&rows);
        bp_workspace *workspace;
        bp_error error;
        double value = 5;
        assert_int_equal(try_to_train(network, &arrays, &rows, NULL, &error), BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, wrong[i].message);
        assert_ok(bp_workspace_create(network, NULL, 2, &workspace, NULL), NULL);
        assert_int_equal(bp_loss_of(network, workspace, bp_loss_find("mse", NULL), &source, &value,
                                    NULL, &error),
                         BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, wrong[i].message);
        assert_same_bits(value, 5);
        bp_workspace_destroy(workspace);
        bp_network_destroy(network);
    }
}

/* ---- The penalty --------------------------------------------------------------------------- */

/* One step with a penalty, and one without: weights differ (not all: of some optimizers only the
 * gradient's sign counts in the first step), biases to no bit. lbfgs: test_optimizer.c. */
static void test_no_penalty_on_biases(void **state)
{
    (void)state;
    const char *is_weight = "1101101101110";
    for (size_t o = 0; bp_optimizer_at(o); o++) {
        bp_train_options options = {
            .optimizer = bp_optimizer_at(o), .epochs = 1, .batch_size = BP_ALL_ROWS};
        if (!options.optimizer->step)
            continue;
        bp_network *network = make_deep(), *expected = make_deep();
        train(expected, &options);
        options.l2 = 100;
        train(network, &options);
        size_t differ = 0;
        for (size_t i = 0; i < N_DEEP; i++) {
            double w = bp_network_parameters(network)[i], v = bp_network_parameters(expected)[i];
            assert_true(w == v || is_weight[i] == '1');
            differ += w != v;
        }
        assert_true(differ > 1);
        bp_network_destroy(network), bp_network_destroy(expected);
    }
}

/* ---- Dropout ------------------------------------------------------------------------------- */

enum { MANY = 20000 };

/* Workspace and network, 3-4-5-2, of a hidden activation, with masks. */
static bp_network *make_masked(const bp_activation *hidden, size_t rows, bp_workspace **workspace)
{
    bp_network *network;
    make_network((const size_t[]){3, 4, 5, 2}, 3, hidden, bp_activation_find("identity", NULL),
                 &network);
    assert_ok(bp_network_initialize(network, "normal", 2, NULL), NULL);
    assert_ok(bp_workspace_create(network, NULL, rows, workspace, NULL), NULL);
    assert_ok(bp_workspace_add_masks(*workspace, network, NULL), NULL);
    return network;
}

static void set_inputs(bp_workspace *workspace, size_t m, bool all_equal)
{
    size_t lda;
    bp_real *A = bp_workspace_inputs(workspace, &lda);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < 3; j++)
            A[i * lda + j] = sin((double)(7 * (all_equal ? 0 : i) + j + 1));
}

/* Of hidden neurons alone; 0 with the probability p, else 1/(1−p), each for itself; so that what
 * a neuron gives is on average what it would give anyway. Bounds are of five standard deviations.
 */
static void check_masks(double p)
{
    bp_workspace *workspace;
    bp_network *network = make_masked(bp_activation_find("sigmoid", NULL), MANY, &workspace);
    bp_random random;
    bp_random_seed(&random, 3, BP_STREAM_DROPOUT);
    set_inputs(workspace, MANY, true);
    bp_workspace_draw_masks(workspace, MANY, p, &random);
    bp_forward(network, workspace, MANY);
    for (size_t l = 0; l < 2; l++) {
        const bp_traces *t = &workspace->layers[l];
        size_t n = t[1].k;
        for (size_t j = 0; j < n; j++) {
            double out = 0, both = 0, mean = 0;
            for (size_t i = 0; i < MANY; i++) {
                double mask = t->M[i * n + j], other = t->M[i * n + (j + 1) % n];
                assert_true(mask == 0 || mask == (bp_real)(1 / (1 - p)));
                out += mask == 0, both += mask == 0 && other == 0;
                mean += t[1].A[i * (n + 1) + j] / MANY;
            }
            assert_close(out / MANY, p, 0, 5 * sqrt(p * (1 - p) / MANY));
            assert_close(both / MANY, p * p, 0, 5 * sqrt(p * p * (1 - p * p) / MANY));
            if (l == 0) /* what enters the second layer differs from row to row */
                assert_close(mean, t->F[j], 5 * sqrt(p / (1 - p) / MANY), 0);
            assert_same_bits(t[1].A[n], 1); /* the bias stays */
        }
    }
    assert_null(workspace->layers[2].M);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
}

static void test_masks(void **state)
{
    (void)state;
    const double parts[] = {0.01, 0.3, 0.5, 0.9};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        check_masks(parts[i]);
}

/* The gradient with masks is that of the loss with the same masks. */
static void check_masked_gradient(const bp_activation *hidden)
{
    enum { M = 6 };
    const bp_loss *mse = bp_loss_find("mse", NULL);
    bp_real targets[M][2], G[64];
    bp_workspace *workspace;
    bp_network *network = make_masked(hidden, M, &workspace);
    bp_real *w = bp_network_parameters(network);
    bp_random random;
    bp_random_seed(&random, 5, BP_STREAM_DROPOUT);
    for (size_t i = 0; i < M; i++)
        targets[i][0] = (double)i, targets[i][1] = -1;
    set_inputs(workspace, M, false);
    bp_workspace_draw_masks(workspace, M, 0.4, &random);
    bp_forward(network, workspace, M);
    bp_loss_delta(network, workspace, mse, M, targets[0], 2, NULL, 1);
    bp_backward(network, workspace, M, G);
    assert_true(bp_network_n_parameters(network) <= 64);
    for (size_t i = 0; i < bp_network_n_parameters(network); i++) {
        const double h = DIFFERENCE(1e-6);
        const bp_real kept = w[i];
        double sums[2];
        for (int side = 0; side < 2; side++) {
            w[i] = (bp_real)(kept + (side ? h : -h));
            bp_forward(network, workspace, M);
            sums[side] = bp_loss_sum(network, workspace, mse, M, targets[0], 2, NULL);
        }
        w[i] = kept;
        check_close(G[i], (sums[1] - sums[0]) / (2 * h), SINGLE ? 0.02 : 1e-6, SINGLE ? 0.05 : 1e-5,
                    hidden->name, __FILE__, __LINE__);
    }
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
}

static void test_masked_gradient(void **state)
{
    (void)state;
    for (size_t a = 0; bp_activation_at(a); a++)
        check_masked_gradient(bp_activation_at(a));
}

/* One step of training by hand: the masks are those of the seed and the epoch. */
static void test_dropout_step(void **state)
{
    (void)state;
    enum { EPOCHS = 3 };
    const bp_loss *mse = bp_loss_find("mse", NULL);
    bp_network *network = make_deep(), *expected = make_deep();
    bp_real G[N_DEEP], *w = bp_network_parameters(expected);
    bp_workspace *workspace;
    bp_source source = bp_arrays_source(&arrays);
    bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                .epochs = EPOCHS,
                                .batch_size = BP_ALL_ROWS,
                                .learning_rate = 0.1,
                                .dropout = 0.5,
                                .seed = 9};
    train(network, &options);
    assert_ok(bp_workspace_create(expected, NULL, ROWS, &workspace, NULL), NULL);
    assert_ok(bp_workspace_add_masks(workspace, expected, NULL), NULL);
    for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++) {
        size_t lda;
        bp_real *A = bp_workspace_inputs(workspace, &lda);
        bp_random random;
        bp_random_seed_part(&random, 9, BP_STREAM_DROPOUT, epoch);
        bp_workspace_draw_masks(workspace, ROWS, 0.5, &random);
        source.fill(source.self, NULL, 0, ROWS, A, lda, NULL, 0);
        bp_forward(expected, workspace, ROWS);
        bp_loss_delta(expected, workspace, mse, ROWS, T, 1, NULL, 1.0 / ROWS);
        bp_backward(expected, workspace, ROWS, G);
        for (size_t i = 0; i < N_DEEP; i++)
            w[i] -= (bp_real)0.1 * G[i];
    }
    check_same_weights(network, expected, true);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network), bp_network_destroy(expected);
}

/* Nothing sits out where a network is measured, and nothing can where there is no hidden layer. */
static int check_whole_network(const bp_progress *progress, void *user)
{
    const bp_loss *mse = bp_loss_find("mse", NULL);
    double expected = loss_of(progress->network, mse, &arrays, ROWS, NULL);
    assert_same_bits(progress->validation_loss, expected);
    *(double *)user = progress->loss;
    return 0;
}

static void test_dropout_elsewhere(void **state)
{
    (void)state;
    double losses[2] = {0};
    bp_network *linear[2] = {make_linear(), make_linear()}, *deep[2] = {make_deep(), make_deep()};
    for (int i = 0; i < 2; i++) {
        bp_train_options options = {.epochs = 2,
                                    .dropout = i ? 0.5 : 0,
                                    .progress = check_whole_network,
                                    .user = &losses[i]};
        assert_ok(try_to_train(linear[i], &arrays, &arrays, &options, NULL), NULL);
        assert_ok(try_to_train(deep[i], &arrays, &arrays, &options, NULL), NULL);
    }
    check_same_weights(linear[0], linear[1], true);
    check_same_weights(deep[0], deep[1], false);
    assert_true(losses[0] != losses[1]);
    for (int i = 0; i < 2; i++)
        bp_network_destroy(linear[i]), bp_network_destroy(deep[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_nothing_counts),
        cmocka_unit_test(test_empty_batches),
        cmocka_unit_test(test_warmup_of_empty_batches),
        cmocka_unit_test(test_last_batch),
        cmocka_unit_test(test_units_of_weights),
        cmocka_unit_test(test_weights_by_outputs),
        cmocka_unit_test(test_wrong_weights),
        cmocka_unit_test(test_no_penalty_on_biases),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_masked_gradient),
        cmocka_unit_test(test_dropout_step),
        cmocka_unit_test(test_dropout_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
