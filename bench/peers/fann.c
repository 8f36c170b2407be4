/* fann.c: epochs of the same work in FANN, with its two ways to descend: a step a row, and one step
 * an epoch (it has no batches in between, so their size plays no part). Usage as epoch's. */
#include "shape.h"

#ifdef FANN_DOUBLE
#include <doublefann.h>
#else
#include <floatfann.h>
#endif
#include <stdlib.h>

typedef struct work {
    struct fann *network;
    struct fann_train_data *rows;
    enum fann_train_enum how;
} work;

static void train_epoch(void *data)
{
    work *w = data;
    fann_set_training_algorithm(w->network, w->how);
    fann_shuffle_train_data(w->rows);
    fann_train_epoch(w->network, w->rows);
}

static void fill(fann_type **rows, size_t n_rows, size_t n)
{
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < n; j++)
            rows[i][j] = (fann_type)next_random();
}

static work make(const shape *s)
{
    unsigned sizes[MOST_LAYERS + 1], n = (unsigned)s->n_layers;
    work w;
    for (size_t l = 0; l <= s->n_layers; l++)
        sizes[l] = (unsigned)s->sizes[l];
    w.network = must(fann_create_standard_array(n + 1, sizes));
    fann_set_activation_function_hidden(w.network, FANN_SIGMOID); /* 1/(1+exp(-2·steepness·x)) */
    fann_set_activation_function_output(w.network, FANN_SIGMOID);
    fann_set_activation_steepness_hidden(w.network, (fann_type)0.5);
    fann_set_activation_steepness_output(w.network, (fann_type)0.5);
    fann_set_train_error_function(w.network, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(w.network, 1e-3F);
    fann_set_learning_momentum(w.network, 0);
    w.rows = must(fann_create_train((unsigned)s->rows, sizes[0], sizes[n]));
    fill(w.rows->input, s->rows, s->sizes[0]);
    fill(w.rows->output, s->rows, s->sizes[n]);
    return w;
}

int main(int argc, char **argv)
{
    shape s;
    if (!parse_shape(argc, argv, &s))
        return 2;
    work each_row = make(&s), each_epoch = each_row;
    each_row.how = FANN_TRAIN_INCREMENTAL;
    each_epoch.how = FANN_TRAIN_BATCH;
    contender c[] = {{.name = "FANN, a step a row", .run = train_epoch, .data = &each_row},
                     {.name = "FANN, a step an epoch", .run = train_epoch, .data = &each_epoch}};
    if (!measure(c, 2, s.turns, 0.2))
        abort();
    print_contenders(c, 2, 1, "none", "none");
    return 0;
}
