/* loss.c: the losses and their derivatives. To add one: its two functions, and its row in the
 * table at the end. */
#include <bprop/network.h>

#include "base/error.h"

#include <math.h>

/* Each loss of an element: its value for output o (or weighted sum z) and target t, and its
 * derivative by o (or z). Comparisons are written so that NaN gives NaN. */

static double ssr(double o, double t) { return (o - t) * (o - t); }
static double ssr_derivative(double o, double t) { return 2 * (o - t); }

static double half_ssr(double o, double t) { return 0.5 * ((o - t) * (o - t)); }
static double half_ssr_derivative(double o, double t) { return o - t; }

static double absolute(double o, double t) { return fabs(o - t); }
static double absolute_derivative(double o, double t)
{
    return o > t ? 1 : o < t ? -1 : o - t; /* 0, or NaN */
}

/* ½d² near 0, |d| − ½ from |d| = 1 on (Huber, Ann. Math. Stat. 35(1), 1964, with δ = 1) */
static double huber(double o, double t)
{
    double d = fabs(o - t);
    return d < 1 ? 0.5 * d * d : d - 0.5;
}
static double huber_derivative(double o, double t)
{
    double d = o - t;
    return d > 1 ? 1 : d < -1 ? -1 : d;
}

/* −t·log s − (1−t)·log(1−s) with s = sigmoid(z), which is max(0, z) − z·t + log(1 + e^−|z|);
 * its derivative by z is s − t */
static double binary_cross_entropy(double z, double t)
{
    return (z > 0 ? z : 0) - z * t + log1p(exp(-fabs(z)));
}
static double binary_cross_entropy_derivative(double z, double t) { return 1 / (1 + exp(-z)) - t; }

/* log Σ e^z over a row is *max + the returned log Σ e^(z − max): apart, since only their
 * differences from z are exact where z is large. */
static double log_sum_exp(size_t n, const double *z, double *max)
{
    double sum = 0;
    *max = z[0];
    for (size_t j = 1; j < n; j++)
        *max = z[j] > *max ? z[j] : *max;
    for (size_t j = 0; j < n; j++)
        sum += exp(z[j] - *max);
    return log(sum);
}

/* Σ rows −Σ t·log softmax(z) = Σ rows Σ t·(log Σ e^z − z) */
static double cross_entropy_sum(size_t m, size_t n, const double *Z, size_t ldz, const double *T,
                                size_t ldt)
{
    double total = 0, max;
    for (size_t i = 0; i < m; i++) {
        const double *z = Z + i * ldz, *t = T + i * ldt;
        double log_sum = log_sum_exp(n, z, &max), row = 0;
        for (size_t j = 0; j < n; j++)
            row += t[j] * (log_sum - (z[j] - max));
        total += row;
    }
    return total;
}

/* ∂/∂z_j = softmax(z)_j · Σ t − t_j */
static void cross_entropy_delta(size_t m, size_t n, const double *Z, size_t ldz, const double *T,
                                size_t ldt, double scale, double *D, size_t ldd)
{
    double max;
    for (size_t i = 0; i < m; i++) {
        const double *z = Z + i * ldz, *t = T + i * ldt;
        double log_sum = log_sum_exp(n, z, &max), targets = 0;
        for (size_t j = 0; j < n; j++)
            targets += t[j];
        for (size_t j = 0; j < n; j++)
            D[i * ldd + j] = (exp(z[j] - max - log_sum) * targets - t[j]) * scale;
    }
}

/* f_sum and f_delta for whole matrices, from f and f_derivative; each row has a sum of its own, in
 * the document's order. */
#define ELEMENTWISE(f)                                                                             \
    static double f##_sum(size_t m, size_t n, const double *O, size_t ldo, const double *T,        \
                          size_t ldt)                                                              \
    {                                                                                              \
        double total = 0;                                                                          \
        for (size_t i = 0; i < m; i++) {                                                           \
            double row = 0;                                                                        \
            for (size_t j = 0; j < n; j++)                                                         \
                row += f(O[i * ldo + j], T[i * ldt + j]);                                          \
            total += row;                                                                          \
        }                                                                                          \
        return total;                                                                              \
    }                                                                                              \
    static void f##_delta(size_t m, size_t n, const double *O, size_t ldo, const double *T,        \
                          size_t ldt, double scale, double *D, size_t ldd)                         \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                D[i * ldd + j] = f##_derivative(O[i * ldo + j], T[i * ldt + j]) * scale;           \
    }

ELEMENTWISE(ssr)
ELEMENTWISE(half_ssr)
ELEMENTWISE(absolute)
ELEMENTWISE(huber)
ELEMENTWISE(binary_cross_entropy)

static const bp_loss losses[] = {
    {"ssr", NULL, BP_REDUCE_SUM, ssr_sum, ssr_delta},
    {"half_ssr", NULL, BP_REDUCE_SUM, half_ssr_sum, half_ssr_delta},
    {"mse", NULL, BP_REDUCE_MEAN_ELEMENTS, ssr_sum, ssr_delta},
    {"mae", NULL, BP_REDUCE_MEAN_ELEMENTS, absolute_sum, absolute_delta},
    {"huber", NULL, BP_REDUCE_MEAN_ELEMENTS, huber_sum, huber_delta},
    {"binary_cross_entropy", "sigmoid", BP_REDUCE_MEAN_ELEMENTS, binary_cross_entropy_sum,
     binary_cross_entropy_delta},
    {"cross_entropy", "softmax", BP_REDUCE_MEAN_ROWS, cross_entropy_sum, cross_entropy_delta},
};
enum { N_LOSSES = sizeof losses / sizeof *losses };

const bp_loss *bp_loss_at(size_t i) { return i < N_LOSSES ? &losses[i] : NULL; }

const bp_loss *bp_loss_find(const char *name, bp_error *error)
{
    return bp_find(losses, N_LOSSES, sizeof *losses, "loss", name, error);
}

double bp_loss_divisor(const bp_loss *loss, double weight, size_t outputs)
{
    switch (loss->reduction) {
    case BP_REDUCE_MEAN_ELEMENTS:
        return weight * (double)outputs;
    case BP_REDUCE_MEAN_ROWS:
        return weight;
    case BP_REDUCE_SUM:
        break;
    }
    return 1;
}
