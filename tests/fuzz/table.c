/* table.c: what train does with a table whose format nothing but its content tells: the columns
 * are chosen, a model is made for it and trained for an epoch, saved, loaded and asked.
 *
 * An input is take_wishes(), take_choices(), the table and, behind a line "--labels", the file of
 * labels. */
#include "fuzz_model.h"
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    taken rest = {bytes, size}, labels;
    wishes asked;
    choices how;
    take_wishes(&rest, &asked);
    take_choices(&rest, "auto", &how);
    if (take_part(&rest, "--labels", &labels))
        how.options.labels = file_of(1, labels.at, labels.size);
    bp_dataset *data = read_table(&how, rest);
    bp_model *model = data ? make_model(&asked, data) : NULL;
    if (model)
        check_model(model, data);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return 0;
}
