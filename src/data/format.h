/* format.h: the formats that tables are read from and written in. To add one: its functions and its
 * `bp_format` in a file of its own, and its row in format.c. */
#ifndef BP_DATA_FORMAT_H
#define BP_DATA_FORMAT_H

#include "base/error.h"
#include "base/input.h"
#include "base/output.h"
#include "data/dataset_internal.h"
#include "data/encoding.h"

/* What a table is read from, and how. All is borrowed. */
typedef struct bp_reading {
    bp_input *input;                /* at its beginning */
    const bp_read_options *options; /* never NULL */
    const bp_encoding *encoding;    /* that the table is read for; NULL: none */
} bp_reading;

typedef struct bp_format {
    const char *extensions; /* of files, comma-separated, without the dot */
    /* Whether a file that begins so is surely of this format: `size` bytes, of longer files the
     * first BP_INPUT_AHEAD. NULL: nothing tells. */
    bool (*probe)(const unsigned char *bytes, size_t size);

    /* Reading goes in blocks of rows. `open` gives a *state, which `close` frees. */
    bp_status (*open)(const bp_reading *reading, void **state, bp_error *error);
    /* The next rows, `most` ≥ 1 at most, as a table of its own that is the caller's; NULL after the
     * last, when the file has been checked to its end. The first block has a row at least. */
    bp_status (*next)(void *state, size_t most, bp_dataset **block, bp_error *error);
    void (*close)(void *state);

    /* Writing goes in blocks, too, all with the columns of the first; NULL: it cannot be written.
     * `begin` gives a *state, which `abandon` frees, after `finish` (the last bytes are then with
     * the output) or after a failure. Nothing is written that would not read back to the bit:
     * BP_ERROR_FORMAT for a cell that the format cannot hold. */
    bp_status (*begin)(bp_output *output, const bp_dataset *first, void **state, bp_error *error);
    bp_status (*add)(void *state, const bp_dataset *block, bp_error *error);
    bp_status (*finish)(void *state, bp_error *error);
    void (*abandon)(void *state);
} bp_format;

extern const bp_format bp_format_npy;
extern const bp_format bp_format_idx;
extern const bp_format bp_format_libsvm;
extern const bp_format bp_format_csv;

/* The format of that name; NULL, with the known ones in *error, if there is none. */
const bp_format *bp_format_find(const char *name, bp_error *error);
const char *bp_format_name_of(const bp_format *format); /* the way back */
/* The format that files of that name have, by the extension, before a ".gz"; NULL: none tells. */
const bp_format *bp_format_of_file(const char *path);
bool bp_is_gzip_name(const char *path); /* whether it ends in that, in whatever case */

/* A table on its way in, block by block. */
typedef struct bp_table_reader bp_table_reader;

/* Chooses the format by options->format, or by content, or by the extension of the name; opens also
 * options->labels. `input` becomes the reader's, also on failure. options NULL: all automatic. */
bp_status bp_table_reader_open(bp_input *input, const bp_read_options *options,
                               const bp_encoding *encoding, bp_table_reader **reader,
                               bp_error *error);
/* As the `next` of a format. */
bp_status bp_table_reader_next(bp_table_reader *reader, size_t most, bp_dataset **block,
                               bp_error *error);
void bp_table_reader_close(bp_table_reader *reader); /* NULL is allowed */

/* The whole table. `input` becomes its own, also on failure. */
bp_status bp_dataset_read_input(bp_input *input, const bp_read_options *options,
                                const bp_encoding *encoding, bp_dataset **dataset, bp_error *error);

/* Takes the rows with a missing cell out of a table or block, which may leave none. */
bp_status bp_dataset_drop_missing(bp_dataset *data, bp_error *error);

/* Fills data->format with a text; BP_ERROR_MEMORY. */
bp_status bp_dataset_describe(bp_dataset *data, bp_error *error, const char *format, ...)
    BP_PRINTF(3, 4);

#endif
