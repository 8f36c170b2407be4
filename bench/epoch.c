/* epoch.c: a whole epoch of training, against the bare dgemm calls of its batches and against the
 * other kernels. Usage: epoch [--json] [--turns N] [--threads N] [--no-loops] [SIZES [BATCH
 * [ROWS]]]; the default is the shape of Fashion-MNIST on fewer rows, 784,128,10 128 6000, with
 * random inputs: times do not depend on their values. */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct work {
    bp_network *network;
    bp_arrays arrays;
    const char *kernel;
    size_t batch, threads;
    bp_real *A[MOST_LAYERS], *D[MOST_LAYERS], *gradient; /* of the bare products */
} work;

static void train_epoch(void *data)
{
    work *w = data;
    bp_source source = bp_arrays_source(&w->arrays);
    bp_train_options how = bp_train_defaults();
    how.optimizer = bp_optimizer_find("sgd", NULL);
    how.learning_rate = 1e-3;
    how.epochs = 1;
    how.batch_size = w->batch;
    how.kernel = bp_kernel_find(w->kernel, NULL);
    how.threads = w->threads;
    bp_blas_set_threads(1);
    if (bp_train(w->network, bp_loss_find("half_ssr", NULL), &source, NULL, &how, NULL))
        abort();
}

/* Forward and weight gradient of every layer, the input gradient of all but the first. */
static void bare_epoch(void *data)
{
    const work *w = data;
    const bp_kernel *blas = bp_kernel_find("blas", NULL);
    size_t n_layers = bp_network_n_layers(w->network);
    bp_blas_set_threads((int)w->threads);
    for (size_t first = 0; first < w->arrays.rows; first += w->batch) {
        size_t left = w->arrays.rows - first, m = left < w->batch ? left : w->batch;
        for (size_t l = 0; l < n_layers; l++) {
            bp_layer y = bp_network_layer(w->network, l);
            blas->forward(m, y.k, y.n, w->A[l], y.k + 1, y.W, y.k + 1, w->D[l], y.n);
        }
        for (size_t l = n_layers; l-- > 0;) {
            bp_layer y = bp_network_layer(w->network, l);
            blas->weight_gradient(m, y.k, y.n, w->D[l], y.n, w->A[l], y.k + 1, w->gradient,
                                  y.k + 1);
            if (l > 0)
                blas->input_gradient(m, y.k, y.n, w->D[l], y.n, y.W, y.k + 1, w->D[l - 1], y.k);
        }
    }
}

static work make(const shape *s)
{
    work w = {.network = random_network(s),
              .batch = s->batch,
              .threads = s->threads ? (size_t)s->threads : bp_processors()};
    w.arrays = (bp_arrays){.rows = s->rows, .ldx = s->sizes[0], .ldt = s->sizes[s->n_layers]};
    w.arrays.inputs = w.arrays.ldx;
    w.arrays.outputs = w.arrays.ldt;
    w.arrays.X = random_block(s->rows * w.arrays.ldx);
    w.arrays.T = random_block(s->rows * w.arrays.ldt);
    w.gradient = random_block(bp_network_n_parameters(w.network));
    for (size_t l = 0; l < s->n_layers; l++) {
        w.A[l] = random_block(s->batch * (s->sizes[l] + 1));
        w.D[l] = random_block(s->batch * s->sizes[l + 1]);
    }
    return w;
}

static void print_table(const shape *s, const bp_blas_info *blas, const contender *c, size_t n)
{
    printf("%s, core %s, %d threads\n%zu", blas->library, blas->core, blas->threads, s->sizes[0]);
    for (size_t l = 1; l <= s->n_layers; l++)
        printf("-%zu", s->sizes[l]);
    printf(", batches of %zu, %zu rows\n", s->batch, s->rows);
    for (size_t i = 0; i < n; i++)
        printf("%-11s median %.4f s (%.4f to %.4f), %6.2f times bare, %.3g rows/s\n", c[i].name,
               c[i].median, c[i].min, c[i].max, c[i].median / c[0].median,
               (double)s->rows / c[i].median);
}

int main(int argc, char **argv)
{
    shape s;
    bp_blas_info blas;
    if (!parse_shape(argc, argv, &s))
        return 2;
    bp_blas_describe(&blas);
    static const char *const kernels[] = {"auto", "blas", "loops"};
    work works[3];
    works[0] = make(&s);
    contender c[4] = {{.name = "bare dgemm", .run = bare_epoch, .data = &works[0]}};
    for (size_t i = 0; i < 3; i++) {
        works[i] = works[0];
        works[i].kernel = kernels[i];
        c[i + 1] = (contender){.name = kernels[i], .run = train_epoch, .data = &works[i]};
        c[i + 1].waits = works[0].threads > 1;
    }
    blas.threads = (int)works[0].threads;
    size_t n = s.loops ? 4 : 3;
    if (!measure(c, n, s.turns, 0.2))
        abort();
    if (s.json)
        print_contenders(c, n, blas.threads, blas.library, blas.core);
    else
        print_table(&s, &blas, c, n);
    return 0;
}
