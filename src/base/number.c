#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct decimal {
    uint64_t digits; /* the significant digits, as one whole number */
    int n_digits;    /* how many; more than 19 may not fit in `digits` */
    long exponent;   /* value = ± digits · 10^exponent */
    bool negative;
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *scan_digits(const char *at, const char *end, decimal *d)
{
    for (; at < end && is_digit(*at); at++) {
        if (d->n_digits || *at != '0')
            d->n_digits++;
        if (d->n_digits <= 19)
            d->digits = d->digits * 10 + (uint64_t)(*at - '0');
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
static bool scan(const char *at, const char *end, decimal *d)
{
    d->negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *whole = at;
    at = scan_digits(at, end, d);
    bool any = at > whole;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        at = scan_digits(at, end, d);
        any = any || at > fraction;
        d->exponent = -(long)(at - fraction);
    }
    if (!any)
        return false;
    if (at == end)
        return true;
    long exponent;
    if ((*at != 'e' && *at != 'E') || !scan_exponent(at + 1, end, &exponent))
        return false;
    d->exponent += exponent;
    return true;
}

enum { LONGEST = 1000 };

/* strtod in the caller's locale: its decimal point takes the place of ours. */
static bool parse_slowly(const char *text, size_t length, double *value)
{
    const char *point = localeconv()->decimal_point;
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

bool bp_parse_number(const char *text, size_t length, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    decimal d = {0};
    if (length > LONGEST || !scan(text, text + length, &d))
        return false;
    /* Both factors exact in a double means one rounding, hence the correct one (Clinger, PLDI
     * 1990). It needs arithmetic in double itself, which C11 tells by FLT_EVAL_METHOD. */
    if (d.n_digits > 15 || d.exponent < -22 || d.exponent > 22 || FLT_EVAL_METHOD != 0)
        return parse_slowly(text, length, value);
    double v = (double)d.digits;
    v = d.exponent < 0 ? v / power[-d.exponent] : v * power[d.exponent];
    *value = d.negative ? -v : v;
    return true;
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
