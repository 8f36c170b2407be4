/* dataset_internal.h: how a table lies in memory; for the readers of formats and the encoding. */
#ifndef BP_DATASET_INTERNAL_H
#define BP_DATASET_INTERNAL_H

#include <bprop/dataset.h>

#include "data/dictionary.h"

typedef struct bp_column {
    char *name;          /* NULL without a header line */
    bool is_text;        /* its cells are numbers of words, which may look like numbers if wished */
    bp_dictionary words; /* of a text column */
    size_t first_missing; /* line of the first missing cell; 0: none is missing */
} bp_column;

struct bp_dataset {
    const bp_dataset *parent; /* a subset's table, whose cells and columns it borrows, else NULL */
    size_t *index;            /* a subset's rows in the parent */
    char *name;
    size_t rows, columns;
    size_t rows_dropped; /* that were not read, for their missing cells */
    double *cells;       /* rows×columns, row-major; NaN: missing */
    bp_column *column;   /* one a column */
    size_t first_line;   /* of the first row in its file; 0: not a file */
};

/* An empty table of that name; NULL if memory is short. */
bp_dataset *bp_dataset_new(const char *name);

/* The cells of row i. */
static inline const double *bp_dataset_row(const bp_dataset *dataset, size_t i)
{
    size_t row = dataset->index ? dataset->index[i] : i;
    return dataset->cells + row * dataset->columns;
}

/* The column of that name, if the columns are `named`, or else of that 1-based number.
 * BP_ERROR_ARGUMENT if there is none, or the name is not one column's alone. */
bp_status bp_find_column(const bp_dataset *data, const char *text, size_t length, bool named,
                         size_t *found, bp_error *error);

/* The word that is no number and stands first in the file; NULL: all of them are numbers, and text
 * by wish alone. */
const bp_word *bp_first_no_number(const bp_dictionary *words);

/* BP_ERROR_FORMAT: text column c is not of numbers, `which` (must be, …) what. */
bp_status bp_fail_text(const bp_dataset *data, size_t c, const char *which, bp_error *error);

/* Row i for people: its number, from 1, in the table that was read. */
static inline size_t bp_dataset_row_number(const bp_dataset *dataset, size_t i)
{
    return 1 + (dataset->index ? dataset->index[i] : i);
}

/* "column 3", or "column 3 (width)", for messages. */
enum { BP_COLUMN_TEXT_SIZE = 100 };
const char *bp_column_text(const bp_dataset *dataset, size_t c, char text[BP_COLUMN_TEXT_SIZE]);

/* The same for a column that is known by number and name (NULL: none) alone. */
const char *bp_column_label(size_t c, const char *name, char text[BP_COLUMN_TEXT_SIZE]);

#endif
