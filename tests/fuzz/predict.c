/* predict.c: a model that meets another table than its own, which is read for it.
 *
 * An input is take_wishes() and the table that a model is made for; behind a line "--data",
 * take_choices() and the other. */
#include "fuzz_model.h"
#include "fuzz_table.h"

#include <math.h>

/* Shares are from 0 to 1, where they are defined. */
static void check_evaluation(const bp_evaluation *e, const bp_dataset *data)
{
    const double *accuracy = &e->scores.accuracy;
    require(e->rows == bp_dataset_rows(data));
    require(isnan(*accuracy) || (*accuracy >= 0 && *accuracy <= 1));
    for (size_t j = 0; j < e->n_classes + e->n_labels; j++)
        require(e->scores.f1[j] >= 0 && e->scores.f1[j] <= 1);
    for (size_t j = 0; j < e->n_targets; j++)
        require(!(e->scores.r2[j] > 1));
}

static void use(bp_model *model, const bp_dataset *data)
{
    bp_evaluation evaluation;
    bp_error error;
    check_table(data);
    check_model(model, data);
    bp_status status =
        bp_model_evaluate(model, bp_kernel_find("loops", &error), 1, data, &evaluation, &error);
    if (status) {
        check_error(status, &error, NULL);
    } else {
        check_evaluation(&evaluation, data);
        bp_evaluation_clear(&evaluation);
    }
    if ((status = train_epoch(model, data, &error)))
        check_error(status, &error, NULL);
}

static void meet(bp_model *model, taken other)
{
    bp_dataset *data = NULL;
    bp_error error;
    choices how;
    take_choices(&other, "auto", &how);
    const char *path = file_of(0, other.at, other.size);
    bp_status status = bp_model_read(model, path, &how.options, &data, &error);
    if (status)
        check_error(status, &error, path);
    else
        use(model, data);
    bp_dataset_destroy(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    taken rest = {bytes, size}, other = {bytes, 0};
    bp_dataset *data = NULL;
    bp_error error;
    wishes asked;
    if (is_wide(rest))
        return 0;
    take_wishes(&rest, &asked);
    take_part(&rest, "--data", &other);
    if (bp_dataset_read(file_of(1, rest.at, rest.size), NULL, &data, &error))
        return 0;
    bp_model *model = make_model(&asked, data);
    if (model)
        meet(model, other);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return 0;
}
