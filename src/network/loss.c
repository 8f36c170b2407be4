/* loss.c: the losses and their derivatives. To add one: its two functions, and its row in the
 * table at the end. Compiled once for each level of CPU (base/cpu.h). */
#include "network/lookup.h"

#include "network/elementwise.h"

/* Each loss of an element: its value for output o (or weighted sum z) and target t, and its
 * derivative by o (or z). Comparisons are written so that NaN gives NaN. */

BP_INLINE double ssr(double o, double t) { return (o - t) * (o - t); }
BP_INLINE bp_real ssr_derivative(bp_real o, bp_real t) { return 2 * (o - t); }

BP_INLINE double half_ssr(double o, double t) { return 0.5 * ((o - t) * (o - t)); }
BP_INLINE bp_real half_ssr_derivative(bp_real o, bp_real t) { return o - t; }

BP_INLINE double absolute(double o, double t) { return fabs(o - t); }
BP_INLINE bp_real absolute_derivative(bp_real o, bp_real t)
{
    return o > t ? 1 : o < t ? -1 : o - t; /* 0, or NaN */
}

/* ½d² near 0, |d| − ½ from |d| = 1 on (Huber, Ann. Math. Stat. 35(1), 1964, with δ = 1) */
BP_INLINE double huber(double o, double t)
{
    double d = fabs(o - t);
    return d < 1 ? 0.5 * d * d : d - 0.5;
}
BP_INLINE bp_real huber_derivative(bp_real o, bp_real t)
{
    bp_real d = o - t;
    return d > 1 ? 1 : d < -1 ? -1 : d;
}

BP_INLINE bp_real log1p_exp(bp_real x) { return (bp_real)bp_log1p_exp(x); }
static void log1p_exp_row(size_t n, const bp_real *x, bp_real *out)
{
    bp_map_row(n, x, out, log1p_exp);
}
static void sigmoid_row(size_t n, const bp_real *x, bp_real *out)
{
    bp_map_row(n, x, out, bp_real_sigmoid);
}

/* Σ e^(z − max) over a row of more than BP_CHUNK elements */
static bp_real long_exp_sum(size_t n, const bp_real *z, bp_real max)
{
    bp_real e[BP_CHUNK], part[BP_BLOCK] = {0};
    for (size_t first = 0; first < n; first += BP_CHUNK) {
        size_t count = n - first < BP_CHUNK ? n - first : BP_CHUNK;
        for (size_t j = 0; j < count; j++)
            e[j] = z[first + j] - max;
        bp_exp_row(count, e, e);
        bp_add_parts(count, e, part);
    }
    return bp_sum_in_order(BP_BLOCK, part);
}

/* The same and max z for each of m rows, which are one or have up to BP_CHUNK elements in all. */
static void exp_sums(size_t m, size_t n, const bp_real *Z, size_t ldz, bp_real *max, bp_real *sum)
{
    bp_real e[BP_CHUNK];
    for (size_t i = 0; i < m; i++)
        max[i] = bp_row_max(n, Z + i * ldz);
    if (n > BP_CHUNK) {
        *sum = long_exp_sum(n, Z, *max);
        return;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            e[i * n + j] = Z[i * ldz + j] - max[i];
    bp_exp_row(m * n, e, e);
    for (size_t i = 0; i < m; i++)
        sum[i] = bp_row_sum(n, e + i * n);
}

/* Σ rows −Σ t·log softmax(z) = Σ rows Σ t·(log Σ e^z − z). log Σ e^z is max + log Σ e^(z − max):
 * apart, since only their differences from z are exact where z is large. */
static double cross_entropy_sum(size_t m, size_t n, const bp_real *Z, size_t ldz, const bp_real *T,
                                size_t ldt)
{
    double total = 0;
    bp_real max[BP_CHUNK], sum[BP_CHUNK];
    size_t most = n < BP_CHUNK ? BP_CHUNK / n : 1;
    for (size_t i = 0; i < m; i += most) {
        size_t count = m - i < most ? m - i : most;
        exp_sums(count, n, Z + i * ldz, ldz, max, sum);
        for (size_t r = 0; r < count; r++) {
            const bp_real *z = Z + (i + r) * ldz, *t = T + (i + r) * ldt;
            double log_sum = bp_log(sum[r]), row = 0;
            for (size_t j = 0; j < n; j++)
                row += t[j] * (log_sum - (z[j] - max[r]));
            total += row;
        }
    }
    return total;
}

/* ∂/∂z_j = softmax(z)_j · Σ t − t_j, with D holding e^(z − max) meanwhile */
static void cross_entropy_delta(size_t m, size_t n, const bp_real *Z, size_t ldz, const bp_real *T,
                                size_t ldt, bp_real scale, bp_real *D, size_t ldd)
{
    for (size_t i = 0; i < m; i++) {
        bp_real max = bp_row_max(n, Z + i * ldz);
        for (size_t j = 0; j < n; j++)
            D[i * ldd + j] = Z[i * ldz + j] - max;
    }
    bp_map(m, n, D, ldd, D, ldd, bp_exp_row);
    for (size_t i = 0; i < m; i++) {
        const bp_real *t = T + i * ldt;
        bp_real *d = D + i * ldd, factor = bp_sum_in_order(n, t) / bp_row_sum(n, d);
        for (size_t j = 0; j < n; j++)
            d[j] = (d[j] * factor - t[j]) * scale;
    }
}

/* −t·log s − (1−t)·log(1−s) with s = sigmoid(z), which is max(0, z) − z·t + log(1 + e^−|z|): a
 * piece of a row added to its sum */
static double add_entropies(size_t n, const bp_real *z, const bp_real *t, const bp_real *log_rests,
                            double sum)
{
    for (size_t j = 0; j < n; j++)
        sum += (z[j] > 0 ? z[j] : 0) - (double)z[j] * t[j] + log_rests[j];
    return sum;
}

static double long_entropy(size_t n, const bp_real *z, const bp_real *t)
{
    double sum = 0;
    bp_real rests[BP_CHUNK];
    for (size_t first = 0; first < n; first += BP_CHUNK) {
        size_t count = n - first < BP_CHUNK ? n - first : BP_CHUNK;
        log1p_exp_row(count, z + first, rests);
        sum = add_entropies(count, z + first, t + first, rests, sum);
    }
    return sum;
}

static double binary_cross_entropy_sum(size_t m, size_t n, const bp_real *Z, size_t ldz,
                                       const bp_real *T, size_t ldt)
{
    double total = 0;
    bp_real rests[BP_CHUNK];
    if (n > BP_CHUNK) {
        for (size_t i = 0; i < m; i++)
            total += long_entropy(n, Z + i * ldz, T + i * ldt);
        return total;
    }
    size_t most = n > 0 ? BP_CHUNK / n : m;
    for (size_t i = 0; i < m; i += most) {
        size_t count = m - i < most ? m - i : most;
        bp_map(count, n, Z + i * ldz, ldz, rests, n, log1p_exp_row);
        for (size_t r = 0; r < count; r++)
            total += add_entropies(n, Z + (i + r) * ldz, T + (i + r) * ldt, rests + r * n, 0);
    }
    return total;
}

/* its derivative by z is s − t */
BP_INLINE bp_real minus_target(bp_real s, bp_real t, bp_real own, bp_real scale)
{
    return (void)own, (s - t) * scale;
}

static void binary_cross_entropy_delta(size_t m, size_t n, const bp_real *Z, size_t ldz,
                                       const bp_real *T, size_t ldt, bp_real scale, bp_real *D,
                                       size_t ldd)
{
    bp_map_combine(m, n, Z, ldz, T, ldt, scale, D, ldd, sigmoid_row, minus_target);
}

/* f_sum and f_delta for whole matrices, from f and f_derivative; each row has a sum of its own, in
 * the document's order. */
#define ELEMENTWISE(f)                                                                             \
    static double f##_sum(size_t m, size_t n, const bp_real *O, size_t ldo, const bp_real *T,      \
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
    static void f##_delta(size_t m, size_t n, const bp_real *O, size_t ldo, const bp_real *T,      \
                          size_t ldt, bp_real scale, bp_real *D, size_t ldd)                       \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                D[i * ldd + j] = f##_derivative(O[i * ldo + j], T[i * ldt + j]) * scale;           \
    }

ELEMENTWISE(ssr)
ELEMENTWISE(half_ssr)
ELEMENTWISE(absolute)
ELEMENTWISE(huber)

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

const bp_table BP_TABLE_NAME(bp_losses) = {losses, sizeof losses / sizeof *losses};
