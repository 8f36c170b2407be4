/* dense.h: the three products of a dense layer, and the kernels that compute them.
 *
 *   forward          Z = A · Wᵀ           m×n     = m×(k+1) · (k+1)×n
 *   weight_gradient  G = Dᵀ · A           n×(k+1) = n×m · m×(k+1)
 *   input_gradient   E = D · W[:, 0:k]    m×k     = m×n · n×k
 *
 * with m samples in the batch, k inputs of the layer and n neurons:
 *
 *   A  m×(k+1)  activations entering the layer; the last column is all ones
 *   W  n×(k+1)  row j is neuron j: its k weights, then its bias
 *   Z  m×n      weighted sums
 *   D  m×n      deltas, ∂loss/∂Z
 *   G  n×(k+1)  ∂loss/∂W, summed over the batch
 *   E  m×k      ∂loss/∂A without the ones column
 *
 * All are row-major, of bp_real (<bprop/real.h>), with a leading dimension (ld…) in elements, at
 * least the number of columns. Elements between the last column and the leading dimension are
 * neither read nor written. An output must not overlap an input. */
#ifndef BPROP_DENSE_H
#define BPROP_DENSE_H

#include <bprop/real.h>
#include <bprop/status.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* One way to compute the products. The functions trust their arguments: call bp_dense_check()
 * once for a shape before the first product of that shape. They allocate nothing and are
 * thread-safe. Cost of each: 2·m·n·k floating-point operations, with k+1 for the first two. */
typedef struct bp_kernel {
    const char *name;
    const char *summary; /* one line for a help text */
    void (*forward)(size_t m, size_t k, size_t n, const bp_real *A, size_t lda, const bp_real *W,
                    size_t ldw, bp_real *Z, size_t ldz);
    void (*weight_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                            const bp_real *A, size_t lda, bp_real *G, size_t ldg);
    void (*input_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                           const bp_real *W, size_t ldw, bp_real *E, size_t lde);
} bp_kernel;

/* The i-th kernel, NULL past the last:
 *   auto   tiles on a processor with AVX2 or AVX-512; on any other loops for the smallest products
 *          and blas for the rest
 *   blas   one cblas_dgemm a product
 *   loops  the document's loops in the document's order of summation
 *   tiles  sums in vectors of the processor's width, one tile of the result after the other; takes
 *          160 KB of the stack
 * Static, thread-safe. */
const bp_kernel *bp_kernel_at(size_t i);

/* The kernel of that name; NULL, with the known names in *error, if there is none. */
const bp_kernel *bp_kernel_find(const char *name, bp_error *error);

/* Whether a kernel gives each element of a result the same bits however the rows and columns are
 * shared out among calls, so that threads may compute a part each. No call may have fewer than 8
 * rows, nor a call of forward fewer than 16 neurons, or of input_gradient fewer than 8 inputs,
 * unless the layer has no more. True but of blas, and of auto where that calls it. Thread-safe. */
bool bp_kernel_splits(const bp_kernel *kernel);

/* BP_OK if every product of a layer of this shape can be computed with leading dimensions up to
 * `ld`: nothing is larger than BLAS takes (m, k, n, ld < INT_MAX), and k+1 ≤ ld, n ≤ ld unless ld
 * is 0, which stands for the smallest that fit; else BP_ERROR_SIZE or BP_ERROR_ARGUMENT. m, k, n
 * may be 0, leading dimensions that are given to a product not: BLAS wants 1 at least. */
bp_status bp_dense_check(size_t m, size_t k, size_t n, size_t ld, bp_error *error);

/* What computes the products of kernel "blas" in this process. */
typedef struct bp_blas_info {
    char library[128]; /* "OpenBLAS 0.3.21 …", or what was linked */
    char core[32];     /* the processor type its kernels were made for; "unknown" */
    int threads;       /* threads a product may use; 0: unknown */
    char better[32];   /* a value of OPENBLAS_CORETYPE that gives faster kernels; empty: none. It is
                        * read as a process starts: a host that wants it must start again */
    char problem[256]; /* what is wrong and what to do about it; empty if nothing is */
} bp_blas_info;

/* Reads the environment, never writes it: thread-safe as getenv() is. */
void bp_blas_describe(bp_blas_info *info);

/* Sets how many threads the BLAS library uses, for the whole process: a setting of the program,
 * never called by the library itself. Does nothing for n < 1 or where the BLAS library offers no
 * such call (bp_blas_describe() then gives 0 threads). */
void bp_blas_set_threads(int n);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
