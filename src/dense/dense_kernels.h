/* dense_kernels.h: the sets of products; <bprop/dense.h> says what each computes. */
#ifndef BP_DENSE_KERNELS_H
#define BP_DENSE_KERNELS_H

#include <bprop/real.h>
#include <stddef.h>

#define BP_DECLARE_PRODUCTS(kernel)                                                                \
    void kernel##_forward(size_t m, size_t k, size_t n, const bp_real *A, size_t lda,              \
                          const bp_real *W, size_t ldw, bp_real *Z, size_t ldz);                   \
    void kernel##_weight_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,      \
                                  const bp_real *A, size_t lda, bp_real *G, size_t ldg);           \
    void kernel##_input_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,       \
                                 const bp_real *W, size_t ldw, bp_real *E, size_t lde)

BP_DECLARE_PRODUCTS(bp_loops); /* dense_loops.c */
BP_DECLARE_PRODUCTS(bp_blas);  /* dense_blas.c */

/* dense_tiles.c, for each level of CPU: base/cpu.h. */
BP_DECLARE_PRODUCTS(bp_tiles_plain);
#ifdef BP_X86_LEVELS
BP_DECLARE_PRODUCTS(bp_tiles_avx2);
BP_DECLARE_PRODUCTS(bp_tiles_avx512);
#endif

#endif
