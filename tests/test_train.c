/* test_train.c: what is trained, in which order, and how training ends. */
#include "training.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is trained
 * ----------------------------------------------------------------------------- */

/* One step on all rows of 2-3-1, tanh, all of it or what is named. */
static bp_network *after_one_step(const bp_optimizer *optimizer, const char *train_only)
{
    bp_network *network = make_deep();
    bp_train_options options = {.optimizer = optimizer, .epochs = 1, .train_only = train_only};
    train(network, &options);
    return network;
}

/* The named tensors move as if all were trained, optimizer state included; every other keeps its
 * bits. (Not so with lbfgs, whose steps depend on all of the gradient.) The mask has a 1 for every
 * parameter that is named: of three rows of two weights and a bias, and one of three and a bias. */
static void check_train_only(const bp_optimizer *optimizer, const char *names, const char *mask)
{
    bp_network *before = make_deep(), *all = after_one_step(optimizer, NULL);
    bp_network *network = after_one_step(optimizer, names);
    assert_int_equal(strlen(mask), bp_network_n_parameters(network));
    for (size_t i = 0; mask[i]; i++) {
        double w = bp_network_parameters(network)[i], moved = bp_network_parameters(all)[i];
        double kept = bp_network_parameters(before)[i];
        assert_true(fabs(moved - kept) > 1e-9);
        assert_same_bits(w, mask[i] == '1' ? moved : kept);
    }
    bp_network_destroy(network), bp_network_destroy(before), bp_network_destroy(all);
}

static void test_train_only(void **state)
{
    (void)state;
    const struct {
        const char *names, *mask;
    } rows[] = {
        {"0.weight", "1101101100000"},
        {"0.bias", "0010010010000"},
        {"2.weight", "0000000001110"},
        {"2.bias", "0000000000001"},
        {"2.weight,2.bias", "0000000001111"},
        {"2.bias,0.weight", "1101101100001"},
        {"0.weight,0.bias,2.weight,2.bias", "1111111111111"},
    };
    for (size_t o = 0; bp_optimizer_at(o); o++)
        for (size_t r = 0; bp_optimizer_at(o)->step && r < sizeof rows / sizeof *rows; r++)
            check_train_only(bp_optimizer_at(o), rows[r].names, rows[r].mask);
}

static void test_unknown_tensor(void **state)
{
    (void)state;
    const char *const wrong[] = {"4.bias",         "",         "2.weight,2.bia", "2.bias,",
                                 "2.bias ,0.bias", "1.weight", "weight"};
    bp_source source = bp_arrays_source(&arrays);
    bp_network *network = make_deep(), *before = make_deep();
    bp_train_options options = bp_train_defaults();
    bp_error error;
    for (size_t i = sizeof wrong / sizeof *wrong; i-- > 0;) {
        options.train_only = wrong[i];
        assert_int_equal(
            bp_train(network, bp_loss_find("mse", NULL), &source, NULL, &options, &error),
            BP_ERROR_ARGUMENT);
    }
    assert_string_equal(error.message, "no tensor '4.bias' to train; this network has 0.weight, "
                                       "0.bias … to 2.bias");
    check_same_weights(network, before, true);
    bp_network_destroy(network), bp_network_destroy(before);
}

/* ---- The loss of an epoch, and of a source
 * ------------------------------------------------------- */

/* At a rate that changes no bit, an epoch's loss is the loss over all rows, however they are cut
 * into batches; and so is bp_loss_of, whatever its workspace holds. */
static void test_epoch_loss(void **state)
{
    (void)state;
    const size_t batches[] = {1, 3, BP_ALL_ROWS, 100};
    bp_source source = bp_arrays_source(&arrays);
    bp_network *network = make_deep(), *before = make_deep();
    for (size_t l = 0; bp_loss_at(l); l++)
        for (size_t b = 0; b < 4 && !bp_loss_at(l)->output; b++) {
            const bp_loss *loss = bp_loss_at(l);
            bp_workspace *whole, *parts;
            bp_progress last;
            bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                        .epochs = 1,
                                        .learning_rate = 1e-300,
                                        .batch_size = batches[b],
                                        .progress = keep,
                                        .user = &last};
            double expected, value = NAN;
            assert_ok(bp_workspace_create(network, NULL, ROWS, &whole, NULL), NULL);
            assert_ok(bp_workspace_create(network, NULL, b + 1, &parts, NULL), NULL);
            assert_ok(bp_loss_and_gradient(network, whole, loss, ROWS, X[0], 2, T, 1, &expected,
                                           NULL, NULL),
                      NULL);
            assert_ok(bp_train(network, loss, &source, NULL, &options, NULL), NULL);
            assert_ok(bp_loss_of(network, parts, loss, &source, &value, NULL, NULL), NULL);
            check_same_weights(network, before, true);
            assert_close(last.loss, expected, 1e-14, 0);
            assert_close(value, expected, 1e-14, 0);
            bp_workspace_destroy(whole), bp_workspace_destroy(parts);
        }
    bp_network_destroy(network), bp_network_destroy(before);
}

/* ---- Order
 * ---------------------------------------------------------------------------------------- */

/* A deep network after so many epochs in batches of 2 from that source. */
static bp_network *trained(const bp_arrays *data, size_t epochs, bool file_order, uint64_t seed)
{
    bp_network *network = make_deep();
    bp_source source = bp_arrays_source(data);
    bp_train_options options = bp_train_defaults();
    options.epochs = epochs;
    options.batch_size = 2;
    options.file_order = file_order;
    options.seed = seed;
    assert_ok(bp_train(network, bp_loss_find("mse", NULL), &source, NULL, &options, NULL), NULL);
    return network;
}

static void check_order(bp_network *network, bp_network *expected, bool same)
{
    check_same_weights(network, expected, same);
    bp_network_destroy(network), bp_network_destroy(expected);
}

static void test_seeds(void **state)
{
    (void)state;
    check_order(trained(&arrays, 3, false, 1), trained(&arrays, 3, false, 1), true);
    check_order(trained(&arrays, 3, false, 1), trained(&arrays, 3, false, 2), false);
    check_order(trained(&arrays, 3, false, 1), trained(&arrays, 3, true, 1), false);
    check_order(trained(&arrays, 3, true, 1), trained(&arrays, 3, true, 2), true);
}

/* Shuffling is file order on rows that were shuffled before. */
static void test_file_order(void **state)
{
    (void)state;
    bp_real shuffled_X[ROWS][2], shuffled_T[ROWS];
    size_t order[ROWS];
    bp_random random;
    for (size_t i = 0; i < ROWS; i++)
        order[i] = i;
    bp_random_seed_part(&random, 5, BP_STREAM_SHUFFLE, 1); /* of epoch 1 */
    bp_random_shuffle(&random, order, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(shuffled_X[i], X[order[i]], sizeof X[0]);
        shuffled_T[i] = T[order[i]];
    }
    bp_arrays shuffled = {ROWS, 2, 1, shuffled_X[0], 2, shuffled_T, 1, NULL};
    check_order(trained(&shuffled, 1, true, 1), trained(&arrays, 1, false, 5), true);
    check_order(trained(&shuffled, 1, true, 1), trained(&arrays, 1, true, 1), false);
}

enum { VISITED_EPOCHS = 4 };
static size_t visited[VISITED_EPOCHS * ROWS], n_visited; /* a source is const: this is outside it */

static void fill_and_record(const void *self, const size_t *order, size_t first, size_t m,
                            bp_real *A, size_t lda, bp_real *target, size_t ldt)
{
    bp_arrays_source(self).fill(self, order, first, m, A, lda, target, ldt);
    for (size_t i = first; i < first + m; i++) {
        assert_true(m <= 3 && n_visited < VISITED_EPOCHS * ROWS);
        visited[n_visited++] = order ? order[i] : i;
    }
}

/* Every epoch visits every row once, in file order or in an order of its own. */
static void check_visits(bool file_order)
{
    const bp_source source = {ROWS, 2, 1, fill_and_record, &arrays, NULL};
    bp_train_options options = {
        .epochs = VISITED_EPOCHS, .batch_size = 3, .file_order = file_order};
    bp_network *network = make_deep();
    n_visited = 0;
    assert_ok(bp_train(network, bp_loss_find("ssr", NULL), &source, NULL, &options, NULL), NULL);
    assert_int_equal(n_visited, VISITED_EPOCHS * ROWS);
    for (size_t epoch = 0; epoch < VISITED_EPOCHS; epoch++) {
        const size_t *row = visited + epoch * ROWS;
        unsigned seen = 0;
        for (size_t i = 0; i < ROWS; i++) {
            seen |= 1u << row[i];
            assert_true(!file_order || row[i] == i);
        }
        assert_int_equal(seen, (1u << ROWS) - 1);
        if (epoch && !file_order)
            assert_memory_not_equal(row, row - ROWS, ROWS * sizeof *row);
    }
    bp_network_destroy(network);
}

static void test_visits(void **state)
{
    (void)state;
    check_visits(true);
    check_visits(false);
}

/* ---- How training ends
 * ---------------------------------------------------------------------------- */

static size_t calls; /* of the callback below */

static int stop_after_three(const bp_progress *progress, void *user)
{
    assert_ptr_equal(user, &calls);
    assert_int_equal(progress->epoch, ++calls);
    return calls == 3;
}

static void test_cancel(void **state)
{
    (void)state;
    bp_source source = bp_arrays_source(&arrays);
    bp_network *network = make_deep(), *three = trained(&arrays, 3, false, 1);
    bp_train_options options = bp_train_defaults();
    options.batch_size = 2;
    options.progress = stop_after_three;
    options.user = &calls;
    bp_error error;
    calls = 0;
    assert_int_equal(bp_train(network, bp_loss_find("mse", NULL), &source, NULL, &options, &error),
                     BP_ERROR_CANCELLED);
    assert_string_equal(error.message, "training was stopped after epoch 3");
    assert_int_equal(calls, 3);
    check_same_weights(network, three, true);
    bp_network_destroy(network), bp_network_destroy(three);
}

/* Weights that grow by more than 10³⁰ an epoch have squares that overflow in the sixth; a step of
 * 10³⁰⁸ times a gradient above 1 overflows at once, and only in the weights. Losses are doubles: in
 * single precision it is always the weights. */
static void test_divergence(void **state)
{
    (void)state;
    const struct {
        double rate;
        size_t epoch;
        const char *message;
    } rows[] = {
        {SINGLE ? 1e7 : 1e30, SINGLE ? 5 : 6,
         SINGLE ? "training diverged: a weight in epoch 5 is not finite; "
                : "training diverged: the loss in epoch 6 is not finite; "},
        {SINGLE ? 3e38 : 1e308, 1, "training diverged: a weight in epoch 1 is not finite; "}};
    bp_source source = bp_arrays_source(&arrays);
    for (size_t i = 0; i < 2; i++) {
        bp_network *network = make_linear();
        bp_progress last = {0};
        bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                    .epochs = 50,
                                    .learning_rate = rows[i].rate,
                                    .progress = keep,
                                    .user = &last};
        bp_error error;
        assert_int_equal(
            bp_train(network, bp_loss_find("ssr", NULL), &source, NULL, &options, &error),
            BP_ERROR_DIVERGED);
        assert_memory_equal(error.message, rows[i].message, strlen(rows[i].message));
        assert_int_equal(last.epoch, rows[i].epoch - 1);
        bp_network_destroy(network);
    }
}

/* What the callback of test_validation compares with. */
typedef struct validation {
    bp_source source;
    bp_workspace *workspace;
    size_t epochs;
} validation;

static int check_validation(const bp_progress *progress, void *user)
{
    validation *v = user;
    double expected = NAN;
    v->epochs++;
    assert_ok(bp_loss_of(progress->network, v->workspace, bp_loss_find("mse", NULL), &v->source,
                         &expected, NULL, NULL),
              NULL);
    assert_close(progress->validation_loss, expected, 1e-13, 0);
    assert_true(fabs(progress->validation_loss - progress->loss) > 1e-3 * expected);
    return 0;
}

/* More rows than training takes at a time to validate; they must not change what is learnt. */
static void test_validation(void **state)
{
    (void)state;
    enum { MANY = 600 };
    static bp_real inputs[MANY][2], targets[MANY];
    for (size_t i = 0; i < MANY; i++) {
        inputs[i][0] = sin((double)i), inputs[i][1] = cos((double)i);
        targets[i] = sin((double)(3 * i)) - 2;
    }
    const bp_arrays many = {MANY, 2, 1, inputs[0], 2, targets, 1, NULL};
    bp_source source = bp_arrays_source(&arrays);
    validation v = {.source = bp_arrays_source(&many)};
    bp_network *network = make_deep(), *without = trained(&arrays, 4, false, 1);
    assert_ok(bp_workspace_create(network, NULL, MANY, &v.workspace, NULL), NULL);
    bp_train_options options = bp_train_defaults();
    options.epochs = 4;
    options.batch_size = 2;
    options.progress = check_validation;
    options.user = &v;
    assert_ok(bp_train(network, bp_loss_find("mse", NULL), &source, &v.source, &options, NULL),
              NULL);
    assert_int_equal(v.epochs, 4);
    check_same_weights(network, without, true);
    bp_network_destroy(network), bp_network_destroy(without);
    bp_workspace_destroy(v.workspace);
}

/* ---- Arguments
 * -------------------------------------------------------------------------------------- */

/* What stands for a default is replaced, the rest stays. */
static void check_settled(void)
{
    bp_network *network = make_deep();
    bp_train_options none = {.l2 = -1}, told = bp_train_settle(&none, network, 20);
    assert_ptr_equal(told.optimizer, bp_optimizer_at(0));
    assert_ptr_equal(told.schedule, bp_schedule_at(0));
    assert_ptr_equal(told.kernel, bp_kernel_at(0));
    assert_true(told.learning_rate > 0 && told.l2 == 0 && told.schedule_epochs > 0);
    assert_true(told.batch_size == 20 && told.threads == bp_processors());
    bp_train_options again = bp_train_settle(&told, network, 20);
    assert_true(again.learning_rate == told.learning_rate && again.kernel == told.kernel);
    none.optimizer = bp_optimizer_find("adamw", NULL);
    none.kernel = bp_kernel_find("loops", NULL), none.threads = 3;
    told = bp_train_settle(&none, network, 200);
    assert_true(told.l2 == none.optimizer->l2 && told.batch_size == 32 && told.threads == 3);
    assert_ptr_equal(told.kernel, none.kernel);
    bp_network_destroy(network);
}

static void test_defaults(void **state)
{
    (void)state;
    bp_train_options defaults = bp_train_defaults();
    assert_true(defaults.epochs == 200 && defaults.batch_size == 0 && defaults.l2 < 0 &&
                defaults.seed == 1);
    assert_true(!defaults.file_order && !defaults.train_only && !defaults.progress);
    check_settled();
    bp_network *network = make_deep(), *same = make_deep(), *untouched = make_deep();
    train(network, NULL);
    train(same, &defaults);
    check_same_weights(network, same, true);
    check_same_weights(network, untouched, false);
    defaults.epochs = 0;
    train(same, &defaults);
    check_same_weights(network, same, true);
    bp_network_destroy(network), bp_network_destroy(same), bp_network_destroy(untouched);
}

static void test_argument_errors(void **state)
{
    (void)state;
    const double rates[] = {-0.1, NAN, INFINITY, -INFINITY};
    const bp_loss *mse = bp_loss_find("mse", NULL);
    bp_network *network = make_deep(), *before = make_deep();
    bp_source source = bp_arrays_source(&arrays), none = source, wide = source, tall = source;
    none.rows = 0, wide.inputs = 3, tall.outputs = 2;
    const struct {
        bp_network *network;
        const bp_loss *loss;
        const bp_source *train, *validation;
    } wrong[] = {
        {NULL, mse, &source, NULL},
        {network, NULL, &source, NULL},
        {network, mse, NULL, NULL},
        {network, mse, &none, NULL},
        {network, mse, &wide, NULL},
        {network, mse, &tall, NULL},
        {network, mse, &source, &none},
        {network, mse, &source, &wide},
        {network, mse, &source, &tall},
        {network, bp_loss_find("binary_cross_entropy", NULL), &source, NULL},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(bp_train(wrong[i].network, wrong[i].loss, wrong[i].train,
                                  wrong[i].validation, NULL, NULL),
                         BP_ERROR_ARGUMENT);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        bp_train_options options = bp_train_defaults();
        options.learning_rate = rates[i];
        assert_int_equal(bp_train(network, mse, &source, NULL, &options, NULL), BP_ERROR_ARGUMENT);
    }
    check_same_weights(network, before, true);
    bp_network_destroy(network), bp_network_destroy(before);
}

static void test_loss_of_errors(void **state)
{
    (void)state;
    const bp_loss *mse = bp_loss_find("mse", NULL);
    bp_source source = bp_arrays_source(&arrays), none = source;
    bp_network *network = make_deep();
    bp_workspace *workspace;
    double value = 5;
    none.rows = 0;
    assert_ok(bp_workspace_create(network, NULL, 2, &workspace, NULL), NULL);
    assert_int_equal(bp_loss_of(NULL, workspace, mse, &source, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, NULL, mse, &source, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, workspace, NULL, &source, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, workspace, mse, NULL, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, workspace, mse, &none, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, workspace, mse, &source, NULL, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    /* what does not fit together: a workspace of no rows, data and a loss of another shape */
    bp_source wide = source;
    bp_workspace *empty;
    wide.inputs = 30;
    assert_ok(bp_workspace_create(network, NULL, 0, &empty, NULL), NULL);
    assert_int_equal(bp_loss_of(network, empty, mse, &source, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, workspace, mse, &wide, &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_of(network, workspace, bp_loss_find("cross_entropy", NULL), &source,
                                &value, NULL, NULL),
                     BP_ERROR_ARGUMENT);
    assert_same_bits(value, 5);
    bp_network_destroy(network);
    bp_workspace_destroy(workspace);
    bp_workspace_destroy(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_train_only),      cmocka_unit_test(test_unknown_tensor),
        cmocka_unit_test(test_epoch_loss),      cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_file_order),      cmocka_unit_test(test_visits),
        cmocka_unit_test(test_cancel),          cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_validation),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_argument_errors), cmocka_unit_test(test_loss_of_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
