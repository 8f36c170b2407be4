/* test_vector_math.c: the elementary functions against the C library's in long doubles, and what is
 * compiled for each level of CPU against the plain code, bit for bit. */
#include "support.h"

#include "base/random.h"
#include "base/vector_math.h"
#include "network/lookup.h"
#include "train/lookup.h"

#include <fenv.h>
#include <float.h>
#include <stdlib.h>

/* ---- Accuracy ---------------------------------------------------------------------------- */

static double normal_tail(double x) { return bp_normal(x).tail; }
static double normal_bell(double x) { return bp_normal(x).bell; }

static long double sigmoid_l(long double x) { return 1 / (1 + expl(-x)); }
static long double log1p_exp_l(long double x) { return log1pl(expl(-fabsl(x))); }
static long double tail_l(long double x)
{
    return 0.5L * erfcl(fabsl(x) * 0.707106781186547524400844362104849039L);
}
static long double bell_l(long double x) { return expl(-0.5L * x * x); }

/* In units in the last place of `expected` as a double. */
static double ulps(double actual, long double expected)
{
    int exponent;
    if (!isfinite((double)expected))
        return actual == (double)expected ? 0 : INFINITY;
    frexpl(expected, &exponent);
    long double unit = ldexpl(1, exponent < DBL_MIN_EXP ? DBL_MIN_EXP - 53 : exponent - 53);
    return (double)(fabsl(actual - expected) / unit);
}

/* Evenly over the interval, and in it evenly over the exponents. */
static const struct {
    const char *name;
    double (*f)(double);
    long double (*exact)(long double);
    double least, most, ulps;
} intervals[] = {
    {"exp", bp_exp, expl, -1, 1, 0.505},
    {"exp", bp_exp, expl, -708, 709.8, 0.505},
    {"exp", bp_exp, expl, -760, -708, 0.76},
    {"expm1", bp_expm1, expm1l, -1, 0, 1.3},
    {"expm1", bp_expm1, expm1l, -100, 0, 1.3},
    {"sigmoid", bp_sigmoid, sigmoid_l, -10, 10, 2.4},
    {"sigmoid", bp_sigmoid, sigmoid_l, -708, 800, 2.4},
    {"tanh", bp_tanh, tanhl, -1, 1, 3.4},
    {"tanh", bp_tanh, tanhl, -30, 30, 3.4},
    {"log1p_unit", bp_log1p_unit, log1pl, 0, 1, 0.9},
    {"log1p_exp", bp_log1p_exp, log1p_exp_l, -40, 40, 1.5},
    {"log1p_exp", bp_log1p_exp, log1p_exp_l, -708, 708, 1.5},
    {"log", bp_log, logl, 1, 2, 0.9},
    {"log", bp_log, logl, 1, DBL_MAX, 0.9},
    {"normal's tail", normal_tail, tail_l, -2, 2, 5},
    {"normal's tail", normal_tail, tail_l, -20, 20, 5},
    {"normal's tail", normal_tail, tail_l, 20, 45, 5},
    {"normal's bell", normal_bell, bell_l, -40, 40, 0.8},
};

static void check_point(size_t i, double x)
{
    double error = ulps(intervals[i].f(x), intervals[i].exact(x));
    if (!(error <= intervals[i].ulps))
        fail_msg("%s(%a) is %a: off by %g ulp", intervals[i].name, x, intervals[i].f(x), error);
}

static void test_accuracy(void **state)
{
    (void)state;
    enum { N = 60000 };
    volatile long double one = 1;
    if (one + 0x1p-62L == one)
        skip(); /* no wider than double, here or under valgrind */
    bp_random random;
    bp_random_seed(&random, 7, 0);
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        double least = intervals[i].least, most = intervals[i].most, range = most - least;
        for (size_t p = 0; p <= N; p++) {
            check_point(i, least + range * ((double)p / N));
            check_point(i, least + range * bp_random_uniform(&random));
            double small = ldexp(1 + bp_random_uniform(&random), (int)(p % 2097) - 1073);
            small = p / 2097 % 2 ? -small : small;
            if (small >= least && small <= most)
                check_point(i, small);
        }
    }
}

static const struct {
    const char *name;
    double (*f)(double);
    double x, value;
} points[] = {
    {"exp", bp_exp, 0, 1},
    {"exp", bp_exp, -0.0, 1},
    {"exp", bp_exp, DBL_TRUE_MIN, 1},
    {"exp", bp_exp, 0x1.62e42fefa39efp+9, 0x1.fffffffffff2ap+1023}, /* the last that is finite */
    {"exp", bp_exp, 0x1.62e42fefa39fp+9, INFINITY},
    {"exp", bp_exp, DBL_MAX, INFINITY},
    {"exp", bp_exp, INFINITY, INFINITY},
    {"exp", bp_exp, -0x1.74910d52d3051p+9, DBL_TRUE_MIN}, /* the last that is not 0 */
    {"exp", bp_exp, -0x1.74910d52d3052p+9, 0},
    {"exp", bp_exp, -DBL_MAX, 0},
    {"exp", bp_exp, -INFINITY, 0},
    {"expm1", bp_expm1, 0, 0},
    {"expm1", bp_expm1, -0.0, -0.0},
    {"expm1", bp_expm1, -DBL_TRUE_MIN, -DBL_TRUE_MIN},
    {"expm1", bp_expm1, -DBL_MAX, -1},
    {"expm1", bp_expm1, -INFINITY, -1},
    {"sigmoid", bp_sigmoid, -0.0, 0.5},
    {"sigmoid", bp_sigmoid, DBL_MAX, 1},
    {"sigmoid", bp_sigmoid, INFINITY, 1},
    {"sigmoid", bp_sigmoid, -DBL_MAX, 0},
    {"sigmoid", bp_sigmoid, -INFINITY, 0},
    {"tanh", bp_tanh, 0, 0},
    {"tanh", bp_tanh, -0.0, -0.0},
    {"tanh", bp_tanh, -DBL_TRUE_MIN, -DBL_TRUE_MIN},
    {"tanh", bp_tanh, DBL_MAX, 1},
    {"tanh", bp_tanh, -INFINITY, -1},
    {"log1p_unit", bp_log1p_unit, 0, 0},
    {"log1p_unit", bp_log1p_unit, DBL_TRUE_MIN, DBL_TRUE_MIN},
    {"log1p_exp", bp_log1p_exp, INFINITY, 0},
    {"log1p_exp", bp_log1p_exp, -DBL_MAX, 0},
    {"log", bp_log, 1, 0},
    {"log", bp_log, INFINITY, INFINITY},
    {"normal's tail", normal_tail, 0, 0.5},
    {"normal's tail", normal_tail, INFINITY, 0},
    {"normal's tail", normal_tail, -DBL_MAX, 0},
    {"normal's bell", normal_bell, -0.0, 1},
    {"normal's bell", normal_bell, -INFINITY, 0},
};

static void test_special_values(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        check_same_bits(points[p].f(points[p].x), points[p].value, points[p].name, __FILE__,
                        __LINE__);
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++)
        if (!isnan(intervals[i].f(NAN)))
            fail_msg("%s hides a NaN", intervals[i].name);
}

/* ---- Those of single precision -------------------------------------------------------------- */

#ifdef BPROP_SINGLE
static const struct {
    const char *name;
    float (*f)(float);
    double (*exact)(double);
    double least, most, ulps;
} of_floats[] = {
    {"exp", bp_real_exp, bp_exp, -INFINITY, 0, 1.1},
    {"sigmoid", bp_real_sigmoid, bp_sigmoid, -INFINITY, INFINITY, 2.5},
    {"tanh", bp_real_tanh, bp_tanh, -INFINITY, INFINITY, 2.5},
};

static void check_float(size_t i, float x)
{
    double expected = of_floats[i].exact(x), actual = of_floats[i].f(x);
    int exponent;
    if (x < of_floats[i].least || x > of_floats[i].most)
        return;
    frexp(expected, &exponent);
    if (expected < 1.19e-38 && actual == 0 && x < 0)
        return;
    double off = fabs(actual - expected) / ldexp(1, exponent - FLT_MANT_DIG);
    if (!(off <= of_floats[i].ulps))
        fail_msg("%s(%a) is %a, not %a: off by %g ulp", of_floats[i].name, (double)x, actual,
                 expected, off);
}

/* Every 1999th float, and those that are no finite numbers. */
static void test_floats(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof of_floats / sizeof *of_floats; i++) {
        for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 1999) {
            float x = (float)bp_single_of_bits(bits);
            if (isfinite(x))
                check_float(i, x);
        }
        check_same_bits(of_floats[i].f(-INFINITY), of_floats[i].exact(-INFINITY), of_floats[i].name,
                        __FILE__, __LINE__);
        assert_true(isnan(of_floats[i].f(NAN)));
    }
    assert_same_bits(bp_real_sigmoid(INFINITY), 1);
    assert_same_bits(bp_real_tanh(INFINITY), 1);
    assert_same_bits(bp_real_tanh(-0.0F), -0.0);
}
#endif

/* ---- The same bits at every level ----------------------------------------------------------- */

enum { MOST_ROWS = 9, MOST_COLUMNS = 150, LD = MOST_COLUMNS + 3, SIZE = MOST_ROWS * LD };

static const struct {
    size_t m, n;
} shapes[] = {{1, 1},  {1, 2},  {9, 1},  {9, 3},  {1, 7},   {3, 8},   {5, 9},  {2, 10},
              {7, 16}, {9, 31}, {2, 33}, {4, 35}, {1, 128}, {2, 129}, {3, 150}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* Mostly ordinary numbers, some of any bits. */
static void fill(bp_real *values, size_t n, uint64_t seed)
{
    bp_random random;
    bp_random_seed(&random, seed, 0);
    for (size_t i = 0; i < n; i++) {
        double u = bp_random_uniform(&random), spread = 1 + 60 * (double)(i % 7 == 0);
        values[i] = (bp_real)((u - 0.5) * 6 * spread);
        if (i % 13 == 5)
            values[i] = (bp_real)ldexp(values[i], (int)(2000 * bp_random_uniform(&random)) - 1000);
        if (i % 61 == 60)
            values[i] = i % 2 ? INFINITY : NAN;
    }
}

/* Which NaN it is may depend on how the compiler orders the two sides of an addition. */
static void check_same(const bp_real *actual, const bp_real *expected, size_t n, const char *name,
                       size_t level)
{
    for (size_t i = 0; i < n; i++)
        if (!(isnan(actual[i]) && isnan(expected[i])) &&
            bp_bits_of_double(actual[i]) != bp_bits_of_double(expected[i]))
            fail_msg("%s: element %zu is %a at level %s, %a elsewhere", name, i, actual[i],
                     bp_cpu_level_name(level), expected[i]);
}

/* Against each element by itself, at the plain level; softmax against its plain rows. */
static void check_activation(size_t row, size_t level, size_t m, size_t n)
{
    const bp_activation *plain = (const bp_activation *)bp_activation_tables[0]->rows + row;
    const bp_activation *f = (const bp_activation *)bp_activation_tables[level]->rows + row;
    static bp_real Z[SIZE], A[SIZE], A0[SIZE], D[SIZE], D0[SIZE];
    size_t step = strcmp(plain->name, "softmax") == 0 ? n : 1;
    fill(Z, SIZE, 1), fill(A, SIZE, 2), fill(D, SIZE, 3);
    memcpy(A0, A, sizeof A), memcpy(D0, D, sizeof D);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j += step) {
            size_t at = i * LD + j;
            plain->apply(1, step, Z + at, step, A0 + at, step);
            plain->times_derivative(1, step, Z + at, step, A0 + at, step, D0 + at, step);
        }
    f->apply(m, n, Z, LD, A, LD);
    f->times_derivative(m, n, Z, LD, A, LD, D, LD);
    check_same(A, A0, SIZE, f->name, level);
    check_same(D, D0, SIZE, f->name, level);
}

/* Against row after row at the plain level. */
static void check_loss(size_t row, size_t level, size_t m, size_t n)
{
    const bp_loss *plain = (const bp_loss *)bp_loss_tables[0]->rows + row;
    const bp_loss *f = (const bp_loss *)bp_loss_tables[level]->rows + row;
    static bp_real O[SIZE], T[SIZE], D[SIZE], D0[SIZE];
    double total = 0;
    fill(O, SIZE, 1), fill(T, SIZE, 2), fill(D, SIZE, 3);
    if (n == 3) /* and a sum that is finite */
        for (size_t i = 0; i < SIZE; i++)
            O[i] = isfinite(O[i]) ? (bp_real)fmod(O[i], 100) : 1, T[i] = (bp_real)(i % 2);
    memcpy(D0, D, sizeof D);
    for (size_t i = 0; i < m; i++) {
        total += plain->sum(1, n, O + i * LD, n, T + i * LD, n);
        plain->delta(1, n, O + i * LD, n, T + i * LD, n, 0.3, D0 + i * LD, n);
    }
    bp_real sum = (bp_real)f->sum(m, n, O, LD, T, LD), by_row = (bp_real)total;
    f->delta(m, n, O, LD, T, LD, 0.3, D, LD);
    check_same(&sum, &by_row, 1, f->name, level);
    check_same(D, D0, SIZE, f->name, level);
}

/* Against each weight by itself, at the plain level. */
static void check_optimizer(size_t row, size_t level, size_t n)
{
    const bp_optimizer *plain = (const bp_optimizer *)bp_optimizer_tables[0]->rows + row;
    const bp_optimizer *f = (const bp_optimizer *)bp_optimizer_tables[level]->rows + row;
    static bp_real w[SIZE], w0[SIZE], g[SIZE], s[2][SIZE], s0[2][SIZE];
    if (!f->step)
        return;
    fill(w, SIZE, 1), fill(w0, SIZE, 1);
    memset(s, 0, sizeof s), memset(s0, 0, sizeof s0);
    for (uint64_t t = 1; t <= 3; t++) {
        fill(g, SIZE, 1 + t);
        f->step(n, w, g, (bp_real *[]){s[0], s[1]}, 0.01, t);
        for (size_t i = 0; i < n; i++)
            plain->step(1, w0 + i, g + i, (bp_real *[]){s0[0] + i, s0[1] + i}, 0.01, t);
    }
    check_same(w, w0, SIZE, f->name, level);
    check_same(s[0], s0[0], 2 * SIZE, f->name, level);
}

static void test_levels(void **state)
{
    (void)state;
    for (size_t level = 0; level <= bp_cpu_level(); level++) {
        assert_non_null(bp_cpu_level_name(level));
        for (size_t s = 0; s < N_SHAPES; s++) {
            for (size_t i = 0; i < bp_activation_tables[level]->n; i++)
                check_activation(i, level, shapes[s].m, shapes[s].n);
            for (size_t i = 0; i < bp_loss_tables[level]->n; i++)
                check_loss(i, level, shapes[s].m, shapes[s].n);
            for (size_t i = 0; i < bp_optimizer_tables[level]->n; i++)
                check_optimizer(i, level, shapes[s].n);
        }
    }
}

/* ---- What a host may have trapped ----------------------------------------------------------- */

enum { TRAPPED = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW, MOST = 17 };

/* Of n numbers z alone is far from 0. */
static void use_activation(const bp_activation *f, size_t n, bp_real z)
{
    bp_real Z[MOST], A[MOST], D[MOST];
    for (size_t i = 0; i < n; i++)
        Z[i] = (bp_real)0.5, D[i] = 1;
    Z[n - 1] = z;
    f->apply(1, n, Z, n, A, n);
    f->times_derivative(1, n, Z, n, A, n, D, n);
}

static void use_loss(const bp_loss *loss, size_t n, bp_real z)
{
    bp_real O[MOST], T[MOST] = {1}, D[MOST];
    for (size_t i = 0; i < n; i++)
        O[i] = (bp_real)0.5;
    O[n - 1] = z;
    loss->sum(1, n, O, n, T, n);
    loss->delta(1, n, O, n, T, n, 1, D, n);
}

static void check_flags(double z)
{
    for (size_t level = 0; level <= bp_cpu_level(); level++)
        for (size_t n = 1; n <= MOST; n += MOST - 1) {
            const bp_activation *f = bp_activation_tables[level]->rows;
            const bp_loss *loss = bp_loss_tables[level]->rows;
            for (size_t i = 0; i < bp_activation_tables[level]->n; i++) {
                use_activation(&f[i], n, (bp_real)z);
                if (fetestexcept(TRAPPED))
                    fail_msg("%s of %g, level %zu, n %zu", f[i].name, z, level, n);
            }
            for (size_t i = 0; i < bp_loss_tables[level]->n; i++) {
                use_loss(&loss[i], n, (bp_real)z);
                if (fetestexcept(TRAPPED))
                    fail_msg("%s of %g, level %zu, n %zu", loss[i].name, z, level, n);
            }
        }
}

/* However far a neuron is saturated, nothing is invalid and nothing overflows. */
static void test_saturation(void **state)
{
    (void)state;
    feraiseexcept(FE_INVALID);
    if (!fetestexcept(FE_INVALID))
        skip(); /* as under valgrind */
    feclearexcept(FE_ALL_EXCEPT);
    for (double z = 0; z<2200; z += z> 36 && z < 40 ? 0.005 : 0.17) /* φ(z) falls fast there */
        check_flags(z), check_flags(-z);
    for (double z = 2200; z < 1e15; z *= 1.1)
        check_flags(z), check_flags(-z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy), cmocka_unit_test(test_special_values),
#ifdef BPROP_SINGLE
        cmocka_unit_test(test_floats),
#endif
        cmocka_unit_test(test_levels),   cmocka_unit_test(test_saturation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
