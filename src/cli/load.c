#include "load.h"

#include <string.h>

bp_read_options read_options_of(const options *o)
{
    bp_read_options how = {.categorical = o->categorical,
                           .ignored = o->ignore,
                           .named = o->target,
                           .format = o->format,
                           .labels = o->labels,
                           .delimiter = o->delimiter,
                           .drop_missing = o->missing && strcmp(o->missing, "drop") == 0,
                           .threads = (size_t)o->threads};
    if (strcmp(o->header, "auto") != 0)
        how.header = strcmp(o->header, "yes") == 0 ? BP_HEADER_YES : BP_HEADER_NO;
    return how;
}

bp_status load_table(const options *o, const char *path, bp_dataset **data, bp_error *error)
{
    bp_read_options how = read_options_of(o);
    return bp_dataset_read(path, &how, data, error);
}

bp_status load_table_for(const options *o, const bp_model *model, const char *path,
                         bp_dataset **data, bp_error *error)
{
    bp_read_options how = read_options_of(o);
    how.categorical = how.ignored = how.named = NULL; /* the model knows */
    return bp_model_read(model, path, &how, data, error);
}

size_t threads_of(const options *o, const bp_kernel *kernel)
{
    if (o->deterministic && !bp_kernel_splits(kernel))
        return 1;
    return o->threads ? (size_t)o->threads : bp_processors();
}

const bp_kernel *choose_kernel(const options *o, bp_error *error)
{
    bp_blas_set_threads(1); /* the threads are ours */
    return bp_kernel_find(o->kernel, error);
}

bp_status load_all(const options *o, const bp_kernel **kernel, bp_model **model, bp_dataset **data,
                   bp_error *error)
{
    if (!(*kernel = choose_kernel(o, error)))
        return error->status;
    bp_status status = bp_model_load(o->arguments[0], model, error);
    return status ? status : load_table_for(o, *model, o->arguments[1], data, error);
}
