/* test_reference.c: numbers computed elsewhere, in float64: passes and one step (autograd/), the
 * two-class program's training (two_class.json), and the dosage network's (dosage.json). */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* The numbers of an object's array of arrays; `pad` columns of NaN, which would spoil all. */
static bp_real *matrix_at(const json_t *object, const char *key, size_t pad, size_t *rows,
                          size_t *columns, size_t *ld)
{
    const json_t *array = json_object_get(object, key);
    assert_true(json_is_array(array));
    return matrix_of_json(array, pad, NAN, rows, columns, ld);
}

static double number_at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("no number %s", key);
    return json_number_value(value);
}

/* Matrices of layers, one after the other, into a block; *n receives how many numbers. */
static bp_real *block_of_json(const json_t *layers, size_t *n)
{
    bp_real *block = NULL;
    *n = 0;
    for (size_t l = 0; l < json_array_size(layers); l++) {
        size_t rows, columns, ld;
        bp_real *layer = matrix_of_json(json_array_get(layers, l), 0, 0, &rows, &columns, &ld);
        block = realloc(block, (*n + rows * columns) * sizeof *block);
        assert_non_null(block);
        memcpy(block + *n, layer, rows * columns * sizeof *block);
        *n += rows * columns;
        free(layer);
    }
    return block;
}

/* Within `rtol` of each number. An element that is small because large terms cancel keeps the
 * rounding of those terms, hence a hundredth of that of the matrix's largest besides. */
static void check_matrix(const bp_real *actual, size_t ld_actual, const bp_real *expected,
                         size_t ld, size_t rows, size_t columns, double rtol, const char *what)
{
    double most = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            most = fmax(most, fabs(expected[i * ld + j]));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            check_close(actual[i * ld_actual + j], expected[i * ld + j], rtol, 0.01 * rtol * most,
                        what, __FILE__, __LINE__);
}

/* ---- Automatic differentiation --------------------------------------------------------------- */

/* One file. X and T are padded. */
typedef struct autograd {
    json_t *document;
    bp_network *network;
    const bp_loss *loss;
    size_t m, inputs, outputs, ldx, ldt, n_weights;
    bp_real *X, *T, *weights;
} autograd;

static bp_network *network_of_json(const json_t *document)
{
    const json_t *names = json_object_get(document, "activations");
    const json_t *layer_sizes = json_object_get(document, "layer_sizes");
    size_t n_layers = json_array_size(names), sizes[MOST_LAYERS + 1];
    const bp_activation *activations[MOST_LAYERS];
    assert_true(n_layers <= MOST_LAYERS);
    for (size_t l = 0; l <= n_layers; l++)
        sizes[l] = (size_t)json_integer_value(json_array_get(layer_sizes, l));
    for (size_t l = 0; l < n_layers; l++)
        activations[l] = bp_activation_find(json_string_value(json_array_get(names, l)), NULL);
    bp_network *network;
    bp_error error;
    assert_ok(bp_network_create(sizes, n_layers, activations, &network, &error), &error);
    return network;
}

static autograd load_case(size_t number)
{
    char path[80];
    autograd c;
    size_t rows;
    snprintf(path, sizeof path, "tests/reference/autograd/case%02zu.json", number);
    c.document = load_json(path);
    c.network = network_of_json(c.document);
    c.loss = bp_loss_find(json_string_value(json_object_get(c.document, "loss")), NULL);
    assert_non_null(c.loss);
    c.X = matrix_at(c.document, "inputs", 2, &c.m, &c.inputs, &c.ldx);
    c.T = matrix_at(c.document, "targets", 3, &rows, &c.outputs, &c.ldt);
    assert_int_equal(rows, c.m);
    c.weights = block_of_json(json_object_get(c.document, "weights"), &c.n_weights);
    assert_int_equal(c.n_weights, bp_network_n_parameters(c.network));
    memcpy(bp_network_parameters(c.network), c.weights, c.n_weights * sizeof *c.weights);
    return c;
}

static void free_case(autograd *c)
{
    json_decref(c->document);
    bp_network_destroy(c->network);
    free(c->X), free(c->T), free(c->weights);
}

/* Outputs, loss and both gradients. */
static void check_passes(const autograd *c, const bp_kernel *kernel, const bp_real *gradient)
{
    size_t rows, columns, ld, ldy = c->outputs + 1, lde = c->inputs + 1;
    double value;
    bp_real *G = malloc(c->n_weights * sizeof *G), *Y = malloc(c->m * ldy * sizeof *Y);
    bp_real *E = malloc(c->m * lde * sizeof *E);
    bp_workspace *workspace;
    bp_error error;
    assert_true(G && Y && E);
    assert_ok(bp_workspace_create(c->network, kernel, c->m, &workspace, &error), &error);
    assert_ok(bp_predict(c->network, workspace, c->m, c->X, c->ldx, Y, ldy, &error), &error);
    assert_ok(bp_loss_and_gradient(c->network, workspace, c->loss, c->m, c->X, c->ldx, c->T, c->ldt,
                                   &value, G, &error),
              &error);
    bp_input_gradient(c->network, workspace, c->m, E, lde);

    assert_close(value, number_at(c->document, "loss_value"), 1e-12, 0);
    bp_real *outputs = matrix_at(c->document, "outputs", 0, &rows, &columns, &ld);
    check_matrix(Y, ldy, outputs, ld, c->m, c->outputs, 1e-12, "outputs");
    bp_real *input_gradients = matrix_at(c->document, "input_gradients", 0, &rows, &columns, &ld);
    check_matrix(E, lde, input_gradients, ld, c->m, c->inputs, 1e-12, "input_gradients");
    for (size_t l = 0; l < bp_network_n_layers(c->network); l++) {
        bp_layer layer = bp_network_layer(c->network, l);
        check_matrix(G + layer.offset, layer.ldw, gradient + layer.offset, layer.ldw, layer.n,
                     layer.k + 1, 1e-12, "weight_gradients");
    }
    free(G), free(Y), free(E), free(outputs), free(input_gradients);
    bp_workspace_destroy(workspace);
}

/* ∂loss/∂Y of one row; of the losses that are computed from the sums Z, by their definition. */
static void output_gradient(const autograd *c, const bp_real *y, const bp_real *t, bp_real *v)
{
    bp_real scale = (bp_real)(1 / bp_loss_divisor(c->loss, (double)c->m, c->outputs));
    if (!c->loss->output)
        c->loss->delta(1, c->outputs, y, c->outputs, t, c->outputs, scale, v, c->outputs);
    else if (strcmp(c->loss->output, "sigmoid") == 0)
        for (size_t o = 0; o < c->outputs; o++)
            v[o] = scale * ((1 - t[o]) / (1 - y[o]) - t[o] / y[o]);
    else
        for (size_t o = 0; o < c->outputs; o++)
            v[o] = scale * -t[o] / y[o];
}

/* The input gradients are V = ∂loss/∂Y times the Jacobians, at once and by the Jacobians. Through a
 * workspace of too few rows. */
static void check_derivatives(const autograd *c, const bp_kernel *kernel)
{
    size_t rows, columns, ld, n = c->outputs, k = c->inputs;
    bp_real *Y = malloc(c->m * n * sizeof *Y), *V = malloc(c->m * n * sizeof *V);
    bp_real *E = malloc(c->m * k * sizeof *E), *J = malloc(c->m * n * k * sizeof *J);
    bp_real *expected = matrix_at(c->document, "input_gradients", 0, &rows, &columns, &ld);
    bp_workspace *workspace;
    bp_error error;
    assert_true(Y && V && E && J);
    assert_ok(bp_workspace_create(c->network, kernel, c->m / 2 + 1, &workspace, &error), &error);
    assert_ok(bp_jacobian(c->network, workspace, c->m, c->X, c->ldx, Y, n, J, k, &error), &error);
    for (size_t i = 0; i < c->m; i++)
        output_gradient(c, Y + i * n, c->T + i * c->ldt, V + i * n);
    assert_ok(
        bp_vector_jacobian(c->network, workspace, c->m, c->X, c->ldx, V, n, NULL, 0, E, k, &error),
        &error);
    check_matrix(E, k, expected, ld, c->m, k, 1e-12, "vector-Jacobian products");
    memset(E, 0, c->m * k * sizeof *E);
    for (size_t r = 0; r < c->m * n; r++)
        for (size_t p = 0; p < k; p++)
            E[r / n * k + p] += V[r] * J[r * k + p];
    check_matrix(E, k, expected, ld, c->m, k, 1e-12, "Jacobians");
    free(Y), free(V), free(E), free(J), free(expected);
    bp_workspace_destroy(workspace);
}

/* w − 0.1 g after one step of sgd on all rows; the network gets its weights back. */
static void check_step(const autograd *c, const bp_kernel *kernel, const bp_real *gradient)
{
    bp_arrays arrays = {c->m, c->inputs, c->outputs, c->X, c->ldx, c->T, c->ldt, NULL};
    bp_source source = bp_arrays_source(&arrays);
    bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                .learning_rate = 0.1,
                                .epochs = 1,
                                .kernel = kernel};
    bp_real *w = bp_network_parameters(c->network), *expected = malloc(c->n_weights * sizeof *w);
    bp_error error;
    assert_non_null(expected);
    for (size_t i = 0; i < c->n_weights; i++)
        expected[i] = c->weights[i] - 0.1 * gradient[i];
    assert_ok(bp_train(c->network, c->loss, &source, NULL, &options, &error), &error);
    check_matrix(w, c->n_weights, expected, c->n_weights, 1, c->n_weights, 1e-12, "weights");
    memcpy(w, c->weights, c->n_weights * sizeof *w);
    free(expected);
}

static void test_autograd(void **state)
{
    (void)state;
    enum { N_CASES = 27 };
    for (size_t number = 0; number < N_CASES; number++) {
        autograd c = load_case(number);
        size_t n;
        bp_real *gradient = block_of_json(json_object_get(c.document, "weight_gradients"), &n);
        assert_int_equal(n, c.n_weights);
        for (size_t k = 0; bp_kernel_at(k); k++) {
            check_passes(&c, bp_kernel_at(k), gradient);
            check_derivatives(&c, bp_kernel_at(k));
            check_step(&c, bp_kernel_at(k), gradient);
        }
        free(gradient);
        free_case(&c);
    }
}

/* ---- Two classes ------------------------------------------------------------------------------
 */

enum { EPOCHS = 20, N_ROWS = 10 };

/* What the epochs left behind, by the callback. */
typedef struct history {
    size_t epochs;
    double loss[EPOCHS];
    bp_neuron last[2][2]; /* of the last row: its output and delta */
} history;

static int record(const bp_progress *progress, void *user)
{
    history *h = user;
    assert_true(progress->epoch == h->epochs + 1 && progress->epoch <= EPOCHS);
    h->loss[h->epochs++] = progress->loss;
    for (size_t l = 0; l < 2; l++)
        for (size_t j = 0; j < 2; j++)
            h->last[l][j] = bp_network_neuron(progress->network, progress->workspace, l, j,
                                              progress->batch_rows - 1);
    return 0;
}

/* 20 epochs at rate ½ in file order, of two sigmoid layers that start as the program's. */
static bp_network *train_two_class(const json_t *document, const char *loss, size_t batch_size,
                                   const bp_kernel *kernel, history *h)
{
    size_t rows, columns, ld, sizes[] = {2, 2, 2};
    bp_real T[N_ROWS * 2], *X = matrix_at(document, "dataset", 0, &rows, &columns, &ld);
    assert_true(rows == N_ROWS && columns == 3);
    for (size_t i = 0; i < N_ROWS; i++) /* the third column is the class */
        for (size_t j = 0; j < 2; j++)
            T[i * 2 + j] = X[i * ld + 2] == (double)j;
    bp_arrays arrays = {N_ROWS, 2, 2, X, ld, T, 2, NULL};
    bp_source source = bp_arrays_source(&arrays);
    const bp_activation *sigmoid = bp_activation_find("sigmoid", NULL);
    bp_network *network;
    bp_error error;
    assert_ok(
        bp_network_create(sizes, 2, (const bp_activation *[]){sigmoid, sigmoid}, &network, &error),
        &error);
    assert_ok(bp_network_initialize(network, "uniform01", 1, &error), &error);
    bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                .learning_rate = 0.5,
                                .epochs = EPOCHS,
                                .batch_size = batch_size,
                                .file_order = true,
                                .kernel = kernel,
                                .progress = record,
                                .user = h};
    *h = (history){0};
    assert_ok(bp_train(network, bp_loss_find(loss, NULL), &source, NULL, &options, &error), &error);
    assert_int_equal(h->epochs, EPOCHS);
    free(X);
    return network;
}

static void check_number(double actual, double expected, bool exact)
{
    if (exact && !SINGLE)
        assert_same_bits(actual, expected);
    else
        assert_close(actual, expected, 1e-12, 0);
}

static void check_errors(const json_t *run, const history *h, double factor, bool exact)
{
    const json_t *errors = json_object_get(run, "epoch_errors");
    assert_int_equal(json_array_size(errors), EPOCHS);
    for (size_t e = 0; e < EPOCHS; e++)
        check_number(factor * h->loss[e], json_number_value(json_array_get(errors, e)), exact);
}

/* The program's own run. Its error is the SSR, twice the loss that it descends. */
static void test_row_by_row(void **state)
{
    (void)state;
    json_t *document = load_json("tests/reference/two_class.json");
    const json_t *online = json_object_get(document, "online");
    const json_t *final = json_object_get(online, "final");
    for (size_t k = 0; bp_kernel_at(k); k++) {
        history h;
        bool exact = strcmp(bp_kernel_at(k)->name, "loops") == 0;
        bp_network *network = train_two_class(document, "half_ssr", 1, bp_kernel_at(k), &h);
        check_errors(online, &h, 2, exact);
        for (size_t l = 0; l < 2; l++)
            for (size_t j = 0; j < 2; j++) {
                const json_t *expected = json_array_get(json_array_get(final, l), j);
                const json_t *weights = json_object_get(expected, "weights");
                bp_neuron neuron = bp_network_neuron(network, NULL, l, j, 0);
                assert_int_equal(neuron.n_weights, 2);
                for (size_t p = 0; p < 2; p++)
                    check_number(neuron.weights[p], json_number_value(json_array_get(weights, p)),
                                 exact);
                check_number(neuron.bias, json_number_value(json_array_get(weights, 2)), exact);
                check_number(h.last[l][j].output, number_at(expected, "output"), exact);
                check_number(h.last[l][j].delta, number_at(expected, "delta"), exact);
            }
        bp_network_destroy(network);
    }
    json_decref(document);
}

/* mse is ½·SSR's mean over the rows, because there are 2 outputs: SSR / (rows · 2). */
static void test_full_batch(void **state)
{
    (void)state;
    const struct {
        const char *key, *loss;
        double error_of_loss;
    } runs[] = {{"full_batch_sum", "half_ssr", 2}, {"full_batch_mean", "mse", 2 * N_ROWS}};
    json_t *document = load_json("tests/reference/two_class.json");
    for (size_t r = 0; r < 2; r++) {
        const json_t *run = json_object_get(document, runs[r].key);
        size_t n;
        bp_real *expected = block_of_json(json_object_get(run, "final_weights"), &n);
        for (size_t k = 0; bp_kernel_at(k); k++) {
            history h;
            bp_network *network = train_two_class(document, runs[r].loss, 0, bp_kernel_at(k), &h);
            assert_int_equal(n, bp_network_n_parameters(network));
            check_errors(run, &h, runs[r].error_of_loss, false);
            for (size_t i = 0; i < n; i++)
                assert_close(bp_network_parameters(network)[i], expected[i], 1e-12, 0);
            bp_network_destroy(network);
        }
        free(expected);
    }
    json_decref(document);
}

/* ---- Dosage and efficacy -----------------------------------------------------------------------
 */

/* The block: two hidden neurons, each its weight and bias, and the output neuron. */
static const char *const parameters[] = {"w1", "b1", "w2", "b2", "w3", "w4", "b3"};
enum { N_PARAMETERS = sizeof parameters / sizeof *parameters };

static const struct {
    const char *key, *train_only;
} optimisations[] = {{"b3_only", "2.bias"}, {"w3_w4_b3", "2.weight,2.bias"}, {"all", NULL}};

static bp_network *make_dosage(const json_t *start)
{
    const size_t sizes[] = {1, 2, 1};
    const bp_activation *activations[] = {bp_activation_find("softplus", NULL),
                                          bp_activation_find("identity", NULL)};
    bp_network *network;
    bp_error error;
    assert_ok(bp_network_create(sizes, 2, activations, &network, &error), &error);
    assert_int_equal(bp_network_n_parameters(network), N_PARAMETERS);
    for (size_t i = 0; i < N_PARAMETERS; i++)
        bp_network_parameters(network)[i] = number_at(start, parameters[i]);
    return network;
}

/* The SSR and the gradient where the network stands. */
static double ssr_of(const bp_network *network, const bp_arrays *data, const bp_kernel *kernel,
                     bp_real *gradient)
{
    bp_workspace *workspace;
    double value = NAN;
    bp_error error;
    assert_ok(bp_workspace_create(network, kernel, data->rows, &workspace, &error), &error);
    assert_ok(bp_loss_and_gradient(network, workspace, bp_loss_find("ssr", NULL), data->rows,
                                   data->X, data->ldx, data->T, data->ldt, &value, gradient,
                                   &error),
              &error);
    bp_workspace_destroy(workspace);
    return value;
}

static void check_state(const bp_network *network, const bp_arrays *data, const bp_kernel *kernel,
                        const json_t *expected)
{
    bp_real gradient[N_PARAMETERS];
    assert_close(ssr_of(network, data, kernel, gradient), number_at(expected, "ssr"),
                 SINGLE ? 1e-3 : 1e-9, 1e-12);
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        const json_t *slopes = json_object_get(expected, "gradient");
        check_close(gradient[i], number_at(slopes, parameters[i]), SINGLE ? 1e-3 : 1e-9,
                    SINGLE ? 1e-3 : 1e-12, parameters[i], __FILE__, __LINE__);
        check_close(bp_network_parameters(network)[i], number_at(expected, parameters[i]),
                    SINGLE ? 1e-3 : 1e-9, 1e-12, parameters[i], __FILE__, __LINE__);
    }
}

/* sgd has no memory, so training from one listed step to the next is training in one go. */
static void check_optimisation(const json_t *run, const char *train_only, const bp_arrays *data,
                               const bp_kernel *kernel)
{
    bp_network *network = make_dosage(json_object_get(run, "start"));
    bp_source source = bp_arrays_source(data);
    json_t *steps = json_object_get(run, "steps"), *expected;
    const char *key;
    size_t done = 0;
    bp_train_options options = {.optimizer = bp_optimizer_find("sgd", NULL),
                                .learning_rate = number_at(run, "learning_rate"),
                                .train_only = train_only,
                                .kernel = kernel};
    json_object_foreach(steps, key, expected)
    {
        size_t step = strtoul(key, NULL, 10);
        bp_error error;
        assert_true(step >= done);
        options.epochs = step - done;
        done = step;
        assert_ok(bp_train(network, bp_loss_find("ssr", NULL), &source, NULL, &options, &error),
                  &error);
        check_state(network, data, kernel, expected);
    }
    assert_true(done > 20);
    bp_network_destroy(network);
}

static void test_dosage(void **state)
{
    (void)state;
    const bp_real dosage[] = {0, 0.5, 1}, efficacy[] = {0, 1, 0};
    const bp_arrays data = {3, 1, 1, dosage, 1, efficacy, 1, NULL};
    json_t *document = load_json("tests/reference/dosage.json");
    for (size_t o = 0; o < sizeof optimisations / sizeof *optimisations; o++)
        for (size_t k = 0; bp_kernel_at(k); k++)
            check_optimisation(json_object_get(document, optimisations[o].key),
                               optimisations[o].train_only, &data, bp_kernel_at(k));

    const json_t *curve = json_object_get(document, "ssr_against_b3");
    bp_network *network =
        make_dosage(json_object_get(json_object_get(document, "b3_only"), "start"));
    assert_true(json_array_size(curve) > 20);
    for (size_t i = 0; i < json_array_size(curve); i++)
        for (size_t k = 0; bp_kernel_at(k); k++) {
            const json_t *point = json_array_get(curve, i);
            bp_network_parameters(network)[6] = json_number_value(json_array_get(point, 0));
            assert_close(ssr_of(network, &data, bp_kernel_at(k), NULL),
                         json_number_value(json_array_get(point, 1)), 1e-9, 1e-12);
        }
    bp_network_destroy(network);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_autograd),
        cmocka_unit_test(test_row_by_row),
        cmocka_unit_test(test_full_batch),
        cmocka_unit_test(test_dosage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
