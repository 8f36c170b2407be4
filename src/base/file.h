/* file.h: whole files in. */
#ifndef BP_BASE_FILE_H
#define BP_BASE_FILE_H

#include <bprop/status.h>

/* Reads all of a file ("-": standard input). *bytes is the caller's to free. */
bp_status bp_read_file(const char *path, unsigned char **bytes, size_t *size, bp_error *error);

#endif
