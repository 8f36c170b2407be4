/* file.h: whole files in, and files out that are whole or not there. */
#ifndef BP_BASE_FILE_H
#define BP_BASE_FILE_H

#include <bprop/status.h>

/* Reads all of a file ("-": standard input). *bytes is the caller's to free. */
bp_status bp_read_file(const char *path, unsigned char **bytes, size_t *size, bp_error *error);

/* Writes a file: beside it under another name, to the disk, then by a rename in its place, so
 * that at any moment either the old file or the new one is there and whole. What is not a regular
 * file, and standard output ("-"), is written directly. */
bp_status bp_write_file(const char *path, const unsigned char *bytes, size_t size, bp_error *error);

#endif
