/* settings.c: the texts among the options that the library takes apart itself, a line each, for a
 * small table of numbers, or of classes if the first byte is odd. */
#include "fuzz_model.h"

#include <string.h>

enum { N_LINES = 8 };

static bp_dataset *make_table(bool classes)
{
    static const double numbers[] = {1, 2, 0.5, 3, 4, 1.5, 5, 6, -1.5};
    static const double numbers_and_classes[] = {1, 2, 0, 3, 4, 1, 5, 6, 2};
    const double *cells = classes ? numbers_and_classes : numbers;
    bp_dataset *data = NULL;
    bp_error error;
    require_ok(bp_dataset_from_array("cells", cells, 3, 3, 3, &data, &error), &error);
    return data;
}

/* Layers of thousands of neurons may be asked for, but take their time: four digits. */
static bool is_large(const char *hidden)
{
    for (size_t digits = 0; hidden && *hidden; hidden++) {
        digits = *hidden >= '0' && *hidden <= '9' ? digits + 1 : 0;
        if (digits > 3)
            return true;
    }
    return false;
}

static void train(bp_model *model, const bp_dataset *data, const char *train_only)
{
    bp_train_options how = bp_train_defaults();
    bp_error error;
    how.epochs = 1;
    how.train_only = train_only;
    how.kernel = bp_kernel_find("loops", &error);
    bp_status status = bp_model_train(model, data, NULL, &how, &error);
    if (status)
        check_error(status, &error, NULL);
    else
        check_model(model, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char lines[N_LINES][LINE_SIZE];
    const char *text[N_LINES];
    taken rest = {bytes, size};
    bp_model *model = NULL;
    bp_error error;
    bp_dataset *data = make_table(take_byte(&rest) & 1);
    for (size_t i = 0; i < N_LINES; i++)
        text[i] = take_line(&rest, lines[i]);
    const bp_model_options options = {.hidden = is_large(text[0]) ? NULL : text[0],
                                      .activation = text[1],
                                      .output = text[2],
                                      .loss = text[3],
                                      .init = text[4],
                                      .target = text[5],
                                      .class_weight = text[6],
                                      .seed = 1};
    bp_status status = bp_model_create(data, &options, &model, &error);
    if (status)
        check_error(status, &error, NULL);
    else
        train(model, data, text[7]);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return 0;
}
