/* pass.h: the passes of <bprop/network.h> for a part of a batch: its rows from `first` on, m of
 * them, of which T and `weights` have the first row first. Threads may take a part each. Then, what
 * calls on matrices of the host's share. */
#ifndef BP_NETWORK_PASS_H
#define BP_NETWORK_PASS_H

#include <bprop/network.h>

/* A part that is not the whole has as many rows or more, so that its products are the whole's to
 * the bit: bp_kernel_splits(). */
enum { BP_LEAST_ROWS = 8 };

/* How many of so many threads (0: one for each processor) a pass over m rows has work for; 1: it is
 * not worth the meeting of a team. */
size_t bp_pass_threads(const bp_network *network, size_t m, size_t threads);

/* Whether a team of so many parts had better share out the lowest layer's sums by neurons before
 * gradients are computed. All m rows of inputs go to each processor then; with rows shared out, all
 * n rows of weights do, which the last step has changed, and for the gradients the inputs too. */
bool bp_sums_by_neurons(const bp_network *network, size_t m, size_t parts);

/* Z of the lowest layer, all rows, of a part's neurons. */
void bp_lowest_sums(const bp_network *network, bp_workspace *workspace, size_t m, size_t part,
                    size_t parts);

/* From the inputs to the outputs; `summed`: the lowest layer's Z is there. */
void bp_forward_rows(const bp_network *network, bp_workspace *workspace, size_t first, size_t m,
                     bool summed);

/* weights[i] · the loss of each row; without weights, the loss. */
void bp_loss_rows(const bp_network *network, const bp_workspace *workspace, const bp_loss *loss,
                  size_t first, size_t m, const bp_real *T, size_t ldt, const double *weights,
                  double *values);

void bp_loss_delta_rows(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                        size_t first, size_t m, const bp_real *T, size_t ldt, const double *weights,
                        double scale);

/* From D_L to the D of every layer. A row of the batch may have several rows of deltas, `each` of
 * them, one after the other in D: m · each ≤ max_rows. */
void bp_backward_rows(const bp_network *network, bp_workspace *workspace, size_t first, size_t m,
                      size_t each);

/* A step of that: D of layer l, holding derivatives by its outputs, becomes that by its sums. */
void bp_through_activation(const bp_network *network, bp_workspace *workspace, size_t l,
                           size_t first, size_t m, size_t each);

/* After that, for all rows: a `part` of the elements of the gradient, one of `parts`. */
void bp_weight_gradients(const bp_network *network, const bp_workspace *workspace, size_t m,
                         bp_real *gradient, size_t part, size_t parts);

/* Which these are: of layer l, n pieces of `count` elements of the block, the first piece at
 * `first`, each next one `apart` numbers on. */
typedef struct bp_pieces {
    size_t n, first, count, apart;
} bp_pieces;

bp_pieces bp_gradient_pieces(const bp_network *network, size_t l, size_t part, size_t parts);

/* ---- What the calls on matrices of the host's share ---------------------------------------- */

/* Whether the workspace fits the network, and takes rows if there are any. */
bp_status bp_call_check(const bp_network *network, const bp_workspace *workspace, size_t m,
                        bp_error *error);

/* Whether a matrix can be there: `at` may be NULL if it has no rows. */
bp_status bp_matrix_check(const char *name, const bp_real *at, size_t rows, size_t columns,
                          size_t ld, bp_error *error);

/* m×n; the two do not overlap. */
void bp_copy_rows(size_t m, size_t n, const bp_real *from, size_t ld_from, bp_real *to,
                  size_t ld_to);

#endif
