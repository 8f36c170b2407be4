/* test_host_memory.c: a network whose memory is the host's: malloc() is not asked, every block goes
 * back, and when there is none left nothing is left behind. */
#include "failing.h"
#include "support.h"

#include <string.h>

/* ---- The host's memory --------------------------------------------------------------------- */

/* An arena whose blocks are aligned as malloc()'s and no better, each between two marks. It begins
 * anew once all of them are back. */
enum { ARENA = 1 << 22, UNIT = 16, MARK = 0x5a };

typedef struct arena {
    _Alignas(64) unsigned char bytes[ARENA];
    size_t used, live, calls;
    size_t fails_at; /* this call, from 1, gets nothing; 0: none */
    bool all_after;  /* nor do those that follow */
} arena;

static arena host;

static void *take(size_t bytes, void *user)
{
    arena *a = user;
    size_t size = (bytes + UNIT - 1) / UNIT * UNIT, *header;
    assert_true(bytes > 0);
    a->calls++;
    if (a->fails_at && (a->calls == a->fails_at || (a->all_after && a->calls > a->fails_at)))
        return NULL;
    assert_true(a->used + size + 2 * UNIT <= ARENA);
    header = (size_t *)(void *)(a->bytes + a->used);
    header[0] = size;
    header[1] = MARK;
    memset(header + 2, MARK, size + UNIT); /* not zero, and a mark behind it */
    a->used += size + 2 * UNIT;
    a->live++;
    return header + 2;
}

static void give_back(void *block, void *user)
{
    arena *a = user;
    size_t *header = (size_t *)block - 2;
    const unsigned char *end = (unsigned char *)block + header[0];
    assert_true((unsigned char *)block > a->bytes && (unsigned char *)block < a->bytes + ARENA);
    assert_int_equal(header[1], MARK); /* once */
    header[1] = 0;
    for (size_t i = 0; i < UNIT; i++)
        assert_int_equal(end[i], MARK);
    if (--a->live == 0)
        a->used = 0;
}

static const bp_allocator allocator = {take, give_back, &host};

static void renew(size_t fails_at, bool all_after)
{
    assert_int_equal(host.live, 0);
    host.calls = 0;
    host.fails_at = fails_at;
    host.all_after = all_after;
}

/* ---- What is asked of the library ---------------------------------------------------------- */

enum { N_ROWS = 150, IN = 40, HIDDEN = 60, OUT = 3, WORKSPACE = 64 };
#define N_WEIGHTS (HIDDEN * (IN + 1) + OUT * (HIDDEN + 1))

static bp_real X[N_ROWS * IN], T[N_ROWS * OUT], Y[N_ROWS * OUT], gradient[N_WEIGHTS];
static double weights[N_ROWS], value;
static const bp_arrays rows = {N_ROWS, IN, OUT, X, IN, T, OUT, weights};
static const size_t sizes[] = {IN, HIDDEN, OUT};
static const bp_loss *mse;
static bp_network *network;
static bp_workspace *workspace;
static bp_train_options how;

static int fill_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_ROWS * IN; i++)
        X[i] = (bp_real)(i % 13) / 13;
    for (size_t i = 0; i < N_ROWS * OUT; i++)
        T[i] = (bp_real)(i % 7) / 7;
    for (size_t i = 0; i < N_ROWS; i++)
        weights[i] = 1 + (double)(i % 2);
    mse = bp_loss_find("mse", NULL);
    return 0;
}

/* All that allocates, in every way it may. */
static void ask_for_much(const bp_optimizer *optimizer, size_t threads)
{
    how = bp_train_defaults();
    how.optimizer = optimizer;
    how.epochs = 3;
    how.batch_size = optimizer->all_rows ? 0 : 100;
    how.l2 = 0.01;
    how.dropout = optimizer->step ? 0.1 : 0;
    how.clip_norm = optimizer->step ? 1 : 0;
    how.patience = 2;
    how.keep_good = true;
    how.train_only = "0.weight,2.weight,2.bias";
    how.threads = threads;
}

static bp_status make(const bp_allocator *from, bp_error *error)
{
    const bp_activation *tanh_ = bp_activation_find("tanh", error);
    const bp_activation *activations[] = {tanh_, tanh_};
    bp_status status = bp_network_create_with(sizes, 2, activations, from, &network, error);
    if (!status)
        status = bp_network_initialize(network, "glorot", 1, error);
    return status ? status : bp_workspace_create(network, NULL, WORKSPACE, &workspace, error);
}

static bp_status train(bp_error *error)
{
    bp_source source = bp_arrays_source(&rows);
    return bp_train(network, mse, &source, &source, &how, error);
}

static bp_status answer(bp_error *error)
{
    bp_source source = bp_arrays_source(&rows);
    bp_status status = bp_loss_of(network, workspace, mse, &source, &value, gradient, error);
    return status ? status : bp_predict(network, workspace, N_ROWS, X, IN, Y, OUT, error);
}

static bp_status use(bp_error *error)
{
    bp_status status = train(error);
    return status ? status : answer(error);
}

static void destroy(void)
{
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
    workspace = NULL;
    network = NULL;
}

/* ---- Tests --------------------------------------------------------------------------------- */

/* malloc() and its kin have nothing to give, and are not asked; the results are those of malloc's
 * memory to the bit. */
static void test_no_malloc(void **state)
{
    static bp_real expected[N_ROWS * OUT];
    (void)state;
    for (size_t i = 0; bp_optimizer_at(i) && bp_optimizer_at(i)->step; i++)
        for (size_t threads = 1; threads <= 2; threads++) {
            bp_error error;
            ask_for_much(bp_optimizer_at(i), threads);
            assert_ok(make(NULL, &error), &error);
            assert_ok(use(&error), &error);
            destroy();
            memcpy(expected, Y, sizeof Y);
            size_t before = live_blocks();
            renew(0, false);
            fail_allocation(1, true);
            bp_status made = make(&allocator, &error);
            bp_status used = made ? made : use(&error);
            bool on_lines = (uintptr_t)bp_network_parameters(network) % 64 == 0;
            destroy();
            assert_false(end_failing());
            assert_ok(used, &error);
            assert_true(on_lines);
            assert_memory_equal(Y, expected, sizeof Y);
            assert_int_equal(live_blocks(), before);
            assert_int_equal(host.live, 0);
            assert_true(host.calls > 20);
        }
}

/* liblbfgs has memory of its own; the rest is the host's, and goes back. */
static void test_lbfgs(void **state)
{
    const bp_optimizer *lbfgs = bp_optimizer_find("lbfgs", NULL);
    bp_error error;
    (void)state;
    if (!lbfgs)
        skip();
    ask_for_much(lbfgs, 1);
    size_t before = live_blocks();
    renew(0, false);
    assert_ok(make(&allocator, &error), &error);
    assert_ok(use(&error), &error);
    destroy();
    assert_int_equal(host.live, 0);
    assert_int_equal(live_blocks(), before);
}

/* The host's n-th block is not to be had: whether there was an n-th. */
static bool fail_at(size_t n, bool all_after)
{
    bp_real start[N_WEIGHTS];
    bp_error error = {0};
    memset(Y, 'y', sizeof Y);
    memset(gradient, 'g', sizeof gradient);
    value = PADDING;
    renew(n, all_after);
    bp_status status = make(&allocator, &error);
    if (!status) {
        size_t live = host.live;
        memcpy(start, bp_network_parameters(network), sizeof start);
        if ((status = train(&error)))
            assert_memory_equal(bp_network_parameters(network), start, sizeof start);
        else
            status = answer(&error);
        assert_int_equal(host.live, live);
    }
    bool failed = n <= host.calls, touched = value != PADDING;
    for (size_t i = 0; i < sizeof gradient; i++)
        touched |= ((unsigned char *)gradient)[i] != 'g';
    assert_int_equal(failed, !touched);
    assert_int_equal(status, failed ? BP_ERROR_MEMORY : BP_OK);
    assert_int_equal(error.status, status);
    destroy();
    assert_int_equal(host.live, 0);
    return failed;
}

static void test_failing(void **state)
{
    (void)state;
    ask_for_much(bp_optimizer_find("adam", NULL), 2);
    for (int all_after = 0; all_after < 2; all_after++) {
        size_t n = 1;
        while (fail_at(n, all_after))
            n++;
        assert_true(n > 20);
    }
}

/* A state of the caller's is malloc's and outlives the host's memory. */
static void test_state(void **state)
{
    bp_error error;
    (void)state;
    ask_for_much(bp_optimizer_find("adam", NULL), 1);
    assert_ok(bp_train_state_create(&how.state, &error), &error);
    renew(0, false);
    assert_ok(make(&allocator, &error), &error);
    size_t live = host.live;
    assert_ok(use(&error), &error);
    assert_int_equal(host.live, live);
    destroy();
    memset(host.bytes, 0, sizeof host.bytes);
    assert_int_equal(bp_train_state_epoch(how.state), 3);
    assert_ok(bp_train_state_set_note(how.state, "kept", &error), &error);
    bp_train_state_destroy(how.state);
}

/* Predictions, loss and gradient allocate nothing, whoever's memory it is. */
static void test_calls_allocate_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        bp_error error;
        renew(0, false);
        assert_ok(make(i ? &allocator : NULL, &error), &error);
        size_t calls = host.calls;
        fail_allocation(1, true);
        bp_status status = bp_predict(network, workspace, N_ROWS, X, IN, Y, OUT, &error);
        if (!status)
            status = bp_loss_and_gradient(network, workspace, mse, WORKSPACE, X, IN, T, OUT, &value,
                                          gradient, &error);
        assert_false(end_failing());
        assert_ok(status, &error);
        assert_int_equal(host.calls, calls);
        destroy();
    }
}

static void test_arguments(void **state)
{
    static const bp_allocator halves[] = {{.allocate = take}, {.release = give_back}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        bp_error error = {0};
        assert_int_equal(make(&halves[i], &error), BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, "an allocator has both allocate and release");
        assert_null(network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_malloc),
        cmocka_unit_test(test_lbfgs),
        cmocka_unit_test(test_failing),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_calls_allocate_nothing),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, fill_data, NULL);
}
