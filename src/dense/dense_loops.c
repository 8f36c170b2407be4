/* dense_loops.c: the three products as the document's loops; reads line beside line with
 * dense_blas.c. The order of summation is the document's, so that row-by-row training gives its
 * digits to the last one (at a learning rate that is a power of two, as the document's 0.5: it
 * multiplies delta by the rate before the input, we after); the build forbids fused multiply-adds.
 */
#include "dense/dense_kernels.h"

/* Z = A · Wᵀ */
void bp_loops_forward(size_t m, size_t k, size_t n, const bp_real *A, size_t lda, const bp_real *W,
                      size_t ldw, bp_real *Z, size_t ldz)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            bp_real sum = W[j * ldw + k] * A[i * lda + k]; /* the bias first, times one */
            for (size_t p = 0; p < k; p++)
                sum += W[j * ldw + p] * A[i * lda + p];
            Z[i * ldz + j] = sum;
        }
}

/* G = Dᵀ · A */
void bp_loops_weight_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                              const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t p = 0; p <= k; p++)
            G[j * ldg + p] = 0;
        for (size_t i = 0; i < m; i++) /* the outer products, one row of the batch at a time */
            for (size_t p = 0; p <= k; p++)
                G[j * ldg + p] += D[i * ldd + j] * A[i * lda + p];
    }
}

/* E = D · W[:, 0:k] */
void bp_loops_input_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                             const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t p = 0; p < k; p++)
            E[i * lde + p] = 0;
        for (size_t j = 0; j < n; j++)
            for (size_t p = 0; p < k; p++)
                E[i * lde + p] += D[i * ldd + j] * W[j * ldw + p];
    }
}
