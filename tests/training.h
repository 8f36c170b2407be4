/* training.h: what the tests of training share: seven rows of two inputs and a target, and two
 * networks for them. */
#ifndef BP_TESTS_TRAINING_H
#define BP_TESTS_TRAINING_H

#include "support.h"

enum { ROWS = 7, N_LINEAR = 3, N_DEEP = 13 };

extern const bp_real X[ROWS][2], T[ROWS];
extern const bp_real START[N_LINEAR]; /* of make_linear(): two weights and a bias */
extern const bp_arrays arrays;       /* of X and T */

/* 2 inputs, one identity output, from START. */
bp_network *make_linear(void);

/* 2-3-1, tanh, random weights. */
bp_network *make_deep(void);

/* Trains on the arrays with mse. */
void train(bp_network *network, const bp_train_options *options);

/* The same, and what becomes of it: validation NULL, or rows to validate on. */
bp_status try_to_train(bp_network *network, const bp_arrays *rows, const bp_arrays *validation,
                       const bp_train_options *options, bp_error *error);

void check_same_weights(const bp_network *network, const bp_network *expected, bool same);

/* A progress function: the last epoch's figures, into the bp_progress that is `user`. */
int keep(const bp_progress *progress, void *user);

/* Expects BP_ERROR_ARGUMENT with a message that begins with this one, and the weights untouched. */
void check_refused(const bp_arrays *rows, const bp_train_options *options, const char *message);

#endif
