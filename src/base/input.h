/* input.h: bytes in: of a file, of standard input, of memory.
 *
 * Errors name the file; an offset in them counts the bytes that come out. */
#ifndef BP_BASE_INPUT_H
#define BP_BASE_INPUT_H

#include <bprop/status.h>
#include <stdbool.h>

typedef struct bp_input bp_input;

/* Opens a file ("-": standard input, which stays open at the end). On success *input is the
 * caller's. */
bp_status bp_input_open(const char *path, bp_input **input, bp_error *error);

/* The same for `size` bytes of the caller's, which must outlive it; `name` stands for the file. */
bp_status bp_input_of_bytes(const char *name, const void *bytes, size_t size, bp_input **input,
                            bp_error *error);
void bp_input_close(bp_input *input); /* NULL is allowed */

/* Unpacks all that is to come, if it begins as gzip does; at the beginning only. BP_ERROR_FILE if
 * it does and this library was built without zlib. */
bp_status bp_input_unpack(bp_input *input, bp_error *error);

const char *bp_input_name(const bp_input *input);

/* Bytes taken so far. */
size_t bp_input_offset(const bp_input *input);

/* Looks at what comes next without taking it: *size bytes, BP_INPUT_AHEAD unless the input ends
 * before. They are the input's, until it is read. */
enum { BP_INPUT_AHEAD = 1 << 16 };
bp_status bp_input_peek(bp_input *input, const unsigned char **bytes, size_t *size,
                        bp_error *error);

/* Takes the next bytes: *got is `size` unless the input ends. */
bp_status bp_input_read(bp_input *input, void *to, size_t size, size_t *got, bp_error *error);

/* The same into a block of its own, which is the caller's to free, never NULL; memory is taken as
 * the bytes come, since what a file says of its size may be wrong. */
bp_status bp_input_read_block(bp_input *input, size_t size, unsigned char **block, size_t *got,
                              bp_error *error);

/* A whole file as it lies on the disk, which the system brings into memory as it is looked at. It
 * must not be cut short meanwhile. */
typedef struct bp_mapping {
    const unsigned char *bytes; /* NULL: none */
    size_t size;
} bp_mapping;

/* Maps the file, from its first byte on, whatever was taken of it. False, without an error, where
 * that cannot be: standard input, not a regular file, unpacked, too large for the address space. */
bool bp_input_map(const bp_input *input, bp_mapping *mapping);
/* Begins to read `size` bytes at `bytes`, within it, without waiting for them. */
void bp_mapping_expect(const bp_mapping *mapping, const unsigned char *bytes, size_t size);
void bp_mapping_release(bp_mapping *mapping);

/* The same without mapping, for a file that the address space has no room for: bytes at any place
 * of it, read when they are asked for. */
typedef struct bp_access {
    bool is_open;
    int fd;
} bp_access;

/* Whether the file's bytes can be had so; *size of them. False, without an error, where not:
 * standard input, not a regular file, unpacked. */
bool bp_input_access(const bp_input *input, bp_access *access, size_t *size);
bool bp_access_read(const bp_access *access, size_t at, void *to, size_t size); /* thread-safe */
void bp_access_release(bp_access *access);

#endif
