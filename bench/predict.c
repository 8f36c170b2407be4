/* predict.c: outputs of many rows, against the bare dgemm calls of their batches, and of one row at
 * a time. Usage: predict [--json] [--turns N] [--threads N] [SIZES [BATCH [ROWS]]], as epoch's.
 * bp_predict() takes one thread, but a BLAS kernel as many as it has: --threads, 1 unless given. */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct work {
    bp_network *network;
    bp_workspace *workspace;
    size_t rows, batch;
    const bp_real *X;
    bp_real *Y, *A[MOST_LAYERS + 1]; /* A: of the bare products */
} work;

static void predict(const work *w, size_t m)
{
    size_t inputs = bp_network_inputs(w->network), outputs = bp_network_outputs(w->network);
    for (size_t i = 0; i < w->rows; i += m) {
        size_t count = w->rows - i < m ? w->rows - i : m;
        if (bp_predict(w->network, w->workspace, count, w->X + i * inputs, inputs,
                       w->Y + i * outputs, outputs, NULL))
            abort();
    }
}

static void all_rows(void *data)
{
    const work *w = data;
    predict(w, w->rows);
}

static void row_by_row(void *data) { predict(data, 1); }

/* Z = A · Wᵀ of every layer */
static void bare_products(void *data)
{
    const work *w = data;
    const bp_kernel *blas = bp_kernel_find("blas", NULL);
    for (size_t i = 0; i < w->rows; i += w->batch)
        for (size_t l = 0; l < bp_network_n_layers(w->network); l++) {
            bp_layer y = bp_network_layer(w->network, l);
            blas->forward(w->rows - i < w->batch ? w->rows - i : w->batch, y.k, y.n, w->A[l],
                          y.k + 1, y.W, y.k + 1, w->A[l + 1], y.n + 1);
        }
}

static work make(const shape *s)
{
    work w = {.network = random_network(s), .rows = s->rows, .batch = s->batch};
    if (bp_workspace_create(w.network, NULL, s->batch, &w.workspace, NULL))
        abort();
    w.X = random_block(s->rows * s->sizes[0]);
    w.Y = random_block(s->rows * s->sizes[s->n_layers]);
    for (size_t l = 0; l <= s->n_layers; l++)
        w.A[l] = random_block(s->batch * (s->sizes[l] + 1));
    return w;
}

int main(int argc, char **argv)
{
    shape s;
    bp_blas_info blas;
    if (!parse_shape(argc, argv, &s))
        return 2;
    bp_blas_set_threads(s.threads ? s.threads : 1);
    bp_blas_describe(&blas);
    work w = make(&s);
    contender c[] = {{.name = "bare dgemm", .run = bare_products, .data = &w},
                     {.name = "all rows", .run = all_rows, .data = &w},
                     {.name = "row by row", .run = row_by_row, .data = &w}};
    enum { N = sizeof c / sizeof *c };
    if (!measure(c, N, s.turns, 0.2))
        abort();
    if (s.json) {
        print_contenders(c, N, blas.threads, blas.library, blas.core);
        return 0;
    }
    printf("%s, core %s, %d threads; %zu rows, %zu at a time\n", blas.library, blas.core,
           blas.threads, s.rows, s.batch);
    for (size_t i = 0; i < N; i++)
        printf("%-11s median %8.3f us a row (%.3f to %.3f), %.2f times bare's rate\n", c[i].name,
               1e6 * c[i].median / (double)s.rows, 1e6 * c[i].min / (double)s.rows,
               1e6 * c[i].max / (double)s.rows, c[0].median / c[i].median);
    return 0;
}
