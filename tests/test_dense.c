/* test_dense.c: the three products against sums in long double, for every kernel, at awkward sizes
 * and padded leading dimensions. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "support.h"

#include "base/cpu.h"
#include "base/random.h"
#include "dense/blas_runtime.h"
#include "dense/dense_kernels.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const size_t sizes[] = {1, 2, 3, 5, 7, 9, 35};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* The pages of n numbers, and one more. */
static size_t pages_of(size_t n, size_t page)
{
    return (n * sizeof(bp_real) + page - 1) / page * page + page;
}

/* n numbers, behind the last of which is a page that nobody may touch: who goes too far dies of it,
 * in every build and with whatever instructions. */
static bp_real *guarded(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = pages_of(n, page);
    char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + size - page, page, PROT_NONE), 0);
    return (bp_real *)(void *)(pages + size - page) - n;
}

static void release(bp_real *values, size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(munmap((char *)values - (size_t)values % page, pages_of(n, page)), 0);
}

/* rows×columns random numbers with leading dimension ld, and padding between the rows. */
static size_t count_of(size_t rows, size_t columns, size_t ld)
{
    return rows && columns ? (rows - 1) * ld + columns : 0;
}

static bp_real *make_matrix(bp_random *random, size_t rows, size_t columns, size_t ld)
{
    size_t count = count_of(rows, columns, ld);
    bp_real *values = guarded(count);
    for (size_t i = 0; i < count; i++)
        values[i] = i % ld < columns ? bp_random_normal(random) : PADDING;
    return values;
}

/* One product Σ_p x[p·step_x]·y[p·step_y] in long double. */
static double dot(size_t n, const bp_real *x, size_t step_x, const bp_real *y, size_t step_y)
{
    long double sum = 0;
    for (size_t p = 0; p < n; p++)
        sum += (long double)x[p * step_x] * y[p * step_y];
    return (double)sum;
}

static void check_shape(const bp_kernel *kernel, size_t m, size_t k, size_t n, size_t pad)
{
    bp_random random;
    bp_random_seed(&random, 7, 0);
    size_t lda = k + 1 + pad, ldw = k + 1 + 2 * pad, ldd = n + pad + !n, ldz = n + 3 * pad + !n;
    size_t ldg = k + 1 + pad, lde = k + pad + !k;
    bp_real *A = make_matrix(&random, m, k + 1, lda), *W = make_matrix(&random, n, k + 1, ldw);
    bp_real *D = make_matrix(&random, m, n, ldd), *Z = make_matrix(&random, m, n, ldz);
    bp_real *G = make_matrix(&random, n, k + 1, ldg), *E = make_matrix(&random, m, k, lde);
    if (m && n)
        Z[0] = NAN; /* what an output held before must not matter */

    assert_int_equal(bp_dense_check(m, k, n, 0, NULL), BP_OK);
    kernel->forward(m, k, n, A, lda, W, ldw, Z, ldz);
    kernel->weight_gradient(m, k, n, D, ldd, A, lda, G, ldg);
    kernel->input_gradient(m, k, n, D, ldd, W, ldw, E, lde);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            assert_close(Z[i * ldz + j], dot(k + 1, A + i * lda, 1, W + j * ldw, 1), 1e-13, 1e-13);
    for (size_t j = 0; j < n; j++)
        for (size_t p = 0; p <= k; p++)
            assert_close(G[j * ldg + p], dot(m, D + j, ldd, A + p, lda), 1e-13, 1e-13);
    for (size_t i = 0; i < m; i++)
        for (size_t p = 0; p < k; p++)
            assert_close(E[i * lde + p], dot(n, D + i * ldd, 1, W + p, ldw), 1e-13, 1e-13);
    check_padding(Z, m && n ? m - 1 : 0, n, ldz);
    check_padding(G, n ? n - 1 : 0, k + 1, ldg);
    check_padding(E, m && k ? m - 1 : 0, k, lde);
    release(A, count_of(m, k + 1, lda)), release(W, count_of(n, k + 1, ldw));
    release(D, count_of(m, n, ldd)), release(Z, count_of(m, n, ldz));
    release(G, count_of(n, k + 1, ldg)), release(E, count_of(m, k, lde));
}

static void test_products(void **state)
{
    (void)state;
    for (size_t i = 0; bp_kernel_at(i); i++)
        for (size_t a = 0; a < N_SIZES; a++)
            for (size_t b = 0; b < N_SIZES; b++)
                for (size_t c = 0; c < N_SIZES; c++)
                    for (size_t pad = 0; pad < 4; pad += 3)
                        check_shape(bp_kernel_at(i), sizes[a], sizes[b], sizes[c], pad);
}

/* Sizes beyond those of a panel, of a block of terms, and of what a kernel does otherwise for few
 * rows; and one of these columns alone. */
static void test_larger_products(void **state)
{
    static const size_t shapes[][3] = {
        {2, 401, 19},  {3, 70, 33},   {16, 23, 41},  {67, 9, 130},  {70, 805, 27},
        {801, 24, 25}, {12, 8, 129},  {4, 64, 1},    {1, 90, 1},    {3, 70, 2},
        {9, 141, 6},   {11, 130, 14}, {300, 2, 466}, {50, 14, 10},  {34, 1, 60},
        {20, 5, 200},  {40, 3, 700},  {9, 4, 130},   {700, 3, 100}, {256, 1, 300},
        {30, 9, 17},   {700, 20, 3},  {8, 2, 700},   {70, 131, 75}, {70, 131, 77}};
    (void)state;
    for (size_t i = 0; bp_kernel_at(i); i++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            check_shape(bp_kernel_at(i), shapes[s][0], shapes[s][1], shapes[s][2], s % 2 * 3);
}

/* Of nothing: sums of no terms are 0, and results of no elements are left alone. */
static void check_nothing(const bp_kernel *kernel)
{
    static const size_t some[] = {0, 1, 9, 300};
    for (size_t i = 0; i < 64; i++) {
        size_t m = some[i % 4], k = some[i / 4 % 4], n = some[i / 16];
        if (!m || !k || !n)
            check_shape(kernel, m, k, n, i % 2 * 3);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; bp_kernel_at(i); i++)
        check_nothing(bp_kernel_at(i));
}

typedef struct operands {
    size_t m, k, n;
    bp_real *A, *W, *D;
} operands;

static operands make_operands(size_t m, size_t k, size_t n)
{
    bp_random random;
    bp_random_seed(&random, 7, 1);
    operands o = {m, k, n, NULL, NULL, NULL};
    o.A = make_matrix(&random, m, k + 1, k + 1);
    o.W = make_matrix(&random, n, k + 1, k + 1);
    o.D = make_matrix(&random, m, n, n);
    return o;
}

static void free_operands(operands *o)
{
    release(o->A, o->m * (o->k + 1));
    release(o->W, o->n * (o->k + 1));
    release(o->D, o->m * o->n);
}

/* What comes next of `left`: a piece, or all where less than `least` would be left of it. */
static size_t next_piece(size_t left, size_t piece, size_t least)
{
    if (piece < least)
        piece = least;
    return left < piece + least ? left : piece;
}

/* Z, G and E, one behind the other, in pieces of so many rows (of G: neurons) and so many neurons
 * (of G and E: inputs). */
static bp_real *in_pieces(const bp_kernel *kernel, const operands *o, size_t down, size_t along)
{
    size_t m = o->m, k = o->k, n = o->n, ldw = k + 1;
    bp_real *Z = guarded(m * n + n * ldw + m * k), *G = Z + m * n, *E = G + n * ldw;
    for (size_t i = 0, rows; i < m; i += rows) {
        rows = next_piece(m - i, down, 8);
        for (size_t j = 0, neurons; j < n; j += neurons) {
            neurons = next_piece(n - j, along, 16);
            kernel->forward(rows, k, neurons, o->A + i * ldw, ldw, o->W + j * ldw, ldw,
                            Z + i * n + j, n);
        }
        for (size_t p = 0, inputs; p < k; p += inputs) {
            inputs = next_piece(k - p, along, 8);
            kernel->input_gradient(rows, inputs, n, o->D + i * n, n, o->W + p, ldw, E + i * k + p,
                                   k);
        }
    }
    for (size_t j = 0, neurons; j < n; j += neurons) {
        neurons = next_piece(n - j, down, 8);
        for (size_t p = 0; p <= k; p += along)
            kernel->weight_gradient(m, (ldw - p < along ? ldw - p : along) - 1, neurons, o->D + j,
                                    n, o->A + p, ldw, G + j * ldw + p, ldw);
    }
    return Z;
}

/* A kernel that splits gives the same bits however its products are cut. */
static void check_pieces(const bp_kernel *kernel)
{
    static const size_t shapes[][3] = {
        {35, 7, 9},    {40, 401, 50}, {9, 33, 5},   {64, 24, 24}, {200, 140, 70}, {600, 12, 3},
        {20, 9, 1},    {8, 300, 65},  {43, 60, 6},  {41, 110, 9}, {37, 6, 70},    {30, 3, 130},
        {70, 2, 99},   {25, 4, 1050}, {33, 17, 45}, {8, 1, 8},    {60, 9, 1},     {293, 7, 113},
        {293, 7, 121}, {410, 5, 97},  {293, 56, 7}, {293, 64, 7}, {293, 72, 7},   {17, 40, 40}};
    static const size_t pieces[][2] = {{8, 1000}, {1000, 8}, {9, 5}, {12, 1}, {17, 24}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        operands o = make_operands(shapes[s][0], shapes[s][1], shapes[s][2]);
        size_t count = o.m * o.n + o.n * (o.k + 1) + o.m * o.k;
        bp_real *whole = in_pieces(kernel, &o, 1000, 1000);
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            bp_real *cut = in_pieces(kernel, &o, pieces[p][0], pieces[p][1]);
            assert_memory_equal(whole, cut, count * sizeof *cut);
            release(cut, count);
        }
        release(whole, count);
        free_operands(&o);
    }
}

static void test_pieces(void **state)
{
    bp_error error;
    (void)state;
    for (size_t i = 0; bp_kernel_at(i); i++)
        if (bp_kernel_splits(bp_kernel_at(i)))
            check_pieces(bp_kernel_at(i));
    assert_false(bp_kernel_splits(bp_kernel_find("blas", &error)));
    assert_true(bp_kernel_splits(bp_kernel_find("loops", &error)));
    assert_true(bp_kernel_splits(bp_kernel_find("tiles", &error)));
}

#define PRODUCTS(kernel)                                                                           \
    {                                                                                              \
#kernel, "", kernel##_forward, kernel##_weight_gradient, kernel##_input_gradient           \
    }

/* The tiles for other processors, as far as this one can run them. */
static void test_versions(void **state)
{
    static const size_t large[][3] = {{3, 40, 70},    {70, 405, 29},  {4, 70, 35}, {7, 33, 9},
                                      {150, 141, 66}, {300, 134, 75}, {515, 9, 2}, {2, 140, 130}};
    static const bp_kernel versions[] = {
        PRODUCTS(bp_tiles_plain),
#ifdef BP_X86_LEVELS
        PRODUCTS(bp_tiles_avx2),
        PRODUCTS(bp_tiles_avx512),
#endif
    };
    (void)state;
    for (size_t v = 0; v <= bp_cpu_level(); v++) {
        for (size_t a = 0; a < N_SIZES; a++)
            for (size_t b = 0; b < N_SIZES; b++)
                for (size_t c = 0; c < N_SIZES; c++)
                    check_shape(&versions[v], sizes[a], sizes[b], sizes[c], a % 2 * 3);
        for (size_t s = 0; s < sizeof large / sizeof *large; s++)
            check_shape(&versions[v], large[s][0], large[s][1], large[s][2], s % 2);
        check_pieces(&versions[v]);
        check_nothing(&versions[v]);
    }
}

/* NaN and infinity come out of a product that they go into. */
static void test_not_finite(void **state)
{
    (void)state;
    for (size_t i = 0; bp_kernel_at(i); i++) {
        bp_real A[4] = {0, 1, 0, 1}, W[2] = {NAN, 1}, Z[2], G[2];
        bp_kernel_at(i)->forward(2, 1, 1, A, 2, W, 2, Z, 1);
        assert_true(isnan(Z[0]) && isnan(Z[1]));
        bp_real D[2] = {0, INFINITY};
        bp_kernel_at(i)->weight_gradient(2, 1, 1, D, 1, A, 2, G, 2);
        assert_true(isnan(G[0]) && isinf(G[1]));
    }
}

static void test_check(void **state)
{
    (void)state;
    bp_error error;
    size_t too_much = (size_t)INT_MAX;
    assert_int_equal(bp_dense_check(1, 2, 3, 3, &error), BP_OK);
    assert_int_equal(bp_dense_check(1, 3, 2, 3, &error), BP_ERROR_ARGUMENT); /* k+1 > ld */
    assert_int_equal(bp_dense_check(1, 1, 4, 3, &error), BP_ERROR_ARGUMENT); /* n > ld */
    assert_int_equal(bp_dense_check(too_much, 1, 1, 0, &error), BP_ERROR_SIZE);
    assert_int_equal(bp_dense_check(1, too_much, 1, 0, &error), BP_ERROR_SIZE);
    assert_int_equal(bp_dense_check(1, 1, too_much, 0, &error), BP_ERROR_SIZE);
    assert_int_equal(bp_dense_check(1, 1, 1, SIZE_MAX, &error), BP_ERROR_SIZE);
    assert_int_equal(bp_dense_check(INT_MAX - 1, INT_MAX - 1, INT_MAX - 1, 0, &error), BP_OK);
}

static void test_names(void **state)
{
    (void)state;
    bp_error error;
    for (size_t i = 0; bp_kernel_at(i); i++)
        assert_ptr_equal(bp_kernel_find(bp_kernel_at(i)->name, &error), bp_kernel_at(i));
    assert_null(bp_kernel_find("fast", &error));
    assert_string_equal(error.message, "unknown kernel 'fast'; known: auto, blas, loops, tiles");
}

/* What is said of OpenBLAS's choice, by what it tells, what the processor can run, and what
 * OPENBLAS_CORETYPE asked for. */
static void test_blas_judgement(void **state)
{
    (void)state;
    static const char any[] = "OpenBLAS 0.3.21 DYNAMIC_ARCH Prescott", one[] = "OpenBLAS 0.3.21";
    static const struct {
        const char *library, *core, *best, *asked, *better, *problem;
    } rows[] = {
        {any, "Prescott", "SkylakeX", NULL, "SkylakeX", "with OPENBLAS_CORETYPE=SkylakeX in its"},
        {any, "Prescott", "Haswell", NULL, "Haswell", "with OPENBLAS_CORETYPE=Haswell in its"},
        {any, "Barcelona", "SkylakeX", NULL, "SkylakeX", "runs its Barcelona kernels"},
        {any, "Sandybridge", "Haswell", NULL, "Haswell", "runs its Sandybridge kernels"},
        {any, "Prescott", "SkylakeX", "", "SkylakeX", "where it has another value"},
        {any, "Prescott", "SkylakeX", "Prescott", "SkylakeX", "where it has another value"},
        {any, "Prescott", "SkylakeX", "skylakex", "", "it has none for OPENBLAS_CORETYPE=SkylakeX"},
        {one, "PRESCOTT", "SkylakeX", NULL, "", "install one with DYNAMIC_ARCH"},
        {any, "Prescott", NULL, NULL, "", ""},
        {any, "Haswell", "Haswell", NULL, "", ""},
        {any, "Zen", "Haswell", NULL, "", ""},
        {any, "Excavator", "Haswell", NULL, "", ""},
        {any, "Haswell", "SkylakeX", NULL, "", ""},
        {any, "SapphireRapids", "SkylakeX", NULL, "", ""},
        {any, "Cooperlake", "SkylakeX", "Cooperlake", "", ""},
        {one, "ZEN", "Haswell", NULL, "", ""},
        {any, "neoversen1", NULL, NULL, "", ""},
        {any, "", "SkylakeX", NULL, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bp_blas_info info = {.better = "before", .problem = "before"};
        snprintf(info.library, sizeof info.library, "%s", rows[i].library);
        snprintf(info.core, sizeof info.core, "%s", rows[i].core);
        bp_blas_judge(&info, rows[i].best, rows[i].asked);
        assert_string_equal(info.better, rows[i].better);
        assert_int_equal(info.problem[0] != '\0', rows[i].problem[0] != '\0');
        assert_non_null(strstr(info.problem, rows[i].problem));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),       cmocka_unit_test(test_larger_products),
        cmocka_unit_test(test_pieces),         cmocka_unit_test(test_versions),
        cmocka_unit_test(test_nothing),        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_check),          cmocka_unit_test(test_names),
        cmocka_unit_test(test_blas_judgement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
