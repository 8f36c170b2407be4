/* table_files.h: small files of tables, one of each kind, for tests of what happens while they are
 * read. */
#ifndef BP_TESTS_TABLE_FILES_H
#define BP_TESTS_TABLE_FILES_H

#include "support.h"

typedef struct table_file {
    const char *name, *bytes;
    size_t size;
    const char *labels; /* a second file; NULL: none */
    size_t labels_size;
    bp_read_options options;
} table_file;

enum { N_TABLE_FILES = 12 };
extern const table_file table_files[N_TABLE_FILES];

#endif
