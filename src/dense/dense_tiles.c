/* dense_tiles.c: the three products in tiles of registers; reads line beside line with
 * dense_blas.c. Compiled once for each kind of processor, with BP_NAMED(x) as the name of x. */
#include "dense/dense_kernels.h"

#include "dense/tiles.h"

enum {
    ROW = 128,       /* neurons, where something is kept of them */
    TURN_BELOW = 16, /* rows */
    IN_PARTS_BELOW = 8,
    LEAST_IN_PARTS = 4, /* columns */
    THIN_BELOW = 4,     /* neurons, */
    THIN_FROM = 8,      /* inputs, from which their sums are better in parts, of */
    THIN_ROWS = 512,    /* rows at a time */
    APART_FROM = 8,     /* rows, inputs and neurons, for gradients of biases by themselves */
};

/* Zᵀ = W · Aᵀ, and Zᵀ turned over: where there are few rows it is A, not W, that is better copied.
 */
static void forward_turned(size_t m, size_t k, size_t n, const bp_real *A, size_t lda,
                           const bp_real *W, size_t ldw, bp_real *Z, size_t ldz)
{
    bp_real turned[ROW * TURN_BELOW];
    for (size_t j = 0; j < n; j += ROW) {
        size_t count = n - j < ROW ? n - j : ROW;
        product p = {count, m, k + 1, W + j * ldw, ldw, 1, A, lda, true, false, turned, m, 0};
        multiply(&p);
        for (size_t i = 0; i < m; i++)
            for (size_t x = 0; x < count; x++)
                Z[i * ldz + j + x] = turned[x * m + i];
    }
}

/* The same where there are few neurons, each sum in parts. */
static void forward_thin(size_t m, size_t k, size_t n, const bp_real *A, size_t lda,
                         const bp_real *W, size_t ldw, bp_real *Z, size_t ldz)
{
    bp_real turned[THIN_ROWS * THIN_BELOW];
    for (size_t i = 0; i < m; i += THIN_ROWS) {
        size_t first = i + LEAST_IN_PARTS <= m ? i : m - LEAST_IN_PARTS;
        size_t count = m - first < THIN_ROWS ? m - first : THIN_ROWS;
        product p = {n,      count,           k + 1, W,    ldw,
                     1,      A + first * lda, lda,   true, true, /* M, N, K, L, R */
                     turned, count,           0};
        multiply_few_rows(&p);
        for (size_t r = 0; r < count; r++)
            for (size_t x = 0; x < n; x++)
                Z[(first + r) * ldz + x] = turned[x * count + r];
    }
}

/* Z = A · Wᵀ */
void BP_NAMED(forward)(size_t m, size_t k, size_t n, const bp_real *A, size_t lda, const bp_real *W,
                       size_t ldw, bp_real *Z, size_t ldz)
{
    bool few = m < IN_PARTS_BELOW && n >= LEAST_IN_PARTS;
    product p = {m, n, k + 1, A, lda, 1, W, ldw, true, few, Z, ldz, 0}; /* M, N, K, L, R, C */
    if (n < THIN_BELOW && k >= THIN_FROM && m >= LEAST_IN_PARTS)
        forward_thin(m, k, n, A, lda, W, ldw, Z, ldz);
    else if (few || m >= TURN_BELOW || is_tiny(&p))
        multiply(&p);
    else
        forward_turned(m, k, n, A, lda, W, ldw, Z, ldz);
}

/* G = Dᵀ · A; the last column, which would take a vector of its own, as a row (A[:, k])ᵀ · D */
void BP_NAMED(weight_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                               const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    bp_real row[ROW];
    bool apart = m >= APART_FROM && k >= APART_FROM && n >= APART_FROM;
    product p = {n, apart ? k : k + 1, m, D, 1, ldd, A, lda, false, false, G, ldg,
                 0}; /* M, N, K, L, R, C */
    multiply(&p);
    for (size_t j = 0; apart && j < n; j += ROW) {
        size_t count = n - j < ROW ? n - j : ROW;
        product biases = {1, count, m, A + k, 1, lda, D + j, ldd, false, false, row, count, 0};
        multiply(&biases);
        for (size_t i = 0; i < count; i++)
            G[(j + i) * ldg + k] = row[i];
    }
}

/* E = D · W[:, 0:k] */
void BP_NAMED(input_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                              const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    product p = {m, k, n, D, ldd, 1, W, ldw, false, false, E, lde, 0}; /* M, N, K, L, R, C */
    multiply(&p);
}
