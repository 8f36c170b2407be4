/* test_network.c: activations and losses on values worked out apart from the library,
 * initialization, and what the calls refuse. */
#include "support.h"

#include "base/random.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(bp_real *values, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        values[i] = value;
}

/* ---- Activations ------------------------------------------------------------------------- */

enum { N_POINTS = 10 };
static const double points[N_POINTS] = {0, -0.0, 1e-3, -1e-3, 1, -1, 20, -20, 800, -800};

/* f and f' at the points, computed with 60 digits (mpmath); at a kink, PyTorch's slope. */
static const struct {
    const char *name;
    double value[N_POINTS], slope[N_POINTS];
} curves[] = {
    {"tanh",
     {0, 0, 0.0009999996666668, -0.0009999996666668, 0.7615941559557649, -0.7615941559557649, 1, -1,
      1, -1},
     {1, 1, 0.9999990000006667, 0.9999990000006667, 0.4199743416140261, 0.4199743416140261,
      1.6993417021166355e-17, 1.6993417021166355e-17, 0, 0}},
    {"sigmoid",
     {0.5, 0.5, 0.5002499999791666, 0.4997500000208333, 0.7310585786300049, 0.2689414213699951,
      0.9999999979388464, 2.0611536181902037e-9, 1, 0},
     {0.25, 0.25, 0.24999993750001043, 0.24999993750001043, 0.19661193324148185,
      0.19661193324148185, 2.061153613941849e-9, 2.061153613941849e-9, 0, 0}},
    {"relu", {0, 0, 1e-3, 0, 1, 0, 20, 0, 800, 0}, {0, 0, 1, 0, 1, 0, 1, 0, 1, 0}},
    {"softplus",
     {0.6931471805599453, 0.6931471805599453, 0.6936473055599401, 0.6926473055599401,
      1.3132616875182228, 0.3132616875182228, 20.000000002061153, 2.061153620314381e-9, 800, 0},
     {0.5, 0.5, 0.5002499999791666, 0.4997500000208333, 0.7310585786300049, 0.2689414213699951,
      0.9999999979388464, 2.0611536181902037e-9, 1, 0}},
    {"identity", {0, 0, 1e-3, -1e-3, 1, -1, 20, -20, 800, -800}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    {"leaky_relu",
     {0, 0, 1e-3, -1e-5, 1, -0.01, 20, -0.2, 800, -8},
     {0.01, 0.01, 1, 0.01, 1, 0.01, 1, 0.01, 1, 0.01}},
    {"elu",
     {0, 0, 1e-3, -0.0009995001666250085, 1, -0.6321205588285577, 20, -0.9999999979388464, 800, -1},
     {1, 1, 1, 0.999000499833375, 1, 0.36787944117144233, 1, 2.061153622438558e-9, 1, 0}},
    {"silu",
     {0, 0, 0.0005002499999791667, -0.0004997500000208334, 0.7310585786300049, -0.2689414213699951,
      19.99999995877693, -4.122307236380407e-8, 800, 0},
     {0.5, 0.5, 0.5004999999166667, 0.49950000008333334, 0.9276705118714867, 0.07232948812851327,
      1.0000000391619186, -3.9161918660646786e-8, 1, 0}},
    {"gelu",
     {0, 0, 0.000500398942213911, -0.000499601057786089, 0.8413447460685429, -0.15865525393145705,
      20, -5.507248237212468e-88, 800, 0},
     {0.5, 0.5, 0.5007978842948414, 0.4992021157051586, 1.0833154705876864, -0.0833154705876863, 1,
      -1.1014360483133464e-86, 1, 0}},
};
enum { N_CURVES = sizeof curves / sizeof *curves };

/* The points as 2 rows of 5, every leading dimension its own. gelu at −20 is e^(−200): the rounding
 * of the exponent alone costs 200 ulp. A slope may be off by rounding next to 1. */
static void check_curve(const bp_activation *f, const double *value, const double *slope)
{
    enum { M = 2, N = 5, LDZ = 7, LDA = 6, LDD = 8 };
    bp_real Z[M * LDZ], A[M * LDA], D[M * LDD];
    fill(Z, M * LDZ, PADDING), fill(A, M * LDA, PADDING), fill(D, M * LDD, PADDING);
    for (size_t p = 0; p < N_POINTS; p++) {
        Z[p / N * LDZ + p % N] = points[p];
        D[p / N * LDD + p % N] = 2;
    }
    f->apply(M, N, Z, LDZ, A, LDA);
    f->times_derivative(M, N, Z, LDZ, A, LDA, D, LDD);
    for (size_t p = 0; p < N_POINTS; p++) {
        check_close(A[p / N * LDA + p % N], value[p], 1e-13, 0, f->name, __FILE__, __LINE__);
        check_close(D[p / N * LDD + p % N], 2 * slope[p], 1e-13, 1e-15, f->name, __FILE__,
                    __LINE__);
    }
    check_padding(Z, M, N, LDZ);
    check_padding(A, M, N, LDA);
    check_padding(D, M, N, LDD);
}

static void test_curves(void **state)
{
    (void)state;
    for (size_t i = 0; bp_activation_at(i); i++) {
        const bp_activation *f = bp_activation_at(i);
        size_t c = 0;
        while (c < N_CURVES && strcmp(curves[c].name, f->name) != 0)
            c++;
        if (c < N_CURVES)
            check_curve(f, curves[c].value, curves[c].slope);
        else if (strcmp(f->name, "softmax") != 0) /* it works on rows, not on elements */
            fail_msg("no values to check activation %s against", f->name);
    }
}

static void test_softmax(void **state)
{
    (void)state;
    const bp_activation *softmax = bp_activation_find("softmax", NULL);
    const bp_real Z[4][4] = {{log(2), 0, log(5), PADDING}, /* the exponents are 2, 1, 5 */
                             {log(2) + 700, 700, log(5) + 700, PADDING},
                             {1000, -1000, 0, PADDING},
                             {-800, -800, -800, PADDING}};
    const double expected[4][3] = {
        {0.25, 0.125, 0.625}, {0.25, 0.125, 0.625}, {1, 0, 0}, {1 / 3., 1 / 3., 1 / 3.}};
    bp_real A[4 * 5];
    fill(A, 4 * 5, PADDING);
    softmax->apply(4, 3, Z[0], 4, A, 5);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 3; j++)
            assert_close(A[i * 5 + j], expected[i][j], 1e-13, 0);
    check_padding(A, 4, 3, 5);
}

/* Values and slopes, but for the one that is 1 whatever there is. */
static void test_nan_through_activations(void **state)
{
    (void)state;
    for (size_t i = 0; bp_activation_at(i); i++)
        for (size_t j = 0; j < 3; j++) {
            const bp_activation *f = bp_activation_at(i);
            bool constant = strcmp(f->name, "identity") == 0;
            bp_real Z[3] = {0.5, -0.5, 1}, A[3] = {0, 0, 0}, D[3] = {1, 1, 1};
            Z[j] = NAN;
            f->apply(1, 3, Z, 3, A, 3);
            f->times_derivative(1, 3, Z, 3, A, 3, D, 3);
            if (!isnan(A[j]) || (!constant && !isnan(D[j])))
                fail_msg("%s hides a NaN", f->name);
        }
}

/* ---- Losses ------------------------------------------------------------------------------ */

enum { LOSS_M = 3, LOSS_N = 2, LOSS_SIZE = LOSS_M * LOSS_N };

/* Differences o − t of 1, −½; −1, 3; 0, −2½: on both sides of huber's 1, and at it. */
#define OUTPUTS 1, 2, -0.5, 4, 3, -2
#define TARGETS 0, 2.5, 0.5, 1, 3, 0.5
#define LOG_2   0.6931471805599453

static const struct {
    const char *name;
    bp_real O[LOSS_SIZE], T[LOSS_SIZE];
    double sum, delta[LOSS_SIZE], divisor; /* the divisor: of 7 rows of 3 outputs */
} worked[] = {
    {"ssr", {OUTPUTS}, {TARGETS}, 17.5, {2, -1, -2, 6, 0, -5}, 1},
    {"half_ssr", {OUTPUTS}, {TARGETS}, 8.75, {1, -0.5, -1, 3, 0, -2.5}, 1},
    {"mse", {OUTPUTS}, {TARGETS}, 17.5, {2, -1, -2, 6, 0, -5}, 21},
    {"mae", {OUTPUTS}, {TARGETS}, 8, {1, -1, -1, 1, 0, -1}, 21},
    {"huber", {OUTPUTS}, {TARGETS}, 5.625, {1, -0.5, -1, 1, 0, -1}, 21},
    {"binary_cross_entropy",
     {0, 0, 1000, 1000, -1000, -1000},
     {1, 0.25, 1, 0, 1, 0},
     2 * LOG_2 + 0 + 1000 + 1000 + 0,
     {-0.5, 0.25, 0, 1, -1, 0},
     21},
    {"cross_entropy", /* −log of 1/2, e^−1000 and 1 */
     {5, 5, 1000, 0, 0, -1000},
     {1, 0, 0, 1, 1, 0},
     LOG_2 + 1000 + 0,
     {-0.5, 0.5, 1, -1, 0, 0},
     7},
};
enum { N_WORKED = sizeof worked / sizeof *worked };

static size_t worked_row(const bp_loss *loss)
{
    for (size_t w = 0; w < N_WORKED; w++)
        if (strcmp(worked[w].name, loss->name) == 0)
            return w;
    fail_msg("no values to check loss %s against", loss->name);
    return 0;
}

/* Padding of NaN would spoil any sum that it got into. */
static void check_loss(const bp_loss *loss, size_t w)
{
    enum { LDO = LOSS_N + 1, LDT = LOSS_N + 2, LDD = LOSS_N + 3 };
    bp_real O[LOSS_M * LDO], T[LOSS_M * LDT], D[LOSS_M * LDD];
    fill(O, LOSS_M * LDO, NAN), fill(T, LOSS_M * LDT, NAN), fill(D, LOSS_M * LDD, PADDING);
    for (size_t p = 0; p < LOSS_SIZE; p++) {
        O[p / LOSS_N * LDO + p % LOSS_N] = worked[w].O[p];
        T[p / LOSS_N * LDT + p % LOSS_N] = worked[w].T[p];
    }
    double sum = loss->sum(LOSS_M, LOSS_N, O, LDO, T, LDT);
    check_close(sum, worked[w].sum, 1e-15, 0, loss->name, __FILE__, __LINE__);
    loss->delta(LOSS_M, LOSS_N, O, LDO, T, LDT, 0.5, D, LDD);
    for (size_t p = 0; p < LOSS_SIZE; p++)
        check_close(D[p / LOSS_N * LDD + p % LOSS_N], 0.5 * worked[w].delta[p], 1e-15, 0,
                    loss->name, __FILE__, __LINE__);
    check_padding(D, LOSS_M, LOSS_N, LDD);
    assert_same_bits(bp_loss_divisor(loss, 7, 3), worked[w].divisor);
}

static void check_nan_through_loss(const bp_loss *loss, size_t w)
{
    for (size_t p = 0; p < 2 * LOSS_SIZE; p++) {
        bp_real both[2 * LOSS_SIZE], *O = both, *T = both + LOSS_SIZE, D[LOSS_SIZE];
        memcpy(O, worked[w].O, sizeof worked[w].O);
        memcpy(T, worked[w].T, sizeof worked[w].T);
        both[p] = NAN;
        loss->delta(LOSS_M, LOSS_N, O, LOSS_N, T, LOSS_N, 1, D, LOSS_N);
        if (!isnan(loss->sum(LOSS_M, LOSS_N, O, LOSS_N, T, LOSS_N)) || !isnan(D[p % LOSS_SIZE]))
            fail_msg("%s hides a NaN", loss->name);
    }
}

/* Logits far from 0 lose nothing but what z itself cannot hold: log(1 + e) for 10⁸ and 10⁸ + 1 (of
 * single precision: 10⁶). */
static void test_large_logits(void **state)
{
    (void)state;
    const bp_loss *loss = bp_loss_find("cross_entropy", NULL);
    const bp_real far = SINGLE ? 1e6 : 1e8, Z[2] = {far, far + 1}, T[2] = {1, 0};
    bp_real D[2];
    assert_close(loss->sum(1, 2, Z, 2, T, 2), 1.3132616875182228, 1e-15, 0);
    loss->delta(1, 2, Z, 2, T, 2, 1, D, 2);
    assert_close(D[0], -0.7310585786300049, 1e-15, 0);
    assert_close(D[1], 0.7310585786300049, 1e-15, 0);
}

static void test_losses(void **state)
{
    (void)state;
    for (size_t i = 0; bp_loss_at(i); i++) {
        const bp_loss *loss = bp_loss_at(i);
        size_t w = worked_row(loss);
        check_loss(loss, w);
        check_nan_through_loss(loss, w);
    }
}

/* ---- Networks, workspaces and their calls --------------------------------------------------- */

static const size_t small_sizes[] = {3, 4, 2};

/* 3-4-2, tanh and the named outputs, random weights. */
static bp_network *small_network(const char *output, uint64_t seed)
{
    bp_network *network;
    make_network(small_sizes, 2, bp_activation_find("tanh", NULL), bp_activation_find(output, NULL),
                 &network);
    assert_ok(bp_network_initialize(network, "normal", seed, NULL), NULL);
    return network;
}

static bp_workspace *workspace_for(const bp_network *network, const bp_kernel *kernel, size_t rows)
{
    bp_workspace *workspace;
    bp_error error;
    assert_ok(bp_workspace_create(network, kernel, rows, &workspace, &error), &error);
    return workspace;
}

static void test_create_errors(void **state)
{
    (void)state;
    const bp_activation *f = bp_activation_at(0), *activations[] = {f, f};
    const size_t no_neurons[] = {3, 0, 2}, too_wide[] = {3, INT_MAX, 2};
    bp_network *const untouched = (bp_network *)(void *)&f, *network = untouched;
    bp_error error = {0};
    assert_int_equal(bp_network_create(NULL, 2, activations, &network, &error), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_network_create(small_sizes, 2, NULL, &network, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_network_create(small_sizes, 2, activations, NULL, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_network_create(small_sizes, 0, activations, &network, NULL),
                     BP_ERROR_ARGUMENT);
    const bp_activation *hole[] = {f, NULL};
    assert_int_equal(bp_network_create(small_sizes, 2, hole, &network, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_network_create(too_wide, 2, activations, &network, NULL), BP_ERROR_SIZE);
    assert_int_equal(bp_network_create(no_neurons, 2, activations, &network, &error),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(error.status, BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "layer size 1 is 0; at least 1 is needed");
    assert_ptr_equal(network, untouched);

    network = small_network("identity", 1);
    bp_workspace *const none = (bp_workspace *)(void *)&f, *workspace = none;
    assert_int_equal(bp_workspace_create(NULL, NULL, 4, &workspace, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_workspace_create(network, NULL, 4, NULL, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_workspace_create(network, NULL, INT_MAX, &workspace, &error),
                     BP_ERROR_SIZE);
    assert_ptr_equal(workspace, none);
    bp_network_destroy(network);
    bp_network_destroy(NULL);
    bp_workspace_destroy(NULL);
}

static void test_predict_errors(void **state)
{
    (void)state;
    const size_t other_sizes[] = {3, 5, 2};
    bp_network *network = small_network("identity", 1), *other;
    make_network(other_sizes, 2, bp_activation_at(0), bp_activation_at(0), &other);
    bp_workspace *workspace = workspace_for(network, NULL, 2),
                 *empty = workspace_for(network, NULL, 0);
    bp_real X[6] = {0}, Y[4];
    fill(Y, 4, PADDING);
    const struct {
        const bp_network *network;
        bp_workspace *workspace;
        const bp_real *X;
        size_t ldx;
        bp_real *Y;
        size_t ldy;
    } wrong[] = {
        {NULL, workspace, X, 3, Y, 2},       {network, NULL, X, 3, Y, 2},
        {other, workspace, X, 3, Y, 2},      {network, empty, X, 3, Y, 2},
        {network, workspace, NULL, 3, Y, 2}, {network, workspace, X, 3, NULL, 2},
        {network, workspace, X, 2, Y, 2},    {network, workspace, X, 3, Y, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(bp_predict(wrong[i].network, wrong[i].workspace, 2, wrong[i].X,
                                    wrong[i].ldx, wrong[i].Y, wrong[i].ldy, NULL),
                         BP_ERROR_ARGUMENT);
    check_padding(Y, 1, 0, 4);
    assert_int_equal(bp_predict(network, workspace, SIZE_MAX / 9, X, 3, Y, 2, NULL),
                     BP_ERROR_SIZE);
    check_padding(Y, 1, 0, 4);
    assert_int_equal(bp_predict(network, workspace, 0, NULL, 3, NULL, 2, NULL), BP_OK);
    assert_int_equal(bp_predict(network, empty, 0, X, 3, Y, 2, NULL), BP_OK);
    check_padding(Y, 1, 0, 4);
    bp_network_destroy(network), bp_network_destroy(other);
    bp_workspace_destroy(workspace), bp_workspace_destroy(empty);
}

static void test_loss_and_gradient_errors(void **state)
{
    (void)state;
    bp_network *network = small_network("tanh", 1);
    bp_workspace *workspace = workspace_for(network, NULL, 2);
    const bp_loss *mse = bp_loss_find("mse", NULL), *entropy = bp_loss_find("cross_entropy", NULL);
    bp_real X[9] = {0}, T[6] = {0}, G[26];
    double value = PADDING;
    fill(G, 26, PADDING);
    const struct {
        const bp_loss *loss;
        size_t m;
        const bp_real *X, *T;
        size_t ldx, ldt;
        double *value;
    } wrong[] = {
        {NULL, 2, X, T, 3, 2, &value},    {mse, 0, X, T, 3, 2, &value},
        {mse, 3, X, T, 3, 2, &value},     {mse, 2, NULL, T, 3, 2, &value},
        {mse, 2, X, NULL, 3, 2, &value},  {mse, 2, X, T, 3, 2, NULL},
        {mse, 2, X, T, 2, 2, &value},     {mse, 2, X, T, 3, 1, &value},
        {entropy, 2, X, T, 3, 2, &value},
    };
    bp_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(bp_loss_and_gradient(network, workspace, wrong[i].loss, wrong[i].m,
                                              wrong[i].X, wrong[i].ldx, wrong[i].T, wrong[i].ldt,
                                              wrong[i].value, G, &error),
                         BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "loss cross_entropy needs softmax outputs, not tanh");
    assert_int_equal(bp_loss_check(entropy, network, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_loss_check(mse, network, NULL), BP_OK);
    assert_same_bits(value, PADDING);
    check_padding(G, 1, 0, 26);
    bp_network_destroy(network);
    bp_workspace_destroy(workspace);
}

/* 11 rows, 4 at a time, are 11 times one row; only BLAS may round them apart. */
static void test_predict_in_parts(void **state)
{
    (void)state;
    enum { ROWS = 11, LDX = 5, LDY = 3 };
    bp_real X[ROWS * LDX], Y[ROWS * LDY], row[2];
    bp_network *network = small_network("softmax", 1);
    for (size_t i = 0; i < ROWS * LDX; i++)
        X[i] = i % LDX < 3 ? sin((double)i) : NAN;
    for (size_t k = 0; bp_kernel_at(k); k++) {
        bp_workspace *four = workspace_for(network, bp_kernel_at(k), 4);
        bp_workspace *one = workspace_for(network, bp_kernel_at(k), 1);
        fill(Y, ROWS * LDY, PADDING);
        assert_ok(bp_predict(network, four, ROWS, X, LDX, Y, LDY, NULL), NULL);
        for (size_t i = 0; i < ROWS; i++) {
            assert_ok(bp_predict(network, one, 1, X + i * LDX, LDX, row, 2, NULL), NULL);
            assert_close(Y[i * LDY], row[0], 1e-14, 0);
            assert_close(Y[i * LDY + 1], row[1], 1e-14, 0);
        }
        check_padding(Y, ROWS, 2, LDY);
        bp_workspace_destroy(four), bp_workspace_destroy(one);
    }
    bp_network_destroy(network);
}

/* A workspace keeps nothing of the network that used it before. */
static void test_shared_workspace(void **state)
{
    (void)state;
    const bp_real X[6] = {0.5, -1, 2, 1, 0.25, -3}, T[4] = {1, 0, 0, 1};
    const bp_loss *loss = bp_loss_find("cross_entropy", NULL);
    bp_network *networks[2] = {small_network("softmax", 1), small_network("softmax", 2)};
    bp_workspace *shared = workspace_for(networks[0], NULL, 2);
    for (size_t i = 0; i < 4; i++) {
        const bp_network *network = networks[i % 2];
        bp_workspace *own = workspace_for(network, NULL, 2);
        double value[2];
        bp_real G[2][26];
        assert_ok(bp_loss_and_gradient(network, shared, loss, 2, X, 3, T, 2, &value[0], G[0], NULL),
                  NULL);
        assert_ok(bp_loss_and_gradient(network, own, loss, 2, X, 3, T, 2, &value[1], G[1], NULL),
                  NULL);
        assert_same_bits(value[0], value[1]);
        assert_memory_equal(G[0], G[1], sizeof G[0]);
        bp_workspace_destroy(own);
    }
    bp_network_destroy(networks[0]), bp_network_destroy(networks[1]);
    bp_workspace_destroy(shared);
}

/* ---- Initialization ------------------------------------------------------------------------- */

/* The gradient of a batch is the sum of those of its rows alone, also where rows are so wide that
 * the workspace keeps them apart; and so for the gradient of the inputs. */
static void check_batch(const size_t sizes[3], const bp_kernel *kernel)
{
    enum { ROWS = 11 };
    bp_error error;
    bp_network *network;
    bp_workspace *workspace;
    bp_random random;
    size_t inputs = sizes[0], outputs = sizes[2];
    const bp_activation *activations[] = {bp_activation_find("tanh", &error),
                                          bp_activation_find("sigmoid", &error)};
    const bp_loss *loss = bp_loss_find("half_ssr", &error);
    assert_ok(bp_network_create(sizes, 2, activations, &network, &error), &error);
    assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
    assert_ok(bp_workspace_create(network, kernel, ROWS, &workspace, &error), &error);
    size_t n = bp_network_n_parameters(network);
    bp_real *X = malloc(ROWS * inputs * sizeof *X), *T = malloc(ROWS * outputs * sizeof *T);
    bp_real *whole = malloc(n * sizeof *whole), *row = malloc(n * sizeof *row);
    bp_real *sum = calloc(n, sizeof *sum), *E = malloc(ROWS * inputs * sizeof *E);
    bp_real *e = malloc(inputs * sizeof *e);
    double value, values = 0, ones = 0;
    bp_random_seed(&random, 5, 0);
    for (size_t i = 0; i < ROWS * inputs; i++)
        X[i] = bp_random_normal(&random);
    for (size_t i = 0; i < ROWS * outputs; i++)
        T[i] = bp_random_uniform(&random);
    assert_ok(bp_loss_and_gradient(network, workspace, loss, ROWS, X, inputs, T, outputs, &value,
                                   whole, &error),
              &error);
    bp_input_gradient(network, workspace, ROWS, E, inputs);
    for (size_t i = 0; i < ROWS; i++) {
        assert_ok(bp_loss_and_gradient(network, workspace, loss, 1, X + i * inputs, inputs,
                                       T + i * outputs, outputs, &ones, row, &error),
                  &error);
        values += ones;
        for (size_t p = 0; p < n; p++)
            sum[p] += row[p];
        bp_input_gradient(network, workspace, 1, e, inputs);
        for (size_t p = 0; p < inputs; p++)
            assert_close(E[i * inputs + p], e[p], 1e-12, 1e-14);
    }
    assert_close(value, values, 1e-13, 0);
    for (size_t p = 0; p < n; p++)
        assert_close(whole[p], sum[p], 1e-11, 1e-13);
    free(X), free(T), free(whole), free(row), free(sum), free(E), free(e);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
}

static void test_batches(void **state)
{
    static const size_t widths[] = {3, 62, 63, 64, 65, 127, 128, 129, 200};
    enum { N = sizeof widths / sizeof *widths };
    (void)state;
    for (size_t k = 0; bp_kernel_at(k); k++)
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < 3; j++) {
                size_t sizes[] = {widths[i], widths[(i + 2 * j) % N], widths[(i + 4 * j) % N]};
                check_batch(sizes, bp_kernel_at(k));
            }
}

static void test_uniform01(void **state)
{
    (void)state;
    const size_t sizes[] = {2, 2, 2};
    bp_network *network;
    make_network(sizes, 2, bp_activation_at(0), bp_activation_at(0), &network);
    assert_ok(bp_network_initialize(network, "uniform01", 1, NULL), NULL);
    json_t *document = load_json("tests/reference/two_class.json");
    const bp_real *w = bp_network_parameters(network);
    for (size_t l = 0; l < 2; l++) {
        size_t rows, columns, ld;
        const json_t *layer = json_array_get(json_object_get(document, "initial_weights"), l);
        bp_real *expected = matrix_of_json(layer, 0, 0, &rows, &columns, &ld);
        assert_int_equal(rows * columns, 6);
        for (size_t i = 0; i < 6; i++)
            assert_same_bits(w[l * 6 + i], expected[i]);
        free(expected);
    }
    json_decref(document);
    bp_network_destroy(network);
}

/* 20000 weights: their mean is good to 0.7 % of the deviation, the variance to 1 %. */
static void check_distribution(const bp_layer *layer, double mean, double variance, double least,
                               double most)
{
    double n = (double)(layer->n * layer->k), sum = 0, squares = 0;
    for (size_t j = 0; j < layer->n; j++)
        for (size_t p = 0; p < layer->k; p++) {
            double w = layer->W[j * layer->ldw + p];
            assert_true(w >= least && w <= most);
            sum += w;
            squares += (w - mean) * (w - mean);
        }
    assert_close(sum / n, mean, 0, 0.03 * sqrt(variance));
    assert_close(squares / n, variance, 0.05, 0);
}

static void test_distributions(void **state)
{
    (void)state;
    const size_t sizes[] = {100, 200};
    const double limit = sqrt(6 / 300.);
    const struct {
        const char *name;
        double mean, variance, least, most;
    } expected[] = {{"glorot", 0, 0.02 / 3, -limit, limit},
                    {"he", 0, 0.02, -INFINITY, INFINITY},
                    {"normal", 0, 1, -INFINITY, INFINITY},
                    {"uniform01", 0.5, 1 / 12., 0, 1}};
    bp_network *network;
    make_network(sizes, 1, bp_activation_at(0), bp_activation_at(0), &network);
    bp_layer layer = bp_network_layer(network, 0);
    for (size_t i = 0; bp_initialization_name(i); i++) {
        assert_true(i < sizeof expected / sizeof *expected);
        assert_string_equal(bp_initialization_name(i), expected[i].name);
        fill(layer.W, bp_network_n_parameters(network), NAN);
        assert_ok(bp_network_initialize(network, expected[i].name, 7, NULL), NULL);
        check_distribution(&layer, expected[i].mean, expected[i].variance, expected[i].least,
                           expected[i].most);
        for (size_t j = 0; j < layer.n && strcmp(expected[i].name, "uniform01") != 0; j++)
            assert_same_bits(layer.W[j * layer.ldw + layer.k], 0);
    }
    bp_network_destroy(network);
}

/* An unknown name is an error that lists the known ones, and changes nothing. */
static void test_unknown_names(void **state)
{
    (void)state;
    bp_error error;
    bp_network *network = small_network("tanh", 1), *same = small_network("tanh", 1);
    assert_int_equal(bp_network_initialize(network, "zeros", 1, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message,
                        "unknown initialization 'zeros'; known: glorot, he, normal, uniform01");
    assert_memory_equal(bp_network_parameters(network), bp_network_parameters(same),
                        bp_network_n_parameters(network) * sizeof(bp_real));
    assert_null(bp_activation_find("step", &error));
    assert_string_equal(error.message,
                        "unknown activation 'step'; known: tanh, sigmoid, relu, softplus, "
                        "identity, leaky_relu, elu, silu, gelu, softmax");
    assert_null(bp_loss_find("log", &error));
    assert_string_equal(error.message, "unknown loss 'log'; known: ssr, half_ssr, mse, mae, huber, "
                                       "binary_cross_entropy, cross_entropy");
    bp_network_destroy(network), bp_network_destroy(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_nan_through_activations),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_large_logits),
        cmocka_unit_test(test_create_errors),
        cmocka_unit_test(test_predict_errors),
        cmocka_unit_test(test_loss_and_gradient_errors),
        cmocka_unit_test(test_predict_in_parts),
        cmocka_unit_test(test_shared_workspace),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_uniform01),
        cmocka_unit_test(test_distributions),
        cmocka_unit_test(test_unknown_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
