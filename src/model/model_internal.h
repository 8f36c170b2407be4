/* model_internal.h: what the files of src/model share. */
#ifndef BP_MODEL_INTERNAL_H
#define BP_MODEL_INTERNAL_H

#include <bprop/model.h>

#include "data/encoding.h"
#include "model/safetensors.h"
#include "train/state.h"

struct bp_model {
    bp_network *network;
    const bp_loss *loss;
    bp_encoding encoding;
    const bp_scaling *scaling; /* to fit in bp_model_train(); NULL in a model from a file */
    bool balances;             /* the classes' weights: likewise; false in a model from a file */
};

enum { BP_CHUNK_ROWS = 512 }; /* how many rows go through the network at a time outside training */

/* What a model with that encoding answers with. */
bp_answer bp_answer_of(const bp_encoding *encoding);

/* Answers for every row of a bound table, in the table's units, to Y (rows×outputs, ld ldy); with
 * `loss`, for which it must be bound with targets, their loss too. */
bp_status bp_model_answer(const bp_model *model, const bp_kernel *kernel, size_t threads,
                          const bp_bound *bound, const bp_dataset *data, double *Y, size_t ldy,
                          double *loss, bp_error *error);

/* Gives a model with an encoding its loss and its network, with first weights: those of `tensors`
 * (NULL: none), or as options->init says. No text of the options may be NULL but those that are by
 * default. */
bp_status bp_model_make_network(bp_model *model, const bp_model_options *options,
                                const bp_tensors *tensors, bp_error *error);

/* BP_ERROR_SIZE if the columns of the inputs alone take more than a model's file has room for,
 * whatever their scaling will be; better before a training than after it. */
bp_status bp_model_check_columns(const bp_encoding *encoding, const char *table, bp_error *error);

/* BP_OK if the network's outputs go with its loss and with what the model answers with; else
 * BP_ERROR_ARGUMENT. */
bp_status bp_model_check_outputs(const bp_model *model, bp_error *error);

/* The layer sizes that the tensors {2l}.weight and {2l}.bias make, n_layers+1 of them; *sizes is
 * the caller's. Checks that they are floats, have the right shapes and chain, and that no other
 * tensor's name begins with a number; `alone`: that there are no others but a training's. */
bp_status bp_tensors_sizes(const bp_tensors *tensors, bool alone, size_t **sizes, size_t *n_layers,
                           bp_error *error);

/* Copies the weights into a network of those sizes; each must be finite. */
bp_status bp_tensors_to_network(const bp_tensors *tensors, bp_network *network, bp_error *error);

/* The network's weights as tensors of doubles. */
bp_status bp_network_to_tensors(const bp_network *network, bp_tensor_writer *writer,
                                bp_error *error);

/* The state of a training as metadata and tensors, and back: checkpoint.c. The state read is the
 * caller's. */
bp_status bp_state_to_metadata(const bp_train_state *state, json_t *metadata, bp_error *error);
bp_status bp_state_to_tensors(const bp_train_state *state, bp_tensor_writer *writer,
                              bp_error *error);
/* After both: with all that the file will hold. */
bp_status bp_state_seal(json_t *metadata, const bp_tensor_writer *writer, bp_error *error);
bp_status bp_state_of_tensors(const bp_tensors *tensors, size_t n_parameters,
                              bp_train_state **state, bp_error *error);
bool bp_is_state_tensor(const char *name);

/* bp_model_load(), with `state` (not NULL) bp_model_load_checkpoint(), from any input. */
bp_status bp_model_read_from(bp_input *input, bp_model **model, bp_train_state **state,
                             bp_error *error);

/* bp_model_evaluate(), but the baseline's answers are what is best for the rows of `others` (NULL:
 * of `data`). */
bp_status bp_model_evaluate_beside(const bp_model *model, const bp_kernel *kernel, size_t threads,
                                   const bp_dataset *data, const bp_dataset *others,
                                   bp_evaluation *evaluation, bp_error *error);

/* The activation of the name that an item of a list is; NULL and *error as bp_activation_find(). */
const bp_activation *bp_activation_of(const char *item, size_t length, bp_error *error);

#endif
