/* products.c: each product alone, loops against BLAS, over sizes: where does a dgemm call begin to
 * pay? The limit in src/dense/dense.c, below which the auto kernel takes the loops, comes from
 * here. Usage: products */
#include "measure.h"

#include <bprop/dense.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct shape {
    const bp_kernel *kernel;
    size_t m, k, n;
    double *A, *W, *Z, *E;
} shape;

static void forward(void *data)
{
    shape *s = data;
    s->kernel->forward(s->m, s->k, s->n, s->A, s->k + 1, s->W, s->k + 1, s->Z, s->n);
}

static void weight_gradient(void *data)
{
    shape *s = data;
    s->kernel->weight_gradient(s->m, s->k, s->n, s->Z, s->n, s->A, s->k + 1, s->E, s->k + 1);
}

static void input_gradient(void *data)
{
    shape *s = data;
    s->kernel->input_gradient(s->m, s->k, s->n, s->Z, s->n, s->W, s->k + 1, s->E, s->k + 1);
}

static double *block(size_t n)
{
    double *values = calloc(n, sizeof *values);
    if (!values)
        abort();
    return values;
}

static void bench(size_t m, size_t k)
{
    static void (*const products[3])(void *) = {forward, weight_gradient, input_gradient};
    size_t rows = m > k ? m : k;
    shape loops = {.kernel = bp_kernel_find("loops", NULL), .m = m, .k = k, .n = k};
    loops.A = block(m * (k + 1));
    loops.W = block(k * (k + 1));
    loops.Z = block(m * k);
    loops.E = block(rows * (k + 1));
    shape blas = loops;
    blas.kernel = bp_kernel_find("blas", NULL);
    printf("%4zu %4zu %8zu ", m, k, m * (k + 1) * k);
    for (size_t p = 0; p < 3; p++) {
        contender c[2] = {{.name = "loops", .run = products[p], .data = &loops},
                          {.name = "blas", .run = products[p], .data = &blas}};
        if (!measure(c, 2, 5, 0.002))
            abort();
        printf(" %8.0f %6.0f %6.2f", 1e9 * c[0].median, 1e9 * c[1].median,
               c[0].median / c[1].median);
    }
    printf("\n");
    free(loops.A);
    free(loops.W);
    free(loops.Z);
    free(loops.E);
}

int main(void)
{
    static const size_t rows[] = {1, 4, 32, 128}, sizes[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
    bp_blas_info blas;
    bp_blas_set_threads(1);
    bp_blas_describe(&blas);
    printf("%s, core %s, %d thread; ns of loops, ns of blas, ratio\n", blas.library, blas.core,
           blas.threads);
    printf(
        "   m  k,n m(k+1)n            forward         weight_gradient          input_gradient\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            bench(rows[i], sizes[j]);
    return 0;
}
