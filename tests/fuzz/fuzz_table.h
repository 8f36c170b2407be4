/* fuzz_table.h: what the fuzz targets of tables share. */
#ifndef BP_TESTS_FUZZ_TABLE_H
#define BP_TESTS_FUZZ_TABLE_H

#include "fuzz.h"

#include "data/dataset_internal.h"
#include "data/format.h"

/* How to read a table, as the first bytes of an input choose: a byte of flags, one of the
 * delimiter, and a line of the columns to take as text, or to ignore. */
typedef struct choices {
    bp_read_options options;
    size_t most;        /* rows of a block */
    const char *format; /* to write it in */
    char columns[LINE_SIZE];
} choices;

void take_choices(taken *from, const char *format, choices *to);

/* Reads the table in all ways there are, which must agree: as a whole and in blocks, from memory
 * and from a file; looks at every cell; and writes it in a format, if that can be written, which
 * must read back to the bit. NULL if it was refused, as it should be; else the caller's. */
bp_dataset *read_table(const choices *how, taken bytes);

/* Whether a LIBSVM file may claim columns by the million, which it may, but which take their time:
 * five digits before a colon. read_table() then does nothing. */
bool is_wide(taken bytes);

/* A target of one format: how to read it, then the file. */
int fuzz_format(const char *format, const uint8_t *bytes, size_t size);

/* Every cell can be read, and is what cells are. */
void check_table(const bp_dataset *data);

#endif
