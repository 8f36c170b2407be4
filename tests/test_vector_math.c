/* test_vector_math.c: the elementary functions against the C library's in long doubles. */
#include "support.h"

#include "base/random.h"
#include "base/vector_math.h"

#include <float.h>

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
    {"tanh", bp_tanh, tanhl, -1, 1, 2.5},
    {"tanh", bp_tanh, tanhl, -30, 30, 2.5},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_special_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
