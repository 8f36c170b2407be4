/* state.h: what a training must know to go on. */
#ifndef BP_TRAIN_STATE_H
#define BP_TRAIN_STATE_H

#include <bprop/train.h>

enum { BP_MOST_STATES = 4 }; /* arrays of an optimizer */

/* The lowest monitored loss so far, and the epochs after which there were the weights it speaks of.
 */
typedef struct bp_lowest {
    double loss; /* infinity: none yet */
    uint64_t epoch;
    bp_real *weights; /* those; NULL: not kept, since they never were to be */
} bp_lowest;

struct bp_train_state {
    bp_allocator from; /* where all its memory is from */
    uint64_t epoch;    /* epochs done */
    uint64_t steps;    /* steps done */
    uint64_t round;    /* of lbfgs: the epochs before its present round */
    double factor;     /* of the learning rate, by the schedule plateau */
    bp_lowest stall;   /* for the schedule plateau */
    bp_lowest wait; /* for the end by `patience`, which falls of min_delta and less keep waiting */
    bp_lowest best; /* for the weights that it restores */
    bp_lowest good; /* for `keep_good` */
    bp_train_end end;
    uint64_t kept;   /* the epoch whose weights training ended with */
    size_t n;        /* parameters of the network */
    size_t n_arrays; /* of the optimizer */
    bp_real *arrays; /* n_arrays×n */
    char *settings;  /* of the training, a line each: what may not change; NULL: not begun */
    char *note;
};

/* How lines of the settings begin that hold a checksum: of data, of the network's layers. */
#define BP_DATA   "data "
#define BP_LAYERS "layers "

/* As bp_train_state_create(), with a host's memory. */
bp_status bp_train_state_create_from(const bp_allocator *from, bp_train_state **state,
                                     bp_error *error);

/* Gives a state that has not begun its arrays and settings; of one that has, checks that both are
 * these. One of a file from before some line was added at the end is not asked for it. */
bp_status bp_train_state_fit(bp_train_state *state, size_t n, size_t n_arrays, const char *settings,
                             bp_error *error);

#endif
