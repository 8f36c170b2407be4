/* test_gradient.c: gradients against central differences, for every activation of the hidden layers
 * and of the outputs, every loss and every kernel, at awkward sizes and padded leading dimensions. */
#include "support.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct shape {
    size_t n_layers, sizes[MOST_LAYERS + 1], m;
} shape;

static const shape shapes[] = {
    {2, {3, 5, 2}, 7}, {3, {1, 7, 3, 9}, 2}, {2, {35, 2, 3}, 3},    {3, {5, 1, 2, 7}, 9},
    {1, {9, 5}, 1},    {2, {2, 35, 1}, 5},   {3, {2, 3, 5, 3}, 35}, {2, {7, 9, 35}, 2},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* A network, a loss, and a batch whose matrices are padded with NaN. */
typedef struct problem {
    bp_network *network;
    bp_workspace *workspace;
    const bp_loss *loss;
    size_t m, inputs, outputs, ldx, ldt;
    bp_real *X, *T, *G, *E; /* E has ldx too */
} problem;

static bp_real *make_matrix(size_t rows, size_t ld, double padding)
{
    bp_real *values = malloc(rows * ld * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < rows * ld; i++)
        values[i] = padding;
    return values;
}

/* Weights that keep sums near 1. Targets of the cross-entropies are probabilities. */
static void draw(problem *p, uint64_t seed)
{
    bp_random random;
    bp_random_seed(&random, seed, 0);
    for (size_t l = 0; l < bp_network_n_layers(p->network); l++) {
        bp_layer layer = bp_network_layer(p->network, l);
        for (size_t w = 0; w < layer.n * layer.ldw; w++)
            layer.W[w] = bp_random_normal(&random) / sqrt((double)layer.ldw);
    }
    for (size_t i = 0; i < p->m; i++) {
        for (size_t k = 0; k < p->inputs; k++)
            p->X[i * p->ldx + k] = bp_random_normal(&random);
        for (size_t j = 0; j < p->outputs; j++)
            p->T[i * p->ldt + j] =
                p->loss->output ? bp_random_uniform(&random) : 1.5 * bp_random_normal(&random);
    }
}

static problem make_problem(const shape *s, const bp_activation *hidden,
                            const bp_activation *output, const bp_loss *loss,
                            const bp_kernel *kernel)
{
    problem p = {.loss = loss, .m = s->m, .inputs = s->sizes[0], .outputs = s->sizes[s->n_layers]};
    bp_error error;
    p.ldx = p.inputs + 3;
    p.ldt = p.outputs + 2;
    make_network(s->sizes, s->n_layers, hidden, output, &p.network);
    assert_ok(bp_workspace_create(p.network, kernel, p.m + 1, &p.workspace, &error), &error);
    p.X = make_matrix(p.m, p.ldx, NAN);
    p.T = make_matrix(p.m, p.ldt, NAN);
    p.G = make_matrix(bp_network_n_parameters(p.network), 1, NAN);
    p.E = make_matrix(p.m, p.ldx, PADDING);
    return p;
}

static void destroy_problem(problem *p)
{
    bp_network_destroy(p->network);
    bp_workspace_destroy(p->workspace);
    free(p->X), free(p->T), free(p->G), free(p->E);
}

static double loss_of(const problem *p, bp_real *gradient)
{
    double value = NAN;
    bp_error error;
    assert_ok(bp_loss_and_gradient(p->network, p->workspace, p->loss, p->m, p->X, p->ldx, p->T,
                                   p->ldt, &value, gradient, &error),
              &error);
    return value;
}

static double largest(const bp_real *values, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(isfinite(values[i]));
        most = fmax(most, fabs(values[i]));
    }
    return most;
}

/* How many elements were looked at, and how many of them had no kink nearby. */
static size_t n_seen, n_checked;

/* The derivative by *x against (L(x+h) − L(x−h)) / 2h, whose rounding is about 10⁻¹⁶·L/h. A kink
 * between the two points shows as one-sided differences that disagree; such an element is left
 * out. `scale` is the largest derivative around. In single precision steps are longer, and bends
 * show too. */
static void check_element(const problem *p, bp_real *x, double derivative, double scale,
                          const char *what)
{
    const double h = DIFFERENCE(1e-6), here = loss_of(p, NULL), bend = SINGLE ? 0.05 : 1e-4;
    const double relative = SINGLE ? 0.01 : 1e-6, of_scale = SINGLE ? 0.03 : 1e-7;
    const bp_real kept = *x;
    *x = (bp_real)(kept + h);
    double above = loss_of(p, NULL);
    *x = (bp_real)(kept - h);
    double below = loss_of(p, NULL);
    *x = kept;
    n_seen++;
    if (fabs(above - here - (here - below)) > bend * h * scale + 1e-15 * here)
        return;
    n_checked++;
    check_close(derivative, (above - below) / (2 * h), relative,
                of_scale * scale + (SINGLE ? 1e-4 : 1e-9) * here, what, __FILE__, __LINE__);
}

/* About forty weights and five inputs, others for every seed. Where no gradient is left at all (a
 * dead relu, or huber's outputs that all miss by more than 1 on one side, before a softmax),
 * another draw has one. */
static void check_gradient(problem *p, uint64_t seed, const char *what)
{
    size_t n = bp_network_n_parameters(p->network), step = n / 40 + 1;
    bp_real *W = bp_network_parameters(p->network);
    double scale = 0;
    for (uint64_t again = 0; again < 5 && !(scale > 0); again++) {
        draw(p, seed + 1000 * again);
        loss_of(p, p->G);
        scale = largest(p->G, n);
    }
    if (!(scale > 0))
        fail_msg("%s: the gradient is all zero", what);
    bp_input_gradient(p->network, p->workspace, p->m, p->E, p->ldx);
    check_padding(p->E, p->m, p->inputs, p->ldx);
    for (size_t i = seed % step; i < n; i += step)
        check_element(p, &W[i], p->G[i], scale, what);
    for (size_t e = seed; e < seed + 5; e++) {
        size_t at = e % p->m * p->ldx + e % p->inputs;
        check_element(p, &p->X[at], p->E[at], scale, what);
    }
}

static void check_combination(const bp_activation *hidden, const bp_activation *output,
                              const bp_loss *loss, uint64_t seed)
{
    const shape *s = &shapes[seed % N_SHAPES];
    if (s->sizes[s->n_layers] == 1 && strcmp(output->name, "softmax") == 0)
        s = &shapes[0]; /* the softmax of one sum is 1 whatever it is */
    for (size_t k = 0; bp_kernel_at(k); k++) {
        char what[120];
        snprintf(what, sizeof what, "%s, %s outputs, %s, kernel %s, seed %d", hidden->name,
                 output->name, loss->name, bp_kernel_at(k)->name, (int)seed);
        problem p = make_problem(s, hidden, output, loss, bp_kernel_at(k));
        check_gradient(&p, seed, what);
        destroy_problem(&p);
    }
}

/* Every activation of the hidden layers and of the outputs, with every loss, on every kernel. */
static void test_gradients(void **state)
{
    (void)state;
    uint64_t seed = 0;
    for (size_t h = 0; bp_activation_at(h); h++)
        for (size_t o = 0; bp_activation_at(o); o++)
            for (size_t l = 0; bp_loss_at(l); l++) {
                const bp_activation *hidden = bp_activation_at(h), *output = bp_activation_at(o);
                const char *wanted = bp_loss_at(l)->output;
                if (!wanted || strcmp(wanted, output->name) == 0)
                    check_combination(hidden, output, bp_loss_at(l), seed++);
            }
    assert_true(seed > 400);
    if (n_checked < n_seen / 100 * (SINGLE ? 85 : 98))
        fail_msg("only %zu of %zu elements are away from kinks", n_checked, n_seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
