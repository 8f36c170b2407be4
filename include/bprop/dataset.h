/* dataset.h: tables of data, and batches out of them.
 *
 * A data set is a table: rows of columns, each column numbers or text. Reading one copies it into
 * memory, but for uncompressed IDX and NPY files, which are mapped (or read at their place, where
 * the address space has no room), so that they may be larger than memory: they must stay as they
 * are as long as the data set is there, and where one is cut short, SIGBUS ends the process. A
 * subset borrows the rows of the table that it was taken from. Data sets are not changed after they
 * are made, so threads may share them. */
#ifndef BPROP_DATASET_H
#define BPROP_DATASET_H

#include <bprop/real.h>
#include <bprop/status.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- Batches ------------------------------------------------------------------------------ */

/* Where training gets its batches from: `rows` pairs of an input and a target. `fill` writes rows
 * order[first] … order[first + m − 1] (first … first + m − 1 where `order` is NULL) into the first
 * `inputs` columns of A and the `outputs` columns of T, either of which may be NULL. It must be
 * thread-safe and cannot fail; NULL is BP_ERROR_ARGUMENT. */
typedef struct bp_source {
    size_t rows, inputs, outputs;
    void (*fill)(const void *self, const size_t *order, size_t first, size_t m, bp_real *A,
                 size_t lda, bp_real *T, size_t ldt);
    const void *self;
    const double *weights; /* how much each of the rows counts, ≥ 0, their sum from DBL_MIN to
                              DBL_MAX / outputs; a batch of less makes no step; NULL: all 1 */
} bp_source;

/* Arrays of the caller's: X is rows×inputs, T rows×outputs, ldx ≥ inputs, ldt ≥ outputs; both stay
 * the caller's and must outlive the source. */
typedef struct bp_arrays {
    size_t rows, inputs, outputs;
    const bp_real *X;
    size_t ldx;
    const bp_real *T;
    size_t ldt;
    const double *weights; /* of the rows, as in a bp_source; NULL: all 1 */
} bp_arrays;

/* A source of those arrays, which must outlive it, the bp_arrays included. Inputs and targets may
 * overlap, or be columns of one array. Where X or T is NULL, a leading dimension is too small, or
 * an array larger than memory can be, the source has no `fill`, and what it is given to refuses it.
 */
bp_source bp_arrays_source(const bp_arrays *arrays);

/* ---- Tables ------------------------------------------------------------------------------- */

typedef struct bp_dataset bp_dataset;

typedef enum bp_header { BP_HEADER_AUTO, BP_HEADER_YES, BP_HEADER_NO } bp_header;

typedef struct bp_read_options {
    const char *format; /* "csv", "idx", "npy", "libsvm": bp_format_name(); NULL or "auto": by the
                           content, or, where that does not tell, by the extension of the name */
    const char *labels; /* a second file, with as many rows, whose columns stand behind those of the
                           first: the targets of an IDX or NPY file; `header` and `delimiter` are
                           of both; NULL: none */
    bp_header header;   /* AUTO: the first line is one if it has text above a column of numbers, and
                           no number itself */
    char delimiter;     /* 0: found in the first line, of comma, semicolon, tab, | and blanks. Not a
                           quote, CR or LF. Of blanks a run counts as one */
    bool drop_missing;  /* leave out every row with a missing cell; false */
    const char *categorical; /* columns to take as text, whatever their cells look like: names or
                                1-based numbers, comma-separated; NULL: none. A name that is found
                                makes the first line a header unless `header` is NO, by which
                                columns have numbers alone */
    const char *ignored; /* columns that no model takes, such as keys: in a CSV file their cells may
                            hold anything and are missing, for which no row is left out; as
                            `categorical` else; NULL: none */
    const char *named; /* columns that will be asked for, such as targets: names do the same, though
                          there may be no such column; NULL: none */
    size_t threads; /* that share the work of a CSV file of more than some 100 KB, and end with the
                       call; 0: one for each processor; 8 at most. The table is the same */
} bp_read_options;

/* The i-th format that is known, NULL past the last. Static, thread-safe. */
const char *bp_format_name(size_t i);

/* Reads a table from a file ("-": standard input), which may be gzipped; options NULL: all
 * automatic. On success *dataset belongs to the caller. Errors: BP_ERROR_FILE; BP_ERROR_FORMAT with
 * the line, or else the byte or row; BP_ERROR_ARGUMENT for an unknown format or a categorical
 * or ignored column that is not there; BP_ERROR_SIZE, BP_ERROR_MEMORY.
 *
 * csv (RFC 4180, in UTF-8): a cell is a number, text, or missing (empty, ?, NA, N/A, nan or null).
 * A column is numbers or text; one that mixes both is an error unless it is categorical, which
 * makes all of it text. Blanks around a cell do not count unless quoted; blank lines are skipped.
 *
 * npy (NumPy's array files, 1.0 to 3.0) and idx (of MNIST): rows are the first dimension, columns
 * the others, the last fastest, in C's order as in Fortran's; a single dimension is one column. All
 * of IDX's types; of NPY's b1, i1 to i8, u1 to u8, f2 to f8, of either byte order. A NaN is a
 * missing cell, an infinity an error; integers of 64 bits become the nearest doubles. The file must
 * end with the last element. There are no names of columns, nor categorical ones:
 * BP_ERROR_ARGUMENT.
 *
 * libsvm (of LIBSVM and SVMlight): a line a row, "label index:value index:value … # comment", the
 * indices from 1 to 10,000,000 and ascending. There is a column for each index up to the greatest,
 * then the label; a value that is not there is 0, and none is missing. Held sparse, 12 bytes a
 * value other than 0. There are no names, categorical columns or file of labels: BP_ERROR_ARGUMENT.
 */
bp_status bp_dataset_read(const char *path, const bp_read_options *options, bp_dataset **dataset,
                          bp_error *error);

/* Writes a table to a file ("-": standard output), gzipped if its name ends in ".gz"; `format` NULL
 * or "auto": by the extension before that, or csv. The file is there when it is whole, as with
 * bp_model_save(). What is written reads back to the last bit (of csv, see there); IDX and NPY
 * files have the narrowest type of numbers that holds all of them so, and are put together in a
 * temporary file beside the target (for standard output: in $TMPDIR) of 8 bytes a cell. csv: a
 * header line if the columns have names; a reader may need to be told of it, or of text columns,
 * where names or texts look like numbers. libsvm: the last column is the label. Errors:
 * BP_ERROR_FORMAT for a cell that the format cannot hold: a text but in csv, a missing one in
 * libsvm; BP_ERROR_ARGUMENT for an unknown format or no rows; BP_ERROR_FILE, BP_ERROR_MEMORY. */
bp_status bp_dataset_write(const bp_dataset *dataset, const char *path, const char *format,
                           bp_error *error);

/* What bp_convert() did. */
typedef struct bp_conversion {
    size_t rows, columns;
    char read_as[256];      /* as bp_dataset_format(), cut if it is longer */
    const char *written_as; /* a bp_format_name() */
} bp_conversion;

/* Reads a table as bp_dataset_read() does and writes it as bp_dataset_write(), block after block of
 * rows, so that it need not fit in memory: it takes a block of rows, the texts of one, and zlib's
 * tables, but for Fortran-ordered NPY files and LIBSVM files that come gzipped or out of a pipe,
 * which are held as they are. Numbers stay what they are; from 64-bit integers, the nearest
 * doubles. Errors: of both. */
bp_status bp_convert(const char *from, const bp_read_options *options, const char *to,
                     const char *format, bp_conversion *done, bp_error *error);

/* A table of numbers out of an array, rows×columns with leading dimension ld, copied; NaN is a
 * missing cell; `name` stands for the file in messages. On success *dataset belongs to the caller.
 * Errors: BP_ERROR_ARGUMENT, BP_ERROR_FORMAT for an infinite value, BP_ERROR_SIZE, BP_ERROR_MEMORY.
 */
bp_status bp_dataset_from_array(const char *name, const double *values, size_t rows, size_t columns,
                                size_t ld, bp_dataset **dataset, bp_error *error);

/* The rows `index[0 … rows−1]` of a table, which must outlive the subset; `index` is copied. Its
 * columns of text have all texts of the table: a model that is made for it has an input, or a
 * class, for each. On success *subset belongs to the caller. Errors: BP_ERROR_ARGUMENT,
 * BP_ERROR_MEMORY. */
bp_status bp_dataset_subset(const bp_dataset *dataset, const size_t *index, size_t rows,
                            bp_dataset **subset, bp_error *error);

void bp_dataset_destroy(bp_dataset *dataset); /* NULL is allowed */

const char *bp_dataset_name(const bp_dataset *dataset); /* the file it came from */
/* How that was read, for people, such as "CSV, cells between ',', no header line (the
 * first line has numbers)"; NULL: it was not a file. */
const char *bp_dataset_format(const bp_dataset *dataset);

size_t bp_dataset_rows(const bp_dataset *dataset);
size_t bp_dataset_columns(const bp_dataset *dataset);
size_t bp_dataset_rows_dropped(const bp_dataset *dataset); /* by drop_missing */

/* Whether column c holds text rather than numbers. c < columns. */
bool bp_dataset_column_is_text(const bp_dataset *dataset, size_t c);

/* The i-th way to scale numbers, NULL past the last: "standard" (mean 0, variance 1), "minmax" (0
 * to 1), "none". Static, thread-safe. */
const char *bp_scaling_name(size_t i);

/* The name in the header line; NULL if there was none. c < columns. */
const char *bp_dataset_column_name(const bp_dataset *dataset, size_t c);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
