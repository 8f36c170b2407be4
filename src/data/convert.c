/* convert.c: tables written to files, whole or as they are read. */
#include "data/format.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* A file under construction. */
typedef struct writer {
    const char *path;
    const bp_format *format;
    bp_output *output;
    void *state; /* of the format; NULL: not begun */
} writer;

static bp_status open_writer(writer *w, const char *path, const char *format, bp_error *error)
{
    *w = (writer){.path = path};
    if (format && strcmp(format, "auto") != 0)
        w->format = bp_format_find(format, error);
    else if (!(w->format = bp_format_of_file(path)))
        w->format = &bp_format_csv;
    if (!w->format)
        return BP_ERROR_ARGUMENT;
    bp_status status = bp_output_open(path, &w->output, error);
    return !status && bp_is_gzip_name(path) ? bp_output_compress(w->output, error) : status;
}

static bp_status write_block(writer *w, const bp_dataset *block, bp_error *error)
{
    bp_status status = w->state ? BP_OK : w->format->begin(w->output, block, &w->state, error);
    return status ? status : w->format->add(w->state, block, error);
}

/* Ends the file if all went well so far, else leaves nothing of it. */
static bp_status close_writer(writer *w, bp_status status, bp_error *error)
{
    if (!status)
        status = w->format->finish(w->state, error);
    if (w->state)
        w->format->abandon(w->state);
    if (!status)
        return bp_output_commit(w->output, error);
    bp_output_discard(w->output);
    return status;
}

bp_status bp_dataset_write(const bp_dataset *dataset, const char *path, const char *format,
                           bp_error *error)
{
    writer w;
    if (!dataset || !path || !dataset->rows)
        return bp_fail(error, BP_ERROR_ARGUMENT, "a table with rows and a path are needed");
    bp_status status = open_writer(&w, path, format, error);
    if (!status)
        status = bp_dataset_check(dataset, write_block(&w, dataset, error), error);
    return close_writer(&w, status, error);
}

/* ---- Block after block -------------------------------------------------------------------- */

enum { ROWS_AT_ONCE = 4096, CELLS_AT_ONCE = 1 << 22 };

/* As many rows as make a block of a sensible size, whatever the columns: 1 to begin with. */
static size_t rows_of_block(const bp_conversion *done)
{
    size_t most = done->columns ? CELLS_AT_ONCE / done->columns : 1;
    return most < 1 ? 1 : most < ROWS_AT_ONCE ? most : ROWS_AT_ONCE;
}

static bp_status write_rows(writer *w, bp_dataset *block, bool drops, bp_conversion *done,
                            bp_error *error)
{
    if (!done->columns)
        snprintf(done->read_as, sizeof done->read_as, "%s", block->format);
    done->columns = block->columns;
    bp_status status = drops ? bp_dataset_drop_missing(block, error) : BP_OK;
    done->rows += block->rows;
    if (!status && block->rows)
        status = write_block(w, block, error);
    return bp_dataset_check(block, status, error);
}

static bp_status convert_rows(bp_table_reader *reader, writer *w, bool drops, bp_conversion *done,
                              bp_error *error)
{
    bp_dataset *block = NULL;
    bp_status status;
    do {
        status = bp_table_reader_next(reader, rows_of_block(done), &block, error);
        if (status || !block)
            break;
        status = write_rows(w, block, drops, done, error);
        bp_dataset_destroy(block);
    } while (!status);
    if (!status && !done->rows)
        status = bp_fail_at(error, BP_ERROR_FORMAT, w->path, 0,
                            "not written: every row has a missing cell, so all were left out");
    return status;
}

bp_status bp_convert(const char *from, const bp_read_options *options, const char *to,
                     const char *format, bp_conversion *done, bp_error *error)
{
    bp_input *input;
    bp_table_reader *reader = NULL;
    bp_conversion made = {0};
    writer w = {0};
    if (!from || !to || !done)
        return bp_fail(error, BP_ERROR_ARGUMENT, "from, to and done must not be NULL");
    if (options && options->ignored)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "columns are ignored by models, not by conversion");
    bp_status status = bp_input_open(from, &input, error);
    if (!status)
        status = bp_table_reader_open(input, options, NULL, &reader, error);
    if (!status)
        status = open_writer(&w, to, format, error);
    if (!status)
        status = convert_rows(reader, &w, options && options->drop_missing, &made, error);
    status = close_writer(&w, status, error);
    bp_table_reader_close(reader);
    if (status)
        return status;
    made.written_as = bp_format_name_of(w.format);
    *done = made;
    return BP_OK;
}
