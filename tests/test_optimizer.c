/* test_optimizer.c: the optimizers against the same written out by hand, in long doubles, and
 * against PyTorch's; lbfgs against what a minimum is. */
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- By hand ------------------------------------------------------------------------------ */

/* One weight's step t ≥ 1 at the rate 0.05; s is the optimizer's state for it. */
#define RATE 0.05L
typedef long double by_hand(long double w, long double g, long double s[2], int t);

static long double sgd(long double w, long double g, long double s[2], int t)
{
    (void)s, (void)t;
    return w - RATE * g;
}

static long double momentum(long double w, long double g, long double s[2], int t)
{
    (void)t;
    s[0] = 0.9L * s[0] + g;
    return w - RATE * s[0];
}

/* As published: a step along the old velocity to where the gradient is taken, which here is w, so
 * that v of Sutskever et al. is −η s and w is θ + μ v. */
static long double nesterov(long double w, long double g, long double s[2], int t)
{
    (void)t;
    long double theta = w - 0.9L * s[0], v = 0.9L * s[0] - RATE * g;
    s[0] = v;
    return theta + v + 0.9L * v;
}

static long double rmsprop(long double w, long double g, long double s[2], int t)
{
    (void)t;
    s[0] = 0.9L * s[0] + 0.1L * g * g;
    return w - RATE * g / (sqrtl(s[0]) + 1e-8L);
}

static long double adagrad(long double w, long double g, long double s[2], int t)
{
    (void)t;
    s[0] += g * g;
    return w - RATE * g / (sqrtl(s[0]) + 1e-10L);
}

static long double adam(long double w, long double g, long double s[2], int t)
{
    s[0] = 0.9L * s[0] + 0.1L * g;
    s[1] = 0.999L * s[1] + 0.001L * g * g;
    long double m = s[0] / (1 - powl(0.9L, t)), v = s[1] / (1 - powl(0.999L, t));
    return w - RATE * m / (sqrtl(v) + 1e-8L);
}

static long double sign(long double x) { return (long double)(x > 0) - (long double)(x < 0); }

/* s[0]: the gradient before; s[1]: the step */
static long double rprop(long double w, long double g, long double s[2], int t)
{
    long double turn = sign(g) * sign(s[0]);
    if (t == 1)
        s[1] = RATE;
    if (turn > 0)
        s[1] = fminl(1.2L * s[1], 50);
    if (turn < 0) {
        s[1] = fmaxl(0.5L * s[1], 1e-6L);
        g = 0;
    }
    s[0] = g;
    return w - sign(g) * s[1];
}

/* `shrink`: what weights, not biases, are multiplied by before a step of training. */
static const struct {
    const char *name;
    by_hand *step;
    long double shrink;
} optimizers[] = {
    {"sgd", sgd, 1},         {"momentum", momentum, 1},         {"nesterov", nesterov, 1},
    {"rmsprop", rmsprop, 1}, {"adagrad", adagrad, 1},           {"adam", adam, 1},
    {"rprop", rprop, 1},     {"adamw", adam, 1 - RATE * 0.01L},
};
enum { N_OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

enum { N = 8, MANY = 80 };

/* Gradients of all sizes that change their signs in all ways; of three weights they never do, or
 * always, or are 0. */
static double gradient_at(size_t i, int t)
{
    const double steady[] = {1e-3 / t, t % 2 ? 2 : -2, 0};
    return i < 3 ? steady[i] : pow(10, (double)i - 6) * sin((double)i * t);
}

/* Adam's 1 − 0.999ᵗ keeps 13 of a double's 16 digits. */
static void check_steps(size_t o)
{
    const bp_optimizer *optimizer = bp_optimizer_find(optimizers[o].name, NULL);
    bp_real w[N], g[N], arrays_of[4][N] = {{0}};
    bp_real *const states[] = {arrays_of[0], arrays_of[1], arrays_of[2], arrays_of[3]};
    long double expected[N], s[N][2] = {{0}};
    for (size_t i = 0; i < N; i++)
        expected[i] = w[i] = sin((double)i);
    for (int t = 1; t <= MANY; t++) {
        for (size_t i = 0; i < N; i++) {
            g[i] = gradient_at(i, t);
            expected[i] = optimizers[o].step(expected[i], g[i], s[i], t);
        }
        optimizer->step(N, w, g, states, (double)RATE, (uint64_t)t);
        for (size_t i = 0; i < N; i++)
            check_close(w[i], (double)expected[i], 1e-11, 1e-13, optimizer->name, __FILE__,
                        __LINE__);
    }
}

static void test_steps(void **state)
{
    (void)state;
    for (size_t o = 0; o < N_OPTIMIZERS; o++)
        check_steps(o);
}

/* rprop's steps: none above 50 or below 10⁻⁶, however small the gradient; NaN is passed on. */
static void test_rprop_limits(void **state)
{
    (void)state;
    const bp_optimizer *optimizer = bp_optimizer_find("rprop", NULL);
    bp_real w[] = {0, 0, 0, 0}, before[4] = {0}, size[4], at[4];
    bp_real *const states[] = {before, size};
    for (uint64_t t = 1; t <= 100; t++) {
        const bp_real g[] = {1, t / 2 % 2 ? 1 : -1, t == 100 ? NAN : 1,
                             (bp_real)(SINGLE ? 1e-30 : 1e-200)};
        memcpy(at, w, sizeof w);
        optimizer->step(4, w, g, states, 0.05, t);
    }
    assert_same_bits(w[0] - at[0], -50);
    assert_same_bits(w[3], w[0]);
    assert_true(size[0] == 50 && size[1] == (bp_real)1e-6);
    assert_true(isnan(w[2]) && !isnan(at[2]));
}

/* ---- Batches by hand ---------------------------------------------------------------------- */

/* Rows first … last−1: ∂mse/∂w of this batch, returns the sum of squares. */
static long double batch_by_hand(const long double *w, size_t first, size_t last, long double *g)
{
    long double sum = 0;
    g[0] = g[1] = g[2] = 0;
    for (size_t i = first; i < last; i++) {
        long double d = w[0] * X[i][0] + w[1] * X[i][1] + w[2] - T[i];
        long double slope = 2 * d / (long double)(last - first);
        sum += d * d;
        g[0] += slope * X[i][0], g[1] += slope * X[i][1], g[2] += slope;
    }
    return sum;
}

/* Epochs over batches, the last of which may be smaller; returns the last epoch's loss. */
static double train_by_hand(size_t o, size_t epochs, size_t batch, long double *w)
{
    long double s[N_LINEAR][2] = {{0}}, g[N_LINEAR], sum = 0;
    int t = 0;
    for (size_t i = 0; i < N_LINEAR; i++)
        w[i] = START[i];
    for (size_t epoch = 0; epoch < epochs; epoch++) {
        sum = 0;
        for (size_t first = 0; first < ROWS; first += batch) {
            size_t last = first + batch < ROWS ? first + batch : ROWS;
            sum += batch_by_hand(w, first, last, g);
            w[0] *= optimizers[o].shrink, w[1] *= optimizers[o].shrink;
            t++;
            for (size_t i = 0; i < N_LINEAR; i++)
                w[i] = optimizers[o].step(w[i], g[i], s[i], t);
        }
    }
    return (double)(sum / ROWS);
}

static void check_by_hand(size_t o, size_t epochs, size_t batch)
{
    bp_network *network = make_linear();
    bp_progress last;
    bp_train_options options = {.optimizer = bp_optimizer_find(optimizers[o].name, NULL),
                                .learning_rate = (double)RATE,
                                .epochs = epochs,
                                .batch_size = batch,
                                .file_order = true,
                                .l2 = -1,
                                .progress = keep,
                                .user = &last};
    long double w[N_LINEAR];
    double loss = train_by_hand(o, epochs, batch && batch < ROWS ? batch : ROWS, w);
    train(network, &options);
    for (size_t i = 0; i < N_LINEAR; i++)
        check_close(bp_network_parameters(network)[i], (double)w[i], 1e-11, 1e-12,
                    optimizers[o].name, __FILE__, __LINE__);
    assert_close(last.loss, loss, 1e-11, 0);
    assert_true(last.epoch == epochs && last.epochs == epochs && isnan(last.validation_loss));
    assert_int_equal(last.batch_rows, batch == 3 || batch == 1 ? 1 : ROWS);
    assert_same_bits(last.learning_rate, (double)RATE);
    assert_true(last.network == network && last.seconds >= 0);
    bp_network_destroy(network);
}

/* Row by row, with a last batch of one row, all rows, and more than there are. */
static void test_batches(void **state)
{
    (void)state;
    const size_t batches[] = {ROWS, BP_ALL_ROWS, 0, 100, 1, 3};
    for (size_t o = 0; o < N_OPTIMIZERS; o++) {
        size_t n = bp_optimizer_find(optimizers[o].name, NULL)->all_rows ? 4 : 6;
        for (size_t b = 0; b < n; b++)
            for (size_t epochs = 1; epochs < 7; epochs++)
                check_by_hand(o, epochs, batches[b]);
    }
}

/* x₀·x₁ is orthogonal to x₀, x₁ and 1 on these points, so no linear network gets below its mse of
 * ¼, and 2x₀ − 3x₁ + ½ gets there. Every optimizer, from its default rate on: RMSprop and its like
 * come no nearer than a step, so steps get smaller. */
static void test_minimum(void **state)
{
    (void)state;
    const bp_real corners[4][2] = {{-1, -1}, {-1, 1}, {1, -1}, {1, 1}}, best[] = {2, -3, 0.5};
    bp_real targets[4];
    for (size_t i = 0; i < 4; i++) {
        const bp_real *x = corners[i];
        targets[i] = 2 * x[0] - 3 * x[1] + 0.5 + 0.5 * x[0] * x[1];
    }
    const bp_arrays square = {4, 2, 1, corners[0], 2, targets, 1, NULL};
    for (size_t o = 0; bp_optimizer_at(o); o++) {
        bp_network *network = make_linear();
        bp_progress last;
        bp_train_options options = {
            .optimizer = bp_optimizer_at(o), .epochs = 400000, .progress = keep, .user = &last};
        if (!options.optimizer->sizes_steps)
            options.schedule = bp_schedule_find("cosine", NULL);
        assert_ok(try_to_train(network, &square, NULL, &options, NULL), NULL);
        for (size_t i = 0; i < N_LINEAR; i++)
            check_close(bp_network_parameters(network)[i], best[i], SINGLE ? 1e-3 : 1e-6, 0,
                        options.optimizer->name, __FILE__, __LINE__);
        assert_close(last.loss, 0.25, SINGLE ? 1e-4 : 1e-9, 0);
        bp_network_destroy(network);
    }
}

/* ---- PyTorch's numbers: reference/optimizers.py made them ---------------------------------- */

static bp_real *vector_of_json(const json_t *array, bp_real *values)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        values[i] = json_number_value(json_array_get(array, i));
    return values;
}

static double number_at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void check_vector(const bp_real *actual, const json_t *expected, const char *what)
{
    for (size_t i = 0; i < json_array_size(expected); i++)
        check_close(actual[i], json_number_value(json_array_get(expected, i)), 1e-11, 1e-13, what,
                    __FILE__, __LINE__);
}

/* The steps that given gradients make, one after the other. */
static void check_reference_steps(const json_t *document, const json_t *row)
{
    const bp_optimizer *optimizer =
        bp_optimizer_find(json_string_value(json_object_get(row, "name")), NULL);
    const json_t *gradients = json_object_get(document, "gradients");
    const json_t *start = json_object_get(document, "start"),
                 *steps = json_object_get(row, "steps");
    bp_real w[N], g[N], arrays_of[4][N] = {{0}};
    bp_real *const states[] = {arrays_of[0], arrays_of[1], arrays_of[2], arrays_of[3]};
    assert_non_null(optimizer);
    assert_true(json_array_size(start) <= N && json_array_size(steps) == 20);
    vector_of_json(start, w);
    for (size_t t = 0; t < json_array_size(steps); t++) {
        vector_of_json(json_array_get(gradients, t), g);
        optimizer->step(json_array_size(start), w, g, states, number_at(row, "rate"), t + 1);
        check_vector(w, json_array_get(steps, t), optimizer->name);
    }
}

/* Training of 2-3-1, tanh and identity, with an L2 penalty and a clipped gradient. */
static void check_reference_training(const json_t *row, const json_t *training)
{
    const char *name = json_string_value(json_object_get(row, "name"));
    bp_network *network;
    bp_train_options options = {.optimizer = bp_optimizer_find(name, NULL),
                                .learning_rate = number_at(row, "rate"),
                                .epochs = (size_t)number_at(training, "epochs"),
                                .batch_size = BP_ALL_ROWS,
                                .l2 = number_at(training, "l2"),
                                .clip_norm = number_at(training, "clip")};
    make_network((const size_t[]){2, 3, 1}, 2, bp_activation_find("tanh", NULL),
                 bp_activation_find("identity", NULL), &network);
    assert_int_equal(json_array_size(json_object_get(training, "end")), N_DEEP);
    vector_of_json(json_object_get(training, "start"), bp_network_parameters(network));
    train(network, &options);
    check_vector(bp_network_parameters(network), json_object_get(training, "end"), name);
    bp_network_destroy(network);
}

static void test_reference(void **state)
{
    (void)state;
    json_t *document = load_json("tests/reference/optimizers.json"), *row, *training;
    size_t i, j;
    assert_int_equal(json_array_size(json_object_get(document, "optimizers")), N_OPTIMIZERS);
    json_array_foreach(json_object_get(document, "optimizers"), i, row)
    {
        check_reference_steps(document, row);
        assert_int_equal(json_array_size(json_object_get(row, "trainings")), 4);
        json_array_foreach(json_object_get(row, "trainings"), j, training)
            check_reference_training(row, training);
    }
    json_decref(document);
}

/* ---- lbfgs -------------------------------------------------------------------------------- */

/* The weights' penalty ½ λ Σ w² of 2-3-1, and λ w added to the gradient; not of the biases. */
static double add_penalty(const bp_network *network, double l2, bp_real *gradient)
{
    const bp_real *w = bp_network_parameters(network);
    const char *is_weight = "1101101101110";
    double sum = 0;
    for (size_t i = 0; i < N_DEEP; i++)
        if (is_weight[i] == '1') {
            sum += 0.5 * l2 * w[i] * w[i];
            gradient[i] += l2 * w[i];
        }
    return sum;
}

static double objective(const bp_network *network, double l2, bp_real *gradient)
{
    bp_workspace *workspace;
    double value;
    bp_source source = bp_arrays_source(&arrays);
    assert_ok(bp_workspace_create(network, NULL, ROWS, &workspace, NULL), NULL);
    assert_ok(
        bp_loss_of(network, workspace, bp_loss_find("mse", NULL), &source, &value, gradient, NULL),
        NULL);
    bp_workspace_destroy(workspace);
    return value + add_penalty(network, l2, gradient);
}

typedef struct descent {
    double l2, objective; /* the epoch before */
    size_t epochs;
} descent;

/* Each iteration lowers the objective; the loss is that of the weights as they are. */
static int check_descent(const bp_progress *progress, void *user)
{
    descent *d = user;
    bp_real gradient[N_DEEP];
    double now = objective(progress->network, d->l2, gradient);
    assert_true(now <= d->objective * (1 + 1e-14));
    assert_close(progress->loss, objective(progress->network, 0, gradient), 1e-13, 1e-15);
    assert_true(progress->learning_rate > 0 && progress->epoch == ++d->epochs);
    d->objective = now;
    return 0;
}

/* At the end the gradient of the objective is 0 by every parameter that is trained (a 1 in the
 * mask); all others are as they were. */
static void check_lbfgs(const char *hidden, double l2, const char *names, const char *mask)
{
    bp_network *network, *before;
    bp_real gradient[N_DEEP];
    descent d = {.l2 = l2, .objective = INFINITY};
    bp_train_options options = {.optimizer = bp_optimizer_find("lbfgs", NULL),
                                .epochs = 3000,
                                .l2 = l2,
                                .train_only = names,
                                .progress = check_descent,
                                .user = &d};
    bp_network **both[] = {&network, &before};
    for (int i = 0; i < 2; i++) {
        make_network((const size_t[]){2, 3, 1}, 2, bp_activation_find(hidden, NULL),
                     bp_activation_find("identity", NULL), both[i]);
        assert_ok(bp_network_initialize(*both[i], "glorot", 1, NULL), NULL);
    }
    assert_ok(bp_train_state_create(&options.state, NULL), NULL);
    train(network, &options);
    assert_int_equal(bp_train_state_end(options.state), BP_END_CONVERGED);
    assert_int_equal(bp_train_state_epoch(options.state), d.epochs);
    assert_true(d.epochs > 4 && d.epochs < 3000);
    objective(network, l2, gradient);
    for (size_t i = 0; i < N_DEEP; i++) {
        double w = bp_network_parameters(network)[i], kept = bp_network_parameters(before)[i];
        if (mask[i] == '0')
            assert_same_bits(w, kept);
        else
            check_close(gradient[i], 0, 0, SINGLE ? 2e-3 : 1e-6, hidden, __FILE__, __LINE__);
        assert_true(mask[i] == '0' || fabs(w - kept) > 1e-6);
    }
    bp_train_state_destroy(options.state);
    bp_network_destroy(network), bp_network_destroy(before);
}

static bool without_lbfgs(void)
{
    bp_error error;
    if (bp_optimizer_find("lbfgs", &error))
        return false;
    assert_string_equal(error.message, "this bprop was built without liblbfgs; install it, with "
                                       "its header, and build again with -Dlbfgs=enabled");
    return true;
}

/* Products of weights make curved valleys, as Rosenbrock's function has them. */
static void test_lbfgs(void **state)
{
    (void)state;
    if (without_lbfgs())
        skip();
    check_lbfgs("tanh", 0.01, NULL, "1111111111111");
    check_lbfgs("tanh", 0, NULL, "1111111111111");
    check_lbfgs("elu", 0.1, NULL, "1111111111111");
    check_lbfgs("identity", 0, NULL, "1111111111111");
    check_lbfgs("tanh", 0.1, "0.weight,2.weight", "1101101101110");
    check_lbfgs("tanh", 0.1, "0.bias,2.bias", "0010010010001");
    check_lbfgs("softplus", 0, "2.weight,2.bias", "0000000001111");
}

/* It does not come back with NaN from where the loss overflows. */
static void test_lbfgs_diverges(void **state)
{
    (void)state;
    if (without_lbfgs())
        skip();
    const bp_real far[2][2] = {{SINGLE ? 1e30 : 1e200, 1}, {1, SINGLE ? -1e30 : -1e200}},
                  targets[2] = {1, 2};
    const bp_arrays rows = {2, 2, 1, far[0], 2, targets, 1, NULL};
    bp_network *network = make_linear();
    bp_train_options options = {.optimizer = bp_optimizer_find("lbfgs", NULL), .epochs = 10};
    bp_error error;
    bp_status status = try_to_train(network, &rows, NULL, &options, &error);
    assert_int_equal(status, SINGLE ? BP_OK : BP_ERROR_DIVERGED); /* losses are doubles */
    if (status)
        assert_memory_equal(error.message, "training diverged: the loss in epoch 1 is not finite",
                            52);
    assert_memory_equal(bp_network_parameters(network), START, sizeof START);
    bp_network_destroy(network);
}

/* Of a gradient whose squares overflow, too: one step of mae, whose gradient is ±x, to the length
 * of the rate. One whose squares vanish is far below the norm, and stays. */
static void test_clip_extremes(void **state)
{
    (void)state;
    const bp_real large = SINGLE ? 1e30 : 1e200, small = SINGLE ? 1e-30 : 1e-200;
    const bp_real largest = SINGLE ? 1e37 : 1.5e308; /* whose norm overflows itself */
    const struct {
        bp_real x[2], step[3];
    } rows[] = {{{large, large}, {0.70710678118654752, 0.70710678118654752, 0}},
                {{largest, largest}, {0.70710678118654752, 0.70710678118654752, 0}},
                {{large, -large / 2}, {0.89442719099991588, -0.44721359549995794, 0}},
                {{small, small}, {0, 0, 1}}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const bp_real target = -1;
        const bp_arrays row = {1, 2, 1, rows[r].x, 2, &target, 1, NULL};
        bp_source source = bp_arrays_source(&row);
        bp_train_options options = bp_train_defaults();
        bp_network *network = make_linear();
        bp_real *w = bp_network_parameters(network);
        options.optimizer = bp_optimizer_find("sgd", NULL);
        options.learning_rate = 0.5;
        options.epochs = 1;
        options.clip_norm = 1;
        w[0] = w[1] = 0.25, w[2] = 0;
        assert_ok(bp_train(network, bp_loss_find("mae", NULL), &source, NULL, &options, NULL),
                  NULL);
        for (size_t i = 0; i < 3; i++) /* the output is above the target each time */
            assert_close(w[i], (i < 2 ? 0.25 : 0) - 0.5 * rows[r].step[i], 1e-15, 1e-15);
        bp_network_destroy(network);
    }
}

/* ---- What does not go together ------------------------------------------------------------- */

static void test_refused(void **state)
{
    (void)state;
    const bp_optimizer *rprop = bp_optimizer_find("rprop", NULL);
    const bp_optimizer *lbfgs = bp_optimizer_find("lbfgs", NULL);
    const bp_optimizer idle = {.name = "idle", .n_state = 1};
    const bp_optimizer greedy = {.name = "greedy", .n_state = 5, .step = rprop->step};
    const bp_schedule *step = bp_schedule_find("step", NULL);
    const struct {
        bp_train_options options;
        const char *message;
    } rows[] = {
        {{.optimizer = rprop, .schedule = step},
         "rprop finds the size of its steps itself; it takes no schedule or warm-up"},
        {{.optimizer = rprop, .warmup = 1},
         "rprop finds the size of its steps itself; it takes no schedule or warm-up"},
        {{.optimizer = rprop, .batch_size = ROWS - 1},
         "rprop takes all rows at once, not batches of 6; leave the batch size away"},
        {{.optimizer = &idle}, "optimizer idle has no step"},
        {{.optimizer = &greedy}, "optimizer greedy has 5 states; at most 4 are kept"},
        {{.optimizer = lbfgs, .schedule = step},
         "lbfgs finds the size of its steps itself; it takes no schedule or warm-up"},
        {{.optimizer = lbfgs, .warmup = 1},
         "lbfgs finds the size of its steps itself; it takes no schedule or warm-up"},
        {{.optimizer = lbfgs, .batch_size = 1},
         "lbfgs takes all rows at once, not batches of 1; leave the batch size away"},
        {{.optimizer = lbfgs, .learning_rate = 0.1},
         "lbfgs finds the size of its steps itself; it takes no learning rate"},
        {{.optimizer = lbfgs, .dropout = 0.1},
         "lbfgs finds the size of its steps itself; it takes no dropout, which changes the loss "
         "from one evaluation to the next"},
        {{.optimizer = lbfgs, .clip_norm = 1},
         "lbfgs finds the size of its steps itself; it takes no clipping of the gradient"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].options.optimizer)
            check_refused(&arrays, &rows[i].options, rows[i].message);
}

static void test_names(void **state)
{
    (void)state;
    const char *known = "unknown optimizer 'magic'; known: adam, sgd";
    bp_error error;
    for (size_t i = 0; bp_optimizer_at(i); i++)
        assert_ptr_equal(bp_optimizer_find(bp_optimizer_at(i)->name, NULL), bp_optimizer_at(i));
    assert_null(bp_optimizer_find("magic", &error));
    assert_int_equal(error.status, BP_ERROR_ARGUMENT);
    assert_memory_equal(error.message, known, strlen(known));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),          cmocka_unit_test(test_rprop_limits),
        cmocka_unit_test(test_batches),        cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_reference),      cmocka_unit_test(test_lbfgs),
        cmocka_unit_test(test_lbfgs_diverges), cmocka_unit_test(test_clip_extremes),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
