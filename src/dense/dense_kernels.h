/* dense_kernels.h: the sets of products; <bprop/dense.h> says what each computes. */
#ifndef BP_DENSE_KERNELS_H
#define BP_DENSE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/* dense_loops.c */
void bp_loops_forward(size_t m, size_t k, size_t n, const double *A, size_t lda, const double *W,
                      size_t ldw, double *Z, size_t ldz);
void bp_loops_weight_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                              const double *A, size_t lda, double *G, size_t ldg);
void bp_loops_input_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                             const double *W, size_t ldw, double *E, size_t lde);

/* dense_blas.c */
void bp_blas_forward(size_t m, size_t k, size_t n, const double *A, size_t lda, const double *W,
                     size_t ldw, double *Z, size_t ldz);
void bp_blas_weight_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                             const double *A, size_t lda, double *G, size_t ldg);
void bp_blas_input_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                            const double *W, size_t ldw, double *E, size_t lde);

/* dense_tiles.c */
void bp_tiles_forward(size_t m, size_t k, size_t n, const double *A, size_t lda, const double *W,
                      size_t ldw, double *Z, size_t ldz);
void bp_tiles_weight_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                              const double *A, size_t lda, double *G, size_t ldg);
void bp_tiles_input_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                             const double *W, size_t ldw, double *E, size_t lde);

/* Whether this processor has a version of its own of the tiles, with wide vectors. */
bool bp_tiles_are_wide(void);

#endif
