/* epoch.c: a whole epoch of training, against the bare dgemm calls of its batches and against the
 * loops. Usage: epoch [INPUTS HIDDEN OUTPUTS BATCH ROWS]; the default is the shape of
 * Fashion-MNIST on fewer rows, with random inputs: times do not depend on their values. */
#include "measure.h"

#include <bprop/bprop.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct work {
    bp_network *network;
    bp_arrays arrays;
    const bp_kernel *kernel;
    size_t batch;
    double *A[2], *D[2], *gradient; /* of the bare products */
} work;

static double *random_block(size_t n)
{
    double *values = malloc(n * sizeof *values);
    if (!values)
        abort();
    for (size_t i = 0, x = 1; i < n; i++, x = x * 48271 % 2147483647)
        values[i] = (double)x / 2147483647.0;
    return values;
}

static void train_epoch(void *data)
{
    work *w = data;
    bp_source source = bp_arrays_source(&w->arrays);
    bp_train_options how = bp_train_defaults();
    how.optimizer = bp_optimizer_find("sgd", NULL);
    how.learning_rate = 1e-3;
    how.epochs = 1;
    how.batch_size = w->batch;
    how.kernel = w->kernel;
    if (bp_train(w->network, bp_loss_find("half_ssr", NULL), &source, NULL, &how, NULL))
        abort();
}

/* Forward and weight gradient of both layers and the input gradient of the second. */
static void bare_epoch(void *data)
{
    work *w = data;
    bp_layer hidden = bp_network_layer(w->network, 0), output = bp_network_layer(w->network, 1);
    size_t k = hidden.k, h = hidden.n, n = output.n;
    for (size_t first = 0; first < w->arrays.rows; first += w->batch) {
        size_t left = w->arrays.rows - first, m = left < w->batch ? left : w->batch;
        w->kernel->forward(m, k, h, w->A[0], k + 1, hidden.W, k + 1, w->D[0], h);
        w->kernel->forward(m, h, n, w->A[1], h + 1, output.W, h + 1, w->D[1], n);
        w->kernel->weight_gradient(m, h, n, w->D[1], n, w->A[1], h + 1, w->gradient, h + 1);
        w->kernel->input_gradient(m, h, n, w->D[1], n, output.W, h + 1, w->D[0], h);
        w->kernel->weight_gradient(m, k, h, w->D[0], h, w->A[0], k + 1, w->gradient, k + 1);
    }
}

static work make(const size_t sizes[3], size_t batch, size_t rows)
{
    const bp_activation *sigmoid = bp_activation_find("sigmoid", NULL);
    const bp_activation *activations[2] = {sigmoid, sigmoid};
    work w = {.kernel = bp_kernel_find("blas", NULL), .batch = batch};
    if (bp_network_create(sizes, 2, activations, &w.network, NULL) ||
        bp_network_initialize(w.network, "glorot", 1, NULL))
        abort();
    w.arrays = (bp_arrays){.rows = rows, .inputs = sizes[0], .outputs = sizes[2]};
    w.arrays.X = random_block(rows * sizes[0]);
    w.arrays.ldx = sizes[0];
    w.arrays.T = random_block(rows * sizes[2]);
    w.arrays.ldt = sizes[2];
    w.gradient = random_block(bp_network_n_parameters(w.network));
    for (size_t l = 0; l < 2; l++) {
        w.A[l] = random_block(batch * (sizes[l] + 1));
        w.D[l] = random_block(batch * sizes[l + 1]);
    }
    return w;
}

int main(int argc, char **argv)
{
    size_t numbers[5] = {784, 128, 10, 128, 6000};
    for (int i = 1; i < argc && i <= 5; i++)
        if (!(numbers[i - 1] = strtoul(argv[i], NULL, 10)))
            return 2;
    bp_blas_info blas;
    bp_blas_describe(&blas);
    work with_blas = make(numbers, numbers[3], numbers[4]), with_loops = with_blas;
    with_loops.kernel = bp_kernel_find("loops", NULL);
    contender c[] = {{.name = "bare dgemm", .run = bare_epoch, .data = &with_blas},
                     {.name = "blas", .run = train_epoch, .data = &with_blas},
                     {.name = "loops", .run = train_epoch, .data = &with_loops}};
    if (!measure(c, 3, 7, 0.2))
        abort();
    printf("%s, core %s, %d threads\n%zu-%zu-%zu, batches of %zu, %zu rows\n", blas.library,
           blas.core, blas.threads, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    for (size_t i = 0; i < 3; i++)
        printf("%-11s median %.4f s (%.4f to %.4f), %6.2f times bare, %.3g rows/s\n", c[i].name,
               c[i].median, c[i].min, c[i].max, c[i].median / c[0].median,
               (double)numbers[4] / c[i].median);
    return 0;
}
