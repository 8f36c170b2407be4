/* needs: nlopt m
 *
 * The host's own optimiser: NLopt fits a calibration curve that must rise. A network of tanh
 * neurons rises if no weight is below 0 (biases may be), which is a bound for each number of its
 * block. */
#include <bprop/bprop.h>
#include <math.h>
#include <nlopt.h>
#include <stdio.h>

/* Readings of a detector that saturates, with their noise, at doses 0 … 1: the last ones fall. */
enum { READINGS = 16, HIDDEN = 4, PARAMETERS = 2 * HIDDEN + HIDDEN + 1 };
static const double readings[READINGS] = {0.02, 0.15, 0.13, 0.31, 0.38, 0.52, 0.49, 0.63,
                                          0.72, 0.74, 0.81, 0.86, 0.91, 0.90, 0.88, 0.87};

typedef struct fit {
    bp_network *network;
    bp_workspace *workspace;
    const bp_loss *loss;
    bp_real dose[READINGS], reading[READINGS];
    nlopt_opt optimizer;
    bp_error error;
} fit;

/* NLopt's view: n numbers in, their loss out, and its derivative by each of them. */
static double objective(unsigned n, const double *w, double *slope, void *user)
{
    fit *f = user;
    bp_real gradient[PARAMETERS] = {0}, *block = bp_network_parameters(f->network);
    double loss = HUGE_VAL;
    for (unsigned i = 0; i < n; i++)
        block[i] = (bp_real)w[i];
    if (bp_loss_and_gradient(f->network, f->workspace, f->loss, READINGS, f->dose, 1, f->reading, 1,
                             &loss, slope ? gradient : NULL, &f->error))
        nlopt_force_stop(f->optimizer);
    for (unsigned i = 0; slope && i < n; i++)
        slope[i] = gradient[i];
    return loss;
}

/* From the weights of the network, which end as the best that were found. */
static bool minimise(fit *f, double *loss)
{
    double w[PARAMETERS], least[PARAMETERS];
    const bp_real *block = bp_network_parameters(f->network);
    for (size_t l = 0; l < bp_network_n_layers(f->network); l++) {
        bp_layer layer = bp_network_layer(f->network, l);
        for (size_t i = 0; i < layer.n * layer.ldw; i++) { /* row by row, a bias at its end */
            bool bias = i % layer.ldw == layer.k;
            least[layer.offset + i] = bias ? -HUGE_VAL : 0;
            w[layer.offset + i] = bias ? 0 : fabs(block[layer.offset + i]);
        }
    }
    if (!(f->optimizer = nlopt_create(NLOPT_LD_SLSQP, PARAMETERS)))
        return false;
    nlopt_set_min_objective(f->optimizer, objective, f);
    nlopt_set_lower_bounds(f->optimizer, least);
    nlopt_set_ftol_rel(f->optimizer, 1e-6);
    nlopt_set_maxeval(f->optimizer, 2000);
    nlopt_result result = nlopt_optimize(f->optimizer, w, loss);
    printf("NLopt: %s after %d evaluations\n", result > 0 ? "done" : "failed",
           nlopt_get_numevals(f->optimizer));
    *loss = objective(PARAMETERS, w, NULL, f);
    nlopt_destroy(f->optimizer);
    return result > 0;
}

/* The least slope of the curve at 101 doses. */
static bool least_slope(fit *f, double *least)
{
    enum { POINTS = 101 };
    bp_real x[POINTS], slope[POINTS];
    for (int i = 0; i < POINTS; i++)
        x[i] = (bp_real)(i / 100.);
    *least = HUGE_VAL;
    if (bp_jacobian(f->network, f->workspace, POINTS, x, 1, NULL, 0, slope, 1, &f->error))
        return false;
    for (int i = 0; i < POINTS; i++)
        *least = fmin(*least, slope[i]);
    return true;
}

int main(void)
{
    const size_t sizes[] = {1, HIDDEN, 1};
    fit f = {.loss = bp_loss_find("mse", NULL)};
    const bp_activation *activations[] = {bp_activation_find("tanh", NULL),
                                          bp_activation_find("identity", NULL)};
    double loss = 1, least = -1;
    for (int i = 0; i < READINGS; i++) {
        f.dose[i] = (bp_real)(i / (READINGS - 1.));
        f.reading[i] = (bp_real)readings[i];
    }
    bool failed = bp_network_create(sizes, 2, activations, &f.network, &f.error) ||
                  bp_network_initialize(f.network, "normal", 1, &f.error) ||
                  bp_workspace_create(f.network, NULL, READINGS, &f.workspace, &f.error) ||
                  !minimise(&f, &loss) || !least_slope(&f, &least);
    if (failed)
        fprintf(stderr, "%s\n", f.error.message);
    printf("off by %.3f (root mean square), least slope %.3f\n", sqrt(loss), least);
    bp_workspace_destroy(f.workspace);
    bp_network_destroy(f.network);
    return failed || !(sqrt(loss) < 0.04) || !(least >= 0);
}
