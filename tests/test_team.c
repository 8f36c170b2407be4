/* test_team.c: threads that share work, and that nothing depends on how many they are. */
#include "support.h"

#include "base/random.h"
#include "base/team.h"

#include <bprop/train.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 1000 };

typedef struct tally {
    int times[N];
    atomic_size_t calls;
} tally;

static void count(void *self, size_t member, size_t members)
{
    tally *t = self;
    size_t first, n;
    bp_team_share(N, 8, member, members, &first, &n);
    for (size_t i = first; i < first + n; i++)
        t->times[i]++;
    atomic_fetch_add(&t->calls, 1);
}

/* Every part of every piece of work is done once, also when the threads have gone to sleep. */
static void test_work(void **state)
{
    (void)state;
    for (size_t members = 1; members <= 9; members++) {
        bp_team *team;
        bp_error error;
        assert_ok(bp_team_create(NULL, members, &team, &error), &error);
        assert_int_equal(bp_team_members(team), members);
        static tally t;
        memset(&t, 0, sizeof t);
        for (int i = 0; i < 300; i++) {
            bp_team_run(team, count, &t);
            if (i % 100 == 0)
                nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
        }
        for (size_t i = 0; i < N; i++)
            assert_int_equal(t.times[i], 300);
        assert_int_equal(t.calls, 300 * members);
        bp_team_destroy(team);
    }
    static tally alone;
    bp_team_run(NULL, count, &alone);
    assert_int_equal(alone.calls, 1);
    assert_int_equal(bp_team_members(NULL), 1);
    bp_team_destroy(NULL);
}

/* Shares follow each other, and are as even as the unit allows. */
static void test_shares(void **state)
{
    (void)state;
    for (size_t n = 0; n < 100; n++)
        for (size_t members = 1; members <= 5; members++)
            for (size_t unit = 1; unit <= 16; unit *= 2) {
                size_t end = 0, least = SIZE_MAX, most = 0;
                for (size_t member = 0; member < members; member++) {
                    size_t first, count;
                    bp_team_share(n, unit, member, members, &first, &count);
                    if (count)
                        assert_int_equal(first, end);
                    assert_true(count == 0 || count >= unit || count == n);
                    end += count;
                    least = count < least ? count : least;
                    most = count > most ? count : most;
                }
                assert_int_equal(end, n);
                assert_true(n < unit * members || most - least < 2 * unit);
            }
    assert_true(bp_processors() >= 1);
}

/* ---- Trainings ----------------------------------------------------------------------------- */

typedef struct set_up {
    const char *optimizer, *activation, *loss, *kernel;
    size_t inputs, hidden, outputs, rows, batch;
    double l2, dropout, clip_norm;
} set_up;

static bp_real *random_numbers(size_t n)
{
    bp_random random;
    bp_random_seed(&random, 3, 0);
    bp_real *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] = bp_random_uniform(&random);
    return values;
}

/* The weights after two epochs, in a block of the caller's. */
static bp_real *train(const set_up *s, size_t threads, const bp_real *X, const bp_real *T,
                      size_t *n)
{
    bp_error error;
    const size_t sizes[] = {s->inputs, s->hidden, s->hidden, s->outputs};
    const bp_activation *hidden = bp_activation_find(s->activation, &error);
    const bp_activation *activations[] = {hidden, hidden, bp_activation_find("softmax", &error)};
    bp_arrays arrays = {s->rows, s->inputs, s->outputs, X, s->inputs, T, s->outputs, NULL};
    bp_source source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    bp_network *network;
    how.optimizer = bp_optimizer_find(s->optimizer, &error);
    how.kernel = bp_kernel_find(s->kernel, &error);
    how.epochs = 2;
    how.batch_size = s->batch;
    how.l2 = s->l2;
    how.dropout = s->dropout;
    how.clip_norm = s->clip_norm;
    how.threads = threads;
    assert_ok(bp_network_create(sizes, 3, activations, &network, &error), &error);
    assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
    assert_ok(bp_train(network, bp_loss_find(s->loss, &error), &source, &source, &how, &error),
              &error);
    *n = bp_network_n_parameters(network);
    bp_real *weights = malloc(*n * sizeof *weights);
    memcpy(weights, bp_network_parameters(network), *n * sizeof *weights);
    bp_network_destroy(network);
    return weights;
}

/* Large enough for a team, and with rows left over everywhere. */
static const set_up set_ups[] = {
    {"sgd", "tanh", "mse", "tiles", 70, 150, 5, 203, 64, 0, 0, 0},
    {"adam", "sigmoid", "cross_entropy", "tiles", 33, 161, 3, 150, 37, 1e-3, 0.2, 0},
    {"adamw", "relu", "mse", "tiles", 300, 70, 2, 90, 21, 0.01, 0, 0.5},
    {"rmsprop", "gelu", "cross_entropy", "loops", 40, 80, 9, 70, BP_ALL_ROWS, 1e-3, 0, 0.1},
    {"momentum", "softplus", "mse", "tiles", 5, 60, 11, 4200, BP_ALL_ROWS, 0, 0, 0},
};

/* The same bits at any number of threads, of kernels that split. */
static void test_trainings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof set_ups / sizeof *set_ups; i++) {
        const set_up *s = &set_ups[i];
        bp_real *X = random_numbers(s->rows * s->inputs), *T = random_numbers(s->rows * s->outputs);
        size_t n;
        bp_real *alone = train(s, 1, X, T, &n);
        for (size_t threads = 0; threads <= 7; threads += threads ? threads : 2) {
            bp_real *shared = train(s, threads, X, T, &n);
            assert_memory_equal(alone, shared, n * sizeof *alone);
            free(shared);
        }
        free(alone);
        free(X);
        free(T);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_trainings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
