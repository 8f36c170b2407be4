/* test_concurrent.c: many threads with one network, a workspace each: all get what one alone gets,
 * to the bit. Worth most under the thread sanitizer. */
#include "support.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 8, N_ROWS = 70, IN = 33, HIDDEN = 20, OUT = 5, MOST = 32, ROUNDS = 5 };
#define N_WEIGHTS (HIDDEN * (IN + 1) + OUT * (HIDDEN + 1))

static bp_real X[N_ROWS * IN], T[N_ROWS * OUT];
static const bp_arrays arrays = {N_ROWS, IN, OUT, X, IN, T, OUT, NULL};
static pthread_barrier_t all_are_here;

/* What a thread makes of the network: outputs of all rows at once and one by one, and the gradients
 * of a batch and of all rows. */
typedef struct results {
    bp_real Y[N_ROWS * OUT], one_by_one[N_ROWS * OUT], batch[N_WEIGHTS], whole[N_WEIGHTS];
    double loss, loss_of;
} results;

typedef struct caller {
    pthread_t thread;
    const bp_network *network;
    const bp_kernel *kernel;
    results got;
    bp_status status;
    bp_error error;
} caller;

static bp_status use(caller *c, bp_workspace *workspace)
{
    const bp_loss *loss = bp_loss_find("cross_entropy", &c->error);
    bp_source rows = bp_arrays_source(&arrays);
    results *r = &c->got;
    bp_status status = bp_predict(c->network, workspace, N_ROWS, X, IN, r->Y, OUT, &c->error);
    for (size_t i = 0; !status && i < N_ROWS; i++)
        status = bp_predict(c->network, workspace, 1, X + i * IN, IN, r->one_by_one + i * OUT, OUT,
                            &c->error);
    if (!status)
        status = bp_loss_and_gradient(c->network, workspace, loss, MOST, X, IN, T, OUT, &r->loss,
                                      r->batch, &c->error);
    if (!status)
        status = bp_loss_of(c->network, workspace, loss, &rows, &r->loss_of, r->whole, &c->error);
    return status;
}

static void *call(void *user)
{
    caller *c = user;
    bp_workspace *workspace = NULL;
    c->status = bp_workspace_create(c->network, c->kernel, MOST, &workspace, &c->error);
    pthread_barrier_wait(&all_are_here);
    for (int i = 0; !c->status && i < ROUNDS; i++)
        c->status = use(c, workspace);
    bp_workspace_destroy(workspace);
    return NULL;
}

static void check_kernel(const bp_network *network, const bp_kernel *kernel)
{
    static caller callers[THREADS + 1]; /* the last is alone */
    memset(callers, 0, sizeof callers);
    for (size_t t = 0; t <= THREADS; t++)
        callers[t].network = network, callers[t].kernel = kernel;
    assert_int_equal(pthread_barrier_init(&all_are_here, NULL, THREADS), 0);
    for (size_t t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&callers[t].thread, NULL, call, &callers[t]), 0);
    for (size_t t = 0; t < THREADS; t++)
        assert_int_equal(pthread_join(callers[t].thread, NULL), 0);
    pthread_barrier_destroy(&all_are_here);
    assert_int_equal(pthread_barrier_init(&all_are_here, NULL, 1), 0);
    call(&callers[THREADS]);
    pthread_barrier_destroy(&all_are_here);
    for (size_t t = 0; t <= THREADS; t++) {
        assert_ok(callers[t].status, &callers[t].error);
        assert_memory_equal(&callers[t].got, &callers[THREADS].got, sizeof(results));
    }
    assert_true(callers[0].got.loss > 0 && callers[0].got.Y[0] > 0);
}

static void test_one_network(void **state)
{
    static const size_t sizes[] = {IN, HIDDEN, OUT};
    bp_network *network;
    bp_error error;
    (void)state;
    bp_blas_set_threads(1); /* of which each caller's products would take several */
    for (size_t i = 0; i < N_ROWS * IN; i++)
        X[i] = (bp_real)(i % 17) / 17 - (bp_real)0.5;
    for (size_t i = 0; i < N_ROWS; i++)
        T[i * OUT + i % OUT] = 1;
    make_network(sizes, 2, bp_activation_find("gelu", NULL), bp_activation_find("softmax", NULL),
                 &network);
    assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
    for (size_t k = 0; bp_kernel_at(k); k++)
        check_kernel(network, bp_kernel_at(k));
    bp_network_destroy(network);
}

/* Networks of their own, trained at once, each by two threads: the weights of one alone. */
static void *train(void *user)
{
    bp_real *weights = user;
    static const size_t sizes[] = {IN, 200, OUT};
    const bp_activation *activations[] = {bp_activation_find("tanh", NULL),
                                          bp_activation_find("softmax", NULL)};
    bp_source rows = bp_arrays_source(&arrays);
    bp_train_options how = {
        .epochs = 2, .batch_size = MOST, .threads = 2, .kernel = bp_kernel_find("tiles", NULL)};
    bp_network *network = NULL;
    bp_status status = bp_network_create(sizes, 2, activations, &network, NULL);
    if (!status)
        status = bp_network_initialize(network, "glorot", 1, NULL);
    if (!status)
        status = bp_train(network, bp_loss_find("cross_entropy", NULL), &rows, &rows, &how, NULL);
    if (!status)
        memcpy(weights, bp_network_parameters(network), 50 * sizeof *weights);
    bp_network_destroy(network);
    return NULL;
}

static void test_trainings(void **state)
{
    static bp_real weights[THREADS + 1][50];
    pthread_t threads[THREADS];
    (void)state;
    for (size_t t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, train, weights[t]), 0);
    for (size_t t = 0; t < THREADS; t++)
        assert_int_equal(pthread_join(threads[t], NULL), 0);
    train(weights[THREADS]);
    assert_true(weights[THREADS][0] != 0);
    for (size_t t = 0; t < THREADS; t++)
        assert_memory_equal(weights[t], weights[THREADS], sizeof weights[t]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_network),
        cmocka_unit_test(test_trainings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
