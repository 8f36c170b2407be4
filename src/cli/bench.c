/* bench.c: bprop bench: training networks n-n-n with the loops, with one dgemm call a product and
 * with the kernel auto, and the same products by bare dgemm calls, which are the limit. */
#include "commands.h"
#include "load.h"
#include "measure.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOPS, BLAS, AUTO, BARE, N_CONTENDERS, N_LAYERS = 2, MOST_SIZES = 64 };

static const char *const names[N_CONTENDERS] = {"loops", "blas", "auto", "bare"};

/* Everything for one size n. */
typedef struct lane {
    size_t m, n, steps, threads; /* rows of a batch, batches of a run */
    bp_network *network;
    bp_arrays rows;
    bp_real *A, *Z, *gradient; /* of the bare products: m×(n+1), m×n, a block */
} lane;

typedef struct run {
    const lane *lane;
    const bp_kernel *kernel;
} run;

/* ---- What is measured --------------------------------------------------------------------- */

/* An epoch: its batches in their order, through forward, loss, backward and a step of gradient
 * descent. */
static void train(void *data)
{
    const run *r = data;
    const lane *a = r->lane;
    bp_source source = bp_arrays_source(&a->rows);
    bp_error error;
    bp_train_options how = bp_train_defaults();
    how.optimizer = bp_optimizer_find("sgd", &error);
    how.learning_rate = 1e-9; /* so small that the network stays where it is */
    how.kernel = r->kernel;
    how.threads = a->threads;
    how.batch_size = a->m;
    how.file_order = true;
    how.epochs = 1;
    bp_blas_set_threads(1);
    bp_train(a->network, bp_loss_find("half_ssr", &error), &source, NULL, &how, &error);
}

/* The five products of each step: forward and weight gradient twice, input gradient once. */
static void multiply(void *data)
{
    const run *r = data;
    const lane *a = r->lane;
    size_t m = a->m, n = a->n;
    bp_blas_set_threads((int)a->threads);
    for (size_t s = 0; s < a->steps; s++) {
        for (size_t l = 0; l < N_LAYERS; l++) {
            bp_real *W = bp_network_layer(a->network, l).W;
            r->kernel->forward(m, n, n, a->A, n + 1, W, n + 1, a->Z, n);
            r->kernel->weight_gradient(m, n, n, a->Z, n, a->A, n + 1, a->gradient, n + 1);
        }
        r->kernel->input_gradient(m, n, n, a->Z, n, bp_network_layer(a->network, 1).W, n + 1, a->A,
                                  n + 1);
    }
}

/* Floating-point operations of a step's products. */
static double flops(size_t rows, size_t size)
{
    double m = (double)rows, n = (double)size;
    return 2 * m * n * (2 * N_LAYERS * (n + 1) + (N_LAYERS - 1) * n);
}

/* ---- Lanes -------------------------------------------------------------------------------- */

static void clear(lane *a)
{
    bp_network_destroy(a->network);
    free((bp_real *)a->rows.X);
    free((bp_real *)a->rows.T);
    free(a->gradient);
    free(a->A);
    free(a->Z);
}

/* As many batches as make some milliseconds, and no more rows than 64 MB hold. */
static size_t count_steps(size_t m, size_t n)
{
    double wanted = 5e7 / flops(m, n), most = 4e6 / ((double)m * (double)n);
    double steps = wanted < most ? wanted : most;
    return steps < 1 ? 1 : steps > 20000 ? 20000 : (size_t)steps;
}

static bp_status set_up(lane *a, bp_error *error)
{
    const bp_activation *sigmoid = bp_activation_find("sigmoid", error);
    const bp_activation *activations[N_LAYERS] = {sigmoid, sigmoid};
    size_t sizes[N_LAYERS + 1] = {a->n, a->n, a->n};
    bp_status status = bp_dense_check(a->m, a->n, a->n, 0, error);
    if (!status)
        status = bp_network_create(sizes, N_LAYERS, activations, &a->network, error);
    if (!status)
        status = bp_network_initialize(a->network, "glorot", 1, error);
    if (status)
        return status;
    a->steps = count_steps(a->m, a->n);
    size_t rows = a->m * a->steps;
    bp_real *X = calloc(rows, a->n * sizeof *X), *T = calloc(rows, a->n * sizeof *T);
    a->rows = (bp_arrays){rows, a->n, a->n, X, a->n, T, a->n, NULL};
    a->gradient = calloc(bp_network_n_parameters(a->network), sizeof *a->gradient);
    a->A = calloc(a->m * (a->n + 1), sizeof *a->A);
    a->Z = calloc(a->m * a->n, sizeof *a->Z);
    if (!X || !T || !a->gradient || !a->A || !a->Z)
        return fail_memory(error);
    for (size_t i = 0; i < rows * a->n; i++)
        X[i] = (bp_real)(i % 7) / 7;
    return BP_OK;
}

/* Fills c[LOOPS] to c[BARE], with the seconds of a step. */
static bp_status bench_size(const options *o, size_t n, contender c[N_CONTENDERS], bp_error *error)
{
    lane a = {.m = o->batch_size, .n = n, .threads = o->threads ? o->threads : bp_processors()};
    run runs[N_CONTENDERS];
    bp_status status = set_up(&a, error);
    for (size_t i = 0; i < N_CONTENDERS; i++) {
        runs[i] = (run){&a, bp_kernel_find(i == BARE ? "blas" : names[i], error)};
        c[i] = (contender){.name = names[i], .run = i == BARE ? multiply : train, .data = &runs[i]};
        c[i].waits = i != BARE && a.threads > 1;
    }
    if (!status && !measure(c, N_CONTENDERS, o->repeats, 0.02))
        status = fail_memory(error);
    for (size_t i = 0; !status && i < N_CONTENDERS; i++) {
        c[i].median /= (double)a.steps;
        c[i].min /= (double)a.steps;
        c[i].max /= (double)a.steps;
    }
    clear(&a);
    return status;
}

/* ---- Reports ------------------------------------------------------------------------------ */

static json_t *timing_to_json(size_t m, double work, const contender *t)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "rows_per_second", (double)m / t->median,
                     "gflops", work / t->median / 1e9, "seconds", t->median, "seconds_min", t->min,
                     "seconds_max", t->max);
}

static json_t *row_to_json(size_t m, size_t n, const contender *t)
{
    json_t *row = json_pack("{s:I}", "size", (json_int_t)n);
    for (int c = 0; c < N_CONTENDERS; c++)
        set_json(&row, t[c].name, timing_to_json(m, flops(m, n), &t[c]));
    return row;
}

static void print_head(const bp_blas_info *blas, size_t m, size_t threads, size_t repeats)
{
    printf(
        "BLAS: %s, core %s\n"
        "training a network n-n-n in batches of %zu rows, threads: %zu; blas: one dgemm call a\n"
        "product; bare: those calls alone; medians of %zu, spread: (max-min)/median of auto\n\n"
        "                  rows/s                              GFLOP/s               auto/\n"
        "   n     loops      blas      auto      bare  loops   blas   auto   bare  loops   blas  "
        " bare  spread\n",
        blas->library, blas->core, m, threads, repeats);
}

static void print_row(size_t m, size_t n, const contender *t)
{
    printf("%4zu", n);
    for (int c = 0; c < N_CONTENDERS; c++)
        printf(" %9.3g", (double)m / t[c].median);
    for (int c = 0; c < N_CONTENDERS; c++)
        printf(" %6.2f", flops(m, n) / t[c].median / 1e9);
    printf(" %6.2f %6.2f %6.2f  %5.0f%%\n", t[LOOPS].median / t[AUTO].median,
           t[BLAS].median / t[AUTO].median, t[BARE].median / t[AUTO].median,
           100 * (t[AUTO].max - t[AUTO].min) / t[AUTO].median);
    fflush(stdout);
}

/* The least size from which BLAS is ahead at every size measured; 0: none. */
static size_t overtakes_at(const size_t *sizes, const bool *wins, size_t n)
{
    size_t from = 0;
    for (size_t i = n; i-- > 0 && wins[i];)
        from = sizes[i];
    return from;
}

static bp_status parse_sizes(const char *text, size_t sizes[MOST_SIZES], size_t *n, bp_error *error)
{
    *n = 0;
    for (const char *at = text; at;) {
        char *end;
        unsigned long size = strtoul(at, &end, 10);
        bool good = *at >= '0' && *at <= '9' && size >= 1 && size <= 100000 && *n < MOST_SIZES &&
                    (*end == ',' || !*end) && (*n == 0 || size > sizes[*n - 1]);
        if (!good) {
            return fail(error, BP_ERROR_ARGUMENT, NULL,
                        "--sizes '%.60s': expected ascending numbers separated by commas", text);
        }
        sizes[(*n)++] = size;
        at = *end ? end + 1 : NULL;
    }
    return BP_OK;
}

static void print_end(size_t overtakes)
{
    if (overtakes)
        printf("\nBLAS is ahead of the loops from n = %zu on.\n", overtakes);
    else
        printf("\nBLAS is not ahead of the loops at the largest of these sizes.\n");
}

/* One line, or one row of the JSON, for each size; wins[i]: BLAS was ahead of the loops. */
static bp_status bench_sizes(const options *o, const size_t *sizes, size_t n, bool *wins,
                             json_t **rows, bp_error *error)
{
    for (size_t i = 0; i < n; i++) {
        contender t[N_CONTENDERS];
        bp_status status = bench_size(o, sizes[i], t, error);
        if (status)
            return status;
        wins[i] = t[BLAS].median < t[LOOPS].median;
        if (o->json)
            append_json(rows, row_to_json(o->batch_size, sizes[i], t));
        else
            print_row(o->batch_size, sizes[i], t);
    }
    return BP_OK;
}

static json_t *bench_to_json(const bp_blas_info *blas, size_t m, json_t *rows, size_t overtakes)
{
    return json_pack("{s:{s:s, s:s, s:i}, s:I, s:O, s:o}", "blas", "library", blas->library, "core",
                     blas->core, "threads", blas->threads, "batch_size", (json_int_t)m, "rows",
                     rows, "blas_wins_from",
                     overtakes ? json_integer((json_int_t)overtakes) : json_null());
}

int run_bench(const options *o)
{
    size_t sizes[MOST_SIZES], n, threads = o->threads ? o->threads : bp_processors();
    bool wins[MOST_SIZES];
    bp_blas_info blas;
    bp_error error;
    int exit_status = EXIT_DONE;
    if (parse_sizes(o->sizes, sizes, &n, &error))
        return report_error(&error);
    bp_blas_set_threads((int)threads);
    bp_blas_describe(&blas);
    if (!o->json)
        print_head(&blas, o->batch_size, threads, o->repeats);
    json_t *rows = json_array();
    if (bench_sizes(o, sizes, n, wins, &rows, &error))
        exit_status = report_error(&error);
    else if (o->json)
        exit_status =
            print_json(bench_to_json(&blas, o->batch_size, rows, overtakes_at(sizes, wins, n)));
    else
        print_end(overtakes_at(sizes, wins, n));
    json_decref(rows);
    return exit_status;
}
