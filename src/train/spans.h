/* spans.h: which stretches of the parameter block are trained. */
#ifndef BP_TRAIN_SPANS_H
#define BP_TRAIN_SPANS_H

#include <bprop/network.h>

typedef struct bp_span {
    size_t first, count;
} bp_span;

/* The stretches that the tensors named in `train_only` cover (NULL: the whole block is one), in
 * ascending order; *spans is the caller's to free. */
bp_status bp_spans_of(const bp_network *network, const char *train_only, bp_span **spans,
                      size_t *n_spans, bp_error *error);

#endif
