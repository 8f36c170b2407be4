/* objective.h: the loss over rows of a source, with their weights, and its gradient: a fill, a pass
 * forward and a pass back for as many rows as a workspace takes, as often as it needs. */
#ifndef BP_TRAIN_OBJECTIVE_H
#define BP_TRAIN_OBJECTIVE_H

#include <bprop/train.h>

#include "base/random.h"
#include "base/team.h"

typedef struct bp_objective {
    const bp_network *network;
    const bp_loss *loss;
    const bp_source *source;
    bp_workspace *workspace;
    bp_real *T;      /* max_rows×outputs, max_rows being the workspace's */
    double *weights; /* max_rows; NULL: the source has none */
    double *values;  /* max_rows: weight·loss of each */
    bp_real *part;   /* a gradient block, for what comes after the first max_rows; NULL: nothing */
    double dropout;  /* from masks that `random` draws, where it is not 0 */
    bp_random *random;
    bp_team *team;      /* which shares the rows; NULL: they are too few */
    bp_team_work *then; /* what each part of a team does, with `self`, once its pieces of a gradient
                           are whole; NULL: nothing */
    void *self;
} bp_objective;

/* Makes T, weights, values and, if `parts`, part, for an objective that has its first four members.
 * After an error, too, bp_objective_clear() frees them; the workspace is not freed. */
bp_status bp_objective_allocate(bp_objective *objective, bool parts, bp_error *error);
void bp_objective_clear(bp_objective *objective);

/* Σ of the weights of rows order[first] … order[first + m − 1] (order NULL: first …): m without. */
double bp_objective_weight(const bp_objective *objective, const size_t *order, size_t first,
                           size_t m);

/* Σ weight·loss of those rows; and the gradient of scale · that sum, if `gradient` is not NULL. */
double bp_objective_sum(const bp_objective *objective, const size_t *order, size_t first, size_t m,
                        double scale, bp_real *gradient);

/* The loss over all rows: that sum, divided as the loss says; and its gradient, if not NULL. */
double bp_objective_loss(const bp_objective *objective, bp_real *gradient);

/* BP_OK if a source has rows for `purpose`, such as "train on", and of the network's shape, and the
 * weights are finite, none below 0, and not all 0. */
bp_status bp_source_check(const bp_source *source, const bp_network *network, const char *purpose,
                          bp_error *error);

#endif
