/* test_base.c: numbers from and to text against strtod and Python, random streams against Python,
 * checked sizes, error messages, and whole files in. */
#include "support.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An allocation that cannot be met must give NULL, as it does without a sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }

/* ---- Numbers ------------------------------------------------------------------------------ */

/* From a block of just that length, so that reading past its end is seen. */
static bool parse(const char *text, double *value)
{
    size_t length = strlen(text);
    char *exact = malloc(length ? length : 1);
    assert_non_null(exact);
    memcpy(exact, text, length);
    bool good = bp_parse_number(exact, length, value);
    free(exact);
    return good;
}

/* `expected` is strtod's, which rounds correctly; the test runs it in the "C" locale. */
static void check_parsed(const char *text, double expected)
{
    double value = NAN;
    if (!parse(text, &value))
        fail_msg("'%s' is refused", text);
    if (memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("'%s' is %.17g, expected %.17g", text, value, expected);
}

static void test_parse_accepts(void **state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+0",
        "1",
        "+1",
        "-1",
        "00012",
        "1.",
        ".5",
        "-.5",
        "+1.5e+3",
        "1e5",
        "1E5",
        "1e-5",
        "1e00005",
        "0.1",
        "0.30000000000000004",
        "1e22",
        "1e23",
        "123456789012345e22",
        "123456789012345e-22",
        "123456789012345e23",
        "999999999999999e22",
        "1e-400",
        "-1e-400",
        "0e999",
        "0e99999999999999999999",
        "1e-99999999999999999999",
        "5e-324",
        "2e-324",
        "3e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "9007199254740992",
        "9007199254740993",
        "9007199254740993.0000000000000000000001",
        "9007199254740995",
        "9007199254740991.5",
        "1152921504606846975",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        "0.000000000000000000000000000000000000000000001",
        "10000000000000000000000000000000e-31",
        "0.1000000000000000055511151231257827021181583404541015625",
        "0.1000000000000000124900090270330610871315002441406250001",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_parsed(texts[i], strtod(texts[i], NULL));
}

static void test_parse_refuses(void **state)
{
    static const char *const texts[] = {
        "",         "+",
        "-",        ".",
        "+.",       "-.",
        "e",        "e5",
        ".e5",      "1e",
        "1e+",      "1e-",
        "1e5.",     "1e5.5",
        "1.2x",     "x1.2",
        "1.2.3",    "1,2",
        "1_000",    "1 000",
        " 1",       "1 ",
        "\t1",      "1\n",
        "+-1",      "--1",
        "- 1",      "0x10",
        "0x1p3",    "1p3",
        "nan",      "NaN",
        "-nan",     "nan(1)",
        "inf",      "-inf",
        "Infinity", "1e999",
        "-1e999",   "1.7976931348623159e308",
        "1e309",    "1e99999999999999999999",
        "1f",       "1d5",
        "1.0L",     "٣",
        "½",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value = 77; /* must come through */
        if (parse(texts[i], &value))
            fail_msg("'%s' is taken for %g", texts[i], value);
        assert_same_bits(value, 77);
    }
    double value = 77;
    assert_false(bp_parse_number("1\0002", 3, &value)); /* a NUL is no end */
    assert_true(bp_parse_number("12", 1, &value));      /* what follows is not looked at */
    assert_same_bits(value, 1);
}

/* 1000 characters are read to the last bit, 1001 are refused. */
/* Of what is no number, that which is one but for its size. */
static void test_overflows(void **state)
{
    static const struct {
        const char *text;
        bool overflows;
    } cases[] = {{"1e999", true},   {"-1e309", true},  {"1.7976931348623159e308", true},
                 {"1e308", false},  {"1e-999", false}, {"inf", false},
                 {"1e999x", false}, {"x", false},      {"", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length = strlen(cases[i].text);
        char *exact = malloc(length ? length : 1); /* as in parse() */
        assert_non_null(exact);
        memcpy(exact, cases[i].text, length);
        assert_int_equal(bp_number_overflows(exact, length), cases[i].overflows);
        free(exact);
    }
}

static void test_parse_long(void **state)
{
    static const char *const starts[] = {"1234567.891", "0.000000001", "9007199254740992.5", "."};
    char text[1002];
    double value;
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (char digit = '0'; digit <= '9'; digit += 3) {
            memset(text, digit, sizeof text);
            memcpy(text, starts[i], strlen(starts[i]));
            text[1000] = '\0';
            check_parsed(text, strtod(text, NULL));
            text[1000] = '0', text[1001] = '\0';
            assert_false(parse(text, &value));
        }
    /* the last of many digits decides a tie: 2⁵³+1 lies halfway */
    int length = snprintf(text, sizeof text, "9007199254740993.%0500d1", 0);
    assert_int_equal(length, 518);
    check_parsed(text, 9007199254740994.0);
    text[length - 1] = '0';
    check_parsed(text, 9007199254740992.0);
}

static double random_bits(bp_random *random)
{
    uint64_t bits = bp_random_below(random, (size_t)1 << 32);
    bits = bits << 32 | bp_random_below(random, (size_t)1 << 32);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* [+-] digits [. digits] [e exponent], up to 25 digits and any exponent near a double's. */
static void random_decimal(bp_random *random, char *text)
{
    size_t n = 1 + bp_random_below(random, 25), point = bp_random_below(random, n + 5);
    char *at = text;
    if (bp_random_below(random, 2))
        *at++ = "+-"[bp_random_below(random, 2)];
    for (size_t i = 0; i < n; i++) {
        if (i == point)
            *at++ = '.';
        *at++ = (char)('0' + bp_random_below(random, 10));
    }
    *at = '\0';
    if (bp_random_below(random, 3))
        sprintf(at, "e%d", (int)bp_random_below(random, 660) - 345);
}

static void test_parse_random(void **state)
{
    bp_random random;
    char text[64];
    double ignored;
    (void)state;
    bp_random_seed(&random, 3, 0);
    for (int i = 0; i < 100000; i++) {
        double value = random_bits(&random);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        check_parsed(text, value);
    }
    for (int i = 0; i < 100000; i++) {
        random_decimal(&random, text);
        double expected = strtod(text, NULL);
        if (isfinite(expected))
            check_parsed(text, expected);
        else
            assert_false(parse(text, &ignored));
    }
}

/* Digits and a point anywhere, of lengths and exponents as in tables, and numbers that lie halfway
 * between two doubles, or all but halfway. */
static void test_parse_tables(void **state)
{
    static const char *const ends[] = {"",
                                       ".5",
                                       ".25",
                                       ".75",
                                       ".4999999999",
                                       ".50000000001",
                                       "e-3",
                                       "5e-1",
                                       "49999999999e-11",
                                       "50000000001e7",
                                       "e20",
                                       "e-20"};
    bp_random random;
    char text[80];
    (void)state;
    bp_random_seed(&random, 4, 0);
    for (int i = 0; i < 50000; i++) {
        random_decimal(&random, text);
        char *e = strchr(text, 'e');
        if (e)
            sprintf(e, "e%d", (int)bp_random_below(&random, 170) - 85);
        check_parsed(text, strtod(text, NULL));
        text[1 + bp_random_below(&random, 8)] = '\0'; /* short */
        if (strpbrk(text, "0123456789") && text[strlen(text) - 1] != 'e' &&
            text[strlen(text) - 1] != '-')
            check_parsed(text, strtod(text, NULL));
    }
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = bp_random_below(&random, (size_t)1 << 27);
        bits = (uint64_t)1 << 53 | bits << 26 | bp_random_below(&random, (size_t)1 << 26);
        bits = bits << bp_random_below(&random, 11) | 1;
        for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) {
            snprintf(text, sizeof text, "%llu%s", (unsigned long long)bits, ends[j]);
            check_parsed(text, strtod(text, NULL));
        }
        for (int digits = 15; digits <= 21; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, (double)bits * 0x1p-60);
            check_parsed(text, strtod(text, NULL));
        }
    }
}

/* The grammar, character by character. */
static bool is_number(const char *at)
{
    at += *at == '-' || *at == '+';
    size_t whole = strspn(at, "0123456789"), fraction = 0;
    at += whole;
    if (*at == '.') {
        fraction = strspn(at + 1, "0123456789");
        at += 1 + fraction;
    }
    if (*at == 'e' && whole + fraction) {
        at += 1 + (at[1] == '-' || at[1] == '+');
        fraction = strspn(at, "0123456789");
        at += fraction;
        whole = 0;
    }
    return whole + fraction && !*at;
}

/* Every text of up to 5 characters out of these, and the same behind digits. */
static void test_parse_all(void **state)
{
    static const char alphabet[] = "079.-+e,/", *const starts[] = {"", "12", "-1.5", "123456789"};
    enum { N = sizeof alphabet - 1 };
    (void)state;
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
        for (int i = 0; i < N * N * N * N * N; i++) {
            char text[20];
            int length = sprintf(text, "%s", starts[s]);
            for (int rest = i; rest; rest /= N)
                text[length++] = alphabet[rest % N];
            text[length] = '\0';
            double value = 77;
            if (is_number(text) && isfinite(strtod(text, NULL)))
                check_parsed(text, strtod(text, NULL));
            else if (parse(text, &value))
                fail_msg("'%s' is taken for %g", text, value);
        }
}

/* Whole numbers of 512 bits, in 32 at a time from the lowest. */
enum { LIMBS = 16 };

static void multiply_by_5(uint32_t *number)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (uint64_t)number[i] * 5;
        number[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void divide_by_5(uint32_t *number)
{
    uint64_t rest = 0;
    for (size_t i = LIMBS; i-- > 0;) {
        rest = rest << 32 | number[i];
        number[i] = (uint32_t)(rest / 5);
        rest %= 5;
    }
}

/* The first 128 bits from the highest that is 1. */
static void first_bits(const uint32_t *number, uint64_t bits[2])
{
    size_t bit = 32 * LIMBS;
    while (!(number[(bit - 1) / 32] >> (bit - 1) % 32 & 1))
        bit--;
    bits[0] = bits[1] = 0;
    for (size_t i = 0; i < 128; i++)
        if (i < bit)
            bits[i / 64] |= (uint64_t)(number[(bit - 1 - i) / 32] >> (bit - 1 - i) % 32 & 1)
                            << (63 - i % 64);
}

/* 5^n, and 2^511 / 5^n. */
static void test_powers_of_five(void **state)
{
    uint32_t up[LIMBS] = {1}, down[LIMBS] = {[LIMBS - 1] = (uint32_t)1 << 31};
    uint64_t bits[2];
    long n = 0;
    (void)state;
    for (; bp_power_of_five(n) && bp_power_of_five(-n); n++) {
        first_bits(up, bits);
        assert_memory_equal(bp_power_of_five(n), bits, sizeof bits);
        first_bits(down, bits);
        assert_memory_equal(bp_power_of_five(-n), bits, sizeof bits);
        multiply_by_5(up);
        divide_by_5(down);
    }
    assert_int_equal(n, 65);
    assert_null(bp_power_of_five(n));
    assert_null(bp_power_of_five(-n));
}

/* Python's repr(), without the ".0" of whole numbers. */
static const struct {
    double value;
    const char *text;
} printed[] = {
    {0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {-1, "-1"},
    {100, "100"},
    {0.1, "0.1"},
    {0.5, "0.5"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {123.456, "123.456"},
    {200.0 / 3, "66.66666666666667"},
    {0.001, "0.001"},
    {0.0001, "0.0001"},
    {1e-5, "1e-05"},
    {-1e-7, "-1e-07"},
    {0.00012345678901234567, "0.00012345678901234567"},
    {1e15, "1000000000000000"},
    {9999999999999998.0, "9999999999999998"},
    {9007199254740993.0, "9007199254740992"},
    {1e16, "1e+16"},
    {1e22, "1e+22"},
    {12345678901234567.0, "1.2345678901234568e+16"},
    {123456789012345680.0, "1.2345678901234568e+17"},
    {1e23, "1e+23"},
    {-1.5e300, "-1.5e+300"},
    {1e100, "1e+100"},
    {1e-100, "1e-100"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {-1.7976931348623157e308, "-1.7976931348623157e+308"},
    {NAN, "nan"},
    {-NAN, "nan"},
    {INFINITY, "inf"},
    {-INFINITY, "-inf"},
    /* 15 digits are too many for a subnormal number; and below a power of two doubles
     * lie closer, so that its nearest 16 digits may not read back where others do. */
    {5e-324, "5e-324"},
    {1.5e-323, "1.5e-323"},
    {-1e-310, "-1e-310"},
    {5.684341886080802e-14, "5.684341886080802e-14"} /* 2⁻⁴⁴ */,
    {5.960464477539063e-08, "5.960464477539063e-08"} /* 2⁻²⁴ */,
};

static void check_printed(void)
{
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
        char text[BP_NUMBER_SIZE];
        assert_ptr_equal(bp_print_number(printed[i].value, text), text);
        assert_string_equal(text, printed[i].text);
    }
}

static void test_print(void **state)
{
    (void)state;
    check_printed();
}

/* Any bits come back, and with a digit less they would not. */
static void test_print_round_trip(void **state)
{
    bp_random random;
    (void)state;
    bp_random_seed(&random, 4, 0);
    for (int i = 0; i < 100000; i++) {
        double value = random_bits(&random);
        char text[BP_NUMBER_SIZE], shorter[40];
        if (!isfinite(value))
            continue;
        memset(text, 'x', sizeof text);
        bp_print_number(value, text);
        assert_non_null(memchr(text, '\0', sizeof text));
        assert_same_bits(strtod(text, NULL), value);
        int digits = 0;
        for (const char *c = text; *c && *c != 'e'; c++)
            digits += *c >= (digits ? '0' : '1') && *c <= '9';
        if (digits < 2 || !strpbrk(text, ".e") || fabs(value) < 2.3e-308)
            continue; /* 120 has three digits, two count; subnormals: see "expected" above */
        snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
        if (digits > 17 || strtod(shorter, NULL) == value)
            fail_msg("%s is not the shortest text", text);
    }
}

/* Numbers are the same whatever the program's locale. */
static void test_decimal_comma(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    const char *found = NULL;
    double value;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = setlocale(LC_NUMERIC, names[i]);
    if (!found) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    bool comma = strcmp(localeconv()->decimal_point, ",") == 0;
    bool slow = parse("0.1000000000000000055511151231257827", &value) && value == 0.1;
    bool fast = parse("-2.5", &value) && value == -2.5;
    bool refused = !parse("0,1", &value) && !parse("0,1000000000000000055511151231", &value);
    char text[BP_NUMBER_SIZE];
    bp_print_number(1.0 / 3, text);
    if (strcmp(text, "0.3333333333333333") == 0)
        check_printed();
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(text, "0.3333333333333333");
    assert_true(comma && slow && fast && refused);
}

static void test_parse_whole(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"7", true, 7},
        {"00012", true, 12},
        {"4294967296", true, 4294967296u},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18446744073709551620", false, 0},
        {"99999999999999999999", false, 0},
        {"184467440737095516150", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"0x10", false, 0},
        {"x", false, 0},
        {"1,2", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 77;
        assert_int_equal(bp_parse_whole(cases[i].text, strlen(cases[i].text), &value),
                         cases[i].good);
        assert_true(value == (cases[i].good ? cases[i].value : 77));
    }
}

/* ---- Random streams ----------------------------------------------------------------------- */

/* Python: random.seed(seed); [random.random() for _ in range(5)] */
static const struct {
    uint64_t seed;
    double values[5];
} python[] = {
    {0,
     {0.8444218515250481, 0.7579544029403025, 0.420571580830845, 0.25891675029296335,
      0.5112747213686085}},
    {1,
     {0.13436424411240122, 0.8474337369372327, 0.763774618976614, 0.2550690257394217,
      0.49543508709194095}},
    {4294967301,
     {0.15727238718789782, 0.2824866316461999, 0.6044540318498407, 0.014523449205355199,
      0.6277755437144577}},
    {9223372036854775808u,
     {0.5534639983914199, 0.9406144709090462, 0.24199432111690833, 0.8512870110731147,
      0.08475572881914784}},
};

static void test_random_python(void **state)
{
    bp_random random;
    (void)state;
    for (size_t i = 0; i < sizeof python / sizeof *python; i++) {
        bp_random_seed(&random, python[i].seed, BP_STREAM_WEIGHTS);
        for (size_t j = 0; j < 5; j++)
            assert_same_bits(bp_random_uniform(&random), python[i].values[j]);
    }
    bp_random_seed(&random, 1, 0);
    double last = 0;
    for (int i = 0; i < 1000; i++) /* past the 624 words that one refill makes */
        last = bp_random_uniform(&random);
    assert_same_bits(last, 0.7062615472551386);
}

static void test_random_streams(void **state)
{
    static const uint64_t seeds[] = {0, 1, 2, (uint64_t)1 << 32, UINT64_MAX};
    double first[20];
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (uint32_t stream = 0; stream < 4; stream++) {
            bp_random random;
            bp_random_seed(&random, seeds[i], stream);
            first[n++] = bp_random_uniform(&random);
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
}

static void test_random_below(void **state)
{
    bp_random random;
    size_t counts[7] = {0}, low = 0, half = SIZE_MAX / 2 + 1;
    (void)state;
    bp_random_seed(&random, 5, 0);
    for (size_t i = 0; i < 70000; i++)
        counts[bp_random_below(&random, 7)]++;
    for (size_t j = 0; j < 7; j++) /* 10000 ± 5 standard deviations of √(10000·6/7) */
        assert_in_range(counts[j], 10000 - 463, 10000 + 463);
    for (size_t i = 0; i < 9000; i++) {
        assert_int_equal(bp_random_below(&random, 1), 0);
        assert_true(bp_random_below(&random, SIZE_MAX) < SIZE_MAX);
        low += bp_random_below(&random, half + half / 2) < half / 2;
    }
    assert_in_range(low, 3000 - 224, 3000 + 224); /* a third; half of them if words wrapped round */
}

static void test_random_normal(void **state)
{
    bp_random random;
    double sum = 0, squares = 0, fourths = 0;
    enum { N = 100000 };
    (void)state;
    bp_random_seed(&random, 6, 0);
    for (int i = 0; i < N; i++) {
        double x = bp_random_normal(&random);
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
    }
    assert_close(sum / N, 0, 0, 0.02); /* moments 0, 1 and 3 */
    assert_close(squares / N, 1, 0.03, 0);
    assert_close(fourths / N, 3, 0.1, 0);
}

/* A number has two words, of which the first alone decides whether it is below k/2¹⁶. */
static void test_random_choose(void **state)
{
    static const size_t pieces[] = {0, 1, 622, 3, 624, 2750};
    static const double probabilities[] = {0x1p-16, 0.25, 45875 / 65536.0, 1 - 0x1p-16};
    bp_random alone, together;
    bp_real chosen[4000];
    (void)state;
    for (size_t p = 0; p < sizeof probabilities / sizeof *probabilities; p++) {
        bp_random_seed(&alone, 9, BP_STREAM_DROPOUT);
        bp_random_seed(&together, 9, BP_STREAM_DROPOUT);
        for (size_t i = 0, at = 0; i < sizeof pieces / sizeof *pieces; at += pieces[i++])
            bp_random_choose(&together, pieces[i], probabilities[p], 3, -7, chosen + at);
        for (size_t i = 0; i < 4000; i += 2)
            assert_true(chosen[i] == (bp_random_uniform(&alone) < probabilities[p] ? 3 : -7));
    }
    bp_random_choose(&together, 4000, 1 - 0x1p-53, 1, 0, chosen);
    for (size_t i = 0; i < 4000; i++)
        assert_true(chosen[i] == 1);
    bp_random_choose(&together, 4000, DBL_TRUE_MIN, 1, 0, chosen);
    for (size_t i = 0; i < 4000; i++)
        assert_true(chosen[i] == 0);
}

static void test_random_shuffle(void **state)
{
    bp_random random;
    size_t values[100], orders[27] = {0};
    bool seen[100] = {false};
    (void)state;
    bp_random_seed(&random, 7, 0);
    for (size_t i = 0; i < 100; i++)
        values[i] = i;
    bp_random_shuffle(&random, values, 0);
    bp_random_shuffle(&random, values, 1);
    assert_int_equal(values[0], 0);
    bp_random_shuffle(&random, values, 100);
    size_t moved = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_true(values[i] < 100 && !seen[values[i]]);
        seen[values[i]] = true;
        moved += values[i] != i;
    }
    assert_true(moved > 80);
    for (size_t i = 0; i < 60000; i++) {
        size_t three[3] = {0, 1, 2};
        bp_random_shuffle(&random, three, 3);
        orders[9 * three[0] + 3 * three[1] + three[2]]++;
    }
    for (size_t i = 0; i < 27; i++) /* each of the 6 orders 10000 ± 5·√(10000·5/6) times */
        assert_true(orders[i] == 0 || (orders[i] > 10000 - 457 && orders[i] < 10000 + 457));
}

/* ---- Memory ------------------------------------------------------------------------------- */

static void test_multiply(void **state)
{
    size_t product = 77;
    (void)state;
    assert_true(bp_multiply(SIZE_MAX, 1, &product));
    assert_true(product == SIZE_MAX);
    assert_true(bp_multiply(SIZE_MAX, 0, &product) && product == 0);
    assert_true(bp_multiply(0, SIZE_MAX, &product) && product == 0);
    assert_true(bp_multiply(SIZE_MAX / 3, 3, &product) && product == SIZE_MAX / 3 * 3);
    product = 77;
    assert_false(bp_multiply(SIZE_MAX / 3 + 1, 3, &product));
    assert_false(bp_multiply(2, SIZE_MAX, &product));
    assert_false(bp_multiply(SIZE_MAX, SIZE_MAX, &product));
    assert_int_equal(product, 77);
}

static void test_grow(void **state)
{
    int *block = NULL;
    size_t capacity = 0, steps = 0;
    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        size_t before = capacity;
        assert_true(bp_grow(&block, &capacity, i + 1, sizeof *block));
        assert_true(capacity > i);
        steps += capacity != before;
        block[i] = (int)i;
    }
    assert_true(steps < 30); /* by half, not one by one */
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(block[i], i);
    int *kept = block;
    size_t kept_capacity = capacity;
    assert_false(bp_grow(&block, &capacity, SIZE_MAX / 2, sizeof *block)); /* the product */
    assert_false(bp_grow(&block, &capacity, SIZE_MAX, 1 << 20));
    assert_ptr_equal(block, kept);
    assert_int_equal(capacity, kept_capacity);
    free(block);
}

static void test_allocate(void **state)
{
    (void)state;
    assert_null(bp_allocate(SIZE_MAX / 4, 16)); /* the product overflows */
    assert_null(bp_allocate_matrix(SIZE_MAX / 2, 3));
    assert_null(bp_allocate_matrix(SIZE_MAX / 4, 4));
    assert_null(bp_allocate_matrix(SIZE_MAX / sizeof(bp_real), 1)); /* its last cache line */
    for (size_t n = 0; n < 70; n += 23) {
        char *bytes = bp_allocate(n, 3);
        bp_real *matrix = bp_allocate_matrix(n, 3);
        assert_non_null(bytes);
        assert_non_null(matrix);
        assert_int_equal((uintptr_t)matrix % 64, 0);
        for (size_t i = 0; i < 3 * n; i++) {
            assert_int_equal(bytes[i], 0);
            assert_same_bits(matrix[i], 0);
        }
        free(bytes), free(matrix);
    }
    char *copy = bp_copy_text("abcdef", 3);
    assert_string_equal(copy, "abc");
    free(copy);
}

/* ---- Errors ------------------------------------------------------------------------------- */

static void test_fail(void **state)
{
    bp_error error;
    char path[301], text[1000];
    (void)state;
    for (size_t i = 0; i < 300; i++)
        path[i] = (char)('a' + i % 26);
    path[300] = '\0';
    assert_int_equal(bp_fail_at(&error, BP_ERROR_FORMAT, path, 12, "%s %d", "why", 7),
                     BP_ERROR_FORMAT);
    assert_int_equal(error.status, BP_ERROR_FORMAT);
    assert_int_equal(error.line, 12);
    assert_string_equal(error.message, "why 7");
    assert_string_equal(error.file, path + 300 - 255); /* the end tells more than the start */
    path[255] = '\0';
    bp_fail_at(&error, BP_ERROR_FILE, path, 0, "x");
    assert_string_equal(error.file, path);
    memset(text, 'y', sizeof text), text[sizeof text - 1] = '\0';
    bp_fail(&error, BP_ERROR_SIZE, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_string_equal(error.file, "");
    bp_fail(&error, BP_ERROR_SIZE, "old");
    bp_fail(&error, BP_ERROR_MEMORY, "%s, new", error.message); /* out of itself */
    assert_string_equal(error.message, "old, new");
    assert_int_equal(bp_fail(NULL, BP_ERROR_SIZE, "x"), BP_ERROR_SIZE);
    assert_int_equal(bp_fail_memory(&error), BP_ERROR_MEMORY);
}

static void test_strerror(void **state)
{
    (void)state;
    for (int i = BP_OK; i <= BP_ERROR_CANCELLED; i++)
        for (int j = BP_OK; j < i; j++)
            assert_string_not_equal(bp_strerror((bp_status)i), bp_strerror((bp_status)j));
    assert_string_equal(bp_strerror((bp_status)1000), "unknown status");
    assert_string_equal(bp_strerror((bp_status)-1), "unknown status");
}

static void test_find(void **state)
{
    static const struct {
        const char *name;
        int legs;
    } animals[] = {{"cat", 4}, {"ant", 6}, {"bird", 2}};
    bp_error error;
    char name[200];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_ptr_equal(bp_find(animals, 3, sizeof *animals, "animal", animals[i].name, &error),
                         &animals[i]);
    assert_null(bp_find(animals, 3, sizeof *animals, "animal", "ca", &error));
    assert_int_equal(error.status, BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "unknown animal 'ca'; known: cat, ant, bird");
    assert_null(bp_find(animals, 3, sizeof *animals, "animal", "", NULL));
    memset(name, 'z', sizeof name), name[199] = '\0';
    assert_null(bp_find(animals, 3, sizeof *animals, "animal", name, &error));
    assert_int_equal(strlen(error.message),
                     strlen("unknown animal ''; known: cat, ant, bird") + 60);
    struct {
        const char *name;
    } many[100];
    for (size_t i = 0; i < 100; i++)
        many[i].name = "a name of some length";
    assert_null(bp_find(many, 100, sizeof *many, "animal", "x", &error)); /* too long a list */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_accepts), cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_overflows),     cmocka_unit_test(test_parse_long),
        cmocka_unit_test(test_parse_random),  cmocka_unit_test(test_parse_tables),
        cmocka_unit_test(test_parse_all),     cmocka_unit_test(test_powers_of_five),
        cmocka_unit_test(test_print),         cmocka_unit_test(test_print_round_trip),
        cmocka_unit_test(test_decimal_comma), cmocka_unit_test(test_parse_whole),
        cmocka_unit_test(test_random_python), cmocka_unit_test(test_random_streams),
        cmocka_unit_test(test_random_below),  cmocka_unit_test(test_random_normal),
        cmocka_unit_test(test_random_choose), cmocka_unit_test(test_random_shuffle),
        cmocka_unit_test(test_multiply),      cmocka_unit_test(test_grow),
        cmocka_unit_test(test_allocate),      cmocka_unit_test(test_fail),
        cmocka_unit_test(test_strerror),      cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
