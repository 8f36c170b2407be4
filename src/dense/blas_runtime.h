/* blas_runtime.h: what OpenBLAS's choice of kernels is worth. */
#ifndef BP_DENSE_BLAS_RUNTIME_H
#define BP_DENSE_BLAS_RUNTIME_H

#include <bprop/dense.h>

/* Fills in info->better and info->problem from info->library and info->core, which OpenBLAS gave;
 * `best` is the core that this processor can run (NULL: no opinion), `asked` the value of
 * OPENBLAS_CORETYPE (NULL: not set). */
void bp_blas_judge(bp_blas_info *info, const char *best, const char *asked);

#endif
