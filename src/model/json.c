#include "model/json.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading ------------------------------------------------------------------------------ */

enum { MOST_LEVELS = 128 };

/* Functions that make a value give NULL after an error, which is then noted here. */
typedef struct parser {
    const char *text;
    size_t length, at;
    size_t level;
    const char *expected; /* NULL: memory was short */
} parser;

static json_t *parse_value(parser *p);

static void *refuse(parser *p, size_t at, const char *expected)
{
    p->at = at;
    p->expected = expected;
    return NULL;
}

static void *fail_memory(parser *p) { return refuse(p, p->at, NULL); }

/* The byte at hand; −1 at the end. */
static int peek(const parser *p) { return p->at < p->length ? (unsigned char)p->text[p->at] : -1; }

static bool take(parser *p, char byte)
{
    bool found = peek(p) == byte;
    p->at += found;
    return found;
}

static void skip_blanks(parser *p)
{
    while (take(p, ' ') || take(p, '\n') || take(p, '\r') || take(p, '\t')) {
    }
}

static bool take_mark(parser *p, char mark)
{
    skip_blanks(p);
    return take(p, mark);
}

/* ---- Texts */

static bool take_hex(parser *p, uint32_t *code)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    *code = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        const char *digit = peek(p) > 0 ? strchr(digits, peek(p)) : NULL;
        if (!digit)
            return false;
        *code = *code << 4 | (uint32_t)((digit - digits) & 15);
    }
    return true;
}

/* What follows \u: four digits, or eight of a surrogate pair. */
static bool take_code(parser *p, uint32_t *code)
{
    uint32_t low;
    if (!take_hex(p, code) || *code == 0 || (*code >= 0xdc00 && *code < 0xe000))
        return false;
    if (*code < 0xd800 || *code >= 0xe000)
        return true;
    if (!take(p, '\\') || !take(p, 'u') || !take_hex(p, &low) || low < 0xdc00 || low >= 0xe000)
        return false;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int rest = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3; /* bytes of six bits after the first */
    *to++ = (char)(0xf00 >> (rest + 1) | code >> 6 * rest);
    while (rest-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * rest & 0x3f));
    return to;
}

static bool take_plain(parser *p, char **to)
{
    if (peek(p) < ' ')
        return refuse(p, p->at, peek(p) < 0 ? "'\"'" : "an escape, not a control character");
    size_t size = bp_utf8_character(p->text + p->at, p->length - p->at);
    memcpy(*to, p->text + p->at, size);
    *to += size;
    p->at += size;
    return size || refuse(p, p->at, "UTF-8");
}

/* What stands for itself, or after a backslash, is written to *to. */
static bool take_character(parser *p, char **to)
{
    static const char names[] = "\"\\/bfnrt", named[] = "\"\\/\b\f\n\r\t";
    size_t start = p->at;
    uint32_t code;
    if (!take(p, '\\'))
        return take_plain(p, to);
    const char *name = peek(p) > 0 ? strchr(names, peek(p)) : NULL;
    if (name) {
        p->at++;
        *(*to)++ = named[name - names];
        return true;
    }
    if (!take(p, 'u') || !take_code(p, &code))
        return refuse(p, start, "an escape that stands for a character");
    *to = put_utf8(*to, code);
    return true;
}

/* After the opening quote; *length of the text that is the caller's, and has a final NUL. */
static char *take_text(parser *p, size_t *length)
{
    size_t end = p->at; /* no text is longer than what it stands in */
    while (end < p->length && p->text[end] != '"')
        end += 1 + (p->text[end] == '\\');
    char *made = malloc((end < p->length ? end : p->length) - p->at + 1), *to = made;
    if (!made)
        return fail_memory(p);
    while (peek(p) != '"')
        if (!take_character(p, &to)) {
            free(made);
            return NULL;
        }
    p->at++;
    *to = '\0';
    *length = (size_t)(to - made);
    return made;
}

static json_t *parse_text(parser *p)
{
    size_t length;
    char *text = take_text(p, &length);
    json_t *made = text ? json_stringn_nocheck(text, length) : NULL;
    free(text);
    return made || !text ? made : fail_memory(p);
}

/* ---- Numbers and words */

static bool take_digits(parser *p)
{
    size_t start = p->at;
    while (peek(p) >= '0' && peek(p) <= '9')
        p->at++;
    return p->at > start;
}

/* Moves past a number; *whole if it has neither a fraction nor an exponent. */
static bool take_number(parser *p, bool *whole)
{
    take(p, '-');
    *whole = true;
    if (!take(p, '0') && !take_digits(p))
        return false;
    if (take(p, '.')) {
        *whole = false;
        if (!take_digits(p))
            return false;
    }
    if (take(p, 'e') || take(p, 'E')) {
        *whole = false;
        if (!take(p, '+'))
            take(p, '-');
        return take_digits(p);
    }
    return true;
}

static json_t *parse_number(parser *p)
{
    size_t start = p->at;
    bool whole, negative = peek(p) == '-';
    uint64_t size;
    double value;
    json_t *made;
    if (!take_number(p, &whole))
        return refuse(p, p->at, p->at == start ? "a value" : "a digit");
    const char *text = p->text + start;
    if (whole) {
        if (!bp_parse_whole(text + negative, p->at - start - negative, &size) || size > INT64_MAX)
            return refuse(p, start, "an integer of 64 bits at most");
        made = json_integer(negative ? -(json_int_t)size : (json_int_t)size);
    } else {
        if (!bp_parse_number(text, p->at - start, &value))
            return refuse(p, start, "a finite number");
        made = json_real(value);
    }
    return made ? made : fail_memory(p);
}

static bool take_word(parser *p, const char *word)
{
    size_t length = strlen(word);
    bool found = p->length - p->at >= length && memcmp(p->text + p->at, word, length) == 0;
    p->at += found ? length : 0;
    return found;
}

/* ---- Arrays and objects */

static json_t *parse_array(parser *p)
{
    json_t *array = json_array();
    if (!array)
        return fail_memory(p);
    bool more = !take_mark(p, ']');
    while (more) {
        json_t *item = parse_value(p);
        if (!item || json_array_append_new(array, item)) {
            json_decref(array);
            return item ? fail_memory(p) : NULL;
        }
        more = take_mark(p, ',');
        if (!more && !take_mark(p, ']')) {
            json_decref(array);
            return refuse(p, p->at, "',' or ']'");
        }
    }
    return array;
}

/* One key with its value; false after an error. */
static bool take_member(parser *p, json_t *object)
{
    size_t length;
    if (!take_mark(p, '"'))
        return refuse(p, p->at, "a key in quotes");
    size_t start = p->at - 1;
    char *key = take_text(p, &length);
    if (!key)
        return false;
    json_t *value = NULL;
    if (json_object_get(object, key))
        refuse(p, start, "a key other than those before");
    else if (!take_mark(p, ':'))
        refuse(p, p->at, "':'");
    else
        value = parse_value(p);
    bool done = value && json_object_set_new_nocheck(object, key, value) == 0;
    if (value && !done)
        fail_memory(p);
    free(key);
    return done;
}

static json_t *parse_object(parser *p)
{
    json_t *object = json_object();
    if (!object)
        return fail_memory(p);
    bool more = !take_mark(p, '}');
    while (more) {
        if (!take_member(p, object)) {
            json_decref(object);
            return NULL;
        }
        more = take_mark(p, ',');
        if (!more && !take_mark(p, '}')) {
            json_decref(object);
            return refuse(p, p->at, "',' or '}'");
        }
    }
    return object;
}

static json_t *parse_nested(parser *p, json_t *(*parse)(parser *p))
{
    if (p->level == MOST_LEVELS)
        return refuse(p, p->at - 1, "no more than 128 levels");
    p->level++;
    json_t *made = parse(p);
    p->level--;
    return made;
}

static json_t *parse_value(parser *p)
{
    if (take_mark(p, '{'))
        return parse_nested(p, parse_object);
    if (take(p, '['))
        return parse_nested(p, parse_array);
    if (take(p, '"'))
        return parse_text(p);
    if (take_word(p, "true"))
        return json_true();
    if (take_word(p, "false"))
        return json_false();
    if (take_word(p, "null"))
        return json_null();
    return parse_number(p);
}

bp_status bp_json_parse(const char *text, size_t length, json_t **value, size_t *byte,
                        const char **expected)
{
    parser p = {.text = text, .length = length};
    json_t *made = parse_value(&p);
    if (made)
        skip_blanks(&p);
    if (made && p.at < length) {
        json_decref(made);
        made = refuse(&p, p.at, "the end");
    }
    if (!made && !p.expected)
        return BP_ERROR_MEMORY;
    *value = made;
    *byte = p.at;
    *expected = p.expected;
    return made ? BP_OK : BP_ERROR_FORMAT;
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* First for its length, then into a buffer of that: nothing grows meanwhile. */
char *bp_json_print(const json_t *value, size_t flags)
{
    char none;
    size_t length = json_dumpb(value, &none, 0, flags);
    char *text = length && length < SIZE_MAX ? malloc(length + 1) : NULL;
    if (text && json_dumpb(value, text, length, flags) != length) {
        free(text);
        return NULL;
    }
    if (text)
        text[length] = '\0';
    return text;
}
