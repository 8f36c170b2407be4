/* test_stopping.c: what becomes of the learning rate from epoch to epoch, and of the weights at the
 * end. */
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_EPOCHS = 60 };

/* What each epoch was like. */
typedef struct course {
    size_t epochs;
    double rates[MOST_EPOCHS], losses[MOST_EPOCHS], held[MOST_EPOCHS];
    bp_real weights[MOST_EPOCHS][N_DEEP];
    size_t stop_after; /* 0: never */
    bool last;
} course;

static int record(const bp_progress *progress, void *user)
{
    course *c = user;
    size_t e = c->epochs++;
    assert_true(e < MOST_EPOCHS && progress->epoch == c->epochs && !c->last);
    c->rates[e] = progress->learning_rate;
    c->losses[e] = progress->loss, c->held[e] = progress->validation_loss;
    c->last = progress->last;
    memcpy(c->weights[e], bp_network_parameters(progress->network),
           bp_network_n_parameters(progress->network) * sizeof(bp_real));
    return c->epochs == c->stop_after;
}

/* ---- Schedules ----------------------------------------------------------------------------- */

/* The share of the learning rate in the epochs 1, 2 … of three steps, as the last reports it. */
static void test_schedules(void **state)
{
    (void)state;
    const double r = sqrt(0.5);
    const struct {
        const char *name;
        size_t schedule_epochs, warmup, epochs;
        double shares[9]; /* 0: no more */
    } rows[] = {
        {"constant", 0, 0, 4, {1, 1, 1, 1}},
        {"step", 2, 0, 7, {1, 1, 0.5, 0.5, 0.25, 0.25, 0.125}},
        {"step", 1, 0, 3, {1, 0.5, 0.25}},
        {"exponential", 2, 0, 5, {1, r, 0.5, r / 2, 0.25}},
        {"cosine", 0, 0, 4, {1, (1 + r) / 2, 0.5, (1 - r) / 2}},
        {"cosine", 3, 0, 6, {1, 0.75, 0.25, 0.25, 0.25, 0.25}},
        {"cosine", 0, 0, 1, {1}},
        {"constant", 0, 2, 4, {0.5, 1, 1, 1}},
        {"step", 1, 2, 4, {0.5, 0.5, 0.25, 0.125}},
        {"constant", 0, 100, 3, {0.01, 0.02, 0.03}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        course c = {0};
        bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                    .learning_rate = 1e-3,
                                    .schedule = bp_schedule_find(rows[i].name, NULL),
                                    .schedule_epochs = rows[i].schedule_epochs,
                                    .warmup = rows[i].warmup,
                                    .epochs = rows[i].epochs,
                                    .batch_size = 3,
                                    .progress = record,
                                    .user = &c};
        bp_network *network = make_deep();
        train(network, &options);
        assert_int_equal(c.epochs, rows[i].epochs);
        for (size_t e = 0; e < c.epochs; e++)
            check_close(c.rates[e], 1e-3 * rows[i].shares[e], 1e-14, 0, rows[i].name, __FILE__,
                        __LINE__);
        bp_network_destroy(network);
    }
}

/* ---- Losses as a test wants them ------------------------------------------------------------ */

/* One row whose inputs are 0, and whose target lies above the output, which is the bias then, by
 * the loss that a script says for the epoch: its mae is just that, whatever the weights are. Each
 * epoch of sgd raises the bias by the learning rate, here a power of two: no rounding anywhere.
 * Without a script the target stays where it is, far above. */
static const double RATE = 1.0 / 1024;
static course now;
static const bp_network *trained;
static bool summed; /* where a state is kept, a first look sees whether the data are the same */

static void fill_by_script(const void *script, const size_t *order, size_t first, size_t m,
                           bp_real *A, size_t lda, bp_real *target, size_t ldt)
{
    (void)lda, (void)ldt;
    assert_true(m == 1 && (order ? order[first] : first) == 0);
    size_t epoch = now.epochs < MOST_EPOCHS ? now.epochs : 0;
    A[0] = A[1] = 0;
    if (script && !summed) {
        summed = true;
        *target = 0;
        return;
    }
    *target = script ? bp_network_parameters(trained)[2] + ((const double *)script)[epoch] : 1000;
}

static double bias_after(double epochs) { return START[2] + epochs * RATE; }

/* Trains by a script of losses, of the training row or, `held`, of a validation row. */
static bp_status train_by_script(bp_network *network, const double *script, bool held,
                                 bp_train_options *options, bp_error *error)
{
    const bp_source train = {1, 2, 1, fill_by_script, held ? NULL : script, NULL};
    const bp_source validation = {1, 2, 1, fill_by_script, script, NULL};
    summed = !options->state;
    trained = network;
    options->optimizer = bp_optimizer_find("sgd", NULL);
    options->learning_rate = RATE;
    options->progress = record;
    options->user = &now;
    return bp_train(network, bp_loss_find("mae", NULL), &train, held ? &validation : NULL, options,
                    error);
}

static void test_plateau(void **state)
{
    (void)state;
    const bp_schedule *plateau = bp_schedule_find("plateau", NULL);
    const struct {
        size_t epochs;                            /* of the schedule */
        double min_delta, losses[13], shares[14]; /* of the rate; 0: no more */
    } rows[] = {
        /* twice two epochs without a fall, then one, and two again */
        {2, 0, {4, 3, 3, 3, 3, 5, 2, 2, 2}, {1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125}},
        {1, 0, {4, 3, 3, 3, 2, 2}, {1, 1, 1, 0.5, 0.25, 0.25, 0.125}},
        {3, 0, {4, 5, 5, 3, 4, 4, 4}, {1, 1, 1, 1, 1, 1, 1, 0.5}},
        /* a fall of min_delta itself does not count */
        {2, 1, {4, 3, 3, 2.5, 2, 1.5}, {1, 1, 1, 0.5, 0.5, 0.5, 0.25}},
        {0, 0, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int held = 0; held < 2; held++) {
            double losses[MOST_EPOCHS] = {0};
            bp_network *network = make_linear();
            bp_train_options options = {.schedule = plateau,
                                        .schedule_epochs = rows[i].epochs,
                                        .min_delta = rows[i].min_delta};
            while (rows[i].shares[options.epochs] != 0)
                options.epochs++;
            memcpy(losses, rows[i].losses, sizeof rows[i].losses);
            now = (course){0};
            assert_ok(train_by_script(network, losses, held, &options, NULL), NULL);
            assert_int_equal(now.epochs, options.epochs);
            for (size_t e = 0; e < now.epochs; e++)
                assert_same_bits(now.rates[e], RATE * rows[i].shares[e]);
            bp_network_destroy(network);
        }
}

/* ---- Early stopping ------------------------------------------------------------------------ */

enum { EPOCHS = 12 };

typedef struct ending {
    size_t patience;
    double min_delta;
    size_t stop_after;
    double losses[EPOCHS]; /* what is left is 9 */
    size_t epochs, best;   /* that were trained; that the weights are of; 0: no best is kept */
    bp_train_end end;
} ending;

static const ending endings[] = {
    {0, 0, 0, {4, 3, 5}, 12, 0, BP_END_EPOCHS},
    {3, 0, 0, {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 12, 12, BP_END_EPOCHS},
    {3, 0, 0, {4, 3, 3, 3, 3}, 5, 2, BP_END_PATIENCE}, /* the first of equals */
    {3, 0, 0, {4, 3, 5, 5, 2, 3, 3, 3, 1}, 8, 5, BP_END_PATIENCE},
    {1, 0, 0, {4, 3, 2, 2, 1}, 4, 3, BP_END_PATIENCE},
    {11, 0, 0, {4}, 12, 1, BP_END_PATIENCE}, /* in the last epoch */
    {12, 0, 0, {4}, 12, 1, BP_END_EPOCHS},
    {2, 1, 0, {4, 3, 3}, 3, 2, BP_END_PATIENCE}, /* a fall of min_delta itself ends no waiting, */
    {2, 1, 0, {4, 3, 2.5, 2, 1.75, 1.5}, 5, 5, BP_END_PATIENCE}, /* but the lowest is the lowest */
    {4, 0, 6, {4, 3, 2, 5, 5, 5}, 6, 3, BP_END_NOT_YET},         /* cancelled */
    {0, 0, 6, {4, 3, 2, 5, 5, 5}, 6, 0, BP_END_NOT_YET},
    {0, 0, 12, {4, 3, 2}, 12, 0, BP_END_NOT_YET}, /* in the last epoch, */
    {1, 0, 3, {4, 3, 3}, 3, 2, BP_END_NOT_YET},   /* or in what is the last by patience */
};

static void fill_script(const double *losses, double script[MOST_EPOCHS])
{
    for (size_t e = 0; e < MOST_EPOCHS; e++)
        script[e] = e < EPOCHS && losses[e] != 0 ? losses[e] : 9;
}

static void check_ending(const ending *row, bool held)
{
    double script[MOST_EPOCHS];
    bp_network *network = make_linear();
    bp_train_options options = {
        .epochs = EPOCHS, .patience = row->patience, .min_delta = row->min_delta};
    fill_script(row->losses, script);
    assert_ok(bp_train_state_create(&options.state, NULL), NULL);
    now = (course){.stop_after = row->stop_after};
    assert_int_equal(train_by_script(network, script, held, &options, NULL),
                     row->stop_after ? BP_ERROR_CANCELLED : BP_OK);
    assert_int_equal(now.epochs, row->epochs);
    assert_true(now.last || row->stop_after);
    for (size_t e = 0; e < now.epochs; e++) /* the test itself does as it says */
        assert_same_bits(held ? now.held[e] : now.losses[e], script[e]);
    /* a loss of training is that of the weights before the step */
    size_t kept = row->best ? row->best - !held : row->epochs;
    if (kept)
        assert_memory_equal(bp_network_parameters(network), now.weights[kept - 1], sizeof START);
    assert_same_bits(bp_network_parameters(network)[2], bias_after((double)kept));
    assert_int_equal(bp_train_state_epoch(options.state), row->epochs);
    assert_int_equal(bp_train_state_kept_epoch(options.state), kept);
    assert_int_equal(bp_train_state_end(options.state), row->end);
    bp_train_state_destroy(options.state);
    bp_network_destroy(network);
}

static void test_endings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        for (int held = 0; held < 2; held++)
            check_ending(&endings[i], held);
}

/* A training that has ended goes on with other options, and the weights of its last epoch. */
typedef struct part {
    size_t patience, epochs;
} part;

static const struct {
    part parts[3];
    double losses[EPOCHS];
    size_t epochs, best; /* as above */
    bp_train_end end;
} continued[] = {
    /* nothing is left to do */
    {{{0, 3}, {0, 3}}, {4, 3}, 3, 0, BP_END_EPOCHS},
    {{{0, 5}, {0, 3}}, {4, 3}, 5, 0, BP_END_EPOCHS},
    {{{2, 12}, {2, 12}}, {4, 3, 3, 3, 1}, 4, 2, BP_END_PATIENCE},
    {{{2, 12}, {1, 12}}, {4, 3, 3, 3, 1}, 4, 2, BP_END_PATIENCE},
    /* more patience, less, none */
    {{{2, 12}, {4, 12}}, {4, 3, 3, 3, 1}, 9, 5, BP_END_PATIENCE},
    {{{5, 4}, {3, 12}}, {4, 3, 3, 3, 3, 1}, 5, 2, BP_END_PATIENCE},
    {{{2, 12}, {0, 7}}, {4, 3, 3, 3, 1}, 7, 0, BP_END_EPOCHS},
    /* patience that comes late knows of no loss before it */
    {{{0, 3}, {2, 12}}, {4, 3, 1, 2, 2}, 6, 4, BP_END_PATIENCE},
    /* what was lowest while it was off counts */
    {{{5, 1}, {0, 3}, {2, 12}}, {5, 4, 3}, 5, 3, BP_END_PATIENCE},
};

static void test_continued(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof continued / sizeof *continued; i++) {
        double script[MOST_EPOCHS];
        bp_network *network = make_linear();
        bp_train_options options = {0};
        fill_script(continued[i].losses, script);
        assert_ok(bp_train_state_create(&options.state, NULL), NULL);
        now = (course){0};
        for (size_t p = 0; p < 3 && continued[i].parts[p].epochs; p++) {
            options.patience = continued[i].parts[p].patience;
            options.epochs = continued[i].parts[p].epochs;
            now.last = false;
            if (p)
                memcpy(bp_network_parameters(network), now.weights[now.epochs - 1], sizeof START);
            assert_ok(train_by_script(network, script, true, &options, NULL), NULL);
        }
        size_t best = options.patience ? continued[i].best : 0;
        assert_int_equal(now.epochs, continued[i].epochs);
        assert_int_equal(bp_train_state_epoch(options.state), continued[i].epochs);
        assert_int_equal(bp_train_state_end(options.state), continued[i].end);
        assert_same_bits(bp_network_parameters(network)[2],
                         bias_after((double)(best ? best : now.epochs)));
        bp_train_state_destroy(options.state);
        bp_network_destroy(network);
    }
}

/* ---- Divergence ---------------------------------------------------------------------------- */

static const struct {
    bool held, keep_good;
    size_t patience;
    double losses[EPOCHS];
    size_t diverges, weights; /* the epoch that does; the epoch whose weights are left */
} divergences[] = {
    {false, false, 0, {4, 3, INFINITY}, 3, 3}, /* the last batch has made its step */
    /* a loss of training speaks for the weights that its epoch began with */
    {false, true, 0, {4, 3, INFINITY}, 3, 1},
    {false, true, 0, {INFINITY}, 1, 0},
    {false, true, 5, {INFINITY}, 1, 0},
    {false, false, 5, {4, 5, INFINITY}, 3, 3},
    {false, true, 5, {4, 5, INFINITY}, 3, 0},
    /* one of the validation rows for those after */
    {true, false, 0, {4, 3, NAN}, 3, 3},
    {true, true, 0, {4, 3, 3, NAN}, 4, 2},
    {true, true, 5, {4, 3, 3, NAN}, 4, 2},
    {true, true, 0, {INFINITY}, 1, 0},
};

static void test_divergence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof divergences / sizeof *divergences; i++) {
        double script[MOST_EPOCHS];
        char message[100];
        bool held = divergences[i].held;
        bp_network *network = make_linear();
        bp_train_options options = {.epochs = EPOCHS,
                                    .patience = divergences[i].patience,
                                    .keep_good = divergences[i].keep_good};
        bp_error error;
        fill_script(divergences[i].losses, script);
        assert_ok(bp_train_state_create(&options.state, NULL), NULL);
        now = (course){0};
        assert_int_equal(train_by_script(network, script, held, &options, &error),
                         BP_ERROR_DIVERGED);
        snprintf(message, sizeof message,
                 "training diverged: the loss%s in epoch %zu is not finite; ",
                 held ? " of the validation rows" : "", divergences[i].diverges);
        assert_memory_equal(error.message, message, strlen(message));
        assert_int_equal(now.epochs, divergences[i].diverges - 1);
        assert_int_equal(bp_train_state_epoch(options.state), now.epochs);
        assert_int_equal(bp_train_state_end(options.state), BP_END_NOT_YET);
        assert_same_bits(bp_network_parameters(network)[2],
                         bias_after((double)divergences[i].weights));
        if (divergences[i].keep_good)
            assert_int_equal(bp_train_state_kept_epoch(options.state), divergences[i].weights);
        bp_train_state_destroy(options.state);
        bp_network_destroy(network);
    }
}

/* ---- Arguments ----------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    (void)state;
    const struct {
        bp_train_options options;
        const char *message;
    } rows[] = {
        {{.l2 = NAN}, "l2 is nan, not a finite number of 0 or more"},
        {{.l2 = INFINITY}, "l2 is inf, not a finite number of 0 or more"},
        {{.dropout = -0.1}, "dropout is -0.1, not from 0 to below 1"},
        {{.dropout = 1}, "dropout is 1, not from 0 to below 1"},
        {{.dropout = NAN}, "dropout is nan, not from 0 to below 1"},
        {{.clip_norm = -1}, "clip_norm is -1, not a finite number of 0 or more"},
        {{.clip_norm = INFINITY}, "clip_norm is inf, not a finite number of 0 or more"},
        {{.min_delta = -1}, "min_delta is -1, not a finite number of 0 or more"},
        {{.min_delta = NAN}, "min_delta is nan, not a finite number of 0 or more"},
        {{.learning_rate = -1}, "learning_rate is -1, not a finite number of 0 or more"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_refused(&arrays, &rows[i].options, rows[i].message);
    bp_error error;
    for (size_t i = 0; bp_schedule_at(i); i++)
        assert_ptr_equal(bp_schedule_find(bp_schedule_at(i)->name, NULL), bp_schedule_at(i));
    assert_null(bp_schedule_find("magic", &error));
    assert_string_equal(error.message, "unknown schedule 'magic'; known: constant, step, "
                                       "exponential, cosine, plateau");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedules),  cmocka_unit_test(test_plateau),
        cmocka_unit_test(test_endings),    cmocka_unit_test(test_continued),
        cmocka_unit_test(test_divergence), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
