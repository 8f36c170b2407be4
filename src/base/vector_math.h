/* vector_math.h: exp, log and their kin for loops that the compiler turns into vector code: no
 * branch, no call, no table. Each is the same additions, multiplications and divisions in the same
 * order on every CPU, in vectors of any width and alone: the same bits everywhere, which no libm
 * promises. None fuses a multiplication with an addition. A NaN gives a NaN.
 *
 * Largest errors, in units in the last place of the result (tests/test_vector_math.c):
 *
 *   bp_exp 0.51 (0.76 where subnormal), bp_expm1 1.3, bp_log1p_unit 0.9, bp_log1p_exp 1.5,
 *   bp_log 0.9, bp_sigmoid 2.4 (as 1/(1+e⁻ˣ) has from an exact e⁻ˣ), bp_tanh 3.4,
 *   bp_normal 5 (Φ) and 0.8 (the bell)
 *
 * The polynomials were fitted with 40 digits and more; what they leave out is less than a
 * hundredth of an ulp of the result. */
#ifndef BP_BASE_VECTOR_MATH_H
#define BP_BASE_VECTOR_MATH_H

#include "base/bits.h"

/* Adding it rounds to whole numbers, to be found in the lowest bits of the sum. */
#define BP_ROUND_WHOLE 0x1.8p52
/* Adding and subtracting it rounds to a multiple of 2⁻¹⁷. */
#define BP_ROUND_SHORT 0x1.8p35

/* e^x as head + tail, |tail| < 0.001·head; the head is exact. */
typedef struct bp_exp_parts {
    double head, tail;
} bp_exp_parts;

/* a + b·x + c·x² + d·x³ */
static inline double bp_cubic(double x, double x2, double a, double b, double c, double d)
{
    return (a + b * x) + x2 * (c + d * x);
}

/* 2^k of BP_ROUND_WHOLE + k */
static inline double bp_power_of_two(double shifted)
{
    return bp_double_of_bits((bp_bits_of_double(shifted) + 1023) << 52);
}

/* e^(x − less) · 2^−lowered, of which the exponent is within ±1020, |less| < 2⁻¹⁵. With
 * x − less = k·log 2 + near − far (Cody and Waite), near = a + c, where a = 3t is short, and
 * r = near − far,
 *
 *   e^r = (1 + a + a²/2 + a³/6) + (c·(1 + a + a²/2) + c²·(1 + a)/2 + c³/6)
 *         − far·(1 + near + near²/2) + r⁴·(1/24 + …)
 *
 * whose first part is exact, a³/6 being 9/2·t³, and the others together are less than 0.0007, so
 * that their rounding hardly shows. */
static inline bp_exp_parts bp_exp_split(double x, double less, double lowered)
{
    double octaves = x * 0x1.71547652b82fep+0, shifted = octaves + BP_ROUND_WHOLE;
    double k = shifted - BP_ROUND_WHOLE, scale = bp_power_of_two(shifted - lowered);
    double near = (x - k * 0x1.62e42fefa38p-1) - less; /* exact if `less` is 0: k·(42 bits) is */
    double far = k * 0x1.ef35793c7673p-45, r = near - far;
    double t = ((octaves - k) * 0x1.d9303fea2f7eap-3 + BP_ROUND_SHORT) - BP_ROUND_SHORT;
    double a = 3 * t, a2 = 4.5 * (t * t), c = near - a, c2 = c * c; /* a2: a²/2 */
    double change = ((c + c * (a + a2)) - far * (1 + (near + 0.5 * near * near))) +
                    (c2 * (0.5 + 0.5 * a) + c2 * (c * 0x1.5555555555555p-3));
    double r2 = r * r, r4 = r2 * r2, r4_scaled = r2 * (r2 * scale);
    double first = bp_cubic(r, r2, 0x1.5555555555558p-5, 0x1.111111111031fp-7,
                            0x1.6c16c16c14c8ep-10, 0x1.a01a01ac24230p-13);
    double next = bp_cubic(r, r2, 0x1.a01a01aee7880p-16, 0x1.71ddfff19ea1cp-19,
                           0x1.27e4c88f62c38p-22, 0x1.af53a3e9dd928p-26);
    bp_exp_parts e = {(1 + (a + (a2 + a2 * t))) * scale,
                      change * scale + (r4_scaled * first +
                                        r4_scaled * r4 * (next + r4 * 0x1.1f91cdfc28651p-29))};
    return e;
}

/* Where a result is known, what follows computes that of a limit, so that no operation is invalid
 * or overflows: a host may have trapped these. The limits are out of compilers' sight. One that is
 * told that operations do not trap would compute the result of a limit that it knows beforehand,
 * and the others without the limit, at all places, to choose in the end. So results are not
 * overridden in the end either, but multiplied by 0. */
extern const struct bp_limits {
    double exp_least, exp_most, zero, expm1_least, sigmoid_least, sigmoid_most, tanh_most,
        log1p_exp_most;
    float short_exp, short_tanh;
} bp_limits;

/* x, but no less than `least` and no more than `most`; a NaN stays. */
static inline double bp_within(double x, double least, double most)
{
    x = x > most ? most : x;
    return x < least ? least : x;
}

/* e^(x − less), |less| < 2⁻¹⁵. Far from 0 the sum is taken 2⁶⁴ times as large, or as small, so that
 * only the last product overflows, or is rounded where it is subnormal. */
static inline double bp_exp_less(double x, double less)
{
    x = bp_within(x, bp_limits.exp_least, bp_limits.exp_most);
    double side = (x * 0x1.bp-11 + BP_ROUND_WHOLE) - BP_ROUND_WHOLE; /* −1, 0 or 1 */
    bp_exp_parts e = bp_exp_split(x, less, 64 * side);
    return (e.head + e.tail) * bp_power_of_two(BP_ROUND_WHOLE + 64 * side);
}

static inline double bp_exp(double x) { return bp_exp_less(x, 0); }

/* e^x − 1 for x ≤ 0; 0 for others */
static inline double bp_expm1(double x)
{
    bp_exp_parts e = bp_exp_split(bp_within(x, bp_limits.expm1_least, bp_limits.zero), 0, 0);
    double head = e.head - 1, lost = e.head - (head + 1), result = head + (lost + e.tail);
    return x == 0 ? x : result; /* −0 stays */
}

/* 1 / (1 + e⁻ˣ); 0 where that is subnormal, and e⁻ˣ about to overflow */
static inline double bp_sigmoid(double x)
{
    bp_exp_parts e =
        bp_exp_split(-bp_within(x, bp_limits.sigmoid_least, bp_limits.sigmoid_most), 0, 0);
    return (x < -708 ? 0 : 1) / (1 + (e.head + e.tail));
}

/* tanh |x| = (e^(2|x|) − 1) / (e^(2|x|) + 1); from 22 on it is 1. As there is a division anyway,
 * e^(2|x|) = s·(1 + q + p) / (1 + q − p), which takes half as long as bp_exp_split(): with
 * 2|x| = k·log 2 + r, s = 2ᵏ, it is p / (1 + q) = tanh(r/2), p = r/2 + … and q polynomials. */
static inline double bp_tanh(double x)
{
    double size = fabs(x), y = 2 * (size > 22 ? bp_limits.tanh_most : size);
    double shifted = y * 0x1.71547652b82fep+0 + BP_ROUND_WHOLE, k = shifted - BP_ROUND_WHOLE;
    double less = bp_power_of_two(shifted) - 1, more = bp_power_of_two(shifted) + 1; /* s ∓ 1 */
    double r = (y - k * 0x1.62e42fefa38p-1) - k * 0x1.ef35793c7673p-45, r2 = r * r, r4 = r2 * r2;
    double p = (0x1.d7a4f41ce144bp-7 + 0x1.60fb490d00920p-15 * r2) - 0x1.adf8392360af1p-25 * r4;
    double q = r2 * (0x1.cb3e925c8da68p-4 + 0x1.1ed4e34b3afa9p-10 * r2), half = 0.5 * r;
    double rest = r * r2 * p;
    double result = ((less + more * half) + (less * q + more * rest)) /
                    (more + (more * q + less * (half + rest)));
    return copysign(result, x);
}

/* log(1+f) − f + f²/2, −¼ ≤ f ≤ ½: with s = f/(2+f) it is log((1+s)/(1−s)), a series in s² */
static inline double bp_log_rest(double f)
{
    double s = f / (2 + f), z = s * s, z2 = z * z, z4 = z2 * z2;
    double low = (0x1.5555555555555p-1 + 0x1.9999999999989p-2 * z) +
                 z2 * (0x1.249249249500bp-2 + 0x1.c71c71c1b0507p-3 * z);
    double high = (0x1.745d19fac65e7p-3 + 0x1.3b12ef4d5d8c1p-3 * z) +
                  z2 * (0x1.1130d743d511bp-3 + 0x1.dbda7a4188a45p-4 * z);
    return s * (0.5 * f * f + z * (low + z4 * (high + z4 * 0x1.fcd9cadda7405p-4)));
}

/* k·log 2 + log(1+f), where k is whole */
static inline double bp_log_sum(double k, double f)
{
    double rest = bp_log_rest(f) + k * 0x1.ef35793c7673p-45;
    return k * 0x1.62e42fefa38p-1 + (f - (0.5 * f * f - rest));
}

/* log(1+y) for 0 ≤ y ≤ 1: from ½ on, log 2 + log(1 + (y−1)/2), of which no part is rounded */
static inline double bp_log1p_unit(double y)
{
    return bp_log_sum(y < 0.5 ? 0 : 1, y < 0.5 ? y : 0.5 * (y - 1));
}

/* log(1 + e^−|x|); 0 where e^−|x| is about to be subnormal */
static inline double bp_log1p_exp(double x)
{
    double size = fabs(x);
    bp_exp_parts e = bp_exp_split(-(size > 708 ? bp_limits.log1p_exp_most : size), 0, 0);
    return bp_log1p_unit(e.head + e.tail) * (size > 708 ? 0 : 1);
}

/* log x for 1 ≤ x < ∞: x = 2ᵏ·(1+f), 1+f from ¾ to 3/2; +∞ for +∞ */
static inline double bp_log(double x)
{
    uint64_t bits = bp_bits_of_double(x), above = bits - bp_bits_of_double(0.75);
    double k = bp_double_of_bits((above >> 52) | bp_bits_of_double(0x1p52)) - 0x1p52;
    double f = bp_double_of_bits(bits - (above & (uint64_t)0xfff << 52)) - 1;
    double result = bp_log_sum(k, f);
    return x < INFINITY ? result : x;
}

/* The normal distribution: Φ(−|x|) and e^(−x²/2), its density times √(2π). */
typedef struct bp_normal_parts {
    double tail, bell;
} bp_normal_parts;

/* (1 + x)·Φ(−x)·e^(x²/2) in terms of q = (x − 5½)/(x + 5½), for 0 ≤ x ≤ 39 (after Shepherd and
 * Laframboise, Math. Comp. 36(153), 1981) */
static inline double bp_normal_ratio(double q)
{
    double q2 = q * q, q4 = q2 * q2, sum;
    sum = (0x1.a40e40f72d677p-28 + -0x1.1a48c2a41dd91p-28 * q) + q2 * -0x1.3d9a6ab40c97dp-30;
    sum = bp_cubic(q, q2, 0x1.e153b81ee6b56p-22, -0x1.ce73028633237p-23, -0x1.6ea0753379584p-25,
                   0x1.2b64ac467e958p-25) +
          q4 * sum;
    sum = bp_cubic(q, q2, 0x1.45f832fdece0bp-15, -0x1.0464aa34d7b5fp-21, -0x1.3afa87d9b2dc0p-18,
                   0x1.1c88d38665c32p-20) +
          q4 * sum;
    sum = bp_cubic(q, q2, -0x1.16af72ef4d87ep-8, 0x1.2fbff183e78e2p-10, -0x1.55b6970e32408p-14,
                   -0x1.7bd58ee28e31bp-14) +
          q4 * sum;
    sum = bp_cubic(q, q2, -0x1.5ed74b0a0a4b0p-6, 0x1.8e36e348ea4aap-6, -0x1.2aae054968d73p-6,
                   0x1.4ef0001607d6bp-7) +
          q4 * sum;
    return 0x1.d43372dd1ca78p-2 +
           q * (-0x1.69d624ce86423p-4 +
                q * (0x1.2870a53b3f2ebp-5 + q * (0x1.2253e8f10c48cp-9 + q * sum)));
}

/* The square of x is taken in two parts, since e^ makes of its rounding hundreds of ulp. */
static inline bp_normal_parts bp_normal(double x)
{
    double size = fabs(x), held = size > 39 ? 39 : size;
    double head = bp_double_of_bits(bp_bits_of_double(held) & ~(uint64_t)0x7ffffff);
    double bell = bp_exp_less(-0.5 * (head * head), 0.5 * ((held - head) * (held + head)));
    bp_normal_parts n = {bell * bp_normal_ratio((held - 5.5) / (held + 5.5)) / (1 + held), bell};
    return n;
}

/* ---- What most networks live on, of a bp_real ----------------------------------------------- */

/* e^x for x ≤ 0, sigmoid and tanh: those above, or, of floats, in floats: at most 1.1, 2.5 and 2.5
 * ulp off, and 0 below 1.19·10⁻³⁸, next to where floats are subnormal. */
#ifdef BPROP_SINGLE

/* e^x = scale + scale·rest, |x| ≤ 87.33: x = k·log 2 + r, rest = e^r − 1 by a polynomial. */
typedef struct bp_short_exp {
    float scale, rest;
} bp_short_exp;

static inline bp_short_exp bp_exp_short(float x)
{
    float shifted = x * 0x1.715476p+0f + 0x1.8p23f, k = shifted - 0x1.8p23f;
    float r = (x - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f, r2 = r * r;
    float high =
        (0x1.5554dcp-3f + 0x1.555518p-5f * r) + r2 * (0x1.120be2p-7f + 0x1.6d117cp-10f * r);
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23; /* 2ᵏ */
    bp_short_exp e = {0, r + (0.5f * r2 + r2 * r * high)};
    memcpy(&e.scale, &bits, sizeof bits);
    return e;
}

static inline float bp_real_exp(float x)
{
    bp_short_exp e = bp_exp_short(x < -87.33f ? -bp_limits.short_exp : x);
    return (e.scale + e.scale * e.rest) * (x < -87.33f ? 0 : 1);
}

static inline float bp_real_sigmoid(float x)
{
    float held = x > 87.33f ? bp_limits.short_exp : x;
    bp_short_exp e = bp_exp_short(-(held < -87.33f ? -bp_limits.short_exp : held));
    return (x < -87.33f ? 0 : 1) / (1 + (e.scale + e.scale * e.rest));
}

static inline float bp_real_tanh(float x)
{
    float size = fabsf(x);
    bp_short_exp e = bp_exp_short(2 * (size > 10 ? bp_limits.short_tanh : size));
    float E = (e.scale - 1) + e.scale * e.rest; /* of 10, E + 2 is E */
    return copysignf(E / (E + 2), x);
}

#else

static inline double bp_real_exp(double x) { return bp_exp(x); }
static inline double bp_real_sigmoid(double x) { return bp_sigmoid(x); }
static inline double bp_real_tanh(double x) { return bp_tanh(x); }

#endif

#endif
