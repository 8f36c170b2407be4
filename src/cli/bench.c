/* bench.c: bprop bench: a training step of networks n-n-n with the loops, with BLAS, and the
 * same products by bare dgemm calls, which are the limit. */
#include "commands.h"
#include "load.h"
#include "measure.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOPS, BLAS, BARE, N_CONTENDERS, N_LAYERS = 2, MOST_SIZES = 64 };

/* Everything for one size n. */
typedef struct lane {
    size_t m, n;
    bp_network *network;
    bp_workspace *workspaces[2]; /* with the loops, with BLAS */
    const bp_kernel *blas;
    const bp_loss *loss;
    const bp_optimizer *sgd;
    double *T, *gradient;
    double *A, *Z; /* of the bare products: m×(n+1), m×n */
} lane;

/* ---- What is measured --------------------------------------------------------------------- */

/* Forward, loss, backward and a step of gradient descent, as in training. */
static void training_step(const lane *a, bp_workspace *workspace)
{
    static const double rate = 1e-9; /* so small that the network stays where it is */
    bp_forward(a->network, workspace, a->m);
    bp_loss_sum(a->network, workspace, a->loss, a->m, a->T, a->n, NULL);
    bp_loss_delta(a->network, workspace, a->loss, a->m, a->T, a->n, NULL, 1.0 / (double)a->m);
    bp_backward(a->network, workspace, a->m, a->gradient);
    a->sgd->step(bp_network_n_parameters(a->network), bp_network_parameters(a->network),
                 a->gradient, NULL, rate, 1);
}

/* The five products of that step: forward and weight gradient twice, input gradient once. */
static void bare_products(const lane *a)
{
    size_t m = a->m, n = a->n;
    for (size_t l = 0; l < N_LAYERS; l++) {
        double *W = bp_network_layer(a->network, l).W;
        a->blas->forward(m, n, n, a->A, n + 1, W, n + 1, a->Z, n);
        a->blas->weight_gradient(m, n, n, a->Z, n, a->A, n + 1, a->gradient, n + 1);
    }
    a->blas->input_gradient(m, n, n, a->Z, n, bp_network_layer(a->network, 1).W, n + 1, a->A,
                            n + 1);
}

static void run_loops(void *data) { training_step(data, ((lane *)data)->workspaces[LOOPS]); }
static void run_blas(void *data) { training_step(data, ((lane *)data)->workspaces[BLAS]); }
static void run_bare(void *data) { bare_products(data); }

static double flops(const lane *a)
{
    double m = (double)a->m, n = (double)a->n;
    return 2 * m * n * (2 * N_LAYERS * (n + 1) + (N_LAYERS - 1) * n);
}

/* ---- Lanes -------------------------------------------------------------------------------- */

static void clear(lane *a)
{
    bp_workspace_destroy(a->workspaces[LOOPS]);
    bp_workspace_destroy(a->workspaces[BLAS]);
    bp_network_destroy(a->network);
    free(a->T);
    free(a->gradient);
    free(a->A);
    free(a->Z);
}

static bp_status set_up(lane *a, bp_error *error)
{
    const bp_activation *sigmoid = bp_activation_find("sigmoid", error);
    const bp_activation *activations[N_LAYERS] = {sigmoid, sigmoid};
    size_t sizes[N_LAYERS + 1] = {a->n, a->n, a->n};
    bp_status status = bp_network_create(sizes, N_LAYERS, activations, &a->network, error);
    if (!status)
        status = bp_network_initialize(a->network, "glorot", 1, error);
    for (int k = LOOPS; !status && k <= BLAS; k++)
        status =
            bp_workspace_create(a->network, bp_kernel_find(k == LOOPS ? "loops" : "blas", error),
                                a->m, &a->workspaces[k], error);
    if (status)
        return status;
    a->blas = bp_kernel_find("blas", error);
    a->loss = bp_loss_find("half_ssr", error);
    a->sgd = bp_optimizer_find("sgd", error);
    a->T = calloc(a->m * a->n, sizeof *a->T); /* the workspaces have checked these sizes */
    a->gradient = calloc(bp_network_n_parameters(a->network), sizeof *a->gradient);
    a->A = calloc(a->m * (a->n + 1), sizeof *a->A);
    a->Z = calloc(a->m * a->n, sizeof *a->Z);
    if (a->T && a->gradient && a->A && a->Z)
        return BP_OK;
    return fail_memory(error);
}

/* Fills c[LOOPS], c[BLAS] and c[BARE]. */
static bp_status bench_size(size_t m, size_t n, size_t repeats, contender c[N_CONTENDERS],
                            double *flops_a_step, bp_error *error)
{
    lane a = {.m = m, .n = n};
    bp_status status = set_up(&a, error);
    c[LOOPS] = (contender){.name = "loops", .run = run_loops, .data = &a};
    c[BLAS] = (contender){.name = "blas", .run = run_blas, .data = &a};
    c[BARE] = (contender){.name = "bare", .run = run_bare, .data = &a};
    if (!status && !measure(c, N_CONTENDERS, repeats, 0.02)) {
        status = fail_memory(error);
    }
    *flops_a_step = flops(&a);
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

static json_t *row_to_json(size_t m, size_t n, double work, const contender *t)
{
    json_t *row = json_pack("{s:I}", "size", (json_int_t)n);
    for (int c = 0; c < N_CONTENDERS; c++)
        set_json(&row, t[c].name, timing_to_json(m, work, &t[c]));
    return row;
}

static void print_head(const bp_blas_info *blas, size_t m, size_t repeats)
{
    printf("BLAS: %s, core %s, %d threads\n"
           "a training step of a network n-n-n on %zu rows; bare: its five products alone;\n"
           "medians of %zu, spread: (max-min)/median of the blas column\n\n"
           "             rows/s                       GFLOP/s            blas/   blas/\n"
           "   n      loops       blas       bare   loops   blas   bare  loops    bare  spread\n",
           blas->library, blas->core, blas->threads, m, repeats);
}

static void print_row(size_t m, size_t n, double work, const contender *t)
{
    printf("%4zu", n);
    for (int c = 0; c < N_CONTENDERS; c++)
        printf(" %10.4g", (double)m / t[c].median);
    printf(" ");
    for (int c = 0; c < N_CONTENDERS; c++)
        printf(" %6.2f", work / t[c].median / 1e9);
    printf(" %6.2f  %6.2f  %5.0f%%\n", t[LOOPS].median / t[BLAS].median,
           t[BARE].median / t[BLAS].median, 100 * (t[BLAS].max - t[BLAS].min) / t[BLAS].median);
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
        printf("\nBLAS wins from n = %zu on.\n", overtakes);
    else
        printf("\nBLAS does not win at the largest of these sizes.\n");
}

/* One line, or one row of the JSON, for each size; wins[i]: BLAS was ahead of the loops. */
static bp_status bench_sizes(const options *o, const size_t *sizes, size_t n, bool *wins,
                             json_t **rows, bp_error *error)
{
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < n; i++) {
        contender t[N_CONTENDERS];
        double work;
        status = bench_size(o->batch_size, sizes[i], o->repeats, t, &work, error);
        if (status)
            break;
        wins[i] = t[BLAS].median < t[LOOPS].median;
        if (o->json)
            append_json(rows, row_to_json(o->batch_size, sizes[i], work, t));
        else
            print_row(o->batch_size, sizes[i], work, t);
    }
    return status;
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
    size_t sizes[MOST_SIZES], n;
    bool wins[MOST_SIZES];
    bp_blas_info blas;
    bp_error error;
    int exit_status = EXIT_DONE;
    if (parse_sizes(o->sizes, sizes, &n, &error))
        return report_error(&error);
    bp_blas_set_threads(1);
    bp_blas_describe(&blas);
    if (!o->json)
        print_head(&blas, o->batch_size, o->repeats);
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
