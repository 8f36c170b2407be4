/* state.h: what a training must know to go on. */
#ifndef BP_TRAIN_STATE_H
#define BP_TRAIN_STATE_H

#include <bprop/train.h>

enum { BP_MOST_STATES = 4 }; /* arrays of an optimizer */

/* The lowest monitored loss so far, and the epoch it was reached in. */
typedef struct bp_lowest {
    double loss; /* infinity: none yet */
    uint64_t epoch;
} bp_lowest;

struct bp_train_state {
    uint64_t epoch;        /* epochs done */
    uint64_t steps;        /* steps done */
    uint64_t round;        /* of lbfgs: the epochs before its present round */
    double factor;         /* of the learning rate, by the schedule plateau */
    bp_lowest stall, best; /* for the schedule plateau; for `patience` */
    bp_train_end end;
    uint64_t kept;   /* the epoch whose weights training ended with */
    size_t n;        /* parameters of the network */
    size_t n_arrays; /* of the optimizer */
    double *arrays;  /* n_arrays×n */
    double *weights; /* n: the best; NULL: none are kept, since there never was a `patience` */
    char *settings;  /* of the training, a line each: what may not change; NULL: not begun */
    char *note;
};

/* Gives a state that has not begun its arrays and settings; of one that has, checks that both are
 * these. */
bp_status bp_train_state_fit(bp_train_state *state, size_t n, size_t n_arrays, const char *settings,
                             bp_error *error);

#endif
