/* products.c: each product alone, by loops, BLAS and tiles, over sizes: which is ahead where? The
 * limits in src/dense, by which the kernel auto and the tiles choose, come from here.
 * Usage: products [COUNT [SEED]]; so many random sizes instead of the round ones, and of how many
 * products of these the tiles are behind. */
#include "measure.h"

#include <bprop/dense.h>
#include <math.h>
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

static const struct {
    const char *name;
    void (*run)(void *);
} products[] = {
    {"forward", forward}, {"weight_gradient", weight_gradient}, {"input_gradient", input_gradient}};
enum { N_PRODUCTS = sizeof products / sizeof *products };

/* A line: ns of each kernel, for each product, whose ratio is the better time of loops and BLAS by
 * that of tiles. */
static void bench(size_t m, size_t k, size_t n, double ratio[N_PRODUCTS])
{
    size_t skip = m * k * n > 1000000; /* the loops, which take long */
    shape shapes[N_KERNELS];
    shape first = {.m = m, .k = k, .n = n};
    first.A = block(m * (k + 1));
    first.W = block(n * (k + 1));
    first.Z = block(m * n);
    first.E = block((m > n ? m : n) * (k + 1));
    printf("%4zu %4zu %4zu ", m, k, n);
    for (size_t p = 0; p < N_PRODUCTS; p++) {
        contender c[N_KERNELS] = {{.median = INFINITY}};
        for (size_t i = 0; i < N_KERNELS; i++) {
            shapes[i] = first;
            shapes[i].kernel = bp_kernel_find(kernels[i], NULL);
            c[i] = (contender){
                .name = kernels[i], .median = INFINITY, .run = products[p].run, .data = &shapes[i]};
        }
        if (!measure(c + skip, N_KERNELS - skip, 5, 0.002))
            abort();
        if (skip)
            printf("          ");
        for (size_t i = skip; i < N_KERNELS; i++)
            printf(" %9.0f", 1e9 * c[i].median);
        ratio[p] = fmin(c[0].median, c[1].median) / c[2].median;
    }
    printf("\n");
    free(first.A);
    free(first.W);
    free(first.Z);
    free(first.E);
}

static void bench_round_sizes(void)
{
    static const size_t rows[] = {1, 2, 4, 8, 32, 128}, sizes[] = {1, 2, 4, 8, 16, 32, 64, 256};
    static const size_t others[][3] = {
        {1, 784, 128},     {8, 784, 128},   {32, 784, 128},    {128, 784, 128},
        {128, 128, 10},    {32, 32, 4},     {32, 100, 1},      {256, 784, 1024},
        {256, 1024, 1024}, {256, 1024, 10}, {512, 2048, 2048}, {256, 4096, 4096},
    };
    double ratio[N_PRODUCTS];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            bench(rows[i], sizes[j], sizes[j], ratio);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        bench(others[i][0], others[i][1], others[i][2], ratio);
}

/* 1 … most, as many of each order of magnitude. */
static size_t random_size(double most)
{
    return (size_t)exp2(rand() / (RAND_MAX + 1.0) * log2(most + 1));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_random_sizes(size_t count, unsigned seed)
{
    static const double limits[] = {0.9, 0.8, 0.5};
    double *ratios = malloc(count * N_PRODUCTS * sizeof *ratios);
    if (!ratios)
        abort();
    srand(seed);
    for (size_t i = 0; i < count; i++) {
        double ratio[N_PRODUCTS];
        size_t m = random_size(256), k = random_size(1000), n = random_size(500);
        bench(m, k, n, ratio);
        for (size_t p = 0; p < N_PRODUCTS; p++)
            ratios[p * count + i] = ratio[p];
    }
    printf("\ntime of the better of loops and blas by that of tiles\n%-16s %6s %6s", "", "least",
           "median");
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++)
        printf("  below %.1f", limits[l]);
    for (size_t p = 0; p < N_PRODUCTS; p++) {
        double *sorted = ratios + p * count;
        qsort(sorted, count, sizeof *sorted, compare);
        printf("\n%-16s %6.2f %6.2f", products[p].name, sorted[0], sorted[count / 2]);
        for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
            size_t below = 0;
            while (below < count && sorted[below] < limits[l])
                below++;
            printf(" %9.1f%%", 100 * (double)below / (double)count);
        }
    }
    printf("\n");
    free(ratios);
}

int main(int argc, char **argv)
{
    char *end = "";
    long count = argc > 1 ? strtol(argv[1], &end, 10) : 0, seed = 1;
    if (argc > 2 && !*end)
        seed = strtol(argv[2], &end, 10);
    if (argc > 3 || *end || (argc > 1 && (count < 1 || count > 1000000))) {
        fprintf(stderr, "usage: products [COUNT [SEED]]\n");
        return 2;
    }
    bp_blas_info blas;
    bp_blas_set_threads(1);
    bp_blas_describe(&blas);
    printf("%s, core %s, %d thread; ns\n", blas.library, blas.core, blas.threads);
    printf("               %30s%30s%30s\n   m    k    n ", products[0].name, products[1].name,
           products[2].name);
    for (size_t p = 0; p < N_PRODUCTS; p++)
        for (size_t i = 0; i < N_KERNELS; i++)
            printf(" %9s", kernels[i]);
    printf("\n");
    if (count)
        bench_random_sizes((size_t)count, (unsigned)seed);
    else
        bench_round_sizes();
    return 0;
}
