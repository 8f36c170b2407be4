/* arrays.h: what the tests of array files share: bytes of elements, and reading a file in each of
 * the ways there are. */
#ifndef BP_TESTS_ARRAYS_H
#define BP_TESTS_ARRAYS_H

#include "tables.h"

#include "data/element.h"
#include "data/format.h"

/* A file under construction. */
typedef struct bytes {
    unsigned char at[4096];
    size_t size;
} bytes;
void append(bytes *to, const void *from, size_t size);

/* The kind and size of a type, as bp_element has them, and numbers that it can hold. */
typedef struct number_type {
    const char *name;
    double numbers[8];
} number_type;
extern const number_type number_types[];
extern const size_t n_number_types;

/* Appends a number, by a way of its own. */
void append_number(bytes *to, const char *type, bool is_big_endian, double value);

/* Appends an array, of which the k-th element in C's order is numbers[k % 8]. */
typedef struct shape {
    size_t rank, sizes[4];
} shape;
void append_array(bytes *to, const number_type *type, const shape *shape, bool is_big_endian,
                  bool is_fortran);

/* How print_table() shows that array. */
printed print_array(const number_type *type, const shape *shape);

/* Reads from memory; `name` stands for the file. */
bp_status read_array(const char *name, const void *from, size_t size, bp_dataset **data,
                     bp_error *error);

/* Reads a good file from memory, mapped, gzipped, each at once and in blocks, and compares tables
 * and description with what is expected. */
void check_good(const bytes *file, const char *table, const char *format);

/* Reads a bad one, from memory and mapped, at once and in blocks; all must say that. */
void check_bad(const bytes *file, const char *message);

/* Every beginning of a good file is an error, and every change of a byte an error or a table. */
void check_damage(const bytes *file);

/* How the messages go that many files have in common. */
#define CUT(end, needed)                                                                           \
    "the file ends at byte " end ", within its header; expected " needed                           \
    " bytes at least; it was "                                                                     \
    "cut short: copy or write it anew"
#define SHORT(end, needed, array, header)                                                          \
    "the file ends at byte " end "; expected " needed " bytes, for " array                         \
    " after a header of " header                                                                   \
    "; it was cut short, or is not what its header says: copy or write it anew"
#define LONG(needed, array, header)                                                                \
    "bytes follow the " needed " of the file's array, " array " after a header of " header         \
    "; expected the end; it was added to, or is not what its header says: write it anew"
#define HUGE_SIZE(byte, dimension, size)                                                           \
    "byte " byte ": dimension " dimension " has size " size                                        \
    "; expected no more elements than a file can have; write it anew"
#define HUGE_ARRAY(array)                                                                          \
    "its header says " array "; expected no more bytes than a file can have; write it anew"
#define TOO_WIDE(array)                                                                            \
    "its header says " array ", a row for each index of the first dimension; expected 10000001 "   \
    "columns at most; reshape the array"

#endif
