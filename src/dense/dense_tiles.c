/* dense_tiles.c: the three products in tiles of registers; reads line beside line with
 * dense_blas.c. Compiled once for each kind of processor, with BP_NAMED(x) as the name of x. */
#include "dense/dense_kernels.h"

#include "dense/tiles.h"

enum {
    ROW = 128,       /* neurons at a time, where something is kept of them */
    TURN_BELOW = 16, /* rows */
    APART_FROM = 8,  /* inputs, and */
    APART_ROWS = 8,  /* rows, for gradients of the biases as a product of their own */
};

/* Zᵀ = W · Aᵀ, and Zᵀ turned over: where there are few rows it is A, not W, that is better copied.
 */
static void forward_turned(size_t m, size_t k, size_t n, const bp_real *A, size_t lda,
                           const bp_real *W, size_t ldw, bp_real *Z, size_t ldz)
{
    bp_real turned[ROW * TURN_BELOW];
    for (size_t j = 0; j < n; j += ROW) {
        size_t count = n - j < ROW ? n - j : ROW;
        product p = {count, m, k + 1, W + j * ldw, ldw, 1, A, lda, true, false, turned, m};
        multiply(&p);
        for (size_t i = 0; i < m; i++)
            for (size_t x = 0; x < count; x++)
                Z[i * ldz + j + x] = turned[x * m + i];
    }
}

/* Z = A · Wᵀ */
void BP_NAMED(forward)(size_t m, size_t k, size_t n, const bp_real *A, size_t lda, const bp_real *W,
                       size_t ldw, bp_real *Z, size_t ldz)
{
    bool few = m <= FEW_ROWS && n >= 4;
    product p = {m, n, k + 1, A, lda, 1, W, ldw, true, few, Z, ldz}; /* M, N, K, L, R, C */
    if (few || m >= TURN_BELOW || is_tiny(&p))
        multiply(&p);
    else
        forward_turned(m, k, n, A, lda, W, ldw, Z, ldz);
}

/* G = Dᵀ · A; the last column, which would take a vector of its own, as a row (A[:, k])ᵀ · D */
void BP_NAMED(weight_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                               const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    bp_real row[ROW];
    bool apart = k >= APART_FROM && m >= APART_ROWS;
    product p = {n,  apart ? k : k + 1, m, D, 1, ldd, A, lda, false, false, G,
                 ldg}; /* M, N, K, L, R, C */
    multiply(&p);
    for (size_t j = 0; apart && j < n; j += ROW) {
        size_t count = n - j < ROW ? n - j : ROW;
        product biases = {1, count, m, A + k, 1, lda, D + j, ldd, false, false, row, count};
        multiply(&biases);
        for (size_t i = 0; i < count; i++)
            G[(j + i) * ldg + k] = row[i];
    }
}

/* E = D · W[:, 0:k] */
void BP_NAMED(input_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                              const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    product p = {m, k, n, D, ldd, 1, W, ldw, false, false, E, lde}; /* M, N, K, L, R, C */
    multiply(&p);
}
