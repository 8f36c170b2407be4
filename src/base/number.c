#include "base/number.h"

#include "base/bits.h"
#include "base/decimal.h"

#include <float.h>
#include <langinfo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct decimal {
    uint64_t digits; /* as one whole number; more than 19 may not fit */
    long n_digits;   /* how many were taken up, zeros in front included */
    long exponent;   /* value = ± digits · 10^exponent */
    bool negative;
    bool is_cut; /* digits besides those in `digits` are left out */
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

#define ZEROS 0x3030303030303030 /* "00000000" */

/* Whether among eight characters, each xor '0', are others than digits. */
static inline uint64_t has_others(uint64_t values)
{
    return ((values + 0x7676767676767676) | values) & 0x8080808080808080; /* 0x76 = 0x80 − 10 */
}

/* How many of eight characters, each xor '0', are digits, up to the first that is none. */
static inline size_t count_digits(uint64_t values)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7f; /* lest a byte carries into the next */
    uint64_t others = has_others(values & low) | (values & ~low);
    return others ? (size_t)bp_trailing_zeros(others) / 8 : 8;
}

/* The first n of eight bytes, the first one lowest, become the last, behind bytes that are 0. A
 * shift by 64 is not defined, two by 32 are. */
static inline uint64_t last_bytes(uint64_t eight, size_t n)
{
    return eight << (32 - 4 * n) << (32 - 4 * n);
}

/* The number of eight digits 0 … 9: neighbours make tens, those hundreds, those all. */
static inline uint64_t join_eight(uint64_t digits)
{
    uint64_t tens = (digits * (1 + (10 << 8))) >> 8 & 0x00ff00ff00ff00ff;
    uint64_t hundreds = (tens * (1 + (100 << 16))) >> 16 & 0x0000ffff0000ffff;
    return (hundreds * (1 + ((uint64_t)10000 << 32))) >> 32;
}

/* Digits, eight at a time; the text may be read to 8 bytes behind `end`. */
static inline const char *scan_digits(const char *at, const char *end, decimal *d)
{
    static const uint64_t power[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    for (size_t n = 8; n == 8;) {
        uint64_t values = bp_get_little(at, 8) ^ ZEROS;
        n = count_digits(values);
        n = n < (size_t)(end - at) ? n : (size_t)(end - at);
        d->digits = d->digits * power[n] + join_eight(last_bytes(values, n));
        d->n_digits += (long)n;
        at += n;
    }
    return at;
}

static bool scan_exponent(const char *at, const char *end, long *exponent)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end)
        return false;
    long value = 0;
    for (; at < end && is_digit(*at); at++)
        if (value < 100000) /* far beyond any double; keeps `value` from overflowing */
            value = value * 10 + (*at - '0');
    *exponent = negative ? -value : value;
    return at == end;
}

/* Checks the grammar and collects the digits on the way. */
static inline bool scan(const char *at, const char *end, decimal *d)
{
    d->negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    at = scan_digits(at, end, d);
    if (at < end && *at == '.') {
        long whole = d->n_digits;
        at = scan_digits(at + 1, end, d);
        d->exponent = whole - d->n_digits;
    }
    if (!d->n_digits)
        return false;
    if (at == end)
        return true;
    long exponent;
    if ((*at != 'e' && *at != 'E') || !scan_exponent(at + 1, end, &exponent))
        return false;
    d->exponent += exponent;
    return true;
}

/* Of more digits than `digits` holds, the first 19 behind the zeros in front. */
static void cut(const char *at, decimal *d)
{
    long left = d->n_digits, taken = 0;
    for (d->digits = 0; left && taken < 19; at++)
        if (is_digit(*at)) {
            d->digits = d->digits * 10 + (uint64_t)(*at - '0');
            taken += d->digits > 0;
            left--;
        }
    d->is_cut = left > 0;
    d->exponent += left;
}

enum { LONGEST = 1000 };

/* strtod in the locale of the thread: its decimal point takes the place of ours. */
static bool parse_slowly(const char *text, size_t length, double *value)
{
    const char *point = nl_langinfo(RADIXCHAR);
    char copy[LONGEST + 32];
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '.')
            copy[used++] = text[i];
        else
            used += (size_t)snprintf(copy + used, 16, "%s", point);
    }
    copy[used] = '\0';
    double parsed = strtod(copy, NULL);
    if (!isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

/* The nearest double, if that can be told; of digits that are cut off, if it is the same whatever
 * they are. */
static bool round_it(const decimal *d, double *value)
{
    double above;
    if (!bp_round_decimal(d->digits, d->exponent, value))
        return false;
    return !d->is_cut || (bp_round_decimal(d->digits + 1, d->exponent, &above) && above == *value);
}

__attribute__((noinline)) static bool parse_any(const char *text, size_t length, double *value)
{
    decimal d = {0};
    double v;
    if (length > LONGEST || !scan(text, text + length, &d))
        return false;
    if (d.n_digits > 19)
        cut(text, &d);
    if (!round_it(&d, &v))
        return parse_slowly(text, length, value);
    *value = d.negative ? -v : v;
    return true;
}

/* The same for 1 to 8 characters [-] digits [. digits], as most cells are, if not digits alone
 * without a branch that depends on where sign and point stand. False for all others, numbers or
 * not. */
static inline bool parse_short(const char *text, size_t length, double *value)
{
    static const double power[] = {1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0};
    uint64_t eight = bp_get_little(text, 8);
    /* Columns of whole numbers are common enough for a branch. */
    uint64_t whole = (eight ^ ZEROS) << (64 - 8 * length);
    if (!has_others(whole)) {
        *value = (double)(int64_t)join_eight(whole);
        return true;
    }
    /* 1 or 0. What gcc makes of == waits for the register's last value, that is, for the number
     * before: three times as slow. */
    uint64_t negative = (((eight & 0xff) ^ '-') - 1) >> 63;
    size_t n = length - negative, shift = 64 - 8 * n;
    /* As last_bytes(), but "-" alone is not shifted: its last byte is 0 and no digit. */
    uint64_t values = (eight >> 8 * negative) << (shift & 63) ^ (uint64_t)ZEROS << (shift & 63);
    /* The first that has this bit is the point, or else something is left of it. */
    uint64_t point = values & 0x1010101010101010;
    point &= -point;
    values ^= (point << 1) - (point >> 3); /* '.' ^ '0' = 0x20 − 0x02 */
    uint64_t has_point = point != 0, before = values & ((point >> 4) - has_point);
    uint64_t left = values & (point - (point >> 4));
    if (n == has_point || left || has_others(values))
        return false;
    values += (before << 8) - before; /* the digits before the point close up with those behind */
    size_t place = (size_t)bp_trailing_zeros(point | (uint64_t)1 << 63) / 8;
    double v = (double)(int64_t)join_eight(values) / power[place]; /* as Clinger has it */
    *value = bp_double_of_bits(bp_bits_of_double(v) ^ negative << 63);
    return true;
}

bool bp_parse_padded(const char *text, size_t length, double *value)
{
    if (FLT_EVAL_METHOD == 0 && length - 1 < 8 && parse_short(text, length, value))
        return true;
    return parse_any(text, length, value);
}

/* A copy of a text of up to LONGEST characters behind which more may be read. */
typedef struct padded {
    char text[LONGEST + BP_NUMBER_PADDING];
} padded;

static bool pad(const char *text, size_t length, padded *copy)
{
    if (length > LONGEST)
        return false;
    memcpy(copy->text, text, length);
    memset(copy->text + length, 0, BP_NUMBER_PADDING);
    return true;
}

bool bp_parse_number(const char *text, size_t length, double *value)
{
    padded copy;
    return pad(text, length, &copy) && bp_parse_padded(copy.text, length, value);
}

bool bp_number_overflows(const char *text, size_t length)
{
    padded copy;
    decimal ignored = {0};
    double value;
    return pad(text, length, &copy) && scan(copy.text, copy.text + length, &ignored) &&
           !bp_parse_padded(copy.text, length, &value);
}

bool bp_parse_whole(const char *text, size_t length, uint64_t *value)
{
    uint64_t parsed = 0;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (!is_digit(text[i]) || parsed > (UINT64_MAX - digit) / 10)
            return false;
        parsed = parsed * 10 + digit;
    }
    if (length)
        *value = parsed;
    return length > 0;
}

/* d.ddd of a number's %e, without the point, and its exponent. */
static int take_digits(const char *text, char digits[20], int *exponent)
{
    int n = 0;
    for (; *text != 'e'; text++) /* skips the locale's decimal point */
        if (is_digit(*text))
            digits[n++] = *text;
    *exponent = (int)strtol(text + 1, NULL, 10);
    return n;
}

static bool reads_back(const char *digits, int n, int exponent, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.*se%d", n, digits, exponent - (n - 1));
    return strtod(text, NULL) == value;
}

/* One more in the last digit. */
static void next_up(char *digits, int n, int *exponent)
{
    int i = n - 1;
    for (; i >= 0 && digits[i] == '9'; i--)
        digits[i] = '0';
    if (i >= 0) {
        digits[i]++;
    } else { /* 99 to 10, one power of ten up */
        digits[0] = '1';
        ++*exponent;
    }
}

/* The fewest digits that read back as `value` > 0. %e gives the nearest of so many digits; below a
 * power of two doubles lie closer than above, so that the one above may do where the nearest does
 * not. A normal number keeps 15 digits, so fewer than 15 are those of 15 without their zeros. */
static int shortest_digits(double value, char digits[20], int *exponent)
{
    int n = 0;
    for (int precision = value < DBL_MIN ? 1 : 15; precision <= 17; precision++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", precision - 1, value);
        n = take_digits(text, digits, exponent);
        if (precision == 17 || reads_back(digits, n, *exponent, value))
            break;
        next_up(digits, n, exponent);
        if (reads_back(digits, n, *exponent, value))
            break;
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return n;
}

/* Whole numbers below 10¹⁵ have all their digits; most tables are full of small ones. */
static char *print_whole(double value, char *text)
{
    char digits[20];
    int n = 0;
    char *at = text;
    uint64_t rest = (uint64_t)fabs(value);
    do
        digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (signbit(value))
        *at++ = '-';
    while (n)
        *at++ = digits[--n];
    *at = '\0';
    return text;
}

char *bp_print_number(double value, char text[BP_NUMBER_SIZE])
{
    if (fabs(value) < 1e15 && value == floor(value))
        return print_whole(value, text);
    if (isnan(value))
        return strcpy(text, "nan");
    char *at = text;
    if (signbit(value))
        *at++ = '-';
    if (isinf(value)) {
        strcpy(at, "inf");
        return text;
    }
    char digits[20];
    int exponent, n = shortest_digits(fabs(value), digits, &exponent);
    bool fixed = exponent >= -4 && exponent < 16;
    int point = fixed ? exponent + 1 : 1; /* digits before the decimal point */
    for (int i = point < 1 ? point - 1 : 0; i < n || i < point; i++) {
        if (i == point)
            *at++ = '.';
        *at++ = i >= 0 && i < n ? digits[i] : '0';
    }
    *at = '\0';
    if (!fixed)
        snprintf(at, (size_t)(text + BP_NUMBER_SIZE - at), "e%+03d", exponent);
    return text;
}

#ifdef BPROP_SINGLE
/* The double written with the fewest digits among those that round to this float. */
static double fewest_digits(float value)
{
    double near = value;
    for (int precision = 1; precision <= 9; precision++) { /* nine tell any two floats apart */
        char text[40], digits[20];
        int exponent;
        snprintf(text, sizeof text, "%.*e", precision - 1, fabs((double)value));
        int n = take_digits(text, digits, &exponent);
        int length = snprintf(text, sizeof text, "%.*se%d", n, digits, exponent - n + 1);
        if (bp_parse_number(text, (size_t)length, &near) && (float)near == fabsf(value))
            break;
    }
    return copysign(near, value);
}

char *bp_print_real(bp_real value, char text[BP_NUMBER_SIZE])
{
    return bp_print_number(isfinite(value) ? fewest_digits(value) : value, text);
}
#else
char *bp_print_real(bp_real value, char text[BP_NUMBER_SIZE])
{
    return bp_print_number(value, text);
}
#endif
