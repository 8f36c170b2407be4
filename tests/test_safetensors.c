/* test_safetensors.c: the container of a model: what it may hold, and what makes it none; each
 * error has its message, with the byte, the tensor or the key. The format's own specification and
 * reader (safetensors/src/tensor.rs) are the measure: what they refuse is refused here. */
#include "models.h"
#include "tables.h"

#include "model/safetensors.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bp_status read_container(const void *bytes, size_t size, bp_tensors *tensors,
                                bp_error *error)
{
    bp_input *input = NULL;
    assert_ok(bp_input_of_bytes("m", bytes, size, &input, error), error);
    bp_status status = bp_tensors_read(input, tensors, error);
    bp_input_close(input);
    return status;
}

/* A header of that length (0: its own), and `n` bytes of tensors. */
static unsigned char *make_bytes(const char *header, uint64_t stated, size_t n, size_t *size)
{
    size_t length = strlen(header);
    unsigned char *bytes = calloc(8 + length + n, 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((stated ? stated : length) >> 8 * i);
    memcpy(bytes + 8, header, length);
    *size = 8 + length + n;
    return bytes;
}

/* ---- What it may hold --------------------------------------------------------------------- */

#define ONE "{" TENSOR("t", "F64", "[1]", "[0,8]")

static const struct {
    const char *header;
    size_t n, tensors;
} accepted[] = {
    {"{}", 0, 0},
    {"{}      ", 0, 0},
    {"{} \n\t\r", 0, 0}, /* serde_json's white space */
    {"{\"__metadata__\":{}}", 0, 0},
    {"{\"__metadata__\":null}", 0, 0},
    {"{\"__metadata__\":{\"format\":\"pt\",\"\":\"\",\"\xe2\x82\xac\":\"\\u20ac\\n\"}}", 0, 0},
    {ONE "}", 8, 1},
    {ONE ",\"__metadata__\":{\"format\":\"pt\"}}   ", 8, 1},
    {"{ \"t\" : { \"data_offsets\" : [ 0 , 8 ] , \"shape\" : [ ] , \"dtype\" : \"F64\" } }", 8, 1},
    {"{\"t\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8],\"more\":[{}]}}", 8, 1},
    {"{" TENSOR("t", "F64", "[2,0,3]", "[0,0]") "}", 0, 1},
    {"{" TENSOR("a", "F64", "[0]", "[0,0]") "," TENSOR("b", "F64", "[1]", "[0,8]") "," TENSOR(
         "c", "F64", "[0]", "[8,8]") "}",
     8, 3},
    {"{" TENSOR("b", "U8", "[1]", "[8,9]") "," TENSOR("a", "F64", "[1]", "[0,8]") "}", 9, 2},
    {"{" TENSOR("", "U8", "[1,1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, 1},
    {"{" TENSOR("a-b \\\" - \\\\", "BOOL", "[3]", "[0,3]") "}", 3, 1},
    {"{" TENSOR("t", "F4", "[2,3]", "[0,3]") "}", 3, 1},
    {"{" TENSOR("t", "F6_E2M3", "[4]", "[0,3]") "}", 3, 1},
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        size_t size;
        unsigned char *bytes = make_bytes(accepted[i].header, 0, accepted[i].n, &size);
        bp_tensors tensors;
        bp_error error;
        assert_ok(read_container(bytes, size, &tensors, &error), &error);
        assert_int_equal(tensors.n, accepted[i].tensors);
        bp_tensors_clear(&tensors);
        for (size_t cut = 0; cut < size; cut++) { /* and no less of it is */
            bp_tensors untouched = {.n = 7};
            assert_int_equal(read_container(bytes, cut, &untouched, &error), BP_ERROR_FORMAT);
            assert_true(untouched.n == 7 && !untouched.header && error.message[0]);
        }
        free(bytes);
    }
}

/* All types that the format's own reader knows, with the bits of an element. */
static void test_types(void **state)
{
    static const struct {
        const char *name;
        size_t bits;
    } types[] = {
        {"BOOL", 8},        {"F4", 4},          {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
        {"I8", 8},          {"F8_E5M2", 8},     {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},
        {"U16", 16},        {"F16", 16},        {"BF16", 16},   {"I32", 32},    {"U32", 32},
        {"F32", 32},        {"C64", 64},        {"F64", 64},    {"I64", 64},    {"U64", 64},
        {"F8_E5M2FNUZ", 8}, {"F8_E4M3FNUZ", 8},
    };
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char header[200];
        size_t size;
        snprintf(header, sizeof header,
                 "{\"t\":{\"dtype\":\"%s\",\"shape\":[3,8],\"data_offsets\":[0,%zu]}}",
                 types[i].name, 3 * types[i].bits);
        unsigned char *bytes = make_bytes(header, 0, 3 * types[i].bits, &size);
        bp_tensors tensors;
        bp_error error;
        assert_ok(read_container(bytes, size, &tensors, &error), &error);
        assert_int_equal(bp_tensors_find(&tensors, "t")->size, 3 * types[i].bits);
        bp_tensors_clear(&tensors);
        free(bytes);
    }
}

/* ---- What it may not ---------------------------------------------------------------------- */

#define DTYPES                                                                                     \
    "F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, C64, F8_E5M2, F8_E4M3, "     \
    "F8_E5M2FNUZ, F8_E4M3FNUZ, F8_E8M0, F6_E2M3, F6_E3M2, F4"
#define NONE             "not a safetensors file: "
#define LENGTH           NONE "the length of its header, in bytes 0 to 7, reads "
#define BRACE            "byte 8: expected '{', with which the header of a safetensors file begins"
#define T                "tensor 't': "
#define ENTRY            T "expected an object with a text \"dtype\", \"shape\" and \"data_offsets\""
#define NO_SIZE          T "its shape holds what is no size"
#define OFFSETS          T "its data_offsets are not two sizes"
#define SPAN(is)         T "its data_offsets are " is "; its shape [1] of F64 takes 8 bytes"
#define MINUS            ": a minus sign; expected sizes, from 0 up, in the header"
#define BEHIND           ": the file goes on; expected its end, after the last tensor"
#define SHAPED(shape, n) "{" TENSOR("t", "F64", shape, "[0," #n "]") "}", 0, n

static const struct {
    const char *header;
    uint64_t stated; /* the length of the header; 0: its own */
    size_t n;        /* bytes of tensors */
    const char *message;
} refused[] = {
    /* the length */
    {"{}", 1, 0, LENGTH "1; expected 2 to 100000000"},
    {"{}", 100000001, 0, LENGTH "100000001; expected 2 to 100000000"},
    {"{}", UINT64_MAX, 0, LENGTH "18446744073709551615; expected 2 to 100000000"},
    {"{}", UINT64_MAX - 7, 0, LENGTH "18446744073709551608; expected 2 to 100000000"},
    {"{}", (uint64_t)1 << 63, 0, LENGTH "9223372036854775808; expected 2 to 100000000"},
    {"{}", 3, 0,
     "byte 10: the file ends; expected a header of 3 bytes from byte 8 on, as its first 8 bytes "
     "say"},
    {"{}", 100000000, 0,
     "byte 10: the file ends; expected a header of 100000000 bytes from byte 8 on, as its first 8 "
     "bytes say"},
    /* the header as JSON */
    {" {}", 0, 0, BRACE},
    {"\xef\xbb\xbf{}", 0, 0, BRACE},
    {"[]", 0, 0, BRACE},
    {"null", 0, 0, BRACE},
    {"7       ", 0, 0, BRACE},
    {"{\"a\"", 0, 0, "byte 12: the header is not JSON up to here: ':' expected near end of file"},
    {ONE ",}", 0, 8, "byte 63: the header is not JSON up to here: string or '}' expected near '}'"},
    {ONE "}", 52, 9, "byte 60: the header is not JSON up to here: '}' expected near end of file"},
    {"{}{}", 0, 0, "byte 11: the header is not JSON up to here: end of file expected near '{'"},
    {"{}x", 0, 0, "byte 11: the header is not JSON up to here: end of file expected near 'x'"},
    {"{'t':1}", 0, 0,
     "byte 10: the header is not JSON up to here: string or '}' expected near '''"},
    {"{\"t\":1.}", 0, 0, "byte 15: the header is not JSON up to here: invalid token near '1.'"},
    {"{\"t\":01}", 0, 0, "byte 14: the header is not JSON up to here: invalid token near '0'"},
    {"{\"t\":NaN}", 0, 0, "byte 16: the header is not JSON up to here: invalid token near 'NaN'"},
    {"{\"t\":1e999}", 0, 0,
     "byte 18: the header is not JSON up to here: real number overflow near '1e999'"},
    {"{\"t\":99999999999999999999}", 0, 0,
     "byte 33: the header is not JSON up to here: too big integer near '99999999999999999999'"},
    {"{\"a\":\"\\u0000\"}", 0, 0,
     "byte 21: the header is not JSON up to here: \\u0000 is not allowed without JSON_ALLOW_NUL "
     "near "
     "'\"\\u0000\"'"},
    {"{\"\xff\":1}", 0, 0,
     "byte 10: the header is not JSON up to here: unable to decode byte 0xff near '\"'"},
    {"{\"\xc0\x80\":1}", 0, 0,
     "byte 10: the header is not JSON up to here: unable to decode byte 0xc0 near '\"'"},
    {"{\"\xed\xa0\x80\":1}", 0, 0,
     "byte 10: the header is not JSON up to here: unable to decode byte 0xed near '\"'"},
    {"{\"\\ud800\":1}", 0, 0,
     "byte 17: the header is not JSON up to here: invalid Unicode '\\uD800' near "
     "'\"\\ud800\"'"},
    {"{\"a\nb\":1}", 0, 0,
     "byte 11: the header is not JSON up to here: unexpected newline near '\"a'"},
    {ONE "," TENSOR("t", "F64", "[1]", "[8,16]") "}", 0, 16,
     "byte 65: the header is not JSON up to here: duplicate object key near '\"t\"'"},
    {ONE "," TENSOR("\\u0074", "F64", "[1]", "[8,16]") "}", 0, 16,
     "byte 70: the header is not JSON up to here: duplicate object key near '\"\\u0074\"'"},
    {"{\"t\":{\"dtype\":\"F64\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 0, 8,
     "byte 35: the header is not JSON up to here: duplicate object key near '\"dtype\"'"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, 0,
     "byte 41: the header is not JSON up to here: duplicate object key near '\"__metadata__\"'"},
    {"{\"__metadata__\":{\"k\":\"a\",\"k\":\"a\"}}", 0, 0,
     "byte 36: the header is not JSON up to here: duplicate object key near '\"k\"'"},
    /* the metadata */
    {"{\"__metadata__\":[]}", 0, 0, "__metadata__ is not a JSON object of texts"},
    {"{\"__metadata__\":\"\"}", 0, 0, "__metadata__ is not a JSON object of texts"},
    {"{\"__metadata__\":{\"k\":1}}", 0, 0, "metadata 'k': expected a text"},
    {"{\"__metadata__\":{\"k\":{}}}", 0, 0, "metadata 'k': expected a text"},
    {"{\"__metadata__\":{\"k\":null}}", 0, 0, "metadata 'k': expected a text"},
    /* entries */
    {"{\"t\":7}", 0, 0, ENTRY},
    {"{\"t\":{}}", 0, 0, ENTRY},
    {"{\"t\":{\"dtype\":8}}", 0, 0, ENTRY},
    {"{\"t\":{\"dtype\":null,\"shape\":[],\"data_offsets\":[0,8]}}", 0, 8, ENTRY},
    {"{" TENSOR("t", "F8", "[1]", "[0,1]") "}", 0, 1, T "unknown dtype 'F8'; known: " DTYPES},
    {"{" TENSOR("t", "f64", "[1]", "[0,8]") "}", 0, 8, T "unknown dtype 'f64'; known: " DTYPES},
    {"{\"t\":{\"dtype\":\"F64\",\"data_offsets\":[0,8]}}", 0, 8,
     T "its shape is not a list of sizes"},
    {SHAPED("7", 8), T "its shape is not a list of sizes"},
    {SHAPED("{}", 8), T "its shape is not a list of sizes"},
    {SHAPED("[1.0]", 8), NO_SIZE},
    {SHAPED("[1e0]", 8), NO_SIZE},
    {SHAPED("[\"1\"]", 8), NO_SIZE},
    {SHAPED("[[1]]", 8), NO_SIZE},
    {SHAPED("[null]", 8), NO_SIZE},
    {SHAPED("[true]", 8), NO_SIZE},
    {SHAPED("[-1]", 8), "byte 37" MINUS},
    {SHAPED("[-0]", 0), "byte 37" MINUS},
    {"{" TENSOR("t", "F64", "[1]", "[-0,8]") "}", 0, 8, "byte 56" MINUS},
    {"{" TENSOR("t-", "F64", "[1]", "[0,1e-1]") "}", 0, 8, "byte 61" MINUS},
    {SHAPED("[4294967296,4294967296]", 8), T "its shape has more elements than can be counted"},
    {SHAPED("[9223372036854775807,3,0]", 0), T "its shape has more elements than can be counted"},
    {SHAPED("[2305843009213693952]", 8), T "its shape has more bits than can be counted"},
    {"{" TENSOR("t", "F4", "[3]", "[0,2]") "}", 0, 2, T "its shape does not fill whole bytes"},
    {"{\"t\":{\"dtype\":\"F64\",\"shape\":[1]}}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "8") "}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[]") "}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0]") "}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0,8,16]") "}", 0, 16, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0,8.0]") "}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0,\"8\"]") "}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "{\"0\":0,\"1\":8}") "}", 0, 8, OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[8,0]") "}", 0, 8, SPAN("[8, 0]")},
    {"{" TENSOR("t", "F64", "[1]", "[0,16]") "}", 0, 16, SPAN("[0, 16]")},
    {"{" TENSOR("t", "F64", "[1]", "[0,0]") "}", 0, 0, SPAN("[0, 0]")},
    {"{" TENSOR("t", "F64", "[1]", "[9223372036854775807,7]") "}", 0, 8,
     SPAN("[9223372036854775807, 7]")},
    {SHAPED("[1,1,1,1,1,1,1,1,2]", 8),
     T "its data_offsets are [0, 8]; its shape [1, 1, 1, 1, 1, 1, 1, 1, …] of F64 takes 16 bytes"},
    /* places */
    {"{" TENSOR("t", "F64", "[1]", "[8,16]") "}", 0, 16,
     T "its data_offsets begin at 8, which leaves a hole; expected 0"},
    {ONE "," TENSOR("u", "F64", "[1]", "[9,17]") "}", 0, 17,
     "tensor 'u': its data_offsets begin at 9, which leaves a hole; expected 8"},
    {ONE "," TENSOR("u", "F64", "[1]", "[7,15]") "}", 0, 15,
     "tensor 'u': its data_offsets begin at 7, which overlaps another tensor; expected 8"},
    {ONE "," TENSOR("u", "F64", "[1]", "[0,8]") "}", 0, 8, "tensor '…"},
    {ONE "," TENSOR("u", "U8", "[0]", "[4,4]") "}", 0, 8,
     "tensor 'u': its data_offsets begin at 4, which overlaps another tensor; expected 8"},
    {ONE "}", 0, 7,
     "byte 69: the file ends; expected 8 bytes of tensors from byte 62 on, as its header says"},
    {"{" TENSOR("t", "U8", "[2305843009213693951]", "[0,2305843009213693951]") "}", 0, 8,
     "byte 105: the file ends; expected 2305843009213693951 bytes of tensors from byte 97 on, as "
     "its header says"},
    {ONE "}", 0, 9, "byte 70" BEHIND},
    {"{}", 0, 1, "byte 10" BEHIND},
};

static void check_refused(const unsigned char *bytes, size_t size, const char *message)
{
    bp_tensors tensors = {.n = 7};
    bp_error error;
    assert_int_equal(read_container(bytes, size, &tensors, &error), BP_ERROR_FORMAT);
    check_message(&error, message);
    assert_string_equal(error.file, "m");
    assert_true(tensors.n == 7 && !tensors.header);
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        size_t size;
        unsigned char *bytes =
            make_bytes(refused[i].header, refused[i].stated, refused[i].n, &size);
        check_refused(bytes, size, refused[i].message);
        free(bytes);
    }
}

/* Bytes that are no text: NUL in the header and behind it. */
static void test_nul(void **state)
{
    static const unsigned char behind[] = "\5\0\0\0\0\0\0\0{}\0\0\0",
                               within[] = "\3\0\0\0\0\0\0\0{\0}";
    (void)state;
    check_refused(behind, sizeof behind - 1, "byte 10: a NUL byte; expected JSON in the header");
    check_refused(within, sizeof within - 1, "byte 9: a NUL byte; expected JSON in the header");
}

static void test_short(void **state)
{
    (void)state;
    for (size_t size = 0; size < 8; size++) {
        char message[200];
        snprintf(message, sizeof message,
                 NONE "it ends at byte %zu; expected the length of a header in bytes 0 to 7", size);
        check_refused((const unsigned char *)"\2\0\0\0\0\0\0\0", size, message);
    }
}

/* Deeper than a reader may follow, alone and where a reader does not look: no stack overflow. */
static void test_depth(void **state)
{
    enum { DEPTH = 200000 };
    static const char *const starts[] = {"{\"t\":", "{\"t\":{\"dtype\":\"F64\",\"more\":"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(starts[i]), size;
        char *header = calloc(length + DEPTH + 1, 1), message[200];
        assert_non_null(header);
        memcpy(header, starts[i], length);
        memset(header + length, '[', DEPTH);
        unsigned char *bytes = make_bytes(header, 0, 0, &size);
        snprintf(
            message, sizeof message,
            "byte %zu: the header is not JSON up to here: maximum parsing depth reached near '['",
            8 + length + 2048 - i);
        check_refused(bytes, size, message);
        free(bytes), free(header);
    }
}

/* Many tensors, in any order: nothing that grows with their square. */
static void test_many(void **state)
{
    enum { N = 50000 };
    char *header = malloc(N * 80), name[20];
    size_t used = 0, size;
    bp_tensors tensors;
    bp_error error;
    (void)state;
    assert_non_null(header);
    for (int i = 0; i < N; i++) {
        int place = (int)((long)i * 7919 % N);
        used += (size_t)sprintf(
            header + used, "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
            i ? ',' : '{', place, place, place + 1);
    }
    strcpy(header + used, "}");
    unsigned char *bytes = make_bytes(header, 0, N, &size);
    assert_ok(read_container(bytes, size, &tensors, &error), &error);
    for (int i = 0; i < N; i++) {
        sprintf(name, "%d", i);
        assert_int_equal(bp_tensors_find(&tensors, name)->begin, i);
    }
    assert_null(bp_tensors_find(&tensors, "-1"));
    bp_tensors_clear(&tensors);
    free(bytes), free(header);
}

/* ---- Elements ----------------------------------------------------------------------------- */

/* Values of all four types, from IEEE 754 and from what bfloat16 is: the upper half of a float. */
static const struct {
    const char *type;
    size_t size;
    uint64_t bits;
    double value;
} elements[] = {
    {"F64", 8, 0x3fb999999999999a, 0.1},
    {"F64", 8, 0x8000000000000000, -0.0},
    {"F64", 8, 1, 0x1p-1074},
    {"F64", 8, 0x7fefffffffffffff, 0x1.fffffffffffffp1023},
    {"F64", 8, 0x7ff0000000000000, INFINITY},
    {"F64", 8, 0xfff0000000000000, -INFINITY},
    {"F64", 8, 0x7ff8000000000000, NAN},
    {"F32", 4, 0x3dcccccd, 0x1.99999ap-4},
    {"F32", 4, 0x80000000, -0.0},
    {"F32", 4, 1, 0x1p-149},
    {"F32", 4, 0x7f7fffff, 0x1.fffffep127},
    {"F32", 4, 0x7f800000, INFINITY},
    {"F32", 4, 0x7f800001, NAN},
    {"F16", 2, 0x3c00, 1},
    {"F16", 2, 0xc000, -2},
    {"F16", 2, 0x3555, 0x1.554p-2}, /* nearest to 1/3 */
    {"F16", 2, 0x0001, 0x1p-24},
    {"F16", 2, 0x03ff, 0x1.ff8p-15},
    {"F16", 2, 0x0400, 0x1p-14},
    {"F16", 2, 0x7bff, 65504},
    {"F16", 2, 0x8000, -0.0},
    {"F16", 2, 0xfc00, -INFINITY},
    {"F16", 2, 0x7c01, NAN},
    {"BF16", 2, 0x3f80, 1},
    {"BF16", 2, 0xc049, -3.140625},
    {"BF16", 2, 0x0001, 0x1p-133},
    {"BF16", 2, 0x7f7f, 0x1.fep127},
    {"BF16", 2, 0x7f80, INFINITY},
    {"BF16", 2, 0x7fc0, NAN},
};

/* Each as the last element of [2, 2], whose rows go to every third number. */
static void test_elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        size_t element = elements[i].size, size;
        char header[200], message[200], number[BP_NUMBER_SIZE];
        snprintf(header, sizeof header,
                 "{\"t\":{\"dtype\":\"%s\",\"shape\":[2,2],\"data_offsets\":[0,%zu]}}",
                 elements[i].type, 4 * element);
        unsigned char *bytes = make_bytes(header, 0, 4 * element, &size);
        for (size_t b = 0; b < element; b++)
            bytes[size - element + b] = (unsigned char)(elements[i].bits >> 8 * b);
        bp_real values[6] = {7, 7, 7, 7, 7, 7}, infinite[4];
        bp_tensors tensors;
        const bp_tensor *tensor;
        bp_error error;
        assert_ok(read_container(bytes, size, &tensors, &error), &error);
        assert_ok(bp_tensors_expect(&tensors, "t", 2, &tensor, &error), &error);
        bool fits = isfinite((bp_real)elements[i].value);
        assert_int_equal(bp_tensors_get(&tensors, tensor, true, infinite, 2, &error) == BP_OK,
                         fits || isinf(elements[i].value));
        bp_status status = bp_tensors_get(&tensors, tensor, false, values, 3, &error);
        if (fits) {
            assert_int_equal(status, BP_OK);
            assert_same_bits(values[4], (bp_real)elements[i].value);
            assert_true(values[2] == 7 && values[5] == 7 && values[0] == 0 && values[3] == 0);
        } else {
            assert_int_equal(status, BP_ERROR_FORMAT);
            snprintf(message, sizeof message,
                     "byte %zu: tensor 't', element 3 from 0, is %s; expected finite numbers%s",
                     size - element, bp_print_number(elements[i].value, number),
                     isfinite(elements[i].value) ? " of single precision" : "");
            assert_string_equal(error.message, message);
        }
        bp_tensors_clear(&tensors);
        free(bytes);
    }
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* What no reader would take is not written. */
static void test_large_header(void **state)
{
    enum { SIZE = 100000000 };
    char *text = malloc(SIZE), *path = make_file("old", 3);
    bp_real value = 1;
    bp_tensor_writer writer = {0};
    size_t size;
    bp_error error;
    (void)state;
    assert_non_null(text);
    memset(text, 'a', SIZE);
    assert_ok(bp_tensor_writer_add(&writer, "t", 1, 1, 1, &value, 1, &error), &error);
    json_t *metadata = json_object(), *texts = json_stringn_nocheck(text, SIZE);
    assert_int_equal(json_object_set_new(metadata, "k", texts), 0);
    assert_int_equal(bp_tensor_writer_save(&writer, metadata, path, &error), BP_ERROR_SIZE);
    assert_string_equal(error.message,
                        "the columns and classes of the model take 100000080 bytes of its file; no "
                        "reader takes more than 100000000");
    char *bytes = slurp(path, &size);
    assert_string_equal(bytes, "old");
    json_decref(metadata);
    bp_tensor_writer_clear(&writer);
    free(bytes), free(text);
    remove_file(path);
}

/* ---- Any locale ---------------------------------------------------------------------------- */

/* What a model is written as, and what of it is read again, in the locale that is set. */
static void save_and_load(const bp_model *model, char **bytes, size_t *size)
{
    char *path = make_file("", 0), *again = make_file("", 0);
    bp_model *loaded = NULL;
    bp_error error;
    size_t size_again;
    assert_ok(bp_model_save(model, path, &error), &error);
    assert_ok(bp_model_load(path, &loaded, &error), &error);
    assert_ok(bp_model_save(loaded, again, &error), &error);
    *bytes = slurp(path, size);
    char *bytes_again = slurp(again, &size_again);
    assert_int_equal(size_again, *size);
    assert_memory_equal(bytes_again, *bytes, *size);
    bp_model_destroy(loaded);
    free(bytes_again);
    remove_file(path), remove_file(again);
}

static void test_decimal_comma(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    const char *found = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = setlocale(LC_ALL, names[i]);
    if (!found) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    bool comma = strcmp(localeconv()->decimal_point, ",") == 0;
    bp_dataset *data = table_of("0.1,2.5\n0.7,1e-5\n-3.25,3\n");
    bp_model *model = trained_model(data, NULL, 3);
    char *here, *plain;
    size_t size_here, size_plain;
    save_and_load(model, &here, &size_here);
    setlocale(LC_ALL, "C");
    save_and_load(model, &plain, &size_plain);
    assert_true(comma);
    assert_int_equal(size_here, size_plain);
    assert_memory_equal(here, plain, size_here);
    free(here), free(plain);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),     cmocka_unit_test(test_types),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_nul),
        cmocka_unit_test(test_short),        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_many),         cmocka_unit_test(test_elements),
        cmocka_unit_test(test_large_header), cmocka_unit_test(test_decimal_comma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
