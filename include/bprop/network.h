/* network.h: multilayer perceptrons: forward, loss, backward.
 *
 * A network is layers of neurons; layer l has k inputs and n neurons, a weight matrix W of
 * n×(k+1) whose row j is neuron j (its k weights, then its bias), and an activation f:
 *
 *   Z = A · Wᵀ,  A' = f(Z)      A: m×(k+1), the layer's input with a last column of ones
 *
 * Symbols and layouts are those of <bprop/dense.h>. All weights of a network lie in one block of
 * numbers, layer after layer, each W row-major with ld = k+1; a gradient is a block of the same
 * layout. A network is changed by bp_network_initialize(), bp_train() and by writing to its block
 * alone, so that threads may share it otherwise, each with a workspace of its own. */
#ifndef BPROP_NETWORK_H
#define BPROP_NETWORK_H

#include <bprop/dense.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- Activations ------------------------------------------------------------------------ */

/* One activation. Z, A and D are m×n; none of them overlap. A NaN in Z must give a NaN in A.
 *
 * A row of the host's own serves wherever those of bp_activation_at() do, but for models, which
 * know activations by name alone. It needs all three members. Its functions are called by several
 * threads at once, each for its share of the rows, m of them (0 where the host's pass is over
 * none); a row's results may depend on that row alone, if training is to give the same bits at any
 * number of threads. They write the m×n elements of A or D, nothing beside them, and cannot fail.
 * With a built-in one's name it stands for that one to the losses that ask for it. */
typedef struct bp_activation {
    const char *name;
    void (*apply)(size_t m, size_t n, const bp_real *Z, size_t ldz, bp_real *A, size_t lda);
    /* D, holding ∂loss/∂A, becomes ∂loss/∂Z: D ∘ f'(Z) where f works on each element alone. */
    void (*times_derivative)(size_t m, size_t n, const bp_real *Z, size_t ldz, const bp_real *A,
                             size_t lda, bp_real *D, size_t ldd);
} bp_activation;

/* The i-th activation, NULL past the last: tanh, sigmoid, relu, softplus, identity, leaky_relu
 * (slope 0.01), elu (alpha 1), silu, gelu (by erf), softmax (over the row). PyTorch's
 * definitions. Static, thread-safe. */
const bp_activation *bp_activation_at(size_t i);

/* The activation of that name; NULL, with the known names in *error, if there is none. */
const bp_activation *bp_activation_find(const char *name, bp_error *error);

/* ---- Losses ------------------------------------------------------------------------------ */

typedef enum bp_reduction {
    BP_REDUCE_SUM,           /* the sum over rows and outputs */
    BP_REDUCE_MEAN_ELEMENTS, /* the sum divided by rows · outputs */
    BP_REDUCE_MEAN_ROWS,     /* the sum divided by rows */
} bp_reduction;

/* One loss. O and T are m×n, outputs and targets. A loss with `output` NULL reads the outputs A:
 * O is A and `delta` writes scale·∂sum/∂A. One that names its `output` activation is computed from
 * the weighted sums, so that no logarithm of 0 can occur: O is Z and `delta` writes scale·∂sum/∂Z,
 * that activation's derivative included.
 *
 * A row of the host's own serves as those of bp_loss_at() do, but in models; all but `output` is
 * needed, and the name is 63 bytes of UTF-8 at most, one line, by which a bp_train_state knows the
 * loss. `output` may name an activation of the host's. The sum must be that of the rows' own sums,
 * for it is asked a row at a time, and NaN where an element is NaN, for so divergence is seen; what
 * is said of activations holds for threads, rows and overlap. Weights of rows are bprop's affair.
 */
typedef struct bp_loss {
    const char *name;
    const char *output;     /* the only output activation it goes with; NULL: any */
    bp_reduction reduction; /* from the sum to the loss */
    double (*sum)(size_t m, size_t n, const bp_real *O, size_t ldo, const bp_real *T, size_t ldt);
    void (*delta)(size_t m, size_t n, const bp_real *O, size_t ldo, const bp_real *T, size_t ldt,
                  bp_real scale, bp_real *D, size_t ldd);
} bp_loss;

/* The i-th loss, NULL past the last (o outputs, t targets, z weighted sums):
 *   ssr                   Σ (o − t)²
 *   half_ssr              ½ Σ (o − t)²
 *   mse, mae, huber       mean over all elements of (o−t)², |o−t|, and
 *                         ½(o−t)² where |o−t| ≤ 1, else |o−t| − ½
 *   binary_cross_entropy  mean over all elements of −t·log o − (1−t)·log(1−o), o = sigmoid(z)
 *   cross_entropy         mean over rows of −Σ t·log softmax(z)
 * Static, thread-safe. */
const bp_loss *bp_loss_at(size_t i);

/* The loss of that name; NULL, with the known names in *error, if there is none. */
const bp_loss *bp_loss_find(const char *name, bp_error *error);

/* What a sum over rows of `outputs` outputs is divided by: 1, weight·outputs or weight, where
 * `weight` is the number of rows, or the sum of their weights. */
double bp_loss_divisor(const bp_loss *loss, double weight, size_t outputs);

/* ---- Networks ---------------------------------------------------------------------------- */

typedef struct bp_network bp_network;

/* A layer: a view into its network's block, valid as long as the network. */
typedef struct bp_layer {
    size_t k, n;   /* inputs, neurons */
    size_t offset; /* of W in the block */
    bp_real *W;    /* n×(k+1) */
    size_t ldw;    /* k+1 */
    const bp_activation *activation;
} bp_layer;

/* Makes a network of `n_layers` ≥ 1 layers; `sizes` holds n_layers+1 numbers ≥ 1: the inputs, then
 * the neurons of each layer; `activations` one a layer, static or outliving the network. All
 * weights are 0. On success *network belongs to the caller.
 * Errors: BP_ERROR_ARGUMENT, BP_ERROR_SIZE, BP_ERROR_MEMORY. */
bp_status bp_network_create(const size_t *sizes, size_t n_layers,
                            const bp_activation *const *activations, bp_network **network,
                            bp_error *error);

/* The same with the host's memory (NULL: malloc's) for the network, its workspaces, and all that
 * bp_train() and bp_loss_of() take for it, but for a state of the caller's. *allocator is copied;
 * its `user` must outlive network and workspaces. What other libraries take is theirs: each thread
 * that training starts has a stack from the system; optimizer lbfgs has some 15 vectors of the
 * weights from liblbfgs; a BLAS library has its buffers. */
bp_status bp_network_create_with(const size_t *sizes, size_t n_layers,
                                 const bp_activation *const *activations,
                                 const bp_allocator *allocator, bp_network **network,
                                 bp_error *error);
void bp_network_destroy(bp_network *network); /* NULL is allowed */

size_t bp_network_inputs(const bp_network *network);
size_t bp_network_outputs(const bp_network *network);
size_t bp_network_n_layers(const bp_network *network);
bp_layer bp_network_layer(const bp_network *network, size_t l); /* l < n_layers */

/* The name of a layer's tensor in files and in lists of tensors: {2l}.weight or {2l}.bias, as
 * PyTorch's Sequential(Linear, activation, Linear …) numbers them. Returns `text`. */
#define BP_TENSOR_NAME_SIZE 32
typedef enum bp_tensor_kind { BP_TENSOR_WEIGHT, BP_TENSOR_BIAS } bp_tensor_kind;
char *bp_tensor_name(size_t l, bp_tensor_kind kind, char text[BP_TENSOR_NAME_SIZE]);

/* The block: bp_network_n_parameters() numbers, owned by the network, there to be read and
 * written. */
size_t bp_network_n_parameters(const bp_network *network);
bp_real *bp_network_parameters(const bp_network *network);

/* Sets every weight by a named method, from the random stream of `seed`; biases are 0 except
 * with uniform01:
 *   glorot     uniform on ±√(6/(k+n)) (Glorot and Bengio, AISTATS 2010)
 *   he         normal, variance 2/k (He et al., ICCV 2015)
 *   normal     standard normal
 *   uniform01  uniform on [0, 1), weights and biases in the block's order: the document's
 * An unknown name is BP_ERROR_ARGUMENT, with the known ones in *error. */
bp_status bp_network_initialize(bp_network *network, const char *method, uint64_t seed,
                                bp_error *error);
const char *bp_initialization_name(size_t i); /* NULL past the last */

/* ---- Passes over a batch ----------------------------------------------------------------- */

/* What forward and backward leave behind for one batch: A, Z and D of every layer. A workspace is
 * made for a network's shape; it may be used with any network of that shape, by one thread at a
 * time. */
typedef struct bp_workspace bp_workspace;

/* For up to `max_rows` rows, with that kernel (NULL: auto). Memory: max_rows · (inputs + 1 + Σ
 * (3·neurons + 1) over the layers) numbers, and less than 128 bytes more for a row of each matrix
 * that has 64 columns or more. On success *workspace belongs to the caller. Errors:
 * BP_ERROR_ARGUMENT, BP_ERROR_SIZE, BP_ERROR_MEMORY. */
bp_status bp_workspace_create(const bp_network *network, const bp_kernel *kernel, size_t max_rows,
                              bp_workspace **workspace, bp_error *error);
void bp_workspace_destroy(bp_workspace *workspace); /* NULL is allowed */

size_t bp_workspace_max_rows(const bp_workspace *workspace);

/* Whether it was made for a network of this one's shape. */
bool bp_workspace_fits(const bp_workspace *workspace, const bp_network *network);

/* A₀, max_rows×(k+1), where the inputs of the batch go, with its leading dimension in *lda. Write
 * the first k columns; the ones in the last are kept by the workspace. */
bp_real *bp_workspace_inputs(bp_workspace *workspace, size_t *lda);

/* The outputs A_L of the last forward pass, with their leading dimension in *lda. */
const bp_real *bp_workspace_outputs(const bp_workspace *workspace, size_t *lda);

/* The document's neuron: a row of W, and what the last passes gave it for one row of the batch. */
typedef struct bp_neuron {
    const bp_real *weights; /* n_weights of them, in the network's block */
    size_t n_weights;
    bp_real bias;
    bp_real output, delta;
} bp_neuron;

/* Neuron j < n of layer l < n_layers for row i < max_rows of the batch, not checked; workspace NULL
 * leaves output and delta 0. */
bp_neuron bp_network_neuron(const bp_network *network, const bp_workspace *workspace, size_t l,
                            size_t j, size_t i);

/* The passes, on the first m ≤ max_rows rows of the workspace. They check and allocate nothing.
 * forward: A₀ to A_L. loss_sum: of the outputs against T (m×outputs), row i counting `weights[i]`
 * times (NULL: once). loss_delta: D_L, the derivative of scale · (that sum). backward: D_L to every
 * layer's G, in a block `gradient` laid out as the parameters. input_gradient: E = ∂loss/∂inputs,
 * m×inputs, after backward. */
void bp_forward(const bp_network *network, bp_workspace *workspace, size_t m);
double bp_loss_sum(const bp_network *network, const bp_workspace *workspace, const bp_loss *loss,
                   size_t m, const bp_real *T, size_t ldt, const double *weights);
void bp_loss_delta(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                   size_t m, const bp_real *T, size_t ldt, const double *weights, double scale);
void bp_backward(const bp_network *network, bp_workspace *workspace, size_t m, bp_real *gradient);
void bp_input_gradient(const bp_network *network, const bp_workspace *workspace, size_t m,
                       bp_real *E, size_t lde);

/* BP_OK if the loss goes with the network's output activation, one for softmax outputs with two of
 * them or more; else BP_ERROR_ARGUMENT. */
bp_status bp_loss_check(const bp_loss *loss, const bp_network *network, bp_error *error);

/* Outputs Y (m×outputs) for inputs X (m×inputs), any m: through the workspace max_rows at a time.
 * Y must not overlap X, but may be other columns of the same array. Allocates nothing. The last
 * bits of a row's outputs may be others where fewer than 8 rows go together, or with a kernel that
 * does not split (bp_kernel_splits()): a row alone need not equal the same row among others.
 * Errors: BP_ERROR_ARGUMENT, BP_ERROR_SIZE. */
bp_status bp_predict(const bp_network *network, bp_workspace *workspace, size_t m, const bp_real *X,
                     size_t ldx, bp_real *Y, size_t ldy, bp_error *error);

/* The loss of 1 ≤ m ≤ max_rows rows, at the weights that the network's block holds, and, if
 * `gradient` is not NULL, its gradient in a block laid out as that: what an optimiser of the host's
 * needs, which writes a point to the block and reads value and gradient there. Allocates nothing.
 * Cost: 2·m floating-point operations a parameter for the loss, 6·m with its gradient. For more
 * rows than a workspace is to hold, or weighted ones: bp_loss_of(), in <bprop/train.h>, which adds
 * up the gradients of parts in a block that it allocates. X and T may overlap; value and gradient
 * must overlap nothing. Errors: BP_ERROR_ARGUMENT, BP_ERROR_SIZE, with value and gradient
 * untouched. */
bp_status bp_loss_and_gradient(const bp_network *network, bp_workspace *workspace,
                               const bp_loss *loss, size_t m, const bp_real *X, size_t ldx,
                               const bp_real *T, size_t ldt, double *value, bp_real *gradient,
                               bp_error *error);

/* ---- Derivatives by the inputs ------------------------------------------------------------ */

/* What a solver needs of a network that is part of its equations. Both take any m, 0 included,
 * through the workspace as many rows at a time as it has room for, and allocate nothing. Threads
 * may share the network, each with a workspace of its own. Where an activation has a kink, its
 * slope there is the one that training uses. P is the number of parameters.
 *
 * Errors, with all outputs untouched: BP_ERROR_ARGUMENT for NULL (but for Y, which is then not
 * wanted, its ldy ignored, and for the matrices if m is 0), a leading dimension below the columns,
 * or a workspace of another shape or, for rows, of 0; BP_ERROR_SIZE for matrices larger than
 * memory, lde or ldj from INT_MAX on. What follows a call in the workspace is unspecified. */

/* The vector-Jacobian product: row i of E (m×inputs) is row i of V (m×outputs) times ∂y/∂x at row i
 * of X (m×inputs),
 *
 *   E_ip = Σ_o V_io ∂y_o/∂x_p,
 *
 * and Y (m×outputs) receives the outputs, if it is not NULL. With ∂loss/∂Y for V, E is ∂loss/∂X.
 * Cost: 4·m·P floating-point operations, a pass forward and one backward. E and Y may each be X or
 * V, if it has the same leading dimension; else nothing may overlap them, nor they each other. */
bp_status bp_vector_jacobian(const bp_network *network, bp_workspace *workspace, size_t m,
                             const bp_real *X, size_t ldx, const bp_real *V, size_t ldv, bp_real *Y,
                             size_t ldy, bp_real *E, size_t lde, bp_error *error);

/* The Jacobians: for each row of X (m×inputs) a matrix of outputs×inputs, one after the other in J
 * ((m·outputs)×inputs): row i·outputs + o of J is ∂y_o/∂x at row i of X,
 *
 *   J[(i·outputs + o)·ldj + p] = ∂y_o/∂x_p,
 *
 * and Y (m×outputs) receives the outputs, if it is not NULL. Cost: 2·m·P·(1 + outputs)
 * floating-point operations, a pass forward and one backward for each output; those of max_rows
 * rows of J go together, so a workspace of `outputs` rows or a multiple of that is best, even for
 * one row of X. Y may be X, if it has the same leading dimension; else nothing may overlap J and Y,
 * nor they each other. */
bp_status bp_jacobian(const bp_network *network, bp_workspace *workspace, size_t m,
                      const bp_real *X, size_t ldx, bp_real *Y, size_t ldy, bp_real *J, size_t ldj,
                      bp_error *error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
