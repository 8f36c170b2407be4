/* table.c: what train does with a table whose format nothing but its content tells: the columns
 * are chosen, a model is made for it and trained for an epoch, saved, loaded and asked.
 *
 * An input is a byte of flags and lines for the target, the weight column and the class weights;
 * what a reader is given (take_choices()); and, behind a line of its own, the labels. */
#include "fuzz_model.h"
#include "fuzz_table.h"

#include <string.h>

typedef struct wishes {
    bp_model_options model;
    char target[LINE_SIZE], weight[LINE_SIZE], classes[LINE_SIZE];
} wishes;

static void take_wishes(taken *from, wishes *to)
{
    static const char *const tasks[] = {"auto", "classification", "regression", "auto"};
    static const char *const scales[] = {"standard", "minmax", "none", "standard"};
    uint8_t flags = take_byte(from);
    to->model = bp_model_defaults();
    to->model.task = tasks[flags & 3];
    to->model.scale = scales[flags >> 2 & 3];
    to->model.fill_missing = flags & 16;
    to->model.hidden = "2";
    to->model.target = take_line(from, to->target);
    to->model.weight_column = take_line(from, to->weight);
    to->model.class_weight = take_line(from, to->classes);
}

/* The bytes behind the line "--labels", if there is one, in a file of their own. */
static const char *take_labels(taken *table)
{
    static const char line[] = "\n--labels\n";
    const size_t length = sizeof line - 1;
    for (size_t i = 0; i + length <= table->size; i++)
        if (memcmp(table->at + i, line, length) == 0) {
            const uint8_t *labels = table->at + i + length;
            size_t size = table->size - i - length;
            table->size = i + 1;
            return file_of(1, labels, size);
        }
    return NULL;
}

static void use(const bp_dataset *data, const bp_model_options *options)
{
    bp_train_options training = bp_train_defaults();
    bp_model *model = NULL;
    bp_error error;
    training.epochs = 1;
    training.batch_size = 3;
    training.kernel = bp_kernel_find("loops", &error);
    bp_status status = bp_model_create(data, options, &model, &error);
    if (!status)
        status = bp_model_train(model, data, NULL, &training, &error);
    if (status)
        check_error(status, &error, NULL);
    else
        check_model(model, data);
    bp_model_destroy(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    taken rest = {bytes, size};
    wishes asked;
    choices how;
    take_wishes(&rest, &asked);
    take_choices(&rest, "auto", &how);
    how.options.labels = take_labels(&rest);
    bp_dataset *data = read_table(&how, rest);
    if (data)
        use(data, &asked.model);
    bp_dataset_destroy(data);
    return 0;
}
