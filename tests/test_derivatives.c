/* test_derivatives.c: Jacobians and vector-Jacobian products against central differences and each
 * other, for every activation of the hidden layers and of the outputs and every kernel, at awkward
 * sizes, padded leading dimensions and more rows than the workspace has; what may overlap, and what
 * is refused. Against numbers computed elsewhere: test_reference.c. */
#include "support.h"

#include "base/random.h"
#include "base/team.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double ROUNDING = SINGLE ? FLT_EPSILON : DBL_EPSILON;

/* `most` is what the workspace takes: less than the rows, less than the outputs, or neither. */
typedef struct shape {
    size_t n_layers, sizes[MOST_LAYERS + 1], m, most;
} shape;

static const shape shapes[] = {
    {2, {3, 5, 2}, 7, 3},  {3, {1, 7, 3, 9}, 2, 35}, {2, {35, 2, 3}, 3, 1},
    {1, {9, 5}, 1, 2},     {3, {2, 3, 5, 3}, 35, 9}, {2, {2, 7, 1}, 5, 5},
    {2, {7, 9, 35}, 2, 7}, {3, {5, 1, 2, 7}, 9, 7},  {2, {3, 35, 3}, 5, 2},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* A network, its inputs, padded with NaN, and what is computed, padded with PADDING. */
typedef struct problem {
    bp_network *network;
    bp_workspace *workspace;
    size_t m, inputs, outputs, ldx, ldv, ldy, lde, ldj;
    bp_real *X, *V, *Y, *E, *J;
} problem;

static bp_real *make_matrix(size_t rows, size_t ld, double padding)
{
    bp_real *values = malloc((rows * ld + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < rows * ld; i++)
        values[i] = (bp_real)padding;
    return values;
}

static problem make_problem(const shape *s, const bp_activation *hidden,
                            const bp_activation *output, const bp_kernel *kernel)
{
    problem p = {.m = s->m, .inputs = s->sizes[0], .outputs = s->sizes[s->n_layers]};
    bp_error error;
    p.ldx = p.inputs + 3, p.lde = p.inputs + 1, p.ldj = p.inputs + 2;
    p.ldv = p.outputs + 2, p.ldy = p.outputs + 3;
    make_network(s->sizes, s->n_layers, hidden, output, &p.network);
    assert_ok(bp_workspace_create(p.network, kernel, s->most, &p.workspace, &error), &error);
    p.X = make_matrix(p.m, p.ldx, NAN);
    p.V = make_matrix(p.m, p.ldv, NAN);
    p.Y = make_matrix(p.m, p.ldy, PADDING);
    p.E = make_matrix(p.m, p.lde, PADDING);
    p.J = make_matrix(p.m * p.outputs, p.ldj, PADDING);
    return p;
}

static void destroy_problem(problem *p)
{
    bp_network_destroy(p->network);
    bp_workspace_destroy(p->workspace);
    free(p->X), free(p->V), free(p->Y), free(p->E), free(p->J);
}

static void draw_matrix(bp_random *random, bp_real *at, size_t rows, size_t columns, size_t ld,
                        double scale)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            at[i * ld + j] = (bp_real)(scale * bp_random_normal(random));
}

/* Weights that keep sums near 1. */
static void draw(problem *p, uint64_t seed)
{
    bp_random random;
    bp_random_seed(&random, seed, 0);
    for (size_t l = 0; l < bp_network_n_layers(p->network); l++) {
        bp_layer layer = bp_network_layer(p->network, l);
        draw_matrix(&random, layer.W, layer.n, layer.ldw, layer.ldw, 1 / sqrt((double)layer.ldw));
    }
    draw_matrix(&random, p->X, p->m, p->inputs, p->ldx, 1);
    draw_matrix(&random, p->V, p->m, p->outputs, p->ldv, 1);
}

static void predict(const problem *p, bp_real *Y)
{
    bp_error error;
    assert_ok(bp_predict(p->network, p->workspace, p->m, p->X, p->ldx, Y, p->ldy, &error), &error);
}

static void jacobian(const problem *p, bp_real *Y)
{
    bp_error error;
    assert_ok(
        bp_jacobian(p->network, p->workspace, p->m, p->X, p->ldx, Y, p->ldy, p->J, p->ldj, &error),
        &error);
}

static void product(const problem *p, bp_real *Y)
{
    bp_error error;
    assert_ok(bp_vector_jacobian(p->network, p->workspace, p->m, p->X, p->ldx, p->V, p->ldv, Y,
                                 p->ldy, p->E, p->lde, &error),
              &error);
}

/* Of the Jacobians; the padding must be untouched. */
static double largest(const problem *p)
{
    double most = 0;
    for (size_t r = 0; r < p->m * p->outputs; r++) {
        for (size_t k = 0; k < p->inputs; k++)
            most = fmax(most, fabs((double)p->J[r * p->ldj + k]));
        assert_same_bits(p->J[r * p->ldj + p->inputs], PADDING);
    }
    check_padding(p->J, p->m * p->outputs, p->inputs, p->ldj);
    assert_true(isfinite(most));
    return most;
}

/* How many elements were looked at, and how many of them had no kink nearby. */
static size_t n_seen, n_checked;

/* Column k of all the Jacobians against (y(x+h) − y(x−h)) / 2h. A kink between the points shows as
 * one-sided differences that disagree; such an element is left out. */
static void check_column(const problem *p, size_t k, double scale, const char *what)
{
    const double h = DIFFERENCE(1e-6), smooth = SINGLE ? 4e-2 : 3e-5, within = SINGLE ? 2e-2 : 2e-7;
    bp_real *Y[3]; /* at x − h, x, x + h */
    for (int side = 0; side < 3; side++) {
        bp_real kept[64];
        Y[side] = make_matrix(p->m, p->ldy, PADDING);
        for (size_t i = 0; i < p->m; i++) {
            bp_real *x = &p->X[i * p->ldx + k];
            kept[i] = *x;
            *x = (bp_real)(*x + (side - 1) * h);
        }
        predict(p, Y[side]);
        for (size_t i = 0; i < p->m; i++)
            p->X[i * p->ldx + k] = kept[i];
    }
    for (size_t i = 0; i < p->m; i++)
        for (size_t o = 0; o < p->outputs; o++) {
            size_t at = i * p->ldy + o;
            double below = Y[0][at], here = Y[1][at], above = Y[2][at];
            n_seen++;
            if (fabs(above - here - (here - below)) > smooth * h * scale + 4 * ROUNDING)
                continue;
            n_checked++;
            check_close(p->J[(i * p->outputs + o) * p->ldj + k], (above - below) / (2 * h), within,
                        within * scale + 4 * ROUNDING / h, what, __FILE__, __LINE__);
        }
    free(Y[0]), free(Y[1]), free(Y[2]);
}

/* E_ip = Σ_o V_io ∂y_o/∂x_p */
static void check_product(const problem *p, double scale, const char *what)
{
    product(p, NULL);
    for (size_t i = 0; i < p->m; i++)
        for (size_t k = 0; k < p->inputs; k++) {
            double sum = 0, size = 0;
            for (size_t o = 0; o < p->outputs; o++) {
                double term = p->V[i * p->ldv + o] * p->J[(i * p->outputs + o) * p->ldj + k];
                sum += term, size += fabs(term);
            }
            check_close(p->E[i * p->lde + k], sum, 0, 100 * ROUNDING * (size + scale), what,
                        __FILE__, __LINE__);
        }
    check_padding(p->E, p->m, p->inputs, p->lde);
}

/* Row o of every Jacobian is the product of unit vector o. */
static void check_unit_vectors(const problem *p, double scale, const char *what)
{
    for (size_t o = 0; o < p->outputs; o++) {
        for (size_t i = 0; i < p->m; i++)
            for (size_t j = 0; j < p->outputs; j++)
                p->V[i * p->ldv + j] = j == o;
        product(p, NULL);
        for (size_t i = 0; i < p->m; i++)
            for (size_t k = 0; k < p->inputs; k++)
                check_close(p->E[i * p->lde + k], p->J[(i * p->outputs + o) * p->ldj + k], 0,
                            10 * ROUNDING * scale, what, __FILE__, __LINE__);
    }
}

static void check_outputs(const problem *p, const char *what)
{
    bp_real *expected = make_matrix(p->m, p->ldy, PADDING);
    predict(p, expected);
    for (int call = 0; call < 2; call++) {
        for (size_t i = 0; i < p->m * p->ldy; i++)
            p->Y[i] = (bp_real)PADDING;
        call == 0 ? jacobian(p, p->Y) : product(p, p->Y);
        for (size_t i = 0; i < p->m; i++)
            for (size_t o = 0; o < p->outputs; o++)
                check_close(p->Y[i * p->ldy + o], expected[i * p->ldy + o], 0, 20 * ROUNDING, what,
                            __FILE__, __LINE__);
        check_padding(p->Y, p->m, p->outputs, p->ldy);
    }
    free(expected);
}

/* The softmax of one sum is 1 whatever it is. */
static const shape *shape_for(const bp_activation *hidden, const bp_activation *output,
                              uint64_t seed)
{
    const shape *s = &shapes[seed % N_SHAPES];
    for (size_t l = 1; l <= s->n_layers; l++)
        if (s->sizes[l] == 1 && strcmp((l < s->n_layers ? hidden : output)->name, "softmax") == 0)
            return &shapes[0];
    return s;
}

/* Where no derivative is left at all (a dead relu) another draw has one. */
static void check_combination(const bp_activation *hidden, const bp_activation *output,
                              uint64_t seed)
{
    const shape *s = shape_for(hidden, output, seed);
    for (size_t k = 0; bp_kernel_at(k); k++) {
        char what[120];
        snprintf(what, sizeof what, "%s, %s outputs, kernel %s, seed %d", hidden->name,
                 output->name, bp_kernel_at(k)->name, (int)seed);
        problem p = make_problem(s, hidden, output, bp_kernel_at(k));
        double scale = 0;
        for (uint64_t again = 0; again < 5 && !(scale > 0); again++) {
            draw(&p, seed + 1000 * again);
            jacobian(&p, NULL);
            scale = largest(&p);
        }
        if (!(scale > 0))
            fail_msg("%s: the Jacobian is all zero", what);
        for (size_t column = 0; column < p.inputs; column++)
            check_column(&p, column, scale, what);
        check_product(&p, scale, what);
        check_outputs(&p, what);
        check_unit_vectors(&p, scale, what);
        destroy_problem(&p);
    }
}

static void test_combinations(void **state)
{
    (void)state;
    uint64_t seed = 0;
    for (size_t h = 0; bp_activation_at(h); h++)
        for (size_t o = 0; bp_activation_at(o); o++, seed++)
            check_combination(bp_activation_at(h), bp_activation_at(o), seed);
    assert_true(seed >= 100);
    if (n_checked < n_seen / 100 * 98)
        fail_msg("only %zu of %zu elements are away from kinks", n_checked, n_seen);
}

/* Every shape with every room in the workspace, for the pieces that rows and outputs come in. */
static void test_rooms(void **state)
{
    (void)state;
    const size_t rooms[] = {1, 2, 3, 5, 7, 9, 35, 70, 200};
    const bp_activation *tanh = bp_activation_find("tanh", NULL);
    for (size_t k = 0; bp_kernel_at(k); k++)
        for (size_t i = 0; i < N_SHAPES; i++)
            for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
                shape s = shapes[i];
                s.most = rooms[r];
                problem p = make_problem(&s, tanh, tanh, bp_kernel_at(k));
                draw(&p, i);
                jacobian(&p, NULL);
                check_product(&p, largest(&p), "rooms");
                check_outputs(&p, "rooms");
                check_unit_vectors(&p, largest(&p), "rooms");
                destroy_problem(&p);
            }
}

/* ---- What may overlap ------------------------------------------------------------------------ */

enum { M = 7, N = 3, LD = 5 };

/* 3-5-3, softmax outputs, with room for 2 rows. */
static problem make_square(void)
{
    const shape s = {2, {N, 5, N}, M, 2};
    problem p = make_problem(&s, bp_activation_find("gelu", NULL),
                             bp_activation_find("softmax", NULL), NULL);
    draw(&p, 1);
    return p;
}

static void check_same(const bp_real *A, size_t lda, const bp_real *B, size_t ldb)
{
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++)
            assert_same_bits(A[i * lda + j], B[i * ldb + j]);
}

static void copy(const bp_real *A, size_t lda, bp_real B[M * LD])
{
    for (size_t i = 0; i < M; i++)
        memcpy(B + i * LD, A + i * lda, N * sizeof *B);
}

static void test_in_place(void **state)
{
    (void)state;
    problem p = make_square();
    product(&p, p.Y);
    for (int swapped = 0; swapped < 2; swapped++) {
        bp_real both[2][M * LD], *X = both[0], *V = both[1];
        copy(p.X, p.ldx, X), copy(p.V, p.ldv, V);
        bp_real *E = both[swapped], *Y = both[1 - swapped];
        assert_ok(bp_vector_jacobian(p.network, p.workspace, M, X, LD, V, LD, Y, LD, E, LD, NULL),
                  NULL);
        check_same(E, LD, p.E, p.lde);
        check_same(Y, LD, p.Y, p.ldy);
    }
    bp_real X[M * LD], J[M * N * LD];
    jacobian(&p, p.Y);
    copy(p.X, p.ldx, X);
    assert_ok(bp_jacobian(p.network, p.workspace, M, X, LD, X, LD, J, LD, NULL), NULL);
    check_same(X, LD, p.Y, p.ldy);
    for (size_t r = 0; r < M * N; r++)
        for (size_t k = 0; k < N; k++)
            assert_same_bits(J[r * LD + k], p.J[r * p.ldj + k]);
    destroy_problem(&p);
}

/* ---- Threads ----------------------------------------------------------------------------------
 */

enum { MEMBERS = 4 };

typedef struct shared {
    const problem *p;
    bp_workspace *workspaces[MEMBERS];
    bp_real J[MEMBERS][M * N * LD];
    bp_status status[MEMBERS];
} shared;

static void jacobian_of_member(void *self, size_t member, size_t members)
{
    shared *s = self;
    (void)members;
    for (int again = 0; again < 20; again++)
        s->status[member] = bp_jacobian(s->p->network, s->workspaces[member], M, s->p->X, s->p->ldx,
                                        NULL, 0, s->J[member], LD, NULL);
}

static void test_threads(void **state)
{
    (void)state;
    problem p = make_square();
    shared s = {.p = &p};
    bp_team *team;
    bp_error error;
    for (size_t i = 0; i < MEMBERS; i++)
        assert_ok(bp_workspace_create(p.network, NULL, 2, &s.workspaces[i], &error), &error);
    assert_ok(bp_team_create(NULL, MEMBERS, &team, &error), &error);
    bp_team_run(team, jacobian_of_member, &s);
    bp_team_destroy(team);
    jacobian(&p, NULL);
    for (size_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(s.status[i], BP_OK);
        for (size_t r = 0; r < M * N; r++)
            for (size_t k = 0; k < N; k++)
                assert_same_bits(s.J[i][r * LD + k], p.J[r * p.ldj + k]);
        bp_workspace_destroy(s.workspaces[i]);
    }
    destroy_problem(&p);
}

/* ---- What is refused --------------------------------------------------------------------------
 */

static void test_refused(void **state)
{
    (void)state;
    problem p = make_square();
    const shape other_shape = {2, {N, 4, N}, M, 2};
    problem other = make_problem(&other_shape, bp_activation_at(0), bp_activation_at(0), NULL);
    bp_workspace *w = p.workspace, *wrong = other.workspace, *empty;
    assert_ok(bp_workspace_create(p.network, NULL, 0, &empty, NULL), NULL);
    bp_real Y[M * LD], E[M * N * LD]; /* E is J too */
    for (size_t i = 0; i < M * N * LD; i++)
        E[i] = Y[i % (M * LD)] = (bp_real)PADDING;
    const struct {
        const bp_network *network;
        bp_workspace *workspace;
        size_t m;
        const bp_real *X, *V;
        bp_real *E;
        size_t ldx, ldv, ldy, lde;
        bp_status status;
        const char *message;
    } calls[] = {
        {NULL, w, M, p.X, p.V, E, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "network and workspace must not"},
        {p.network, NULL, M, p.X, p.V, E, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "network and workspace"},
        {p.network, wrong, M, p.X, p.V, E, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "the workspace was made"},
        {p.network, empty, M, p.X, p.V, E, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "the workspace is one"},
        {p.network, w, M, NULL, p.V, E, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "X must not be NULL"},
        {p.network, w, M, p.X, NULL, E, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "V must not be NULL"},
        {p.network, w, M, p.X, p.V, NULL, 6, 5, 5, 5, BP_ERROR_ARGUMENT, "# must not be NULL"},
        {p.network, w, M, p.X, p.V, E, 2, 5, 5, 5, BP_ERROR_ARGUMENT,
         "the leading dimension 2 of X"},
        {p.network, w, M, p.X, p.V, E, 6, 2, 5, 5, BP_ERROR_ARGUMENT,
         "the leading dimension 2 of V"},
        {p.network, w, M, p.X, p.V, E, 6, 5, 2, 5, BP_ERROR_ARGUMENT,
         "the leading dimension 2 of Y"},
        {p.network, w, M, p.X, p.V, E, 6, 5, 5, 2, BP_ERROR_ARGUMENT,
         "the leading dimension 2 of #"},
        {p.network, w, M, p.X, p.V, E, 6, 5, 5, INT_MAX, BP_ERROR_SIZE, "leading dimension"},
        {p.network, w, M, p.X, p.V, E, 6, 5, 5, SIZE_MAX / 9, BP_ERROR_SIZE, "#: "},
        {p.network, w, SIZE_MAX / 9, p.X, p.V, E, 6, 5, 5, 5, BP_ERROR_SIZE, "X: "},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        for (int j = 0; j < 2; j++) {
            char expected[80];
            bp_error error = {0};
            if (j && strchr(calls[i].message, 'V'))
                continue; /* the Jacobian has none */
            bp_status status =
                j ? bp_jacobian(calls[i].network, calls[i].workspace, calls[i].m, calls[i].X,
                                calls[i].ldx, Y, calls[i].ldy, calls[i].E, calls[i].lde, &error)
                  : bp_vector_jacobian(calls[i].network, calls[i].workspace, calls[i].m, calls[i].X,
                                       calls[i].ldx, calls[i].V, calls[i].ldv, Y, calls[i].ldy,
                                       calls[i].E, calls[i].lde, &error);
            snprintf(expected, sizeof expected, "%s", calls[i].message);
            if (strchr(expected, '#'))
                *strchr(expected, '#') = j ? 'J' : 'E';
            if (status != calls[i].status || strncmp(error.message, expected, strlen(expected)))
                fail_msg("call %zu gives %d, %s", i, (int)status, error.message);
        }
    check_padding(Y, 1, 0, M * LD);
    check_padding(E, 1, 0, M * N * LD);
    bp_workspace_destroy(empty);
    destroy_problem(&p), destroy_problem(&other);
}

/* No rows need no matrices, and leave alone those that there are; Y needs no ldy if it is NULL. */
static void test_no_rows(void **state)
{
    (void)state;
    problem p = make_square();
    bp_workspace *empty, *workspaces[2] = {p.workspace};
    assert_ok(bp_workspace_create(p.network, NULL, 0, &empty, NULL), NULL);
    workspaces[1] = empty;
    for (size_t i = 0; i < 2; i++) {
        bp_workspace *w = workspaces[i];
        assert_ok(bp_jacobian(p.network, w, 0, NULL, N, NULL, 0, NULL, N, NULL), NULL);
        assert_ok(bp_vector_jacobian(p.network, w, 0, NULL, N, NULL, N, NULL, 0, NULL, N, NULL),
                  NULL);
        assert_ok(bp_jacobian(p.network, w, 0, p.X, N, p.Y, N, p.J, N, NULL), NULL);
        assert_ok(bp_vector_jacobian(p.network, w, 0, p.X, N, p.V, N, p.Y, N, p.E, N, NULL), NULL);
    }
    check_padding(p.Y, p.m, 0, p.ldy);
    check_padding(p.E, p.m, 0, p.lde);
    check_padding(p.J, p.m * N, 0, p.ldj);
    bp_workspace_destroy(empty);
    destroy_problem(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combinations), cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_in_place),     cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
