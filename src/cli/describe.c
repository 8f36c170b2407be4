/* describe.c: what was decided. */
#include "describe.h"

#include "report.h"

#include <stdio.h>
#include <string.h>

static bool all_text(const bp_dataset *data)
{
    size_t c = 0;
    while (c < bp_dataset_columns(data) && bp_dataset_column_is_text(data, c))
        c++;
    return c == bp_dataset_columns(data);
}

void describe_data(const bp_dataset *data)
{
    bool header = bp_dataset_column_name(data, 0) != NULL;
    fprintf(stderr, "data: %s, %zu rows, %zu columns; %s\n", file_label(bp_dataset_name(data)),
            bp_dataset_rows(data), bp_dataset_columns(data), bp_dataset_format(data));
    if (!header && all_text(data))
        fprintf(stderr,
                "      (all columns are text; if the first line holds names, --header yes)\n");
    describe_dropped(data);
}

void describe_dropped(const bp_dataset *data)
{
    size_t n = bp_dataset_rows_dropped(data);
    if (n)
        fprintf(stderr, "      (%zu row%s with missing values %s dropped)\n", n, n == 1 ? "" : "s",
                n == 1 ? "was" : "were");
}

/* Where a header does not name the columns. */
static void describe_positions(const bp_dataset *data)
{
    bool all_named = bp_dataset_column_name(data, bp_dataset_columns(data) - 1) != NULL;
    fprintf(stderr, "      (columns go by position, for %s)\n",
            all_named ? "two have the same name" : "not all have a name");
}

/* What stands before the names of the outputs. */
static void describe_kind(const bp_model *model, const bp_dataset *data)
{
    bp_answer kind = bp_model_answers(model);
    size_t n = bp_model_n_outputs(model), column;
    char text[80];
    if (bp_model_find_target(model, data, 0, &column, NULL)) /* training will say it */
        return;
    const char *name = bp_dataset_column_name(data, column);
    if (name && !*name)
        name = NULL;
    if (kind == BP_ANSWER_CLASS)
        fprintf(stderr, "task: classification by column %zu%s%s%s, %zu classes:", column + 1,
                name ? " (" : "", name ? printable(name, text) : "", name ? ")" : "", n);
    else if (kind == BP_ANSWER_LABELS)
        fprintf(stderr, "task: multilabel classification of %zu columns:", n);
    else
        fprintf(stderr, "task: regression of");
}

void describe_task(const options *o, const bp_model *model, const bp_dataset *data)
{
    bp_answer kind = bp_model_answers(model);
    size_t n = bp_model_n_outputs(model), shown = n < 6 ? n : 6;
    char text[80];
    describe_kind(model, data);
    for (size_t j = 0; j < shown; j++)
        fprintf(stderr, "%s %s", j ? "," : "",
                kind == BP_ANSWER_CLASS ? printable(bp_model_output_name(model, j), text)
                                        : target_label(model, j, text));
    fprintf(stderr, "%s\n", shown < n ? ", …" : "");
    if (bp_dataset_column_name(data, 0) && !bp_model_has_names(model))
        describe_positions(data);
    if (o->ignore)
        fprintf(stderr, "      (no inputs: %s)\n", o->ignore);
    if (o->weight_column)
        fprintf(stderr, "      (rows count as much as column %s says)\n", o->weight_column);
    if (o->class_weight && strcmp(o->class_weight, "none") != 0)
        fprintf(stderr, "      (classes weigh: %s)\n", o->class_weight);
    if (strcmp(o->task, "auto") != 0)
        return;
    if (bp_model_classes_are_numbers(model))
        fprintf(stderr, "      (numbers taken as names; if they are amounts, --task regression)\n");
    if (kind == BP_ANSWER_LABELS)
        fprintf(stderr,
                "      (0 and 1 taken as labels; if they are amounts, --task regression)\n");
}

void describe_network(const options *o, const bp_model *model)
{
    const bp_network *network = bp_model_network(model);
    fprintf(stderr, "network: %zu inputs", bp_network_inputs(network));
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        fprintf(stderr, ", %zu %s", layer.n, layer.activation->name);
    }
    fprintf(stderr, "; %zu weights; loss %s\n", bp_network_n_parameters(network),
            bp_model_loss(model)->name);
    bp_layer last = bp_network_layer(network, bp_network_n_layers(network) - 1);
    if (bp_model_answers(model) == BP_ANSWER_NUMBERS && strcmp(o->scale, "none") != 0 &&
        strcmp(last.activation->name, "identity") != 0)
        fprintf(stderr, "      (the targets are not scaled, since the outputs are not identity)\n");
}

void describe_training(const bp_train_options *options, const bp_model *model, size_t rows)
{
    bp_train_options how = bp_train_settle(options, bp_model_network(model), rows);
    fprintf(stderr, "training: %s", how.optimizer->name);
    if (how.optimizer->step)
        fprintf(stderr, ", learning rate %.3g", how.learning_rate);
    if (how.schedule != bp_schedule_at(0))
        fprintf(stderr, " (%s)", how.schedule->name);
    if (how.l2 > 0)
        fprintf(stderr, ", L2 %g", how.l2);
    if (how.dropout > 0)
        fprintf(stderr, ", dropout %g", how.dropout);
    fprintf(stderr, ", %zu rows in ", rows);
    if (how.batch_size < rows)
        fprintf(stderr, "batches of %zu", how.batch_size);
    else
        fprintf(stderr, "one batch");
    fprintf(stderr, ", %zu epochs", how.epochs);
}
