/* optimizer.c: the update rules. To add one: its step, and its row in the table.
 * Compiled once for each level of CPU (base/cpu.h); each weight by itself, wherever a step begins.
 *
 * w: weights, g: gradient, η: `rate`, t: number of the step. Where a rule divides by a root, ε
 * keeps it from dividing by 0. */
#include <bprop/train.h>

#include "train/lookup.h"

#include <tgmath.h> /* roots of floats, where they are */

/* w ← w − η g (Robbins and Monro, Ann. Math. Stat. 22(3), 1951) */
static void sgd(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    (void)state, (void)t;
    for (size_t i = 0; i < n; i++)
        w[i] -= rate * g[i];
}

static const bp_real mu = (bp_real)0.9; /* of momentum and nesterov */

/* v ← μ v + g; w ← w − η v: the heavy ball (Polyak, USSR Comp. Math. and Math. Phys. 4(5), 1964) */
static void momentum(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                     double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    bp_real *v = state[0];
    (void)t;
    for (size_t i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] -= rate * v[i];
    }
}

/* v ← μ v + g; w ← w − η (g + μ v): Nesterov's gradient (Soviet Math. Doklady 27(2), 1983) as
 * Sutskever et al., ICML 2013, write it, with w standing where the next gradient is taken */
static void nesterov(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                     double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    bp_real *v = state[0];
    (void)t;
    for (size_t i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] -= rate * (g[i] + mu * v[i]);
    }
}

/* v ← 0.9 v + 0.1 g²; w ← w − η g / (√v + ε): Tieleman and Hinton, Neural Networks for Machine
 * Learning, lecture 6.5, 2012; ε = 10⁻⁸ */
static void rmsprop(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                    double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    const bp_real rho = (bp_real)0.9, rest = (bp_real)(1 - 0.9), epsilon = (bp_real)1e-8;
    bp_real *v = state[0];
    (void)t;
    for (size_t i = 0; i < n; i++) {
        v[i] = rho * v[i] + rest * g[i] * g[i];
        w[i] -= rate * g[i] / (sqrt(v[i]) + epsilon);
    }
}

/* v ← v + g²; w ← w − η g / (√v + ε): Duchi, Hazan and Singer, JMLR 12, 2011; ε = 10⁻¹⁰ */
static void adagrad(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                    double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    const bp_real epsilon = (bp_real)1e-10;
    bp_real *v = state[0];
    (void)t;
    for (size_t i = 0; i < n; i++) {
        v[i] += g[i] * g[i];
        w[i] -= rate * g[i] / (sqrt(v[i]) + epsilon);
    }
}

/* m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², both divided by 1 − βᵗ because they start at 0;
 * w ← w − η m̂ / (√v̂ + ε): algorithm 1 of Kingma and Ba, ICLR 2015; β₁ = 0.9, β₂ = 0.999,
 * ε = 10⁻⁸. With the shrinking of the weights that bp_optimizer.shrinks asks for it is AdamW:
 * algorithm 2 of Loshchilov and Hutter, ICLR 2019. */
static void adam(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                 double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    const bp_real beta1 = (bp_real)0.9, rest1 = (bp_real)(1 - 0.9);
    const bp_real beta2 = (bp_real)0.999, rest2 = (bp_real)(1 - 0.999), epsilon = (bp_real)1e-8;
    bp_real *m = state[0], *v = state[1];
    const bp_real m_scale = (bp_real)(1 / (1 - pow(0.9, (double)t)));
    const bp_real v_scale = (bp_real)(1 / (1 - pow(0.999, (double)t)));
    for (size_t i = 0; i < n; i++) {
        bp_real m_now = beta1 * m[i] + rest1 * g[i];
        bp_real v_now = beta2 * v[i] + rest2 * g[i] * g[i];
        w[i] -= rate * (m_now * m_scale) / (sqrt(v_now * v_scale) + epsilon);
        m[i] = m_now; /* last, so that none is read again where it has just been written */
        v[i] = v_now;
    }
}

static inline int sign(bp_real x) { return (x > 0) - (x < 0); }

/* iRPROP−: each weight has a step Δ of its own, Δ ← 1.2 Δ while its gradient keeps its sign, and
 * Δ ← ½ Δ, with the gradient taken as 0, when it changes; w ← w − sign(g) Δ: Igel and Hüsken,
 * Neural Computation 2000 (ICSC), after Riedmiller and Braun, ICNN 1993. 10⁻⁶ ≤ Δ ≤ 50. */
static void rprop(size_t n, bp_real *w, const bp_real *g, bp_real *const state[],
                  double learning_rate, uint64_t t)
{
    const bp_real rate = (bp_real)learning_rate;
    const bp_real grow = (bp_real)1.2, shrink = (bp_real)0.5, least = (bp_real)1e-6, most = 50;
    bp_real *before = state[0], *size = state[1];
    for (size_t i = 0; i < n; i++) {
        bp_real now = g[i];
        int same = sign(before[i]) * sign(now); /* whose product may be too small for a number */
        if (t == 1)
            size[i] = rate;
        else if (same > 0)
            size[i] = fmin(size[i] * grow, most);
        else if (same < 0)
            size[i] = fmax(size[i] * shrink, least);
        if (same < 0)
            now = 0;
        if (isnan(now))
            w[i] = now;
        else
            w[i] -= now > 0 ? size[i] : now < 0 ? -size[i] : 0;
        before[i] = now;
    }
}

/* The default rates were chosen by cross-validation: README, "Defaults". */
static const bp_optimizer optimizers[] = {
    {.name = "adam", .learning_rate = 0.0065, .by_width = true, .n_state = 2, .step = adam},
    {.name = "sgd", .learning_rate = 0.05, .step = sgd},
    {.name = "momentum", .learning_rate = 0.005, .n_state = 1, .step = momentum},
    {.name = "nesterov", .learning_rate = 0.005, .n_state = 1, .step = nesterov},
    {.name = "rmsprop", .learning_rate = 0.0065, .by_width = true, .n_state = 1, .step = rmsprop},
    {.name = "adagrad", .learning_rate = 0.02, .n_state = 1, .step = adagrad},
    {.name = "adamw",
     .learning_rate = 0.0065,
     .by_width = true,
     .l2 = 0.01,
     .shrinks = true,
     .n_state = 2,
     .step = adam},
    {.name = "rprop",
     .learning_rate = 0.0125,
     .all_rows = true,
     .sizes_steps = true,
     .n_state = 2,
     .step = rprop},
#ifdef BP_HAVE_LBFGS
    {.name = "lbfgs", .all_rows = true, .sizes_steps = true, .n_state = 1}, /* lbfgs.c */
#endif
};
const bp_table BP_TABLE_NAME(bp_optimizers) = {optimizers, sizeof optimizers / sizeof *optimizers};
