/* activation.c: the activations and their derivatives. To add one: its two functions, and its row
 * in the table at the end. */
#include <bprop/network.h>

#include "base/error.h"

#include <math.h>

static const double SQRT_HALF = 0.70710678118654752440;        /* 1/√2 */
static const double INVERSE_SQRT_2PI = 0.39894228040143267794; /* 1/√(2π) */

/* Each activation of an element: f(z), and f'(z) in terms of z and a = f(z), whichever is cheaper
 * or more exact. Comparisons are written so that NaN gives NaN. */

/* 1 / (1 + e⁻ᶻ) */
static double sigmoid(double z) { return 1.0 / (1.0 + exp(-z)); }
static double sigmoid_derivative(double z, double a) { return (void)z, a * (1.0 - a); }

/* tanh z is the C library's */
static double tanh_derivative(double z, double a) { return (void)z, (1 - a) * (1 + a); }

/* max(0, z) */
static double relu(double z) { return z < 0 ? 0 : z; }
static double relu_derivative(double z, double a) { return (void)a, z > 0 ? 1 : 0; }

/* log(1 + eᶻ) = max(0, z) + log(1 + e^−|z|), which cannot overflow */
static double softplus(double z) { return (z > 0 ? z : 0) + log1p(exp(-fabs(z))); }
static double softplus_derivative(double z, double a) { return (void)a, sigmoid(z); }

static double identity(double z) { return z; }
static double identity_derivative(double z, double a) { return (void)z, (void)a, 1; }

/* max(0.01 z, z) */
static double leaky_relu(double z) { return z < 0 ? 0.01 * z : z; }
static double leaky_relu_derivative(double z, double a) { return (void)a, z > 0 ? 1 : 0.01; }

/* z, or eᶻ − 1 below 0 */
static double elu(double z) { return z < 0 ? expm1(z) : z; }
static double elu_derivative(double z, double a) { return (void)a, z < 0 ? exp(z) : 1; }

/* z · sigmoid(z) */
static double silu(double z) { return z * sigmoid(z); }
static double silu_derivative(double z, double a)
{
    double s = sigmoid(z);
    return (void)a, s * (1 + z * (1 - s));
}

/* z · Φ(z), with Φ(z) = ½ erfc(−z/√2) the normal distribution function */
static double gelu(double z) { return z * 0.5 * erfc(-z * SQRT_HALF); }
static double gelu_derivative(double z, double a)
{
    double cumulative = 0.5 * erfc(-z * SQRT_HALF);
    double density = INVERSE_SQRT_2PI * exp(-0.5 * z * z);
    return (void)a, cumulative + z * density;
}

/* Softmax over each row; subtracting the row's maximum keeps e^z in range and changes nothing. */
static void softmax_apply(size_t m, size_t n, const double *Z, size_t ldz, double *A, size_t lda)
{
    for (size_t i = 0; i < m; i++) {
        const double *z = Z + i * ldz;
        double *a = A + i * lda, max = z[0], sum = 0;
        for (size_t j = 1; j < n; j++)
            max = z[j] > max ? z[j] : max;
        for (size_t j = 0; j < n; j++)
            sum += a[j] = exp(z[j] - max);
        for (size_t j = 0; j < n; j++)
            a[j] /= sum;
    }
}

/* ∂loss/∂z_j = a_j (d_j − Σ_i d_i a_i) with d = ∂loss/∂a */
static void softmax_times_derivative(size_t m, size_t n, const double *Z, size_t ldz,
                                     const double *A, size_t lda, double *D, size_t ldd)
{
    (void)Z, (void)ldz;
    for (size_t i = 0; i < m; i++) {
        const double *a = A + i * lda;
        double *d = D + i * ldd, sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += d[j] * a[j];
        for (size_t j = 0; j < n; j++)
            d[j] = a[j] * (d[j] - sum);
    }
}

/* f_apply and f_times_derivative for whole matrices, from f and f_derivative. */
#define ELEMENTWISE(f)                                                                             \
    static void f##_apply(size_t m, size_t n, const double *Z, size_t ldz, double *A, size_t lda)  \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                A[i * lda + j] = f(Z[i * ldz + j]);                                                \
    }                                                                                              \
    static void f##_times_derivative(size_t m, size_t n, const double *Z, size_t ldz,              \
                                     const double *A, size_t lda, double *D, size_t ldd)           \
    {                                                                                              \
        for (size_t i = 0; i < m; i++)                                                             \
            for (size_t j = 0; j < n; j++)                                                         \
                D[i * ldd + j] *= f##_derivative(Z[i * ldz + j], A[i * lda + j]);                  \
    }

ELEMENTWISE(tanh)
ELEMENTWISE(sigmoid)
ELEMENTWISE(relu)
ELEMENTWISE(softplus)
ELEMENTWISE(identity)
ELEMENTWISE(leaky_relu)
ELEMENTWISE(elu)
ELEMENTWISE(silu)
ELEMENTWISE(gelu)

#define ROW(f)                                                                                     \
    {                                                                                              \
#f, f##_apply, f##_times_derivative                                                        \
    }

static const bp_activation activations[] = {
    ROW(tanh),       ROW(sigmoid), ROW(relu), ROW(softplus), ROW(identity),
    ROW(leaky_relu), ROW(elu),     ROW(silu), ROW(gelu),     ROW(softmax),
};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };

const bp_activation *bp_activation_at(size_t i)
{
    return i < N_ACTIVATIONS ? &activations[i] : NULL;
}

const bp_activation *bp_activation_find(const char *name, bp_error *error)
{
    return bp_find(activations, N_ACTIVATIONS, sizeof *activations, "activation", name, error);
}
