/* needs: m
 *
 * A stiff system whose right-hand side is a network, trained here on samples of it: Kaps' problem
 *
 *   ε y₁' = −(1 + 2ε) y₁ + y₂²,   y₂' = y₁ − y₂ − y₂²,   y(0) = (1, 1),
 *
 * which has the solution y = (e^−2t, e^−t) whatever ε is. The trapezoidal rule takes steps five
 * times as long as Euler's rule could at most; each of them is solved by Newton's method, with the
 * Jacobian of the network. */
#include <bprop/bprop.h>
#include <math.h>
#include <stdio.h>

enum { SIDE = 33, SAMPLES = SIDE * SIDE, STEPS = 20 };
static const double EPSILON = 0.01, STEP = 0.1, TOLERANCE = 5e-3;

/* (ε y₁', y₂') on a grid over the square where the solution lies, with a margin. */
static void sample(bp_real X[SAMPLES][2], bp_real T[SAMPLES][2])
{
    for (int i = 0; i < SAMPLES; i++) {
        double y1 = 1.2 * (i / SIDE) / (SIDE - 1) - 0.1, y2 = 1.2 * (i % SIDE) / (SIDE - 1) - 0.1;
        X[i][0] = (bp_real)y1, X[i][1] = (bp_real)y2;
        T[i][0] = (bp_real)(-(1 + 2 * EPSILON) * y1 + y2 * y2);
        T[i][1] = (bp_real)(y1 - y2 - y2 * y2);
    }
}

static bp_status train(bp_network *network, bp_error *error)
{
    static bp_real X[SAMPLES][2], T[SAMPLES][2];
    sample(X, T);
    bp_arrays arrays = {
        .rows = SAMPLES, .inputs = 2, .outputs = 2, .X = X[0], .ldx = 2, .T = T[0], .ldt = 2};
    bp_source source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    how.learning_rate = 0.01;
    how.schedule = bp_schedule_find("cosine", error);
    how.epochs = 1000;
    return bp_train(network, bp_loss_find("mse", error), &source, NULL, &how, error);
}

/* y' and ∂y'/∂y, from the network's outputs and their Jacobian. */
static bp_status slope(const bp_network *network, bp_workspace *workspace, const bp_real y[2],
                       bp_real f[2], bp_real J[2][2], bp_error *error)
{
    bp_status status = bp_jacobian(network, workspace, 1, y, 2, f, 2, J[0], 2, error);
    f[0] /= (bp_real)EPSILON;
    J[0][0] /= (bp_real)EPSILON;
    J[0][1] /= (bp_real)EPSILON;
    return status;
}

/* From y to the z with r(z) = z − y − h/2 (f(y) + f(z)) = 0, where ∂r/∂z = I − h/2 J. */
static bp_status take_step(const bp_network *network, bp_workspace *workspace, bp_real y[2],
                           int *iterations, bp_error *error)
{
    bp_real z[2] = {y[0], y[1]}, before[2], f[2], J[2][2];
    const double half = STEP / 2;
    double size = 1;
    bp_status status = slope(network, workspace, y, before, J, error);
    for (int i = 0; !status && i < 20 && size > 1e-5; i++, ++*iterations) {
        status = slope(network, workspace, z, f, J, error);
        double r0 = z[0] - y[0] - half * (before[0] + f[0]);
        double r1 = z[1] - y[1] - half * (before[1] + f[1]);
        double a = 1 - half * J[0][0], b = -half * J[0][1];
        double c = -half * J[1][0], d = 1 - half * J[1][1], determinant = a * d - b * c;
        double dz0 = (d * r0 - b * r1) / determinant, dz1 = (a * r1 - c * r0) / determinant;
        z[0] -= (bp_real)dz0, z[1] -= (bp_real)dz1;
        size = fabs(dz0) + fabs(dz1);
    }
    y[0] = z[0], y[1] = z[1];
    return status;
}

static bp_status solve(const bp_network *network, bp_workspace *workspace, double *off,
                       bp_error *error)
{
    bp_real y[2] = {1, 1};
    bp_status status = BP_OK;
    int iterations = 0;
    *off = 0;
    for (int i = 1; !status && i <= STEPS; i++) {
        double t = i * STEP, exact[2] = {exp(-2 * t), exp(-t)};
        status = take_step(network, workspace, y, &iterations, error);
        *off = fmax(*off, fmax(fabs(y[0] - exact[0]), fabs(y[1] - exact[1])));
        if (i % 5 == 0)
            printf("t = %.1f: y = %.3f %.3f, exact %.3f %.3f\n", t, (double)y[0], (double)y[1],
                   exact[0], exact[1]);
    }
    printf("%d steps, %d Newton iterations, never off by more than %.4f\n", STEPS, iterations,
           *off);
    return status;
}

int main(void)
{
    const size_t sizes[] = {2, 16, 2};
    bp_error error;
    const bp_activation *activations[] = {bp_activation_find("tanh", &error),
                                          bp_activation_find("identity", &error)};
    bp_network *network = NULL;
    bp_workspace *workspace = NULL;
    double off = 1;
    bool failed = bp_network_create(sizes, 2, activations, &network, &error) ||
                  bp_network_initialize(network, "glorot", 1, &error) || train(network, &error) ||
                  bp_workspace_create(network, NULL, 2, &workspace, &error) ||
                  solve(network, workspace, &off, &error);
    if (failed)
        fprintf(stderr, "%s\n", error.message);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
    return failed || !(off <= TOLERANCE);
}
