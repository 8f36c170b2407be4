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
#pragma GCC visibility push(default)

typedef struct bp_model bp_model;

/* What a model answers with. */
typedef enum bp_answer {
    BP_ANSWER_CLASS,   /* one of its classes: an output each */
    BP_ANSWER_LABELS,  /* yes or no for each of its labels: an output each */
    BP_ANSWER_NUMBERS, /* numbers: an output each */
} bp_answer;

/* The task, as a model's file names it: "classification", "multilabel", "regression"; of anything
 * else, "unknown". Static, thread-safe. */
const char *bp_answer_name(bp_answer answer);

/* How to make a model for a table. Texts stay the caller's; NULL stands for the default. */
typedef struct bp_model_options {
    const char *target;     /* column names or 1-based numbers, comma-separated; NULL: the last */
    const char *task;       /* "auto", "classification", "regression". A classification with several
                               targets is of labels, all of them 0 or 1; so is what "auto" makes of
                               such targets */
    const char *scale;      /* "standard", "minmax", "none": bp_scaling_name() */
    const char *hidden;     /* sizes of the hidden layers, "16" or "32,16", or "none"; NULL: 16, or
                               as the tensors of init_from */
    const char *activation; /* of the hidden layers: one name for all, or one each; NULL: tanh, or
                               as in the model init_from */
    const char *output;     /* "auto": as the loss needs; else softmax for classes, sigmoid for
                               labels, identity for numbers; or a name */
    const char *loss;       /* "auto": cross_entropy for softmax, binary_cross_entropy for sigmoid
                               outputs of classes or labels, else mse; or a name */
    const char *init;       /* "glorot" */
    const char *init_from; /* a safetensors file to take the first weights from, its tensors of F64,
                              F32, F16 or BF16; NULL: none. Of a model's file weights and
                              activations alone: scaling is fitted anew */
    bool fill_missing;     /* false. Missing inputs: numbers become the mean of the training rows,
                              texts no category; else an error. Missing targets are an error */
    uint64_t seed;         /* 1: of the weights */
    const char *weight_column; /* name or 1-based number of the column that says how much each row
                                  counts in training: a number from 0, not all 0. It is no input,
                                  and only training needs it. NULL: none, all rows count 1 */
    const char *class_weight;  /* how much the rows of a class count besides: "none"; "balanced":
                                  rows / (classes · rows of the class), of the training rows; or
                                  "name=weight,…" with weights above 0, of other classes 1 */
} bp_model_options;

/* The defaults named above. */
bp_model_options bp_model_defaults(void);

/* Decides task, classes, inputs and network from the table, and sets the first weights. Inputs
 * and, where the outputs are identity, the targets of a regression will be scaled. options NULL:
 * the defaults. On success *model belongs to the caller. Errors: BP_ERROR_ARGUMENT for options that
 * are unknown or do not go together, BP_ERROR_FORMAT for a table or file that does not serve,
 * BP_ERROR_FILE, BP_ERROR_SIZE, also for columns that a model's file has no room for,
 * BP_ERROR_MEMORY. */
bp_status bp_model_create(const bp_dataset *data, const bp_model_options *options, bp_model **model,
                          bp_error *error);
void bp_model_destroy(bp_model *model); /* NULL is allowed */

/* Threads may share a model as long as none trains or destroys it. */

/* What was decided. Pointers are the model's, and valid as long as it is. */
bp_network *bp_model_network(const bp_model *model);
const bp_loss *bp_model_loss(const bp_model *model);
bp_answer bp_model_answers(const bp_model *model);
bool bp_model_classes_are_numbers(const bp_model *model); /* of classes: all of them */
bool bp_model_targets_are_scaled(const bp_model *model);  /* of a regression, since training */
size_t bp_model_n_outputs(const bp_model *model);
/* The class of output j < n_outputs, or the name of its target column (NULL: it had none). */
const char *bp_model_output_name(const bp_model *model, size_t j);
size_t bp_model_target_column(const bp_model *model, size_t j); /* from 0, in the first table */

/* The same in `data`, a table with the targets: by name where it and the model have names, else by
 * position. Errors: BP_ERROR_ARGUMENT; BP_ERROR_FORMAT if its columns are not the model's. */
bp_status bp_model_find_target(const bp_model *model, const bp_dataset *data, size_t j,
                               size_t *column, bp_error *error);

/* Whether columns are found by name in other tables: all of the first table's had one, and no two
 * the same. Else they are found by position. */
bool bp_model_has_names(const bp_model *model);

/* Holds out round(fraction · rows) of the rows whose class has more than one (of labels and
 * numbers: of any rows), of each class alike to a row, and never the last of a class; 0 < fraction
 * < 1. Both parts borrow the rows of `data`, which must outlive them, and belong to the caller.
 * Errors: BP_ERROR_ARGUMENT, also if a part would be empty; BP_ERROR_FORMAT if the columns are not
 * the model's; BP_ERROR_MEMORY. */
bp_status bp_model_split(const bp_model *model, const bp_dataset *data, double fraction,
                         uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error);

/* Fits the scaling and balanced class weights to `data` (unless the model came from a file, with
 * its own), then trains the network on it, as bp_train(); `validation` may be NULL. Both tables
 * need the weight column, if the model has one. Errors: those of bp_train(); BP_ERROR_FORMAT for
 * cells that are missing, of no known class or category, no label or no weight. After an error the
 * scaling may have been fitted. */
bp_status bp_model_train(bp_model *model, const bp_dataset *data, const bp_dataset *validation,
                         const bp_train_options *options, bp_error *error);

/* Answers for every row: Y is rows×outputs; kernel NULL: auto; `threads` share
 * the rows, 0: one for each processor. Of classes: an output each, the
 * largest being the answer; of labels: an output each, bp_is_label() being the answer; of numbers:
 * the values in the table's units. The target columns may be absent from `data`. BP_ERROR_FORMAT if
 * an output is not finite; rows of Y may be written then. */
bp_status bp_model_predict(const bp_model *model, const bp_kernel *kernel, size_t threads,
                           const bp_dataset *data, double *Y, size_t ldy, bp_error *error);

/* What the table says itself: T is rows×outputs, a 1 for the class of each row, else 0; or the
 * target columns, of labels and numbers. Errors: BP_ERROR_ARGUMENT, BP_ERROR_MEMORY;
 * BP_ERROR_FORMAT as for bp_model_evaluate(). */
bp_status bp_model_targets(const bp_model *model, const bp_dataset *data, double *T, size_t ldt,
                           bp_error *error);

/* The index of the largest of n values, the first of equals: the document's predict(). */
size_t bp_largest(const double *values, size_t n);

/* Whether an output stands for a label: ≥ 0.5. */
bool bp_is_label(double output);

/* How good answers are. NaN where a figure is undefined: accuracies and log_loss of numbers,
 * log_loss where the outputs cannot be probabilities, roc_auc where only one class occurs, r2 of a
 * target that does not vary. An array that the kind of answer has no use for is NULL.
 *
 * Probabilities of classes are a row's outputs divided by their sum, all being ≥ 0 and the sum > 0;
 * of labels, the outputs, all being from 0 to 1. A probability counts as DBL_MIN at least, and that
 * of a label's absence, 1 − output, as DBL_EPSILON / 2, so that log_loss is finite; in a build of
 * single precision, whose outputs are floats, as FLT_MIN and FLT_EPSILON / 2. */
typedef struct bp_scores {
    double accuracy; /* share of right answers; of labels: of rows with every label right */
    double balanced_accuracy; /* mean recall over the classes that occur; of labels: the mean over
                                 the labels of that for its presence and its absence */
    double log_loss; /* mean −log of the probability given to the actual class; of labels: mean over
                        all elements of −t·log o − (1−t)·log(1−o) */
    double *precision; /* a class or label: what of its answers is right; 0 if it has none */
    double *recall;    /* a class or label: what of its rows is answered so; 0 if it has none */
    double *f1;        /* the harmonic mean of both: 2·right / (answers + rows); 0 if all are 0 */
    double *roc_auc; /* of two classes: one value, of the second class; a label: of its presence; of
                        other classes: NULL. How often a row that has it gets a higher probability
                        (where the outputs are none, output 1 − output 0) than one that has it not,
                        equal ones counting half: Mann and Whitney's U over the number of pairs */
    size_t n_roc_auc; /* values of it; 0 where it is NULL */
    double *r2;       /* a target: 1 − Σ(t−y)² / Σ(t−mean)² */
    double *rmse;     /* a target: √ mean (t−y)², in the table's units */
    double *mae;      /* a target: mean |t−y| */
} bp_scores;

typedef struct bp_evaluation {
    size_t rows;
    double loss; /* the model's own, all rows counting 1; of scaled targets where they are scaled */
    size_t n_classes, n_labels, n_targets; /* one of them is not 0, and is the number of outputs */
    size_t *confusion; /* of classes: n_classes×n_classes, rows of actual class i answered as class
                          j; of labels: n_labels times 2×2, likewise of 0 and 1; else NULL */
    bp_scores scores;  /* the model's */
    bp_scores baseline; /* of the same answer to every row of this table, its best without inputs
                           (in cross-validation that of the rows which the fold trains with):
                           the shares of the classes (so the class with the most rows, the first of
                           equals), the share of each label, the mean of each target */
} bp_evaluation;

/* On success what is inside *evaluation belongs to the caller: bp_evaluation_clear(). kernel and
 * threads as for bp_model_predict(). Cost beside the answers: O(rows·outputs), of roc_auc
 * O(rows·log rows) each. Errors: those of bp_model_predict(), targets that are missing, of no known
 * class or no label, no rows. */
bp_status bp_model_evaluate(const bp_model *model, const bp_kernel *kernel, size_t threads,
                            const bp_dataset *data, bp_evaluation *evaluation, bp_error *error);
void bp_evaluation_clear(bp_evaluation *evaluation);

/* ---- Cross-validation --------------------------------------------------------------------- */

/* A fold that is done. */
typedef struct bp_cv_progress {
    size_t repeat, repeats, fold, folds; /* repeat and fold from 0 */
    double seconds;                      /* since the cross-validation began */
    const bp_evaluation *evaluation;     /* of the fold's test rows */
} bp_cv_progress;

/* Non-zero cancels. */
typedef int bp_cv_progress_fn(const bp_cv_progress *progress, void *user);

typedef struct bp_cv_options {
    size_t folds;      /* 5; from 2 to the number of rows */
    size_t repeats;    /* 1; how often all folds are dealt and trained anew */
    double validation; /* 0; a fraction below 1 of each fold's training rows that is held out from
                          its training, as the validation rows of bp_model_train() */
    uint64_t seed;     /* 1; repeat r takes seed + r for folds, held-out rows, weights and shuffling
                          in place of the seeds of the other options */
    size_t threads;    /* 1; folds that are trained at a time; 0: one for each processor */
    bp_cv_progress_fn *progress; /* NULL: none. Called fold by fold in their order */
    void *user;                  /* for `progress` */
} bp_cv_options;

/* The defaults named above. */
bp_cv_options bp_cv_defaults(void);

/* k-fold cross-validation of a way to make and train a model. Of each repeat, every row is in the
 * test rows of one fold and in the training rows of the others; the rows of each class (not
 * label) are spread evenly over the folds. A fold makes a model that knows the columns, categories
 * and classes of the whole table but no more of it: its own training rows alone (less `validation`
 * of them) decide scaling, filling and weights, and its test rows do nothing but measure it. Two
 * limits: of a class with one row nothing is learnt in the fold that tests that row, where the
 * model has an output for it all the same; and what the weights of init_from were trained on is for
 * the caller to know.
 *
 * Of `train`, patience looks at the held-out rows as ever, seed and state are not used. NULL for
 * any of the options: their defaults. evaluations: repeats×folds of them, repeat by repeat, written
 * on success; what is inside each belongs to the caller: bp_evaluation_clear(). Their losses are of
 * targets that each fold scaled in its own way.
 *
 * A fold runs on one thread from beginning to end and shares nothing that changes with the others,
 * so `threads` does not change a bit of the result; with a kernel that calls the BLAS library
 * (blas, or auto without AVX2) only if that takes one thread, which is the caller's to set:
 * bp_blas_set_threads(1). With more, folds wait for each other's products, and
 * these may be summed in another order. The `progress` of either kind of options is called on those
 * threads, which take no signals but for the caller's, never two calls at a time; that of `train`
 * after each epoch of any fold. Either cancels all folds, each at the end of its epoch. If the
 * system refuses a thread, there are fewer.
 *
 * Errors: BP_ERROR_ARGUMENT, BP_ERROR_SIZE, BP_ERROR_MEMORY; those of bp_model_create(),
 * bp_model_split(), bp_model_train() and bp_model_evaluate(), the message naming the fold (but
 * for BP_ERROR_ARGUMENT, which all folds have alike), the first of those that have one whatever the
 * number of threads; BP_ERROR_CANCELLED. */
bp_status bp_cross_validate(const bp_dataset *data, const bp_model_options *model,
                            const bp_train_options *train, const bp_cv_options *options,
                            bp_evaluation *evaluations, bp_error *error);

/* ---- Files --------------------------------------------------------------------------------- */

/* Reads a table as bp_dataset_read() does, for this model to answer or be trained on: the columns
 * in which it expects text are text, even those whose cells are all numbers, as they may be where
 * the model was made for a table with categorical columns. They are found by name if the first line
 * holds the names of all inputs, which makes it a header, else by position, as in
 * bp_model_predict(). Columns of a CSV file that the model does not take may hold anything, and
 * are read as missing. options NULL: all automatic; its `categorical` columns are text
 * besides. */
bp_status bp_model_read(const bp_model *model, const char *path, const bp_read_options *options,
                        bp_dataset **dataset, bp_error *error);

/* Writes the model as a safetensors file. A regular file is replaced only once the new one is
 * whole on the disk; a pipe, a device or "-", standard output, is written as it comes.
 * Errors: BP_ERROR_ARGUMENT for a weight that is no finite number, which no reader would take;
 * BP_ERROR_FILE, BP_ERROR_MEMORY, BP_ERROR_SIZE where columns and classes take more than
 * 100,000,000 bytes. */
bp_status bp_model_save(const bp_model *model, const char *path, bp_error *error);

/* Reads what bp_model_save() or another program wrote ("-": standard input), believing nothing; the
 * README says what it must hold. Of bprop.version the major and minor number may not be beyond
 * bp_version()'s. On success *model belongs to the caller. Errors: BP_ERROR_FILE, BP_ERROR_FORMAT,
 * whose message names the byte, the tensor or the metadata that is wrong, BP_ERROR_SIZE,
 * BP_ERROR_MEMORY. */
bp_status bp_model_load(const char *path, bp_model **model, bp_error *error);

/* As bp_model_save(), with the state of a training of this model that has begun: call it from its
 * `progress`, where the weights are those of the state. The file is a model too. Errors: besides
 * those, BP_ERROR_ARGUMENT for a state that has not begun or is of a network of another size. */
bp_status bp_model_save_checkpoint(const bp_model *model, const bp_train_state *state,
                                   const char *path, bp_error *error);

/* Reads what bp_model_save_checkpoint() wrote; on success both belong to the caller, who goes on
 * with bp_model_train() and the state in its options. Errors: those of bp_model_load(), for a model
 * without a state, too, and for a file whose checksum does not fit: BP_ERROR_FORMAT. */
bp_status bp_model_load_checkpoint(const char *path, bp_model **model, bp_train_state **state,
                                   bp_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
