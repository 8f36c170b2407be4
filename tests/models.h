/* models.h: what the tests of models share: models of small tables, and files of raw bytes. */
#ifndef BP_TESTS_MODELS_H
#define BP_TESTS_MODELS_H

#include "support.h"

bp_dataset *read_table(const char *path);

bp_model *make_model(const bp_dataset *data, const bp_model_options *options);

bp_model *trained_model(const bp_dataset *data, const char *target, size_t epochs);

/* The answers for every row; the caller's. */
double *answers(const bp_model *model, const bp_dataset *data);

/* The same network, answers and names, to the bit. */
void check_same_model(const bp_model *a, const bp_model *b);

void check_same_answers(const bp_model *a, const bp_dataset *x, const bp_model *b,
                        const bp_dataset *y);

/* A file's bytes with a final NUL; the caller's. */
char *slurp(const char *path, size_t *size);

void overwrite(const char *path, const void *bytes, size_t size);

/* What the header of a safetensors file says of a tensor. */
#define TENSOR(name, type, shape, offsets)                                                         \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* A safetensors file: a header, and `n` bytes of tensors. */
char *make_tensors(const char *header, const void *tensors, size_t n);

/* Parts of messages. */
#define ACTIVATIONS "tanh, sigmoid, relu, softplus, identity, leaky_relu, elu, silu, gelu, softmax"
#define LOSSES      "ssr, half_ssr, mse, mae, huber, binary_cross_entropy, cross_entropy"
#define SOFTMAX     "softmax outputs add up to 1, which labels need not; use sigmoid"

/* An expected message that ends with … stands for any that begins so: the rest is Jansson's. */
void check_message(const bp_error *error, const char *expected);

/* The network and the loss as a text: sizes, activations, loss. */
void describe(const bp_model *model, char *text, size_t size);

#endif
