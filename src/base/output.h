/* output.h: bytes out, into a file that is whole or not there. */
#ifndef BP_BASE_OUTPUT_H
#define BP_BASE_OUTPUT_H

#include <bprop/status.h>

/* A file under construction. At any moment what its path leads to is the old file or the new one,
 * each whole; where the system can do it (Linux, on most of its file systems) the new one has no
 * name before it is complete, so that not even kill -9 leaves a part of it. To be used by one
 * thread at a time; its folder stays what it was, wherever the process goes. */
typedef struct bp_output bp_output;

/* Begins a file ("-": standard output). The file that a symbolic link leads to is replaced, not the
 * link, also if it is not there yet; what is replaced keeps its permissions, and its owner where
 * the system lets it. What is not a regular file, standard output, and a descriptor (/dev/stdout,
 * /dev/fd/3) are written as it comes. Errors: BP_ERROR_FILE, BP_ERROR_MEMORY. */
bp_status bp_output_open(const char *path, bp_output **output, bp_error *error);

/* Gzips all that is written, of which there must be nothing yet. BP_ERROR_FILE where this library
 * was built without zlib, BP_ERROR_MEMORY. */
bp_status bp_output_compress(bp_output *output, bp_error *error);

/* Adds bytes; they are gathered, so that small pieces are cheap. After a failure there is only
 * bp_output_discard(); bp_output_commit() would fail for the same reason. */
bp_status bp_output_write(bp_output *output, const void *bytes, size_t size, bp_error *error);

/* Ends it: to the disk (fsync), close checked, under its name (rename), the folder to the disk as
 * far as its file system can. Frees the output, also on failure, when nothing of it is left under
 * any name. */
bp_status bp_output_commit(bp_output *output, bp_error *error);

/* Gives up: nothing of it is left, but for what was written as it came. NULL is allowed. */
void bp_output_discard(bp_output *output);

/* A file of no name beside the target (for what is written as it comes: in $TMPDIR or the system's
 * folder of temporary files), open for reading and writing, that vanishes when it is closed: a
 * place for what does not fit in memory. Returns a descriptor, the caller's to close, in *fd. */
bp_status bp_output_scratch(const bp_output *output, int *fd, bp_error *error);

#endif
