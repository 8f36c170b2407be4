/* spans.h: which stretches of the parameter block are trained. */
#ifndef BP_TRAIN_SPANS_H
#define BP_TRAIN_SPANS_H

#include <bprop/network.h>

typedef struct bp_span {
    size_t first, count;
} bp_span;

typedef struct bp_spans {
    bp_span *at; /* in ascending order; from the network's allocator */
    size_t n;
    size_t total; /* parameters in all of them */
} bp_spans;

/* The stretches that the tensors named in `train_only` cover (NULL: the whole block is one); with
 * `without_biases` the biases are left out. spans->at is the caller's to release. */
bp_status bp_spans_of(const bp_network *network, const char *train_only, bool without_biases,
                      bp_spans *spans, bp_error *error);

/* The first of them that ends behind `first`; spans->n if none does. */
size_t bp_spans_from(const bp_spans *spans, size_t first);

#endif
