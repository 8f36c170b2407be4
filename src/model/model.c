/* model.c: making a model for a table, training it, and its answers. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "data/dataset_internal.h"
#include "data/split.h"
#include "network/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Making a model ----------------------------------------------------------------------- */

bp_model_options bp_model_defaults(void)
{
    return (bp_model_options){.task = "auto",
                              .scale = "standard",
                              .output = "auto",
                              .loss = "auto",
                              .init = "glorot",
                              .class_weight = "none",
                              .seed = 1};
}

/* The options with the default in every place that is NULL. */
static bp_model_options settle(const bp_model_options *options)
{
    bp_model_options defaults = bp_model_defaults();
    if (!options)
        return defaults;
    bp_model_options settled = *options;
    settled.task = options->task ? options->task : defaults.task;
    settled.scale = options->scale ? options->scale : defaults.scale;
    settled.output = options->output ? options->output : defaults.output;
    settled.loss = options->loss ? options->loss : defaults.loss;
    settled.init = options->init ? options->init : defaults.init;
    settled.class_weight = options->class_weight ? options->class_weight : defaults.class_weight;
    return settled;
}

typedef struct task_row {
    const char *name;
    bp_task task;
} task_row;

static const task_row tasks[] = {
    {"auto", BP_TASK_AUTO},
    {"classification", BP_TASK_CLASSIFICATION},
    {"regression", BP_TASK_REGRESSION},
};
enum { N_TASKS = sizeof tasks / sizeof *tasks };

/* Weights of classes that are balanced wait for the rows that the model is trained on. */
static bp_status decide_weights(bp_model *model, const bp_model_options *options,
                                const bp_dataset *data, bp_error *error)
{
    bp_encoding *encoding = &model->encoding;
    const char *classes = options->class_weight;
    model->balances = strcmp(classes, "balanced") == 0;
    bp_status status = BP_OK;
    if (options->weight_column)
        status = bp_encoding_weigh_rows(encoding, data, options->weight_column, error);
    if (!status && strcmp(classes, "none") != 0)
        status = bp_encoding_weigh_classes(encoding, model->balances ? NULL : classes, error);
    return status;
}

bp_status bp_model_create(const bp_dataset *data, const bp_model_options *options, bp_model **model,
                          bp_error *error)
{
    bp_model_options settled = settle(options);
    bp_tensors tensors = {0};
    if (!data || !model)
        return bp_fail(error, BP_ERROR_ARGUMENT, "data and model must not be NULL");
    options = &settled;
    bp_model *made = bp_allocate(1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    const task_row *task = bp_find(tasks, N_TASKS, sizeof *tasks, "task", options->task, error);
    made->scaling = task ? bp_scaling_find(options->scale, error) : NULL;
    bp_status status = made->scaling ? BP_OK : BP_ERROR_ARGUMENT;
    if (!status)
        status = bp_encoding_decide(data, options->target, task->task, &made->encoding, error);
    if (!status)
        status = bp_model_check_columns(&made->encoding, bp_dataset_name(data), error);
    if (!status)
        status = decide_weights(made, options, data, error);
    made->encoding.fills = options->fill_missing;
    if (!status && options->init_from)
        status = bp_tensors_read_file(options->init_from, &tensors, error);
    if (!status)
        status = bp_model_make_network(made, options, options->init_from ? &tensors : NULL, error);
    bp_tensors_clear(&tensors);
    if (status)
        bp_model_destroy(made);
    else
        *model = made;
    return status;
}

void bp_model_destroy(bp_model *model)
{
    if (!model)
        return;
    bp_network_destroy(model->network);
    bp_encoding_clear(&model->encoding);
    free(model);
}

bp_network *bp_model_network(const bp_model *model) { return model->network; }

const bp_loss *bp_model_loss(const bp_model *model) { return model->loss; }

bp_answer bp_answer_of(const bp_encoding *encoding)
{
    if (encoding->labels)
        return BP_ANSWER_LABELS;
    return encoding->classes ? BP_ANSWER_CLASS : BP_ANSWER_NUMBERS;
}

bp_answer bp_model_answers(const bp_model *model) { return bp_answer_of(&model->encoding); }

const char *bp_answer_name(bp_answer answer)
{
    static const char *const names[] = {
        [BP_ANSWER_CLASS] = "classification",
        [BP_ANSWER_LABELS] = "multilabel",
        [BP_ANSWER_NUMBERS] = "regression",
    };
    return (unsigned)answer <= BP_ANSWER_NUMBERS ? names[answer] : "unknown";
}

bool bp_model_targets_are_scaled(const bp_model *model)
{
    for (size_t j = 0; !model->encoding.classes && j < model->encoding.n_targets; j++)
        if (model->encoding.targets[j].shift != 0 || model->encoding.targets[j].scale != 1)
            return true;
    return false;
}

bool bp_model_classes_are_numbers(const bp_model *model)
{
    return model->encoding.classes && !bp_encoding_classes_are_text(&model->encoding);
}

size_t bp_model_n_outputs(const bp_model *model) { return bp_network_outputs(model->network); }

const char *bp_model_output_name(const bp_model *model, size_t j)
{
    const bp_encoding *encoding = &model->encoding;
    return encoding->classes ? encoding->classes[j] : encoding->targets[j].name;
}

size_t bp_model_target_column(const bp_model *model, size_t j)
{
    return model->encoding.targets[model->encoding.classes ? 0 : j].column;
}

bp_status bp_model_find_target(const bp_model *model, const bp_dataset *data, size_t j,
                               size_t *column, bp_error *error)
{
    if (!model || !data || !column || j >= bp_model_n_outputs(model))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "model, data and column must not be NULL, nor output %zu beyond the last",
                       j);
    return bp_encoding_find_target(&model->encoding, data, model->encoding.classes ? 0 : j, column,
                                   error);
}

bool bp_model_has_names(const bp_model *model) { return model->encoding.inputs[0].name != NULL; }

bp_status bp_model_read(const bp_model *model, const char *path, const bp_read_options *options,
                        bp_dataset **dataset, bp_error *error)
{
    if (!model)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model must not be NULL");
    return bp_dataset_read_for(&model->encoding, path, options, dataset, error);
}

bp_status bp_model_split(const bp_model *model, const bp_dataset *data, double fraction,
                         uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error)
{
    if (!model || !data || !kept || !held_out)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model, data, kept and held_out must not be NULL");
    if (!(fraction > 0 && fraction < 1))
        return bp_fail(error, BP_ERROR_ARGUMENT, "a fraction of %g is not between 0 and 1",
                       fraction);
    return bp_split(data, &model->encoding, fraction, seed, kept, held_out, error);
}

/* Targets are scaled where they are amounts and the network can give any number back. */
static bool scales_targets(const bp_model *model)
{
    bp_layer last = bp_network_layer(model->network, bp_network_n_layers(model->network) - 1);
    return !model->encoding.labels && strcmp(last.activation->name, "identity") == 0;
}

/* The cross-entropies take probabilities. */
static bp_status check_probabilities(const bp_model *model, const bp_dataset *data,
                                     const bp_source *rows, bp_error *error)
{
    size_t n = rows->outputs;
    if (!model->loss->output || model->encoding.classes)
        return BP_OK;
    bp_real *t = bp_allocate_matrix(1, n);
    bp_status status = t ? BP_OK : bp_fail_memory(error);
    for (size_t i = 0; !status && i < rows->rows; i++) {
        rows->fill(rows->self, NULL, i, 1, NULL, 0, t, n);
        for (size_t j = 0; !status && j < n; j++)
            if (t[j] < 0 || t[j] > 1)
                status = bp_fail_at(error, BP_ERROR_ARGUMENT, bp_dataset_name(data), 0,
                                    "row %zu has the target %g, and loss %s takes 0 to 1 only",
                                    bp_dataset_row_number(data, i), t[j], model->loss->name);
    }
    free(t);
    return status;
}

bp_status bp_model_train(bp_model *model, const bp_dataset *data, const bp_dataset *validation,
                         const bp_train_options *options, bp_error *error)
{
    bp_bound *train = NULL, *check = NULL;
    bp_status status = BP_OK;
    if (!model || !data)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model and data must not be NULL");
    if (bp_dataset_rows(data) == 0)
        return bp_fail(error, BP_ERROR_ARGUMENT, "no rows to train on");
    if (model->scaling)
        status =
            bp_encoding_scale(&model->encoding, model->scaling, scales_targets(model), data, error);
    if (!status && model->balances)
        status = bp_encoding_balance(&model->encoding, data, error);
    if (!status)
        status = bp_bind(&model->encoding, data, BP_BIND_TRAINING, &train, error);
    if (!status && validation)
        status = bp_bind(&model->encoding, validation, BP_BIND_TRAINING, &check, error);
    if (!status) {
        bp_source rows = bp_bound_source(train), held = {0};
        if (check)
            held = bp_bound_source(check);
        status = check_probabilities(model, data, &rows, error);
        if (!status && check)
            status = check_probabilities(model, validation, &held, error);
        if (!status)
            status =
                bp_train(model->network, model->loss, &rows, check ? &held : NULL, options, error);
    }
    status = bp_dataset_check(data, status, error);
    if (validation)
        status = bp_dataset_check(validation, status, error);
    bp_bound_destroy(train);
    bp_bound_destroy(check);
    return status;
}

/* ---- Answers ------------------------------------------------------------------------------ */

size_t bp_largest(const double *values, size_t n)
{
    size_t largest = 0;
    for (size_t j = 1; j < n; j++)
        if (values[j] > values[largest])
            largest = j;
    return largest;
}

bool bp_is_label(double output) { return output >= 0.5; }

/* Outputs of rows first … first+m−1 become answers in the units of the table. */
static bp_status take_answers(const bp_model *model, const bp_workspace *workspace,
                              const bp_dataset *data, size_t first, size_t m, double *Y, size_t ldy,
                              bp_error *error)
{
    size_t ld, n = bp_model_n_outputs(model);
    const bp_real *out = bp_workspace_outputs(workspace, &ld);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const bp_field *target = model->encoding.classes ? NULL : &model->encoding.targets[j];
            double o = out[i * ld + j], y = target ? o * target->scale + target->shift : o;
            if (!isfinite(y))
                return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                                  "row %zu gives an output that is not a finite number; are its "
                                  "values far outside the training data's?",
                                  bp_dataset_row_number(data, first + i));
            Y[(first + i) * ldy + j] = y;
        }
    return BP_OK;
}

/* Rows `first` to first + m − 1 of a table on their way through the network. */
typedef struct chunk {
    const bp_network *network;
    const bp_source *rows;
    bp_workspace *workspace;
    size_t first, m;
    bp_real *T; /* NULL: no targets */
} chunk;

static void answer_share(void *self, size_t member, size_t members)
{
    const chunk *c = self;
    size_t first, m, lda, outputs = c->rows->outputs;
    bp_team_share(c->m, BP_LEAST_ROWS, member, members, &first, &m);
    if (!m)
        return;
    bp_real *A = bp_workspace_inputs(c->workspace, &lda) + first * lda;
    c->rows->fill(c->rows->self, NULL, c->first + first, m, A, lda,
                  c->T ? c->T + first * outputs : NULL, outputs);
    bp_forward_rows(c->network, c->workspace, first, m, false);
}

static bp_status answer_chunks(const bp_model *model, bp_team *team, chunk *c,
                               const bp_dataset *data, double *Y, size_t ldy, double *loss,
                               bp_error *error)
{
    size_t rows = c->rows->rows, n = c->rows->outputs, most = bp_workspace_max_rows(c->workspace);
    bp_status status = BP_OK;
    double sum = 0;
    for (; !status && c->first < rows; c->first += c->m) {
        c->m = rows - c->first < most ? rows - c->first : most;
        bp_team_run(team, answer_share, c);
        if (loss)
            sum += bp_loss_sum(model->network, c->workspace, model->loss, c->m, c->T, n, NULL);
        status = take_answers(model, c->workspace, data, c->first, c->m, Y, ldy, error);
    }
    if (!status && loss)
        *loss = sum / bp_loss_divisor(model->loss, (double)rows, n);
    return status;
}

bp_status bp_model_answer(const bp_model *model, const bp_kernel *kernel, size_t threads,
                          const bp_bound *bound, const bp_dataset *data, double *Y, size_t ldy,
                          double *loss, bp_error *error)
{
    bp_source rows = bp_bound_source(bound);
    bp_team *team = NULL;
    chunk c = {.network = model->network, .rows = &rows};
    size_t most = rows.rows < BP_CHUNK_ROWS ? rows.rows : BP_CHUNK_ROWS;
    bp_status status = bp_workspace_create(model->network, kernel, most, &c.workspace, error);
    if (!status && loss && !(c.T = bp_allocate_matrix(most, rows.outputs)))
        status = bp_fail_memory(error);
    threads = bp_pass_threads(model->network, most, threads);
    if (!status && threads > 1)
        status = bp_team_create(NULL, threads, &team, error);
    if (!status)
        status = answer_chunks(model, team, &c, data, Y, ldy, loss, error);
    bp_team_destroy(team);
    bp_workspace_destroy(c.workspace);
    free(c.T);
    return status;
}

bp_status bp_model_predict(const bp_model *model, const bp_kernel *kernel, size_t threads,
                           const bp_dataset *data, double *Y, size_t ldy, bp_error *error)
{
    bp_bound *bound = NULL;
    if (!model || !data || !Y || ldy < bp_model_n_outputs(model) ||
        !bp_fits_memory(bp_dataset_rows(data), ldy))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "model, data and Y must not be NULL, and ldy at least the outputs, "
                       "but not beyond memory");
    bp_status status = bp_bind(&model->encoding, data, BP_BIND_INPUTS, &bound, error);
    if (!status)
        status = bp_model_answer(model, kernel, threads, bound, data, Y, ldy, NULL, error);
    bp_bound_destroy(bound);
    return bp_dataset_check(data, status, error);
}

bp_status bp_model_targets(const bp_model *model, const bp_dataset *data, double *T, size_t ldt,
                           bp_error *error)
{
    bp_bound *bound = NULL;
    if (!model || !data || !T || ldt < bp_model_n_outputs(model) ||
        !bp_fits_memory(bp_dataset_rows(data), ldt))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "model, data and T must not be NULL, and ldt at least the outputs, "
                       "but not beyond memory");
    bp_status status = bp_bind(&model->encoding, data, BP_BIND_TARGETS, &bound, error);
    if (status)
        return status;
    bp_bound_targets(bound, T, ldt);
    bp_bound_destroy(bound);
    return bp_dataset_check(data, BP_OK, error);
}
