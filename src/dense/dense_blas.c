/* dense_blas.c: the three products as one cblas_dgemm each; reads line beside line with
 * dense_loops.c. The casts are safe after bp_dense_check(). */
#include "dense/dense_kernels.h"

#include <cblas.h>

/* Z = A · Wᵀ */
void bp_blas_forward(size_t m, size_t k, size_t n, const double *A, size_t lda, const double *W,
                     size_t ldw, double *Z, size_t ldz)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k + 1, /* M, N, K */
                1.0, A, (int)lda, W, (int)ldw, 0.0, Z, (int)ldz);
}

/* G = Dᵀ · A */
void bp_blas_weight_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                             const double *A, size_t lda, double *G, size_t ldg)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)k + 1, (int)m, /* M, N, K */
                1.0, D, (int)ldd, A, (int)lda, 0.0, G, (int)ldg);
}

/* E = D · W[:, 0:k] */
void bp_blas_input_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                            const double *W, size_t ldw, double *E, size_t lde)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)k, (int)n, /* M, N, K */
                1.0, D, (int)ldd, W, (int)ldw, 0.0, E, (int)lde);
}
