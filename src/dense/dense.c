/* dense.c: the kernel table, and the kernel that picks one of the others by size. */
#include <bprop/dense.h>

#include "base/error.h"
#include "dense/dense_kernels.h"

#include <limits.h>
#include <stdbool.h>

/* A dgemm call costs about as much before it computes anything as the loops need for this many
 * multiplications, m·(k+1)·n; below it the loops win. Measured by bench/products.c with OpenBLAS's
 * Cooperlake and Haswell kernels; the gradients' loops are slower than forward's sums. Tiles are
 * ahead of both at nearly every size, where the processor has wide vectors. */
enum { FORWARD_LOOPS_BELOW = 512, GRADIENT_LOOPS_BELOW = 64 };

/* The kernel for a product of that size. */
static const bp_kernel *choose(size_t m, size_t k, size_t n, size_t loops_below);

static void auto_forward(size_t m, size_t k, size_t n, const double *A, size_t lda, const double *W,
                         size_t ldw, double *Z, size_t ldz)
{
    choose(m, k, n, FORWARD_LOOPS_BELOW)->forward(m, k, n, A, lda, W, ldw, Z, ldz);
}

static void auto_weight_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                                 const double *A, size_t lda, double *G, size_t ldg)
{
    choose(m, k, n, GRADIENT_LOOPS_BELOW)->weight_gradient(m, k, n, D, ldd, A, lda, G, ldg);
}

static void auto_input_gradient(size_t m, size_t k, size_t n, const double *D, size_t ldd,
                                const double *W, size_t ldw, double *E, size_t lde)
{
    choose(m, k, n, GRADIENT_LOOPS_BELOW)->input_gradient(m, k, n, D, ldd, W, ldw, E, lde);
}

static const bp_kernel kernels[] = {
    {"auto", "tiles where the processor has AVX2 or AVX-512, else loops or blas by size",
     auto_forward, auto_weight_gradient, auto_input_gradient},
    {"blas", "one cblas_dgemm a product", bp_blas_forward, bp_blas_weight_gradient,
     bp_blas_input_gradient},
    {"loops", "the document's loops, in its order of summation", bp_loops_forward,
     bp_loops_weight_gradient, bp_loops_input_gradient},
    {"tiles", "vectors of this processor's width, in tiles of its registers", bp_tiles_forward,
     bp_tiles_weight_gradient, bp_tiles_input_gradient},
};
enum { AUTO, BLAS, LOOPS, TILES, N_KERNELS };

static const bp_kernel *choose(size_t m, size_t k, size_t n, size_t loops_below)
{
    if (bp_tiles_are_wide())
        return &kernels[TILES];
    /* each factor alone first, so that no product overflows */
    bool loops =
        m < loops_below && k < loops_below && n < loops_below && m * (k + 1) * n < loops_below;
    return &kernels[loops ? LOOPS : BLAS];
}

bool bp_kernel_splits(const bp_kernel *kernel)
{
    return kernel != &kernels[BLAS] && (kernel != &kernels[AUTO] || bp_tiles_are_wide());
}

const bp_kernel *bp_kernel_at(size_t i) { return i < N_KERNELS ? &kernels[i] : NULL; }

const bp_kernel *bp_kernel_find(const char *name, bp_error *error)
{
    return bp_find(kernels, N_KERNELS, sizeof *kernels, "kernel", name, error);
}

bp_status bp_dense_check(size_t m, size_t k, size_t n, size_t ld, bp_error *error)
{
    if (ld && (ld <= k || ld < n))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "leading dimension %zu is too small for %zu inputs and a bias, or for %zu "
                       "neurons",
                       ld, k, n);
    size_t most = INT_MAX - 1; /* k+1 must fit too */
    if (ld > most)
        return bp_fail(error, BP_ERROR_SIZE, "leading dimension %zu: BLAS takes at most %zu", ld,
                       most);
    if (m > most || k > most || n > most)
        return bp_fail(error, BP_ERROR_SIZE,
                       "%zu samples, %zu inputs, %zu neurons: BLAS takes at most %zu of each", m, k,
                       n, most);
    return BP_OK;
}
