/* dense.c: the kernel table, and the kernel that picks one of the others by size. */
#include <bprop/dense.h>

#include "base/cpu.h"
#include "base/error.h"
#include "dense/dense_kernels.h"

#include <limits.h>
#include <stdbool.h>

/* ---- The kernel auto of processors without wide vectors ------------------------------------ */

/* A dgemm call costs about as much before it computes anything as the loops need for this many
 * multiplications, m·(k+1)·n; below it the loops win. Measured by bench/products.c with OpenBLAS's
 * Cooperlake and Haswell kernels; the gradients' loops are slower than forward's sums. Tiles are
 * ahead of both at nearly every size where there are wide vectors. */
enum { FORWARD_LOOPS_BELOW = 512, GRADIENT_LOOPS_BELOW = 64 };

static bool loops_win(size_t m, size_t k, size_t n, size_t below)
{
    /* each factor alone first, so that no product overflows */
    return m < below && k < below && n < below && m * (k + 1) * n < below;
}

static void auto_forward(size_t m, size_t k, size_t n, const bp_real *A, size_t lda,
                         const bp_real *W, size_t ldw, bp_real *Z, size_t ldz)
{
    if (loops_win(m, k, n, FORWARD_LOOPS_BELOW))
        bp_loops_forward(m, k, n, A, lda, W, ldw, Z, ldz);
    else
        bp_blas_forward(m, k, n, A, lda, W, ldw, Z, ldz);
}

static void auto_weight_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                                 const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    if (loops_win(m, k, n, GRADIENT_LOOPS_BELOW))
        bp_loops_weight_gradient(m, k, n, D, ldd, A, lda, G, ldg);
    else
        bp_blas_weight_gradient(m, k, n, D, ldd, A, lda, G, ldg);
}

static void auto_input_gradient(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                                const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    if (loops_win(m, k, n, GRADIENT_LOOPS_BELOW))
        bp_loops_input_gradient(m, k, n, D, ldd, W, ldw, E, lde);
    else
        bp_blas_input_gradient(m, k, n, D, ldd, W, ldw, E, lde);
}

/* ---- The kernels of this processor --------------------------------------------------------- */

#define PRODUCTS(kernel) kernel##_forward, kernel##_weight_gradient, kernel##_input_gradient
#define TABLE(automatic, tiles)                                                                    \
    {                                                                                              \
        {"auto", "tiles with AVX2 or AVX-512, else loops or blas by size", PRODUCTS(automatic)},   \
            {"blas", "one cblas_dgemm a product", PRODUCTS(bp_blas)},                              \
            {"loops", "the document's loops, in its order of summation", PRODUCTS(bp_loops)},      \
            {"tiles", "vectors of the processor's width, in tiles of its registers",               \
             PRODUCTS(tiles)},                                                                     \
    }
enum { N_KERNELS = 4 };

static const bp_kernel plain[N_KERNELS] = TABLE(auto, bp_tiles_plain);
#ifdef BP_X86_LEVELS
static const bp_kernel avx2[N_KERNELS] = TABLE(bp_tiles_avx2, bp_tiles_avx2);
static const bp_kernel avx512[N_KERNELS] = TABLE(bp_tiles_avx512, bp_tiles_avx512);
#endif

static const bp_kernel *kernels(void)
{
    static const bp_kernel *const tables[] = {
        plain,
#ifdef BP_X86_LEVELS
        avx2,
        avx512,
#endif
    };
    return tables[bp_cpu_level()];
}

const bp_kernel *bp_kernel_at(size_t i) { return i < N_KERNELS ? &kernels()[i] : NULL; }

bool bp_kernel_splits(const bp_kernel *kernel)
{
    return kernel->forward != bp_blas_forward && kernel->forward != auto_forward;
}

const bp_kernel *bp_kernel_find(const char *name, bp_error *error)
{
    return bp_find(kernels(), N_KERNELS, sizeof(bp_kernel), "kernel", name, error);
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
