/* dense_tiles.c: the three products in tiles of registers; reads line beside line with
 * dense_blas.c. Compiled once for each kind of processor, with BP_NAMED(x) as the name of x. */
#include "dense/dense_kernels.h"

#include "dense/tiles.h"

/* Sizes at which one way becomes faster than another, by bench/products.c. */
enum {
    TURN_BELOW = 16,       /* rows: forward as Zᵀ */
    IN_PARTS_BELOW = 8,    /* rows: forward with sums in parts, */
    LEAST_IN_PARTS = 4,    /* which come four columns at a time */
    THIN_BELOW = 4,        /* neurons: forward as Zᵀ with sums in parts, */
    THIN_FROM = 8,         /* inputs or more */
    APART_FROM = 8,        /* rows, inputs, neurons: gradients of biases by themselves, where */
    APART_DELTAS = 24,     /* times so many deltas are to be added */
    NEURONS_AT_ONCE = 128, /* of which something is kept on the stack */
    ROWS_AT_ONCE = 512,
};

/* Zᵀ = W · Aᵀ, and Zᵀ turned over: where there are few rows it is A, not W, that is better copied.
 */
static void forward_turned(size_t m, size_t k, size_t n, const bp_real *A, size_t lda,
                           const bp_real *W, size_t ldw, bp_real *Z, size_t ldz)
{
    bp_real turned[NEURONS_AT_ONCE * TURN_BELOW];
    for (size_t j = 0; j < n; j += NEURONS_AT_ONCE) {
        size_t count = n - j < NEURONS_AT_ONCE ? n - j : NEURONS_AT_ONCE;
        product p = {count, m, k + 1, W + j * ldw, ldw, 1, A, lda, true, false, turned, m};
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
    bp_real turned[ROWS_AT_ONCE * THIN_BELOW];
    for (size_t i = 0; i < m; i += ROWS_AT_ONCE) {
        size_t first = i + LEAST_IN_PARTS <= m ? i : m - LEAST_IN_PARTS;
        size_t count = m - first < ROWS_AT_ONCE ? m - first : ROWS_AT_ONCE;
        product p = {n,      count, k + 1, W, ldw, 1, A + first * lda,
                     lda,    true,  true, /* M, N, K, L, R */
                     turned, count};
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
    product p = {m, n, k + 1, A, lda, 1, W, ldw, true, few, Z, ldz}; /* M, N, K, L, R, C */
    if (n < THIN_BELOW && k >= THIN_FROM && m >= LEAST_IN_PARTS)
        forward_thin(m, k, n, A, lda, W, ldw, Z, ldz);
    else if (few || m >= TURN_BELOW || is_tiny(&p))
        multiply(&p);
    else
        forward_turned(m, k, n, A, lda, W, ldw, Z, ldz);
}

/* The last column of G = Dᵀ · A as a row (A[:, k])ᵀ · D */
static void bias_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                          const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    bp_real row[NEURONS_AT_ONCE];
    for (size_t j = 0; j < n; j += NEURONS_AT_ONCE) {
        size_t count = n - j < NEURONS_AT_ONCE ? n - j : NEURONS_AT_ONCE;
        product p = {1, count, m, A + k, 1, lda, D + j, ldd, false, false, row, count};
        multiply(&p);
        for (size_t i = 0; i < count; i++)
            G[(j + i) * ldg + k] = row[i];
    }
}

/* G = Dᵀ · A; the last column, where it would take a vector of its own, apart */
void BP_NAMED(weight_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                               const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    bool apart = m >= APART_FROM && k >= APART_FROM && n >= APART_FROM &&
                 m / APART_FROM * n >= APART_DELTAS;
    size_t columns = apart ? k : k + 1;
    product p = {n, columns, m, D, 1, ldd, A, lda, false, false, G, ldg}; /* M, N, K, L, R, C */
    multiply(&p);
    if (apart)
        bias_gradient(m, k, n, D, ldd, A, lda, G, ldg);
}

/* E = D · W[:, 0:k] */
void BP_NAMED(input_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                              const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    product p = {m, k, n, D, ldd, 1, W, ldw, false, false, E, lde}; /* M, N, K, L, R, C */
    multiply(&p);
}
