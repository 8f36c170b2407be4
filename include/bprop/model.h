/* model.h: a network together with what turns the raw rows of a table into its inputs, and its
 * outputs into answers; and the file that holds both. */
#ifndef BPROP_MODEL_H
#define BPROP_MODEL_H

#include <bprop/dataset.h>
#include <bprop/network.h>
#include <bprop/train.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bp_model bp_model;

/* How to make a model for a table. Texts stay the caller's; NULL stands for the default. */
typedef struct bp_model_options {
    const char *target;     /* column names or 1-based numbers, comma-separated; NULL: the last */
    const char *task;       /* "auto", "classification", "regression" */
    const char *scale;      /* "standard", "minmax", "none": bp_scaling_name() */
    const char *hidden;     /* sizes of the hidden layers, "16" or "32,16", or "none"; NULL: 16, or
                               as the tensors of init_from */
    const char *activation; /* of the hidden layers: one name for all, or one each; NULL: tanh, or
                               as in the model init_from */
    const char *output;     /* "auto": as the loss needs; else softmax for classes, identity for
                               numbers; or a name */
    const char *loss;       /* "auto": cross_entropy for softmax, binary_cross_entropy for sigmoid
                               outputs of classes, else mse; or a name */
    const char *init;       /* "glorot" */
    const char *init_from;  /* a safetensors file to take the first weights from; NULL: none. Of a
                               model's file weights and activations alone: scaling is fitted anew */
    bool fill_missing;      /* false. Missing inputs: numbers become the mean of the training rows,
                               texts no category; else an error. Missing targets are an error */
    uint64_t seed;          /* 1: of the weights */
} bp_model_options;

/* The defaults named above. */
bp_model_options bp_model_defaults(void);

/* Decides task, classes, inputs and network from the table, and sets the first weights. Inputs
 * and, where the outputs are identity, the targets of a regression will be scaled. options NULL:
 * the defaults. On success *model belongs to the caller. Errors: BP_ERROR_ARGUMENT for options that
 * are unknown or do not go together, BP_ERROR_FORMAT for a table or file that does not serve,
 * BP_ERROR_FILE, BP_ERROR_SIZE, BP_ERROR_MEMORY. */
bp_status bp_model_create(const bp_dataset *data, const bp_model_options *options, bp_model **model,
                          bp_error *error);
void bp_model_destroy(bp_model *model); /* NULL is allowed */

/* Threads may share a model as long as none trains or destroys it. */

/* What was decided. Pointers are the model's, and valid as long as it is. */
bp_network *bp_model_network(const bp_model *model);
const bp_loss *bp_model_loss(const bp_model *model);
bool bp_model_is_classification(const bp_model *model);
bool bp_model_classes_are_numbers(const bp_model *model); /* of a classification: all of them */
bool bp_model_targets_are_scaled(const bp_model *model);  /* of a regression, since training */
size_t bp_model_n_outputs(const bp_model *model);
/* The class of output j < n_outputs, or the name of its target column (NULL: it had none). */
const char *bp_model_output_name(const bp_model *model, size_t j);
size_t bp_model_target_column(const bp_model *model, size_t j); /* from 0 */

/* Holds out round(fraction · rows) of the rows, of each class alike; 0 < fraction < 1. Both parts
 * borrow the rows of `data`, which must outlive them, and belong to the caller. Errors:
 * BP_ERROR_ARGUMENT, also if a part would be empty; BP_ERROR_MEMORY. */
bp_status bp_model_split(const bp_model *model, const bp_dataset *data, double fraction,
                         uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error);

/* Fits the scaling to `data` (unless the model came from a file, with its own), then trains the
 * network on it, as bp_train(); `validation` may be NULL. Errors: those of bp_train();
 * BP_ERROR_FORMAT for cells that are missing, or of no known class or category. After an error the
 * scaling may have been fitted. */
bp_status bp_model_train(bp_model *model, const bp_dataset *data, const bp_dataset *validation,
                         const bp_train_options *options, bp_error *error);

/* Answers for every row: Y is rows×outputs; kernel NULL: auto. Of a classification: an output a
 * class, the largest being the answer; of a regression: the values in the table's units. The target
 * columns may be absent from `data`. BP_ERROR_FORMAT if an output is not finite; rows of Y may be
 * written then. */
bp_status bp_model_predict(const bp_model *model, const bp_kernel *kernel, const bp_dataset *data,
                           double *Y, size_t ldy, bp_error *error);

/* What the table says itself: T is rows×outputs, a 1 for the class of each row, else 0; or the
 * target columns. */
bp_status bp_model_targets(const bp_model *model, const bp_dataset *data, double *T, size_t ldt,
                           bp_error *error);

/* The index of the largest of n values, the first of equals: the document's predict(). */
size_t bp_largest(const double *values, size_t n);

/* How good a model's answers are. */
typedef struct bp_evaluation {
    size_t rows;
    double loss;       /* the model's own; of scaled targets where they are scaled */
    size_t n_classes;  /* 0: a regression */
    double accuracy;   /* the share of right answers */
    size_t *confusion; /* n_classes×n_classes: rows of actual class i answered as class j */
    size_t n_targets;  /* 0: a classification */
    double *r2; /* each of n_targets values: 1 − Σ(t−y)² / Σ(t−mean)²; NaN if t is constant */
    double *rmse; /* √ mean (t−y)² */
    double *mae;  /* mean |t−y| */
} bp_evaluation;

/* On success what is inside *evaluation belongs to the caller: bp_evaluation_clear(). kernel NULL:
 * auto. Errors: those of bp_model_predict(), and targets that are missing or of no known class. */
bp_status bp_model_evaluate(const bp_model *model, const bp_kernel *kernel, const bp_dataset *data,
                            bp_evaluation *evaluation, bp_error *error);
void bp_evaluation_clear(bp_evaluation *evaluation);

/* Writes the model as a safetensors file. A regular file is replaced only once the new one is
 * whole on the disk; a pipe, a device or "-", standard output, is written as it comes.
 * Errors: BP_ERROR_FILE, BP_ERROR_MEMORY. */
bp_status bp_model_save(const bp_model *model, const char *path, bp_error *error);

/* Reads what bp_model_save() wrote ("-": standard input), believing nothing. On success *model
 * belongs to the caller. Errors: BP_ERROR_FILE, BP_ERROR_FORMAT, BP_ERROR_MEMORY. */
bp_status bp_model_load(const char *path, bp_model **model, bp_error *error);

/* The same with the state of a training of this model that has begun: call it from the training's
 * `progress`, where the weights are those of the state. The file is a model too. */
bp_status bp_model_save_checkpoint(const bp_model *model, const bp_train_state *state,
                                   const char *path, bp_error *error);

/* Reads what bp_model_save_checkpoint() wrote; on success both belong to the caller, who goes on
 * with bp_model_train() and the state in its options. */
bp_status bp_model_load_checkpoint(const char *path, bp_model **model, bp_train_state **state,
                                   bp_error *error);

#ifdef __cplusplus
}
#endif
#endif
