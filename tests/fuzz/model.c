/* model.c: files of models. */
#include "fuzz_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *path = file_of(0, bytes, size);
    bp_model *model = NULL;
    bp_error error;
    bp_status status = bp_model_load(path, &model, &error);
    if (status) {
        check_error(status, &error, path);
        return 0;
    }
    bp_dataset *row = row_for(model);
    check_model(model, row);
    bp_dataset_destroy(row);
    bp_model_destroy(model);
    return 0;
}
