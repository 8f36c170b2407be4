/* train.h: training a network on batches. */
#ifndef BPROP_TRAIN_H
#define BPROP_TRAIN_H

#include <bprop/dataset.h>
#include <bprop/network.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- Optimizers --------------------------------------------------------------------------- */

/* One optimizer. `step` moves n weights w against their gradient g; `state` is n_state ≤ 4 arrays
 * of n numbers that start at 0 and are the optimizer's to keep; t counts the steps from 1. Not
 * every weight need be given in one call, but each at every step with the same elements of `state`;
 * several threads may call it at once, each with weights of its own. */
typedef struct bp_optimizer {
    const char *name;
    double learning_rate; /* the default; */
    bool by_width;        /* of which 1/√h is taken, h being the widest hidden layer's neurons */
    double l2;            /* the default of bp_train_options.l2 */
    bool shrinks;     /* the L2 penalty shrinks the weights at each step, w ← (1 − η λ) w, and
                         does not enter the gradient */
    bool all_rows;    /* takes all rows in one batch */
    bool sizes_steps; /* finds the size of its steps: no schedule, no warm-up */
    size_t n_state;
    void (*step)(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                 double learning_rate,
                 uint64_t t); /* NULL in lbfgs alone, which the library liblbfgs runs */
} bp_optimizer;

/* The i-th optimizer, NULL past the last (formulas and papers stand at each in
 * src/train/optimizer.c):
 *   adam      default rate 0.0065/√h, h being the neurons of the widest hidden layer: 0.0016 for 16
 *   sgd       0.05
 *   momentum  0.005, with momentum 0.9
 *   nesterov  0.005, with momentum 0.9
 *   rmsprop   0.0065/√h
 *   adagrad   0.02
 *   adamw     0.0065/√h, and an L2 of 0.01
 *   rprop     iRPROP−, all rows; its first step is of size 0.0125, the learning rate
 *   lbfgs     all rows; an epoch is one iteration: a line search of one or more gradients. Takes no
 *             learning rate, dropout or clipping. Only where bprop was built with liblbfgs
 * Static, thread-safe. */
const bp_optimizer *bp_optimizer_at(size_t i);
const bp_optimizer *bp_optimizer_find(const char *name, bp_error *error);

/* ---- Schedules ---------------------------------------------------------------------------- */

/* What becomes of the learning rate. `factor` gives what it is multiplied by in an epoch, from 1.
 */
typedef struct bp_schedule {
    const char *name;
    size_t epochs; /* the default of bp_train_options.schedule_epochs; 0: as many as are trained */
    double (*factor)(size_t epoch, size_t epochs); /* NULL: halved as the monitored loss says */
} bp_schedule;

/* The i-th schedule, NULL past the last; E is schedule_epochs:
 *   constant     the learning rate
 *   step         halved every E = 50 epochs
 *   exponential  falls evenly, to half in E = 50 epochs: × 2^(−(epoch−1)/E)
 *   cosine       × ½(1 + cos(π (epoch−1)/E)), towards 0 at the end of E = all epochs, then stays
 *                (Loshchilov and Hutter, ICLR 2017, without restarts)
 *   plateau      halved when the monitored loss has not fallen for E = 10 epochs
 * Static, thread-safe. */
const bp_schedule *bp_schedule_at(size_t i);
const bp_schedule *bp_schedule_find(const char *name, bp_error *error);

/* ---- The state of a training --------------------------------------------------------------- */

/* What a training must know to go on, besides the weights: epochs done, the optimizer's arrays, the
 * best weights so far. Random numbers depend on seed and epoch alone. */
typedef struct bp_train_state bp_train_state;

/* Why a training ended. */
typedef enum bp_train_end {
    BP_END_NOT_YET,   /* it was cancelled, failed, or never began */
    BP_END_EPOCHS,    /* all epochs were done */
    BP_END_PATIENCE,  /* the monitored loss fell no more */
    BP_END_CONVERGED, /* lbfgs: the gradient is 0 as far as it can tell, or no step helps */
} bp_train_end;

/* The state of a training that has not begun. On success *state belongs to the caller. Errors:
 * BP_ERROR_ARGUMENT, BP_ERROR_MEMORY. */
bp_status bp_train_state_create(bp_train_state **state, bp_error *error);
void bp_train_state_destroy(bp_train_state *state); /* NULL is allowed */

size_t bp_train_state_epoch(const bp_train_state *state); /* epochs done */
/* After bp_train(): the epochs after which the network had the weights that it has now. */
size_t bp_train_state_kept_epoch(const bp_train_state *state);

bp_train_end bp_train_state_end(const bp_train_state *state);

/* A text of the caller's that is kept with the state, and goes into its file; NULL: none. The state
 * keeps a copy. Errors: BP_ERROR_MEMORY; BP_ERROR_ARGUMENT for what is not UTF-8. */
bp_status bp_train_state_set_note(bp_train_state *state, const char *note, bp_error *error);
const char *bp_train_state_note(const bp_train_state *state);

/* ---- Training ----------------------------------------------------------------------------- */

/* What is known at the end of an epoch. */
typedef struct bp_progress {
    size_t epoch, epochs;   /* 1 … epochs */
    size_t rows;            /* of the training data */
    double loss;            /* of the training rows, each as its batch met it, before its step and
                               with its dropout; without the L2 penalty. Of lbfgs: after the epoch */
    double validation_loss; /* after the epoch; NaN without validation rows */
    double learning_rate;   /* of the last step; of lbfgs: the step's length in its direction */
    double seconds;         /* since this call of bp_train() began */
    bool last;              /* training ends after this epoch, as far as it can be told: lbfgs may
                               find only then that it has converged */
    const bp_network *network;
    const bp_workspace *workspace; /* as the last batch left it */
    size_t batch_rows;             /* of the last batch, as many as are in the workspace */
} bp_progress;

/* Called after each epoch, on the caller's thread; non-zero cancels. */
typedef int bp_progress_fn(const bp_progress *progress, void *user);

#define BP_ALL_ROWS SIZE_MAX

/* What is minimised is Σ wᵢ·lossᵢ / Σ wᵢ over the rows of each batch, wᵢ being the source's weights
 * or 1 (the sum alone for losses that are sums), + ½ l2 Σ weight² (biases left out). */
typedef struct bp_train_options {
    const bp_optimizer *optimizer; /* NULL: adam */
    double learning_rate;          /* > 0; 0: the optimizer's default */
    const bp_schedule *schedule;   /* NULL: constant */
    size_t schedule_epochs;        /* 0: the schedule's default */
    size_t warmup;                 /* epochs in whose steps the rate climbs evenly from near 0; 0 */
    size_t epochs;     /* 200, those that `state` has behind it included; 0 trains nothing */
    size_t batch_size; /* BP_ALL_ROWS: one batch; 0: the optimizer's default, 32 or all rows */
    bool file_order;   /* rows in their order, not shuffled anew each epoch; false */
    double l2;         /* λ ≥ 0; below 0: the optimizer's default, 0 but for adamw; below 0 */
    double dropout;    /* 0 ≤ p < 1: how likely a hidden neuron sits out for a row; 0 */
    double clip_norm;  /* the most that the norm of a step's gradient may be, over all that is
                          trained, the L2 penalty's part included; 0: any; 0 */
    size_t patience;   /* stop when the monitored loss (that of the validation rows, without
                          any that of training) has not fallen for so many epochs, and restore
                          the weights it was lowest with (of a loss of training in one batch of
                          all rows: those that its epoch began with; in smaller batches, while which
                          the weights move: those after the epoch); 0: off; 0 */
    double min_delta; /* by more than how much it must fall to be waited for no longer, ≥ 0, for the
                         schedule plateau too; 0 */
    bool keep_good;   /* after a divergence restore the weights of the lowest monitored loss (of a
                         loss of training: those that its epoch began with); false */
    const char *train_only;  /* the tensors to train, such as "2.weight,2.bias"; NULL: all */
    uint64_t seed;           /* of shuffling and dropout; 1 */
    const bp_kernel *kernel; /* NULL: auto */
    size_t threads; /* that share the work of batches which are large enough; 0: as many as there
                       are processors; 1. Those of the BLAS library are its own: with a kernel that
                       calls it, give it one, or this one */
    bp_train_state *state;    /* to go on from, and to be left as the last epoch left it; NULL: a
                                 new one, not kept */
    bp_progress_fn *progress; /* NULL: none */
    void *user;               /* for `progress` */
} bp_train_options;

/* The defaults named above. */
bp_train_options bp_train_defaults(void);

/* The options as bp_train() takes them for a network and so many rows: every value that stands for
 * a default is replaced by what it stands for. Nothing is checked; none may be NULL. */
bp_train_options bp_train_settle(const bp_train_options *options, const bp_network *network,
                                 size_t rows);

/* Trains the network in place. Activations, loss, optimizer and schedule may be rows of the host's,
 * the names of the last three 63 bytes of UTF-8 at most, one line. `validation` may be NULL;
 * `options` NULL: the defaults. Layer l's tensors are named {2l}.weight and {2l}.bias. All that is
 * allocated is allocated before the first epoch. The same arguments give the same bits, at any
 * number of threads where bp_kernel_splits() (else with one BLAS library and one number of threads
 * of each kind); n epochs, a state kept, and m epochs more from it and its weights give the bits of
 * n+m epochs. (The weights belong to the state as `progress` sees them: afterwards the best may be
 * restored.) Errors: BP_ERROR_ARGUMENT, also for a network, loss, rows, validation rows or options
 * other than those that the state began with (only epochs, patience, min_delta, keep_good, kernel,
 * threads, progress and user may change, and epochs not where schedule_epochs stands for them; with
 * a state all rows are gone through once before the first epoch, and must be as they were);
 * BP_ERROR_MEMORY; BP_ERROR_SIZE for more
 * weights than liblbfgs counts; BP_ERROR_DIVERGED, when a loss or a weight is not finite;
 * BP_ERROR_CANCELLED by `progress`, which leaves the weights of the epoch that it saw, or with
 * patience the best. After BP_ERROR_DIVERGED without keep_good the weights are as the last batch
 * left them; the state is not to be gone on from then. */
bp_status bp_train(bp_network *network, const bp_loss *loss, const bp_source *train,
                   const bp_source *validation, const bp_train_options *options, bp_error *error);

/* The loss over all rows of a source, with their weights, and, if `gradient` is not NULL, its
 * gradient in a block laid out as the parameters: as many rows at a time as the workspace takes.
 * lbfgs trains by this function. BP_ERROR_ARGUMENT if the shapes or loss and outputs do not go
 * together, or no row counts; BP_ERROR_MEMORY. */
bp_status bp_loss_of(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                     const bp_source *source, double *value, bp_real *gradient, bp_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
