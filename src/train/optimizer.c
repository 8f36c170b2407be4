/* optimizer.c: the update rules. To add one: its step, and its row in the table. */
#include <bprop/train.h>

#include "base/error.h"

#include <math.h>

/* w ← w − η g */
static void sgd(size_t n, double *w, const double *g, double *const state[], double rate,
                uint64_t t)
{
    (void)state, (void)t;
    for (size_t i = 0; i < n; i++)
        w[i] -= rate * g[i];
}

/* m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², both divided by 1 − βᵗ because they start at 0;
 * w ← w − η m̂ / (√v̂ + ε): algorithm 1 of Kingma and Ba, arXiv:1412.6980 */
static void adam(size_t n, double *w, const double *g, double *const state[], double rate,
                 uint64_t t)
{
    const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double *m = state[0], *v = state[1];
    double m_scale = 1 / (1 - pow(beta1, (double)t)), v_scale = 1 / (1 - pow(beta2, (double)t));
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        w[i] -= rate * (m[i] * m_scale) / (sqrt(v[i] * v_scale) + epsilon);
    }
}

/* Default rates: for adam between what small classifications (0.01) and noisy regressions (0.001)
 * do best with, among the data sets of data/. */
static const bp_optimizer optimizers[] = {
    {"adam", 0.002, 2, adam},
    {"sgd", 0.1, 0, sgd},
};
enum { N_OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

const bp_optimizer *bp_optimizer_at(size_t i) { return i < N_OPTIMIZERS ? &optimizers[i] : NULL; }

const bp_optimizer *bp_optimizer_find(const char *name, bp_error *error)
{
    return bp_find(optimizers, N_OPTIMIZERS, sizeof *optimizers, "optimizer", name, error);
}
