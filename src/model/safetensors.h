/* safetensors.h: the file format (https://github.com/huggingface/safetensors): an 8-byte
 * little-endian header length, a JSON header, the tensors' raw little-endian bytes. */
#ifndef BP_MODEL_SAFETENSORS_H
#define BP_MODEL_SAFETENSORS_H

#include "base/input.h"

#include <bprop/real.h>
#include <jansson.h>
#include <stdbool.h>

typedef struct bp_dtype bp_dtype; /* of the elements */

enum { BP_MOST_DIMENSIONS = 8 };
enum { BP_MOST_HEADER = 100000000 }; /* bytes; what the format's own reader takes */

typedef struct bp_tensor {
    const char *name;
    const bp_dtype *type;
    size_t n_dimensions, shape[BP_MOST_DIMENSIONS]; /* of more dimensions, the first */
    size_t count;                                   /* elements */
    size_t begin, size;                             /* of its bytes among the tensors' */
    const unsigned char *bytes;
} bp_tensor;

typedef struct bp_tensors {
    char *file;         /* its name, for messages */
    json_t *header;     /* which owns names and metadata */
    json_t *metadata;   /* an object of strings; NULL: none */
    bp_tensor *tensors; /* by name */
    size_t n;
    unsigned char *data;       /* the bytes of all tensors */
    size_t data_at, data_size; /* where they begin in the file; how many they are */
} bp_tensors;

/* Reads a file to its end, checking all that the format promises: no length beyond the file or
 * 100,000,000, no overflow, no hole, overlap or trailing byte, no duplicate name. Nothing is read
 * before what says how much there is has been checked, nor memory taken for what is not there.
 * What is inside *tensors is the caller's. */
bp_status bp_tensors_read(bp_input *input, bp_tensors *tensors, bp_error *error);
bp_status bp_tensors_read_file(const char *path, bp_tensors *tensors, bp_error *error);
void bp_tensors_clear(bp_tensors *tensors);

/* The tensor of that name, or NULL. */
const bp_tensor *bp_tensors_find(const bp_tensors *tensors, const char *name);

/* The same, if it is of floats (F64, F32, F16, BF16), has 1 or 2 dimensions, as asked for, and is
 * not empty. */
bp_status bp_tensors_expect(const bp_tensors *tensors, const char *name, size_t n_dimensions,
                            const bp_tensor **found, bp_error *error);

/* Copies such a tensor, each row (one element of one dimension) to the next ld values; none may be
 * NaN, nor infinite unless `infinite_allowed`. On failure some have been written. */
bp_status bp_tensors_get(const bp_tensors *tensors, const bp_tensor *tensor, bool infinite_allowed,
                         bp_real *values, size_t ld, bp_error *error);

/* The shape as [2, 3]; returns `text`. */
enum { BP_SHAPE_SIZE = 200 };
char *bp_tensor_shape(const bp_tensor *tensor, char text[BP_SHAPE_SIZE]);

/* A file under construction: tensors of bp_real are added one by one, then it is written. */
typedef struct bp_tensor_writer {
    json_t *header;
    unsigned char *bytes;
    size_t size, capacity;
} bp_tensor_writer;

/* Adds a tensor of `rows` rows of `columns` numbers with leading dimension ld; n_dimensions 1
 * stores `rows` elements, one a row. The header is made when it is NULL. */
bp_status bp_tensor_writer_add(bp_tensor_writer *writer, const char *name, size_t n_dimensions,
                               size_t rows, size_t columns, const bp_real *values, size_t ld,
                               bp_error *error);

/* Writes header and tensors; `metadata` (an object of strings) is borrowed. BP_ERROR_SIZE if it is
 * too large for a reader. */
bp_status bp_tensor_writer_save(bp_tensor_writer *writer, json_t *metadata, const char *path,
                                bp_error *error);
void bp_tensor_writer_clear(bp_tensor_writer *writer);

#endif
