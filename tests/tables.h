/* tables.h: what the tests of tables share: small texts become tables, and results are printed, to
 * be compared as texts. */
#ifndef BP_TESTS_TABLES_H
#define BP_TESTS_TABLES_H

#include "support.h"

#include "base/error.h"
#include "data/dataset_internal.h"
#include "data/encoding.h"

/* A text and its size without the final NUL: texts may hold NULs. */
#define BYTES(text) (text), sizeof(text) - 1

typedef struct printed {
    char text[4096];
    size_t used;
} printed;

void put(printed *to, const char *format, ...) BP_PRINTF(2, 3);
printed print_table(const bp_dataset *data);
printed print_encoding(const bp_encoding *e);
bp_status read_bytes(const void *bytes, size_t size, bp_header header, char delimiter,
                     bp_dataset **data, bp_error *error);
bp_dataset *table_of(const char *text);

#endif
