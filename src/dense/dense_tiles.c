/* dense_tiles.c: the three products by tiles.c, in the version for this processor; reads line
 * beside line with dense_blas.c. */
#include "dense/dense_kernels.h"

#include "dense/tiles.h"

enum {
    ROW = 128, /* neurons at a time, where something is kept of them */
    FEW_ROWS = 3,
    TURN_BELOW = 16, /* rows */
    APART_FROM = 8,  /* inputs, for the gradients of the biases */
};

static bp_multiply_fn *multiply_here(void)
{
#ifdef BP_HAVE_X86_TILES
    if (__builtin_cpu_supports("avx512f"))
        return bp_multiply_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return bp_multiply_avx2;
#endif
    return bp_multiply_plain;
}

/* Zᵀ = W · Aᵀ, and Zᵀ turned over: where there are few rows it is A, not W, that is better copied.
 */
static void forward_turned(size_t m, size_t k, size_t n, const double *A, size_t lda,
                           const double *W, size_t ldw, double *Z, size_t ldz)
{
    double turned[ROW * TURN_BELOW];
    for (size_t j = 0; j < n; j += ROW) {
        size_t count = n - j < ROW ? n - j : ROW;
        bp_product p = {count, m, k + 1, W + j * ldw, ldw, 1, A, lda, true, false, turned, m};
        multiply_here()(&p);
        for (size_t i = 0; i < m; i++)
            for (size_t x = 0; x < count; x++)
                Z[i * ldz + j + x] = turned[x * m + i];
    }
}

bool bp_tiles_are_wide(void) { return multiply_here() != bp_multiply_plain; }

/* Z = A · Wᵀ */
void bp_tiles_forward(size_t m, size_t k, size_t n, const double *A, size_t lda, const double *W,
                      size_t ldw, double *Z, size_t ldz)
{
    bool few = m <= FEW_ROWS && n >= 4;
    if (!few && m < TURN_BELOW) {
        forward_turned(m, k, n, A, lda, W, ldw, Z, ldz);
        return;
    }
    bp_product p = {m, n, k + 1, A, lda, 1, W, ldw, true, few, Z, ldz}; /* M, N, K, L, R, C */
    multiply_here()(&p);
}

/* G = Dᵀ · A; the last column, which would take a vector of its own, as a row (A[:, k])ᵀ · D */
void bp_tiles_weight_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                              const double *A, size_t lda, double *G, size_t ldg)
{
    double row[ROW];
    bool apart = k >= APART_FROM;
    bp_product p = {n,  apart ? k : k + 1, m, D, 1, ldd, A, lda, false, false, G,
                    ldg}; /* M, N, K, L, R, C */
    multiply_here()(&p);
    for (size_t j = 0; apart && j < n; j += ROW) {
        size_t count = n - j < ROW ? n - j : ROW;
        bp_product biases = {1, count, m, A + k, 1, lda, D + j, ldd, false, false, row, count};
        multiply_here()(&biases);
        for (size_t i = 0; i < count; i++)
            G[(j + i) * ldg + k] = row[i];
    }
}

/* E = D · W[:, 0:k] */
void bp_tiles_input_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                             const double *W, size_t ldw, double *E, size_t lde)
{
    bp_product p = {m, k, n, D, ldd, 1, W, ldw, false, false, E, lde}; /* M, N, K, L, R, C */
    multiply_here()(&p);
}
