/* csv_write.c: tables to CSV files, that read back as they are, to the bit.
 *
 * Three things a CSV file cannot say, so that its reader must be told: that a column of texts some
 * of which look like numbers is text (categorical), that the first line holds names where all
 * columns are texts or a name is a number (header), and that it holds none where such a text column
 * begins with one that is no number. */
#include "data/csv_write.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer {
    bp_output *output;
    double *row; /* room for one */
} writer;

/* Whether a text could be taken for something else unless quoted: blanks may delimit or be cut off,
 * any delimiter may be the one that the first line speaks for, no bytes at all are a missing cell
 * or a blank line, and a byte order mark or a control character may begin a file that is no text.
 */
static bool needs_quotes(const char *text)
{
    if (!*text || strncmp(text, "\xef\xbb\xbf", 3) == 0)
        return true;
    for (; *text; text++)
        if (strchr(" \",;|", *text) || (unsigned char)*text < ' ')
            return true;
    return false;
}

static bp_status write_text(bp_output *output, const char *text, bp_error *error)
{
    if (!needs_quotes(text))
        return bp_output_write(output, text, strlen(text), error);
    bp_status status = bp_output_write(output, "\"", 1, error);
    while (!status && *text) {
        size_t length = strcspn(text, "\"");
        status = bp_output_write(output, text, length, error);
        if (!status && text[length])
            status = bp_output_write(output, "\"\"", 2, error);
        text += length + (text[length] != '\0');
    }
    return status ? status : bp_output_write(output, "\"", 1, error);
}

/* A missing cell is empty, but for one that would make a blank line, which is no row. */
static bp_status write_cell(bp_output *output, const bp_dataset *data, size_t c, double value,
                            bp_error *error)
{
    char number[BP_NUMBER_SIZE];
    if (isnan(value))
        return data->columns == 1 ? bp_output_write(output, "NA", 2, error) : BP_OK;
    if (data->column[c].is_text)
        return write_text(output, data->column[c].words.words[(size_t)value].text, error);
    bp_print_number(value, number);
    return bp_output_write(output, number, strlen(number), error);
}

/* After cell c. */
static bp_status write_delimiter(bp_output *output, const bp_dataset *data, size_t c,
                                 bp_error *error)
{
    return bp_output_write(output, c + 1 < data->columns ? "," : "\n", 1, error);
}

/* A table that was put together may have names for some columns only: then there are none. */
static bp_status write_names(bp_output *output, const bp_dataset *data, bp_error *error)
{
    bp_status status = BP_OK;
    for (size_t c = 0; c < data->columns; c++)
        if (!data->column[c].name)
            return BP_OK;
    for (size_t c = 0; !status && c < data->columns; c++) {
        status = write_text(output, data->column[c].name, error);
        if (!status)
            status = write_delimiter(output, data, c, error);
    }
    return status;
}

bp_status bp_csv_begin(bp_output *output, const bp_dataset *first, void **state, bp_error *error)
{
    writer *w = bp_allocate(1, sizeof *w);
    bp_status status = BP_OK;
    if (!w || !(w->row = bp_allocate(first->columns, sizeof *w->row)))
        status = bp_fail_memory(error);
    else
        status = write_names(w->output = output, first, error);
    if (!status)
        *state = w;
    else if (w)
        bp_csv_abandon(w);
    return status;
}

bp_status bp_csv_add(void *state, const bp_dataset *block, bp_error *error)
{
    writer *w = state;
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < block->rows; i++) {
        bp_dataset_load(block, i, 0, block->columns, w->row);
        for (size_t c = 0; !status && c < block->columns; c++) {
            status = write_cell(w->output, block, c, w->row[c], error);
            if (!status)
                status = write_delimiter(w->output, block, c, error);
        }
    }
    return status;
}

bp_status bp_csv_finish(void *state, bp_error *error)
{
    (void)state, (void)error; /* the last line is with the output */
    return BP_OK;
}

void bp_csv_abandon(void *state)
{
    writer *w = state;
    free(w->row);
    free(w);
}
