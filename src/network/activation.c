/* activation.c: the activations and their derivatives. To add one: its two functions, and its row
 * in the table at the end. Compiled once for each level of CPU (base/cpu.h). */
#include "network/lookup.h"

#include "network/elementwise.h"

static const double INVERSE_SQRT_2PI = 0.39894228040143267794; /* 1/√(2π) */

/* Each activation of an element: f(z), and f'(z) in terms of z and a = f(z), whichever is cheaper
 * or more exact; without a branch, for the compiler to turn into vector code. Comparisons are
 * written so that NaN gives NaN. */

BP_INLINE bp_real sigmoid_value(bp_real z) { return bp_real_sigmoid(z); }
BP_INLINE bp_real sigmoid_derivative(bp_real z, bp_real a) { return (void)z, a * (1 - a); }

BP_INLINE bp_real tanh_value(bp_real z) { return bp_real_tanh(z); }
BP_INLINE bp_real tanh_derivative(bp_real z, bp_real a) { return (void)z, (1 - a) * (1 + a); }

/* max(0, z) */
BP_INLINE bp_real relu_value(bp_real z) { return z < 0 ? 0 : z; }
BP_INLINE bp_real relu_derivative(bp_real z, bp_real a)
{
    return (void)a, z > 0 ? 1 : z <= 0 ? 0 : z;
}

/* log(1 + eᶻ) = max(0, z) + log(1 + e^−|z|), which cannot overflow */
BP_INLINE bp_real softplus_value(bp_real z) { return (bp_real)((z > 0 ? z : 0) + bp_log1p_exp(z)); }
BP_INLINE bp_real softplus_derivative(bp_real z, bp_real a) { return (void)a, bp_real_sigmoid(z); }

BP_INLINE bp_real identity_value(bp_real z) { return z; }
BP_INLINE bp_real identity_derivative(bp_real z, bp_real a) { return (void)z, (void)a, 1; }

/* max(0.01 z, z) */
BP_INLINE bp_real leaky_relu_value(bp_real z) { return z < 0 ? (bp_real)0.01 * z : z; }
BP_INLINE bp_real leaky_relu_derivative(bp_real z, bp_real a)
{
    return (void)a, z > 0 ? 1 : z <= 0 ? (bp_real)0.01 : z;
}

/* z, or eᶻ − 1 below 0 */
BP_INLINE bp_real elu_value(bp_real z)
{
    bp_real below = (bp_real)bp_expm1(z);
    return z < 0 ? below : z;
}
BP_INLINE bp_real elu_derivative(bp_real z, bp_real a)
{
    return (void)a, bp_real_exp(z > 0 ? (bp_real)bp_limits.zero : z);
}

/* z · sigmoid(z) */
BP_INLINE bp_real silu_value(bp_real z) { return z * bp_real_sigmoid(z); }
BP_INLINE bp_real silu_derivative(bp_real z, bp_real a)
{
    bp_real s = bp_real_sigmoid(z);
    return (void)a, s * (1 + z * (1 - s));
}

/* z · Φ(z), Φ the normal distribution function */
BP_INLINE bp_real gelu_value(bp_real z)
{
    double tail = bp_normal(z).tail;
    return (bp_real)(z * (z < 0 ? tail : 1 - tail));
}
BP_INLINE bp_real gelu_derivative(bp_real z, bp_real a)
{
    bp_normal_parts normal = bp_normal(z);
    double cumulative = z < 0 ? normal.tail : 1 - normal.tail;
    return (void)a, (bp_real)(cumulative + z * (INVERSE_SQRT_2PI * normal.bell));
}

/* Softmax over each row; subtracting the row's maximum keeps e^z in range and changes nothing. */
static void softmax_apply(size_t m, size_t n, const bp_real *Z, size_t ldz, bp_real *A, size_t lda)
{
    for (size_t i = 0; i < m; i++) {
        bp_real max = bp_row_max(n, Z + i * ldz);
        for (size_t j = 0; j < n; j++)
            A[i * lda + j] = Z[i * ldz + j] - max;
    }
    bp_map(m, n, A, lda, A, lda, bp_exp_row);
    for (size_t i = 0; i < m; i++) {
        bp_real sum = bp_row_sum(n, A + i * lda);
        for (size_t j = 0; j < n; j++)
            A[i * lda + j] /= sum;
    }
}

/* ∂loss/∂z_j = a_j (d_j − Σ_i d_i a_i) with d = ∂loss/∂a */
static void softmax_times_derivative(size_t m, size_t n, const bp_real *Z, size_t ldz,
                                     const bp_real *A, size_t lda, bp_real *D, size_t ldd)
{
    (void)Z, (void)ldz;
    for (size_t i = 0; i < m; i++) {
        const bp_real *a = A + i * lda;
        bp_real *d = D + i * ldd, sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += d[j] * a[j];
        for (size_t j = 0; j < n; j++)
            d[j] = a[j] * (d[j] - sum);
    }
}

/* f_apply and f_times_derivative for whole matrices, from f_value and f_derivative: as plain loops,
 * and, where it pays, in blocks. Derivatives of the second kind are of z alone. */
#define PLAIN_APPLY(f)                                                                             \
    static void f##_apply(size_t m, size_t n, const bp_real *Z, size_t ldz, bp_real *A,            \
                          size_t lda)                                                              \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                A[i * lda + j] = f##_value(Z[i * ldz + j]);                                        \
    }
#define PLAIN_DERIVATIVE(f)                                                                        \
    static void f##_times_derivative(size_t m, size_t n, const bp_real *Z, size_t ldz,             \
                                     const bp_real *A, size_t lda, bp_real *D, size_t ldd)         \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                D[i * ldd + j] *= f##_derivative(Z[i * ldz + j], A[i * lda + j]);                  \
    }
#define BLOCK_APPLY(f)                                                                             \
    static void f##_row(size_t n, const bp_real *z, bp_real *a)                                    \
    {                                                                                              \
        bp_map_row(n, z, a, f##_value);                                                            \
    }                                                                                              \
    static void f##_apply(size_t m, size_t n, const bp_real *Z, size_t ldz, bp_real *A,            \
                          size_t lda)                                                              \
    {                                                                                              \
        bp_map(m, n, Z, ldz, A, lda, f##_row);                                                     \
    }
#define BLOCK_DERIVATIVE(f)                                                                        \
    BP_INLINE bp_real f##_slope(bp_real z) { return f##_derivative(z, 0); }                        \
    static void f##_slope_row(size_t n, const bp_real *z, bp_real *s)                              \
    {                                                                                              \
        bp_map_row(n, z, s, f##_slope);                                                            \
    }                                                                                              \
    static void f##_times_derivative(size_t m, size_t n, const bp_real *Z, size_t ldz,             \
                                     const bp_real *A, size_t lda, bp_real *D, size_t ldd)         \
    {                                                                                              \
        (void)A, (void)lda;                                                                        \
        bp_map_combine(m, n, Z, ldz, Z, ldz, 0, D, ldd, f##_slope_row, times);                     \
    }

BP_INLINE bp_real times(bp_real slope, bp_real y, bp_real d, bp_real constant)
{
    return (void)y, (void)constant, d * slope;
}

BLOCK_APPLY(tanh)
PLAIN_DERIVATIVE(tanh)
BLOCK_APPLY(sigmoid)
PLAIN_DERIVATIVE(sigmoid)
PLAIN_APPLY(relu)
PLAIN_DERIVATIVE(relu)
BLOCK_APPLY(softplus)
BLOCK_DERIVATIVE(softplus)
PLAIN_APPLY(identity)
PLAIN_DERIVATIVE(identity)
PLAIN_APPLY(leaky_relu)
PLAIN_DERIVATIVE(leaky_relu)
BLOCK_APPLY(elu)
BLOCK_DERIVATIVE(elu)
BLOCK_APPLY(silu)
BLOCK_DERIVATIVE(silu)
BLOCK_APPLY(gelu)
BLOCK_DERIVATIVE(gelu)

#define ROW(f)                                                                                     \
    {                                                                                              \
#f, f##_apply, f##_times_derivative                                                        \
    }

static const bp_activation activations[] = {
    ROW(tanh),       ROW(sigmoid), ROW(relu), ROW(softplus), ROW(identity),
    ROW(leaky_relu), ROW(elu),     ROW(silu), ROW(gelu),     ROW(softmax),
};

const bp_table BP_TABLE_NAME(bp_activations) = {activations,
                                                sizeof activations / sizeof *activations};
