/* npy.c: NumPy's files of one array, versions 1.0 to 3.0: a magic, the version, the length of a
 * header that is a dict as Python writes it, the elements.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "data/array_file.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANEW "; write the file anew, such as by numpy.save()"

static const unsigned char npy_magic[6] = "\x93NUMPY", zip_magic[4] = "PK\3\4";

static bool begins(const unsigned char *bytes, size_t size, const unsigned char *magic, size_t n)
{
    return size > 0 && memcmp(bytes, magic, size < n ? size : n) == 0;
}

/* A ZIP archive is not read, but told of: NPZ is one of NPY files. */
static bool probe(const unsigned char *bytes, size_t size)
{
    return begins(bytes, size, npy_magic, sizeof npy_magic) ||
           (size >= sizeof zip_magic && begins(bytes, size, zip_magic, sizeof zip_magic));
}

/* ---- Python's literals -------------------------------------------------------------------- */

typedef struct parser {
    const char *file;
    const unsigned char *bytes; /* of the dict, and blanks */
    size_t size, at;
    size_t offset; /* of the dict in the file */
    bp_error *error;
} parser;

static size_t byte_of(const parser *p) { return p->offset + p->at; }

static bp_status fail_expected(const parser *p, const char *expected)
{
    char found[32] = "the end of the header";
    if (p->at < p->size) {
        bool printable = p->bytes[p->at] >= ' ' && p->bytes[p->at] <= '~';
        snprintf(found, sizeof found, printable ? "'%c'" : "the byte %02x", p->bytes[p->at]);
    }
    return bp_fail_at(p->error, BP_ERROR_FORMAT, p->file, 0, "byte %zu: found %s; expected %s" ANEW,
                      byte_of(p), found, expected);
}

static void skip_blanks(parser *p)
{
    while (p->at < p->size && p->bytes[p->at] && strchr(" \t\r\n", p->bytes[p->at]))
        p->at++;
}

/* Whether that character comes next; if so, it is taken. */
static bool take(parser *p, char wanted)
{
    skip_blanks(p);
    if (p->at >= p->size || p->bytes[p->at] != (unsigned char)wanted)
        return false;
    p->at++;
    return true;
}

/* A string in either quote; none that is written has escapes. */
static bp_status parse_string(parser *p, const char *expected, const char **text, size_t *length)
{
    char quote = take(p, '\'') ? '\'' : take(p, '"') ? '"' : '\0';
    if (!quote)
        return fail_expected(p, expected);
    size_t start = p->at;
    while (p->at < p->size && p->bytes[p->at] != (unsigned char)quote) {
        if (p->bytes[p->at] < ' ' || p->bytes[p->at] > '~' || p->bytes[p->at] == '\\')
            return fail_expected(p, "the closing quote of a string of plain ASCII characters");
        p->at++;
    }
    if (p->at == p->size)
        return fail_expected(p, "the closing quote of a string");
    *text = (const char *)p->bytes + start;
    *length = p->at++ - start;
    return BP_OK;
}

/* ---- The values of the header ------------------------------------------------------------- */

/* Types that are not read, by the letter of their kind. */
static const struct kind {
    char letter;
    const char *what;
} kinds[] = {
    {'O', "Python objects, and pickles are not read"},
    {'S', "texts"},
    {'a', "texts"},
    {'U', "texts"},
    {'V', "raw bytes"},
    {'c', "complex numbers"},
    {'M', "dates"},
    {'m', "times"},
    {'f', "floats of an unknown size"},
    {'i', "integers of an unknown size"},
    {'u', "integers of an unknown size"},
};

static const char *why_not_read(const char *text, size_t length)
{
    if (!length || !strchr("<>|", text[0]))
        return "without a byte order (<, >, or | for bytes)";
    for (size_t i = 0; length > 1 && i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == text[1])
            return kinds[i].what;
    return "not known";
}

static bp_status fail_type(const parser *p, size_t byte, const char *text, size_t length,
                           const char *what)
{
    return bp_fail_at(p->error, BP_ERROR_FORMAT, p->file, 0,
                      "byte %zu: the type '%.*s' is %s; expected b1, i1, i2, i4, i8, u1, u2, u4, "
                      "u8, f2, f4 or f8; convert the array, such as by astype('<f8')",
                      byte, length < 40 ? (int)length : 40, text, what);
}

/* Such as '<f8': the byte order, the kind, the size. */
static bp_status parse_type(parser *p, bp_array_header *h)
{
    const char *text = NULL;
    size_t length = 0;
    skip_blanks(p);
    size_t byte = byte_of(p);
    if (take(p, '['))
        return fail_type(p, byte, "[...]", 5, "a structure");
    bp_status status = parse_string(p, "a type in quotes, such as '<f8'", &text, &length);
    if (status)
        return status;
    h->is_boolean = length == 3 && memcmp(text + 1, "b1", 2) == 0;
    if (length == 3 && strchr("<>|", text[0]))
        h->element = h->is_boolean ? bp_element_find("u1", 2) : bp_element_find(text + 1, 2);
    if (!h->element || (text[0] == '|' && h->element->size > 1))
        return fail_type(p, byte, text, length,
                         h->element ? "of more than a byte, but has no byte order (< or >)"
                                    : why_not_read(text, length));
    h->is_big_endian = text[0] == '>';
    memcpy(h->type, text, length);
    h->type[length] = '\0';
    return BP_OK;
}

static bp_status parse_order(parser *p, bp_array_header *h)
{
    static const char *const words[] = {"False", "True"};
    skip_blanks(p);
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        if (p->size - p->at >= length && memcmp(p->bytes + p->at, words[i], length) == 0) {
            p->at += length;
            h->is_fortran = i;
            h->order = i ? ", Fortran order" : ", C order";
            return BP_OK;
        }
    }
    return fail_expected(p, "True or False, for Fortran's order or C's");
}

static bp_status parse_size(parser *p, bp_array_header *h)
{
    enum { MOST = 64 }; /* as NumPy */
    size_t start, byte;
    uint64_t size;
    skip_blanks(p);
    start = p->at;
    byte = byte_of(p);
    if (h->rank == MOST)
        return fail_expected(p, "the end of the shape, after 64 dimensions");
    while (p->at < p->size && p->bytes[p->at] >= '0' && p->bytes[p->at] <= '9')
        p->at++;
    if (p->at == start)
        return fail_expected(p, "a size in digits");
    if (p->bytes[start] == '0' && p->at > start + 1)
        p->at = start;
    if (p->at == start)
        return fail_expected(p, "a size without zeros before it");
    if (!bp_parse_whole((const char *)p->bytes + start, p->at - start, &size))
        return bp_fail_at(p->error, BP_ERROR_FORMAT, p->file, 0,
                          "byte %zu: a size of %zu digits; expected one that a file can have" ANEW,
                          byte, p->at - start);
    return bp_array_add_dimension(h, p->file, byte, size, p->error);
}

/* A tuple: (), (n,), (n, m) or (n, m,), and so on. */
static bp_status parse_shape(parser *p, bp_array_header *h)
{
    skip_blanks(p);
    size_t byte = byte_of(p);
    if (!take(p, '('))
        return fail_expected(p, "a shape in parentheses, such as (150, 5)");
    while (!take(p, ')')) {
        bp_status status = parse_size(p, h);
        if (status)
            return status;
        if (take(p, ','))
            continue;
        if (h->rank == 1)
            return fail_expected(p, "a comma after the first size");
        if (take(p, ')'))
            break;
        return fail_expected(p, "a comma or the ) of the shape");
    }
    if (!h->rank)
        return bp_fail_at(p->error, BP_ERROR_FORMAT, p->file, 0,
                          "byte %zu: the shape is (), of a single number; expected rows, such as "
                          "(150,), or rows and columns, such as (150, 5)",
                          byte);
    return BP_OK;
}

static const struct key {
    const char *name;
    bp_status (*parse)(parser *p, bp_array_header *h);
} keys[] = {{"descr", parse_type}, {"fortran_order", parse_order}, {"shape", parse_shape}};
enum { N_KEYS = sizeof keys / sizeof *keys };

/* ---- The header --------------------------------------------------------------------------- */

static bp_status fail_key(const parser *p, size_t byte, const char *what, const char *text,
                          size_t length)
{
    return bp_fail_at(p->error, BP_ERROR_FORMAT, p->file, 0,
                      "byte %zu: %s key '%.*s'; expected descr, fortran_order and shape, once "
                      "each" ANEW,
                      byte, what, length < 40 ? (int)length : 40, text);
}

/* A key and its value. */
static bp_status parse_item(parser *p, bp_array_header *h, bool seen[N_KEYS])
{
    const char *text = NULL;
    size_t length = 0, k = 0;
    skip_blanks(p);
    size_t byte = byte_of(p);
    bp_status status = parse_string(p, "a key in quotes, or the closing }", &text, &length);
    if (status)
        return status;
    while (k < N_KEYS &&
           (strlen(keys[k].name) != length || memcmp(keys[k].name, text, length) != 0))
        k++;
    if (k == N_KEYS || seen[k])
        return fail_key(p, byte, k == N_KEYS ? "an unknown" : "a second", text, length);
    seen[k] = true;
    return take(p, ':') ? keys[k].parse(p, h) : fail_expected(p, "a colon after the key");
}

static bp_status parse_dict(parser *p, bp_array_header *h)
{
    bool seen[N_KEYS] = {false};
    if (!take(p, '{'))
        return fail_expected(p, "the { of a dict");
    while (!take(p, '}')) {
        bp_status status = parse_item(p, h, seen);
        if (status)
            return status;
        if (take(p, ','))
            continue;
        if (take(p, '}'))
            break;
        return fail_expected(p, "a comma or the closing }");
    }
    for (size_t k = 0; k < N_KEYS; k++)
        if (!seen[k])
            return fail_key(p, byte_of(p) - 1, "a } without the", keys[k].name,
                            strlen(keys[k].name));
    skip_blanks(p);
    return p->at == p->size ? BP_OK : fail_expected(p, "blanks up to the end of the header");
}

static bp_status fail_magic(const char *file, const unsigned char *found, bp_error *error)
{
    if (memcmp(found, zip_magic, sizeof zip_magic) == 0)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte 0: a ZIP archive, as NPZ files are (numpy.savez), which is not "
                          "read; unpack it, such as by unzip, and name one of the files in it");
    return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                      "byte 0: found %02x %02x %02x %02x %02x %02x; expected 93 4e 55 4d 50 59, "
                      "with which an NPY file begins; --format names another format",
                      found[0], found[1], found[2], found[3], found[4], found[5]);
}

/* The magic, the version and the length of what follows: 2 bytes in version 1.0, else 4. */
static bp_status read_lead(bp_input *input, bp_array_header *h, size_t *length, bp_error *error)
{
    static const char *const versions[] = {"NPY 1.0", "NPY 2.0", "NPY 3.0"};
    enum { MOST = 1 << 20 };
    const char *file = bp_input_name(input);
    unsigned char lead[8], size[4] = {0};
    bp_status status = bp_array_read_header(input, lead, sizeof lead, error);
    if (status)
        return status;
    if (memcmp(lead, npy_magic, sizeof npy_magic) != 0)
        return fail_magic(file, lead, error);
    if (lead[6] < 1 || lead[6] > 3 || lead[7] != 0)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte 6: version %d.%d; expected 1.0, 2.0 or 3.0" ANEW, lead[6], lead[7]);
    status = bp_array_read_header(input, size, lead[6] == 1 ? 2 : 4, error);
    if (status)
        return status;
    h->format = versions[lead[6] - 1];
    *length = (size_t)bp_get_little(size, sizeof size);
    if (*length > MOST)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte 8: the header has %zu bytes; expected %d at most" ANEW, *length,
                          MOST);
    return BP_OK;
}

static bp_status read_header(bp_input *input, bp_array_header *h, bp_error *error)
{
    size_t length = 0;
    bp_status status = read_lead(input, h, &length, error);
    if (status)
        return status;
    unsigned char *bytes = bp_allocate(length, 1);
    if (!bytes)
        return bp_fail_memory(error);
    parser p = {bp_input_name(input), bytes, length, 0, bp_input_offset(input), error};
    status = bp_array_read_header(input, bytes, length, error);
    if (!status)
        status = parse_dict(&p, h);
    free(bytes);
    h->size = bp_input_offset(input);
    return status;
}

static bp_status open_reader(const bp_reading *reading, void **state, bp_error *error)
{
    bp_array_header h = {0};
    bp_status status = read_header(reading->input, &h, error);
    return status ? status : bp_array_open(reading, &h, state, error);
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* What numpy.save() writes, byte for byte: blanks leave the rows room to grow to 21 digits, and the
 * data begin at a multiple of 64. */
static bp_status write_header(bp_output *output, const bp_element *element, size_t rows,
                              size_t columns, bp_error *error)
{
    enum { ALIGNMENT = 64, ROOM = 21, LEAD = 10 };
    char text[256], shape[64];
    int digits = snprintf(NULL, 0, "%zu", rows);
    snprintf(shape, sizeof shape, columns == 1 ? "(%zu,)" : "(%zu, %zu)", rows, columns);
    int used =
        snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': %s, }%*s",
                 element->size > 1 ? '<' : '|', element->name, shape, ROOM - digits, "");
    int length = ALIGNMENT * ((LEAD + used + 1) / ALIGNMENT + 1) - LEAD; /* 182 at most */
    snprintf(text + used, sizeof text - (size_t)used, "%*s\n", length - used - 1, "");
    unsigned char lead[LEAD] = {[6] = 1, [8] = (unsigned char)length};
    memcpy(lead, npy_magic, sizeof npy_magic);
    bp_status status = bp_output_write(output, lead, sizeof lead, error);
    return status ? status : bp_output_write(output, text, (size_t)length, error);
}

static bp_status begin_writing(bp_output *output, const bp_dataset *first, void **state,
                               bp_error *error)
{
    static const bp_array_style style = {
        .name = "NPY",
        .most = SIZE_MAX,
        .write_header = write_header,
    };
    return bp_array_begin(output, first, &style, state, error);
}

const bp_format bp_format_npy = {
    .extensions = "npy",
    .probe = probe,
    .open = open_reader,
    .next = bp_array_next,
    .close = bp_array_close,
    .begin = begin_writing,
    .add = bp_array_add,
    .finish = bp_array_finish,
    .abandon = bp_array_abandon,
};
