/* init_from.c: tensors that anyone wrote, as the first weights of a model for a table of two inputs
 * and two classes. */
#include "fuzz_model.h"

static bp_dataset *make_table(void)
{
    static const double cells[] = {1, 2, 0, 3, 4, 1};
    bp_dataset *data = NULL;
    bp_error error;
    require_ok(bp_dataset_from_array("cells", cells, 2, 3, 3, &data, &error), &error);
    return data;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    bp_model_options options = bp_model_defaults();
    bp_dataset *data = make_table();
    bp_model *model = NULL;
    bp_error error;
    options.init_from = file_of(0, bytes, size);
    bp_status status = bp_model_create(data, &options, &model, &error);
    if (status)
        check_error(status, &error, options.init_from);
    else
        check_model(model, data);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return 0;
}
