/* products.c: each product alone, by loops, BLAS and tiles, over sizes: which is ahead where? The
 * limits in src/dense, by which the kernel auto and the tiles choose, come from here.
 * Usage: products */
#include "measure.h"

#include <bprop/dense.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct shape {
    const bp_kernel *kernel;
    size_t m, k, n;
    bp_real *A, *W, *Z, *E;
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

static bp_real *block(size_t n)
{
    bp_real *values = calloc(n, sizeof *values);
    if (!values)
        abort();
    return values;
}

static const char *const kernels[] = {"loops", "blas", "tiles"};
enum { N_KERNELS = sizeof kernels / sizeof *kernels };

/* A line: ns of each kernel, for each product. */
static void bench(size_t m, size_t k, size_t n)
{
    static void (*const products[3])(void *) = {forward, weight_gradient, input_gradient};
    size_t skip = m * k * n > 1000000; /* the loops, which take long */
    shape shapes[N_KERNELS];
    shape first = {.m = m, .k = k, .n = n};
    first.A = block(m * (k + 1));
    first.W = block(n * (k + 1));
    first.Z = block(m * n);
    first.E = block((m > n ? m : n) * (k + 1));
    printf("%4zu %4zu %4zu ", m, k, n);
    for (size_t p = 0; p < 3; p++) {
        contender c[N_KERNELS];
        for (size_t i = 0; i < N_KERNELS; i++) {
            shapes[i] = first;
            shapes[i].kernel = bp_kernel_find(kernels[i], NULL);
            c[i] = (contender){.name = kernels[i], .run = products[p], .data = &shapes[i]};
        }
        if (!measure(c + skip, N_KERNELS - skip, 5, 0.002))
            abort();
        if (skip)
            printf("          ");
        for (size_t i = skip; i < N_KERNELS; i++)
            printf(" %9.0f", 1e9 * c[i].median);
    }
    printf("\n");
    free(first.A);
    free(first.W);
    free(first.Z);
    free(first.E);
}

int main(void)
{
    static const size_t rows[] = {1, 2, 4, 8, 32, 128}, sizes[] = {1, 2, 4, 8, 16, 32, 64, 256};
    static const size_t others[][3] = {
        {1, 784, 128},     {8, 784, 128},   {32, 784, 128},    {128, 784, 128},
        {128, 128, 10},    {32, 32, 4},     {32, 100, 1},      {256, 784, 1024},
        {256, 1024, 1024}, {256, 1024, 10}, {512, 2048, 2048}, {256, 4096, 4096},
    };
    bp_blas_info blas;
    bp_blas_set_threads(1);
    bp_blas_describe(&blas);
    printf("%s, core %s, %d thread; ns\n", blas.library, blas.core, blas.threads);
    printf("                                forward               weight_gradient"
           "                input_gradient\n   m    k    n ");
    for (size_t p = 0; p < 3; p++)
        for (size_t i = 0; i < N_KERNELS; i++)
            printf(" %9s", kernels[i]);
    printf("\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            bench(rows[i], sizes[j], sizes[j]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        bench(others[i][0], others[i][1], others[i][2]);
    return 0;
}
