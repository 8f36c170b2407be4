/* test_json.c: JSON is read and printed as Jansson does it where memory is enough, and what is no
 * JSON is refused at its byte. */
#include "support.h"

#include "model/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const good[] = {
    "{}",
    "[]",
    " \t\r\n[ ] \n",
    "0",
    "-0",
    "7",
    "-7",
    "9223372036854775807",
    "0.1",
    "-1.25e-7",
    "1E+2",
    "0e0",
    "2.2250738585072014e-308",
    "1.7976931348623157e308",
    "true",
    "false",
    "null",
    "\"\"",
    "\"text\"",
    "\"a text of more than sixteen bytes, which a buffer must grow for\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0041\\u00e4\\u20AC\\ud83d\\ude00\\uffff\"",
    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
    "[1,[2,{\"a\":[]}],\"b\",null]",
    "{\"a\" : 1 , \"b\":{\"a\":2,\"\":[3]},\"a\\\\\":4}",
    "[\"\\\\\"]",
    "[\"\\\"]\"]",
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        json_t *made = NULL, *expected = json_loads(good[i], JSON_DECODE_ANY, NULL);
        const char *word = NULL;
        size_t byte = 0;
        assert_non_null(expected);
        if (bp_json_parse(good[i], strlen(good[i]), &made, &byte, &word))
            fail_msg("%s: byte %zu: %s", good[i], byte, word);
        if (!json_equal(made, expected))
            fail_msg("%s", good[i]);
        char *printed = bp_json_print(made, JSON_ENCODE_ANY),
             *theirs = json_dumps(expected, JSON_ENCODE_ANY);
        assert_string_equal(printed, theirs);
        free(printed), free(theirs);
        json_decref(made), json_decref(expected);
    }
}

static const struct {
    const char *text;
    size_t byte;
    const char *expected;
} bad[] = {
    {"", 0, "a value"},
    {"  ", 2, "a value"},
    {"[1,2", 4, "',' or ']'"},
    {"[1,]", 3, "a value"},
    {"[1 2]", 3, "',' or ']'"},
    {"[", 1, "a value"},
    {"{", 1, "a key in quotes"},
    {"{\"a\"}", 4, "':'"},
    {"{\"a\":}", 5, "a value"},
    {"{\"a\":1,}", 7, "a key in quotes"},
    {"{\"a\":1 \"b\":2}", 7, "',' or '}'"},
    {"{a:1}", 1, "a key in quotes"},
    {"{\"a\":1,\"b\":2,\"a\":3}", 13, "a key other than those before"},
    {"{\"a\":1,\"\\u0061\":3}", 7, "a key other than those before"},
    {"[] []", 3, "the end"},
    {"1 x", 2, "the end"},
    {"nul", 0, "a value"},
    {"truex", 4, "the end"},
    {"True", 0, "a value"},
    {"NaN", 0, "a value"},
    {"+1", 0, "a value"},
    {".5", 0, "a value"},
    {"-", 1, "a digit"},
    {"-x", 1, "a digit"},
    {"01", 1, "the end"},
    {"1.", 2, "a digit"},
    {"1,5", 1, "the end"},
    {"1e", 2, "a digit"},
    {"1e+", 3, "a digit"},
    {"1e999", 0, "a finite number"},
    {"9223372036854775808", 0, "an integer of 64 bits at most"},
    {"\"", 1, "'\"'"},
    {"\"abc", 4, "'\"'"},
    {"\"\\", 1, "an escape that stands for a character"},
    {"\"\\\"", 3, "'\"'"},
    {"\"a\\x\"", 2, "an escape that stands for a character"},
    {"\"\\u12\"", 1, "an escape that stands for a character"},
    {"\"\\u0000\"", 1, "an escape that stands for a character"},
    {"\"\\ud800\"", 1, "an escape that stands for a character"},
    {"\"\\ud800\\u0041\"", 1, "an escape that stands for a character"},
    {"\"\\udc00\"", 1, "an escape that stands for a character"},
    {"\"a\n\"", 2, "an escape, not a control character"},
    {"\"\xc3\"", 1, "UTF-8"},
    {"\"\xed\xa0\x80\"", 1, "UTF-8"},
    {"\"\xff\"", 1, "UTF-8"},
};

static void check_bad(const char *text, size_t length, size_t byte, const char *expected)
{
    json_t *made = NULL;
    const char *word = NULL;
    size_t at = 0;
    assert_int_equal(bp_json_parse(text, length, &made, &at, &word), BP_ERROR_FORMAT);
    assert_null(made);
    if (at != byte || strcmp(word, expected) != 0)
        fail_msg("%s: byte %zu: expected %s", text, at, word);
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t length = strlen(bad[i].text);
        char *exact = malloc(length + 1); /* a sanitizer sees what reads beyond it */
        assert_non_null(exact);
        memcpy(exact, bad[i].text, length);
        exact = realloc(exact, length ? length : 1);
        assert_non_null(exact);
        json_t *theirs = json_loads(bad[i].text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        assert_null(theirs);
        check_bad(exact, length, bad[i].byte, bad[i].expected);
        free(exact);
    }
    check_bad("[\0]", 3, 1, "a value");
    check_bad("\"a\0b\"", 5, 2, "an escape, not a control character");
}

static void test_levels(void **state)
{
    char text[300];
    json_t *made;
    const char *word;
    size_t byte;
    (void)state;
    for (size_t levels = 127; levels < 130; levels++) {
        memset(text, '[', levels);
        memset(text + levels, ']', levels);
        text[2 * levels] = '\0';
        if (levels > 128) {
            check_bad(text, 2 * levels, 128, "no more than 128 levels");
            continue;
        }
        assert_int_equal(bp_json_parse(text, 2 * levels, &made, &byte, &word), BP_OK);
        json_decref(made);
    }
}

/* Every prefix of a text is refused at its end, and no byte of it changed is read beyond it. */
static void test_prefixes(void **state)
{
    static const char whole[] = "{\"ab\":[1.5,\"\\u00e4\\n\",{\"c\":null}],\"d\":-3e-1}";
    json_t *made;
    const char *word;
    size_t byte;
    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        char *text = malloc(n ? n : 1);
        assert_non_null(text);
        memcpy(text, whole, n);
        assert_int_equal(bp_json_parse(text, n, &made, &byte, &word), BP_ERROR_FORMAT);
        assert_in_range(byte, 0, n);
        for (size_t i = 0; i < n; i++)
            for (int bit = 0; bit < 8; bit++) {
                text[i] = (char)(whole[i] ^ 1 << bit);
                if (!bp_json_parse(text, n, &made, &byte, &word))
                    json_decref(made);
                text[i] = whole[i];
            }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
