/* safetensors.h: the file format (https://github.com/huggingface/safetensors): an 8-byte
 * little-endian header length, a JSON header, the tensors' raw little-endian bytes. */
#ifndef BP_MODEL_SAFETENSORS_H
#define BP_MODEL_SAFETENSORS_H

#include <bprop/status.h>
#include <jansson.h>
#include <stdbool.h>

enum { BP_MOST_DIMENSIONS = 8 };

typedef struct bp_tensor {
    const char *name;
    size_t n_dimensions, shape[BP_MOST_DIMENSIONS];
    size_t count;               /* elements */
    size_t element_size;        /* bytes */
    bool is_float;              /* F32 or F64: bp_tensor_value() can read it */
    size_t begin;               /* of its bytes among the tensors' bytes */
    const unsigned char *bytes; /* in the file read */
} bp_tensor;

typedef struct bp_tensors {
    unsigned char *file; /* as read */
    json_t *header;      /* which owns names and metadata */
    json_t *metadata;    /* an object of strings; NULL: none */
    bp_tensor *tensors;
    size_t n;
} bp_tensors;

/* Reads a file, checking all that the format promises: no length beyond the file, no overflow, no
 * hole, overlap or trailing byte, no duplicate name. What is inside *tensors is the caller's. */
bp_status bp_tensors_read(const char *path, bp_tensors *tensors, bp_error *error);
void bp_tensors_clear(bp_tensors *tensors);

/* The tensor of that name, or NULL. */
const bp_tensor *bp_tensors_find(const bp_tensors *tensors, const char *name);

/* Element i < count of a float tensor. */
double bp_tensor_value(const bp_tensor *tensor, size_t i);

/* A file under construction: tensors of doubles are added one by one, then it is written. */
typedef struct bp_tensor_writer {
    json_t *header;
    unsigned char *bytes;
    size_t size, capacity;
} bp_tensor_writer;

/* Adds a tensor of `rows` rows of `columns` doubles with leading dimension ld; n_dimensions 1
 * stores `rows` elements, one a row. The header is made when it is NULL. */
bp_status bp_tensor_writer_add(bp_tensor_writer *writer, const char *name, size_t n_dimensions,
                               size_t rows, size_t columns, const double *values, size_t ld,
                               bp_error *error);

/* Writes header and tensors; `metadata` (an object of strings) is borrowed. */
bp_status bp_tensor_writer_save(bp_tensor_writer *writer, json_t *metadata, const char *path,
                                bp_error *error);
void bp_tensor_writer_clear(bp_tensor_writer *writer);

#endif
