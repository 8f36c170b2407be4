/* dense_blas.c: the three products as one cblas_dgemm (cblas_sgemm) each; reads line beside line
 * with dense_loops.c. The casts are safe after bp_dense_check(). */
#include "dense/dense_kernels.h"

#include <cblas.h>

#ifdef BPROP_SINGLE
#define gemm cblas_sgemm
#else
#define gemm cblas_dgemm
#endif

/* Z = A · Wᵀ */
void bp_blas_forward(size_t m, size_t k, size_t n, const bp_real *A, size_t lda, const bp_real *W,
                     size_t ldw, bp_real *Z, size_t ldz)
{
    gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k + 1, /* M, N, K */
         1, A, (int)lda, W, (int)ldw, 0, Z, (int)ldz);
}

/* G = Dᵀ · A */
void bp_blas_weight_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                             const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)k + 1, (int)m, /* M, N, K */
         1, D, (int)ldd, A, (int)lda, 0, G, (int)ldg);
}

/* E = D · W[:, 0:k] */
void bp_blas_input_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                            const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)k, (int)n, /* M, N, K */
         1, D, (int)ldd, W, (int)ldw, 0, E, (int)lde);
}
