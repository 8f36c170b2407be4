/* checkpoint.c: files of trainings, which go on for a few epochs. An input is a byte that chooses
 * the optimizer, a byte of flags and the file, whose checksum is put right if a flag says so: it
 * guards against damage, not against malice. */
#include "fuzz_model.h"

#include "model/model_internal.h"

#include <stdlib.h>
#include <string.h>

enum { RESEALS = 1, WAITS = 2, KEEPS = 4, HALVES = 8, EPOCHS = 12 };

/* The same rows for all. */
static bp_dataset *make_table(void)
{
    static const double cells[] = {1, 2, 0.5, -0.5, 0.25, 2, 3, -1, -1, 0.75, 1.5, 0};
    bp_dataset *data = NULL;
    bp_error error;
    require_ok(bp_dataset_from_array("cells", cells, 4, 3, 3, &data, &error), &error);
    return data;
}

static bp_train_options how_to_train(uint8_t optimizer, uint8_t flags)
{
    bp_train_options how = bp_train_defaults();
    size_t n = 0;
    while (bp_optimizer_at(n))
        n++;
    how.optimizer = bp_optimizer_at(optimizer % n);
    if (flags & HALVES && !how.optimizer->sizes_steps) {
        how.schedule = bp_schedule_find("plateau", NULL);
        how.schedule_epochs = 2;
    }
    how.patience = flags & WAITS ? 3 : 0;
    how.keep_good = flags & KEEPS;
    how.kernel = bp_kernel_find("loops", NULL);
    how.epochs = EPOCHS;
    return how;
}

/* Header and tensors as they are, but for the checksum; false if that cannot be. */
static bool reseal(taken *file, uint8_t **made)
{
    uint64_t length = 0;
    json_t *header = NULL;
    bp_error error;
    for (size_t i = 0; i < 8 && file->size >= 8; i++)
        length |= (uint64_t)file->at[i] << 8 * i;
    if (file->size < 8 || length > file->size - 8 ||
        !(header =
              json_loadb((const char *)file->at + 8, (size_t)length, JSON_REJECT_DUPLICATES, NULL)))
        return false;
    const uint8_t *tensors = file->at + 8 + length;
    size_t size = file->size - 8 - (size_t)length;
    const bp_tensor_writer written = {.bytes = (uint8_t *)tensors, .size = size};
    json_t *metadata = json_object_get(header, "__metadata__");
    if (json_is_object(metadata))
        require_ok(bp_state_seal(metadata, &written, &error), &error);
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    size_t used = text ? strlen(text) : 0;
    require(text && (*made = malloc(8 + used + size)));
    for (size_t i = 0; i < 8; i++)
        (*made)[i] = (uint8_t)(used >> 8 * i);
    memcpy(*made + 8, text, used);
    if (size)
        memcpy(*made + 8 + used, tensors, size);
    free(text);
    *file = (taken){*made, 8 + used + size};
    return true;
}

/* What was loaded is saved as it was. */
static void save_again(const bp_model *model, const bp_train_state *state)
{
    size_t size, size_again;
    bp_model *again = NULL;
    bp_train_state *its = NULL;
    bp_error error;
    require_ok(bp_model_save_checkpoint(model, state, file_of(1, "", 0), &error), &error);
    uint8_t *bytes = bytes_of(1, &size);
    const char *path = file_of(2, bytes, size);
    require_ok(bp_model_load_checkpoint(path, &again, &its, &error), &error);
    require_ok(bp_model_save_checkpoint(again, its, file_of(1, "", 0), &error), &error);
    uint8_t *twice = bytes_of(1, &size_again);
    require(size == size_again && memcmp(bytes, twice, size) == 0);
    free(bytes), free(twice);
    bp_model_destroy(again);
    bp_train_state_destroy(its);
}

static void go_on(bp_model *model, bp_train_state *state, bp_train_options how)
{
    bp_dataset *data = make_table();
    bp_error error;
    how.state = state;
    bp_status status = bp_model_train(model, data, NULL, &how, &error);
    if (status)
        check_error(status, &error, NULL);
    else
        check_model(model, data);
    bp_dataset_destroy(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    taken file = {bytes, size};
    uint8_t optimizer = take_byte(&file), flags = take_byte(&file), *made = NULL;
    bp_model *model = NULL;
    bp_train_state *state = NULL;
    bp_error error;
    if (flags & RESEALS && !reseal(&file, &made))
        return 0;
    const char *path = file_of(0, file.at, file.size);
    bp_status status = bp_model_load_checkpoint(path, &model, &state, &error);
    if (status) {
        check_error(status, &error, path);
    } else {
        save_again(model, state);
        go_on(model, state, how_to_train(optimizer, flags));
    }
    bp_model_destroy(model);
    bp_train_state_destroy(state);
    free(made);
    return 0;
}
