/* train.h: training a network on batches. */
#ifndef BPROP_TRAIN_H
#define BPROP_TRAIN_H

#include <bprop/dataset.h>
#include <bprop/network.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Optimizers --------------------------------------------------------------------------- */

/* One optimizer. `step` moves n weights w against their gradient g; `state` is n_state ≤ 4 arrays
 * of n doubles that start at 0 and are the optimizer's to keep; t counts the steps from 1. */
typedef struct bp_optimizer {
    const char *name;
    double learning_rate; /* the default */
    size_t n_state;
    void (*step)(size_t n, double *w, const double *g, double *const state[], double learning_rate,
                 uint64_t t);
} bp_optimizer;

/* The i-th optimizer, NULL past the last:
 *   adam  Kingma and Ba, ICLR 2015: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸; default rate 0.002
 *   sgd   w ← w − learning_rate · g; default rate 0.1
 * Static, thread-safe. */
const bp_optimizer *bp_optimizer_at(size_t i);
const bp_optimizer *bp_optimizer_find(const char *name, bp_error *error);

/* ---- Training ----------------------------------------------------------------------------- */

/* What is known at the end of an epoch. */
typedef struct bp_progress {
    size_t epoch, epochs;   /* 1 … epochs */
    size_t rows;            /* of the training data */
    double loss;            /* of the training rows, each as its batch met it, before its step */
    double validation_loss; /* after the epoch; NaN without validation rows */
    double learning_rate;
    double seconds; /* since training began */
    const bp_network *network;
    const bp_workspace *workspace; /* as the last batch left it */
    size_t batch_rows;             /* of the last batch */
} bp_progress;

/* Called after each epoch, on the caller's thread; non-zero cancels. */
typedef int bp_progress_fn(const bp_progress *progress, void *user);

typedef struct bp_train_options {
    const bp_optimizer *optimizer; /* NULL: adam */
    double learning_rate;          /* > 0; 0: the optimizer's default */
    size_t epochs;                 /* 200; 0 trains nothing */
    size_t batch_size;             /* 32; 0: all rows in one batch */
    bool file_order;               /* rows in their order, not shuffled anew each epoch; false */
    const char *train_only;        /* the tensors to train, such as "2.weight,2.bias"; NULL: all */
    uint64_t seed;                 /* of the shuffling; 1 */
    const bp_kernel *kernel;       /* NULL: auto */
    bp_progress_fn *progress;      /* NULL: none */
    void *user;                    /* for `progress` */
} bp_train_options;

/* The defaults named above. */
bp_train_options bp_train_defaults(void);

/* Trains the network in place. `validation` may be NULL; `options` NULL: the defaults. Layer l's
 * tensors are named {2l}.weight and {2l}.bias. All that is allocated is allocated before the first
 * epoch. The same arguments give the same bits (with one BLAS library, kernel and thread count).
 * Errors: BP_ERROR_ARGUMENT; BP_ERROR_MEMORY; BP_ERROR_DIVERGED, when the loss of an epoch or
 * a weight after it is not finite; BP_ERROR_CANCELLED by `progress`. After the last two the weights
 * are as the last batch left them. */
bp_status bp_train(bp_network *network, const bp_loss *loss, const bp_source *train,
                   const bp_source *validation, const bp_train_options *options, bp_error *error);

/* The loss over all rows of a source, in batches of the workspace's size. BP_ERROR_ARGUMENT if the
 * shapes or loss and outputs do not go together, or there are no rows. */
bp_status bp_loss_of(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                     const bp_source *source, double *value, bp_error *error);

#ifdef __cplusplus
}
#endif
#endif
