/* encoding.h: from the rows of a table to the numbers that a network takes and gives.
 *
 * An encoding is decided once, from the table that a model is made for, and goes into the model
 * file; binding it to a table, that one or another with the same columns, gives a source of
 * batches. Numbers are scaled while a batch is filled: there is no second copy of the data. */
#ifndef BP_DATA_ENCODING_H
#define BP_DATA_ENCODING_H

#include <bprop/dataset.h>

/* A column of the table as the network sees it. */
typedef struct bp_field {
    size_t column;       /* from 0 */
    char *name;          /* in the header line; NULL: it had none */
    bool is_text;        /* the cells are text: of categories and classes, though a class may be a
                            number; what looks like a number is text there */
    char *category;      /* of an input: 1 where the cell is this text, else 0; NULL: numbers */
    double shift, scale; /* of numbers: (cell − shift) / scale */
    double fill;         /* of numbers: the value of a missing cell, if the encoding fills */
} bp_field;

typedef struct bp_encoding {
    size_t table_columns; /* of the table it was made for, targets and weight included */
    bool fills;       /* missing inputs: numbers by the mean, texts by no category; else errors */
    bp_field *inputs; /* one a network input */
    size_t n_inputs;
    bp_field *targets; /* one a network output; of a classification the one column of the class */
    size_t n_targets;
    bool labels;    /* the targets, two or more, are labels: each cell is 0 or 1, never scaled */
    char **classes; /* texts of the classes, one a network output; NULL: labels or a regression */
    size_t n_classes;
    bp_field *weight;      /* the column that says how much a row counts in training; NULL: none */
    double *class_weights; /* how much the rows of each class count besides; NULL: all 1 */
} bp_encoding;

typedef enum bp_task { BP_TASK_AUTO, BP_TASK_CLASSIFICATION, BP_TASK_REGRESSION } bp_task;

/* Decides inputs, targets and classes, with no scaling yet. `target` is column names or 1-based
 * numbers separated by commas; NULL: the last column. A text column becomes an input for each of
 * its texts. AUTO is a classification for one text target, for one of whole numbers that begin
 * at 0 or 1 and end at 20 at most, or that are two, and for several targets whose cells are all 0
 * or 1. A classification of several targets is of labels. On success the caller owns what is inside
 * *encoding. */
bp_status bp_encoding_decide(const bp_dataset *data, const char *target, bp_task task,
                             bp_encoding *encoding, bp_error *error);

/* The first row in which column c is neither 0 nor 1 nor missing; `rows` of the data if there
 * is none. */
size_t bp_find_no_label(const bp_dataset *data, size_t c);

/* Makes the column of that name or 1-based number the weight of the rows, and no input any more.
 * Errors: BP_ERROR_ARGUMENT if there is no such column or it is a target, BP_ERROR_FORMAT if it is
 * text or the only input. */
bp_status bp_encoding_weigh_rows(bp_encoding *encoding, const bp_dataset *data, const char *column,
                                 bp_error *error);

/* Sets the weights of classes that `weights` names, "name=weight,…" (NULL: none), to 1 else.
 * Errors: BP_ERROR_ARGUMENT for a regression, a class that is unknown or named twice, a weight that
 * is not a number above 0. */
bp_status bp_encoding_weigh_classes(bp_encoding *encoding, const char *weights, bp_error *error);

/* Sets the weights of classes so that all of them count alike in these rows, and a row 1 on
 * average: rows / (classes · rows of the class). Classes that no row has do not enter and weigh 1;
 * the weight column does not enter either. Makes the checks of bp_bind(). */
bp_status bp_encoding_balance(bp_encoding *encoding, const bp_dataset *data, bp_error *error);

size_t bp_encoding_outputs(const bp_encoding *encoding);

/* Whether the classes are text in the table, rather than numbers. */
bool bp_encoding_classes_are_text(const bp_encoding *encoding);

void bp_encoding_clear(bp_encoding *encoding); /* frees what is inside */

/* An encoding bound to a table; both must outlive it. */
typedef struct bp_bound bp_bound;

/* What a table is bound for, each with all that the one before it has. */
typedef enum bp_binding {
    BP_BIND_INPUTS,  /* the source gives no T */
    BP_BIND_TARGETS, /* T too */
    BP_BIND_TRAINING /* and the weights of the rows, if the encoding has any */
} bp_binding;

/* Finds each column: by name where encoding and table have names; else by position, in a table
 * with as many columns as the first had, in one that lacks the weight column alone (not for
 * training), or (for inputs) in one with the inputs' columns alone. It checks every cell that will
 * be used: none missing, none a category or class never met, none of a label other than 0 and 1, no
 * weight below 0 and not all 0. */
bp_status bp_bind(const bp_encoding *encoding, const bp_dataset *data, bp_binding binding,
                  bp_bound **bound, bp_error *error);
void bp_bound_destroy(bp_bound *bound); /* NULL is allowed */

/* Where bp_bind() finds target i in a table that has the targets. BP_ERROR_FORMAT if its columns
 * are not those of the encoding. */
bp_status bp_encoding_find_target(const bp_encoding *encoding, const bp_dataset *data, size_t i,
                                  size_t *column, bp_error *error);
bp_source bp_bound_source(const bp_bound *bound);

/* Reads a table as bp_dataset_read(), for binding (encoding NULL: none): columns in which the
 * encoding expects text are text, whatever their cells look like. They are found as bp_bind() finds
 * them. A first line that has the names of all inputs is a header. */
bp_status bp_dataset_read_for(const bp_encoding *encoding, const char *path,
                              const bp_read_options *options, bp_dataset **dataset,
                              bp_error *error);

/* For such a reader, of a table of which only the columns are known. Whether the names of all
 * inputs stand there: */
bp_status bp_encoding_is_named_in(const bp_encoding *encoding, const bp_dataset *table, bool *named,
                                  bp_error *error);
/* What a column is to the encoding, as it is found by name or by position: nothing, numbers, or
 * text. In a table whose columns it cannot find all are numbers. */
typedef enum bp_use { BP_USE_NONE, BP_USE_NUMBERS, BP_USE_TEXT } bp_use;
bp_status bp_encoding_find_uses(const bp_encoding *encoding, const bp_dataset *table, bool by_name,
                                bp_use *uses, bp_error *error);

/* What the table says itself, for all rows: T is rows×outputs, one-hot classes or the target
 * columns as they are, not scaled. Bound with targets. */
void bp_bound_targets(const bp_bound *bound, double *T, size_t ldt);

/* Where in the table input or target i was found. */
size_t bp_bound_input_column(const bp_bound *bound, size_t i);
size_t bp_bound_target_column(const bp_bound *bound, size_t i);

/* What the values of a column are like, those that are not missing. */
typedef struct bp_statistics {
    double mean, min, max;
    double deviation; /* √ mean (value − mean)² */
    bool is_byte;     /* bytes of an IDX file */
} bp_statistics;

/* A way to scale; `fit` finds shift and scale for a column of n ≥ 1 values. */
typedef struct bp_scaling {
    const char *name;
    void (*fit)(const bp_statistics *s, double *shift, double *scale);
} bp_scaling;

/* standard: mean and standard deviation; minmax: minimum and range; none, but inputs of bytes,
 * which are pixels, by 255. A column that does not vary has scale 1. */
const bp_scaling *bp_scaling_find(const char *name, bp_error *error);

/* Fits every input of numbers, its fill included, and the targets of a regression if `targets_too`,
 * to these rows, after the checks of bp_bind(). */
bp_status bp_encoding_scale(bp_encoding *encoding, const bp_scaling *scaling, bool targets_too,
                            const bp_dataset *data, bp_error *error);

#endif
