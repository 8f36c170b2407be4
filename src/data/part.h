/* part.h: where the cells of a table are: side by side, parts of it, each with columns of its own
 * that lie in memory or in a file in the part's own way. */
#ifndef BP_DATA_PART_H
#define BP_DATA_PART_H

#include "base/input.h"
#include "data/element.h"

typedef struct bp_part {
    size_t columns;
    /* Cells first … first + n − 1 of a row, NaN where missing. Thread-safe. */
    void (*load)(const void *cells, size_t row, size_t first, size_t n, double *to);
    /* Rows that are to be loaded soon, those of `rows`, which are numbers in `index` (NULL: of the
     * part): begins to read them all at once if that is worth while. NULL: it never is. */
    void (*expect)(void *cells, const size_t *index, const size_t *rows, size_t n);
    /* Whether a load has failed since, which then gave NaN. NULL: none can. */
    bool (*has_failed)(const void *cells);
    void *cells; /* the part's, of whatever type */
    void (*destroy)(void *cells);
} bp_part;

/* Cells at even steps: an array, in C's order or in Fortran's; and of the latter's three dimensions
 * or more, where the columns, which go in C's order, are at no even steps. */
typedef struct bp_array {
    const unsigned char *bytes;   /* of row 0, column 0; NULL: they are read from `file` */
    size_t row_step, column_step; /* bytes from one to the next */
    size_t *column_at; /* bytes from a row's column 0 to each; freed with the part; NULL: even */
    bp_load *load;
    void *block;        /* memory that is freed with the part; NULL: none */
    bp_mapping mapping; /* of a file, released with the part */
    bp_access file;     /* that is not mapped, likewise; */
    size_t file_at;     /* where row 0, column 0 is in it; */
    size_t size;        /* bytes of a cell in it */
} bp_array;

/* Makes *part of an array, which becomes its own. False if memory is short; the array is then the
 * caller's still. */
bool bp_part_of_array(const bp_array *array, size_t columns, bp_part *part);

/* rows×columns doubles, row by row, in a block that becomes the part's. */
bool bp_part_of_doubles(double *block, size_t columns, bp_part *part);

/* BP_ERROR_FILE if a load has failed, of the file of that name. */
bp_status bp_part_check(const bp_part *part, const char *name, bp_error *error);

void bp_part_destroy(bp_part *part);

#endif
