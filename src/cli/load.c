#include "load.h"

#include <stdio.h>
#include <string.h>

static bp_status usage(bp_error *error, const char *option, const char *value, const char *expected)
{
    *error = (bp_error){.status = BP_ERROR_ARGUMENT};
    snprintf(error->message, sizeof error->message, "--%s '%.60s': expected %s", option, value,
             expected);
    return BP_ERROR_ARGUMENT;
}

bp_status load_table(const options *o, const char *path, bp_dataset **data, bp_error *error)
{
    bp_read_options how = {0};
    if (strcmp(o->header, "yes") == 0)
        how.header = BP_HEADER_YES;
    else if (strcmp(o->header, "no") == 0)
        how.header = BP_HEADER_NO;
    else if (strcmp(o->header, "auto") != 0)
        return usage(error, "header", o->header, "auto, yes or no");
    if (strcmp(o->delimiter, "\\t") == 0)
        how.delimiter = '\t';
    else if (strlen(o->delimiter) == 1 && !strchr("\"\r\n", *o->delimiter))
        how.delimiter = *o->delimiter;
    else if (strcmp(o->delimiter, "auto") != 0)
        return usage(error, "delimiter", o->delimiter, "auto, or one character (\\t is a tab)");
    return bp_dataset_read(path, &how, data, error);
}

const bp_kernel *choose_kernel(const options *o, bp_error *error)
{
    bp_blas_set_threads(o->threads < 1024 ? (int)o->threads : 1024);
    return bp_kernel_find(o->kernel, error);
}

bp_status load_all(const options *o, const bp_kernel **kernel, bp_model **model, bp_dataset **data,
                   bp_error *error)
{
    if (!(*kernel = choose_kernel(o, error)))
        return error->status;
    bp_status status = bp_model_load(o->arguments[0], model, error);
    return status ? status : load_table(o, o->arguments[1], data, error);
}
