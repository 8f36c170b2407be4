#include "summary.h"

#include "report.h"

#include <math.h>
#include <stdbool.h>

/* ---- The figures -------------------------------------------------------------------------- */

/* To add one: where it is, and its row in the table. The function tells how many values of it an
 * evaluation has, one or one an output or none, in the scores of the model or of the baseline. */
#define FIGURE(name, place, count)                                                                 \
    static size_t name(const bp_evaluation *e, const bp_scores *s, const double **values)          \
    {                                                                                              \
        (void)e, (void)s;                                                                          \
        *values = (place);                                                                         \
        return (count);                                                                            \
    }

FIGURE(accuracy, &s->accuracy, !e->n_targets)
FIGURE(balanced_accuracy, &s->balanced_accuracy, !e->n_targets)
FIGURE(log_loss, &s->log_loss, !e->n_targets)
FIGURE(roc_auc, s->roc_auc, s->n_roc_auc)
FIGURE(r2, s->r2, e->n_targets)
FIGURE(rmse, s->rmse, e->n_targets)
FIGURE(mae, s->mae, e->n_targets)
FIGURE(loss, &e->loss, s == &e->scores)

typedef struct figure {
    const char *key;    /* in JSON */
    const char *name;   /* for people; NULL: not for them */
    const char *format; /* of a value */
    size_t (*find)(const bp_evaluation *e, const bp_scores *s, const double **values);
} figure;

static const figure figures[] = {
    {"accuracy", "accuracy", "%.4f", accuracy},
    {"balanced_accuracy", "balanced accuracy", "%.4f", balanced_accuracy},
    {"log_loss", "log loss", "%.4f", log_loss},
    {"roc_auc", "ROC AUC", "%.4f", roc_auc},
    {"r2", "R2", "%.4f", r2},
    {"rmse", "RMSE", "%.6g", rmse},
    {"mae", "MAE", "%.6g", mae},
    {"loss", NULL, "%.6g", loss}, /* the training's; of targets as each fold scaled them */
};
enum { N_FIGURES = sizeof figures / sizeof *figures };

static const bp_scores *scores_of(const bp_evaluation *e, bool baseline)
{
    return baseline ? &e->baseline : &e->scores;
}

static size_t count_values(const figure *f, const bp_evaluation *e, bool baseline)
{
    const double *values;
    return f->find(e, scores_of(e, baseline), &values);
}

static double value_of(const figure *f, const bp_evaluation *e, bool baseline, size_t j)
{
    const double *values;
    f->find(e, scores_of(e, baseline), &values);
    return values[j];
}

/* ---- Over several evaluations ------------------------------------------------------------- */

typedef struct spread {
    double mean, std; /* std = √ mean (x − mean)²: of these n, not of what they are a sample of */
} spread;

static spread spread_of(const figure *f, const bp_evaluation *e, size_t n, bool baseline, size_t j)
{
    double sum = 0, squares = 0, largest = 0;
    int unit = 0; /* squares are of numbers in units of 2ⁿ, for they may be 1e200 */
    for (size_t i = 0; i < n; i++) {
        double value = value_of(f, &e[i], baseline, j);
        sum += value;
        largest = fmax(largest, fabs(value));
    }
    if (isfinite(largest))
        frexp(largest, &unit);
    for (size_t i = 0; i < n; i++) {
        double d = ldexp(value_of(f, &e[i], baseline, j) - sum / (double)n, -unit);
        squares += d * d;
    }
    return (spread){sum / (double)n, ldexp(sqrt(squares / (double)n), unit)};
}

/* ---- As text ------------------------------------------------------------------------------ */

static void print_value(FILE *file, const figure *f, double value)
{
    if (isfinite(value))
        fprintf(file, f->format, value);
    else
        fprintf(file, "undefined");
}

void print_figures(FILE *file, const bp_evaluation *e)
{
    const char *between = "";
    for (size_t i = 0; i < N_FIGURES; i++) {
        size_t n = figures[i].name ? count_values(&figures[i], e, false) : 0;
        if (n)
            fprintf(file, "%s%s", between, figures[i].name);
        for (size_t j = 0; j < n; j++) {
            putc(' ', file);
            print_value(file, &figures[i], value_of(&figures[i], e, false, j));
        }
        between = n ? ", " : between;
    }
    fprintf(file, " on %zu rows", e->rows);
}

static void print_mean(FILE *file, const figure *f, const bp_evaluation *e, size_t n, size_t j)
{
    spread own = spread_of(f, e, n, false, j);
    print_value(file, f, own.mean);
    if (isfinite(own.mean)) {
        fprintf(file, " ± ");
        print_value(file, f, own.std);
    }
    if (j < count_values(f, e, true)) {
        fprintf(file, " (baseline: ");
        print_value(file, f, spread_of(f, e, n, true, j).mean);
        putc(')', file);
    }
    putc('\n', file);
}

void print_means(FILE *file, const bp_model *model, const bp_evaluation *e, size_t n)
{
    char label[80];
    for (size_t i = 0; i < N_FIGURES; i++) {
        size_t values = figures[i].name ? count_values(&figures[i], e, false) : 0;
        for (size_t j = 0; j < values; j++) {
            fprintf(file, "%s", figures[i].name);
            if (values > 1)
                fprintf(file, " of %s", target_label(model, j, label));
            fprintf(file, ": ");
            print_mean(file, &figures[i], e, n, j);
        }
    }
}

/* ---- As JSON ------------------------------------------------------------------------------ */

static json_t *spread_to_json(spread s)
{
    return json_pack("{s:o, s:o}", "mean", json_finite(s.mean), "std", json_finite(s.std));
}

/* One value of a figure, or an array of several. */
static json_t *means_to_json(const figure *f, const bp_evaluation *e, size_t n, bool baseline)
{
    size_t values = count_values(f, e, baseline);
    json_t *array = json_array();
    for (size_t j = 0; j < values; j++) {
        spread s = spread_of(f, e, n, baseline, j);
        append_json(&array, baseline ? json_finite(s.mean) : spread_to_json(s));
    }
    if (values > 1)
        return array;
    json_t *only = json_incref(json_array_get(array, 0)); /* NULL if there is no array */
    json_decref(array);
    return only;
}

void set_means(json_t **object, const bp_evaluation *e, size_t n)
{
    json_t *baseline = json_object();
    for (size_t i = 0; i < N_FIGURES; i++) {
        const figure *f = &figures[i];
        if (count_values(f, e, false))
            set_json(object, f->key, means_to_json(f, e, n, false));
        if (count_values(f, e, true))
            set_json(&baseline, f->key, means_to_json(f, e, n, true));
    }
    set_json(object, "baseline", baseline);
}
