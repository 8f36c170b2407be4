/* trainer.h: one call of bp_train(), as its two ways to go through the epochs share it: steps
 * (train.c), and liblbfgs (lbfgs.c). */
#ifndef BP_TRAIN_TRAINER_H
#define BP_TRAIN_TRAINER_H

#include "train/objective.h"
#include "train/spans.h"
#include "train/state.h"

enum { BP_CLIP_CHUNK = 4096 }; /* parameters of a chunk */

typedef struct bp_trainer {
    bp_network *network;
    bp_train_options how; /* settled: nothing in it stands for a default any more */
    bp_train_state *state;
    bp_objective rows, held; /* of the training and the validation rows; held.source NULL: none */
    bp_real *gradient;       /* a block as the parameters */
    double *squares;         /* Σ g² of its chunks; NULL: it is not clipped */
    double clip;             /* what the step multiplies it by */
    bp_real *before;         /* the weights that the epoch began with, where they may be kept */
    bp_spans trained;        /* what is trained of the block, */
    bp_spans penalised;      /* and of that the weights, which have a penalty; not the biases */
    bp_team *team;           /* NULL: nothing is large enough for one */
    size_t *order;           /* of the rows; NULL: as they are */
    size_t last_batch;       /* rows of the last batch that made a step */
    bp_random random;        /* of dropout */
    double epoch_rate;       /* of the epoch's steps, once warm */
    double rate;             /* of the last step */
    double start;            /* of this call, by bp_clock() */
} bp_trainer;

/* BP_OK if bp_train() can do what it is asked, before anything is settled: options.c. */
bp_status bp_train_check(const bp_network *network, const bp_loss *loss, const bp_source *train,
                         const bp_source *validation, const bp_train_options *options,
                         bp_error *error);

/* Makes all that a trainer needs, which has network, how, state, and the network, loss, source and
 * dropout of `rows` and `held`. After an error, too, bp_trainer_clean_up() frees it. */
bp_status bp_trainer_set_up(bp_trainer *trainer, bp_error *error);
void bp_trainer_clean_up(bp_trainer *trainer);

/* Whether a monitored loss speaks of the weights that its epoch began with: one of training, before
 * each step. In a batch of all rows it is theirs for certain; with smaller ones it is nearer to
 * those after the epoch, unless these are far gone. */
bool bp_trainer_looks_back(const bp_trainer *trainer, bool certain);

/* What follows the steps of an epoch, whose training loss is `loss`: validation, the bookkeeping of
 * the state, the caller's callback. */
bp_status bp_trainer_finish_epoch(bp_trainer *trainer, double loss, bp_error *error);

/* g ← g + λ w for the weights that have a penalty, of optimizers that do not shrink them. */
void bp_trainer_add_penalty(const bp_trainer *trainer, bp_real *gradient);

/* lbfgs.c: the epochs up to how.epochs, or until it has converged, which state->end then says. */
bp_status bp_trainer_run_lbfgs(bp_trainer *trainer, bp_error *error);

#endif
