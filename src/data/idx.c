/* idx.c: the format of MNIST: 00 00, the type, the rank, the sizes in 32 bits each, the elements;
 * all of it big-endian. http://yann.lecun.com/exdb/mnist/ */
#include "data/array_file.h"

#include "base/bits.h"

#include <stdio.h>
#include <string.h>

static const struct type {
    int code; /* as bp_element has it */
    const char *name;
} types[] = {
    {0x08, "unsigned bytes"},  {0x09, "signed bytes"}, {0x0b, "16-bit integers"},
    {0x0c, "32-bit integers"}, {0x0d, "floats"},       {0x0e, "doubles"},
};
enum { N_TYPES = sizeof types / sizeof *types };

/* ---- Reading ------------------------------------------------------------------------------ */

/* No text begins with two NULs, whatever comes then. */
static bool probe(const unsigned char *bytes, size_t size)
{
    return size >= 2 && !bytes[0] && !bytes[1];
}

static const bp_element *element_of(int code)
{
    const bp_element *element;
    for (size_t i = 0; (element = bp_element_at(i)); i++)
        if (element->idx == code)
            return element;
    return NULL;
}

/* The bytes 00 00, type, rank. */
static bp_status read_magic(const char *file, const unsigned char magic[4], bp_array_header *h,
                            bp_error *error)
{
    const struct type *type = types;
    if (magic[0] || magic[1])
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte 0: found %02x %02x; expected 00 00, with which an IDX file begins; "
                          "--format names another format",
                          magic[0], magic[1]);
    while (type < types + N_TYPES && type->code != magic[2])
        type++;
    if (type == types + N_TYPES)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte 2: found %02x; expected the type of an IDX file: 08 (unsigned "
                          "bytes), 09 (signed bytes), 0b (16-bit integers), 0c (32-bit integers), "
                          "0d (floats), 0e (doubles); write the file anew",
                          magic[2]);
    if (!magic[3])
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte 3: the rank is 0; expected 1 dimension or more; write the "
                          "file anew");
    h->element = element_of(type->code);
    h->is_byte = type->code == 0x08;
    snprintf(h->type, sizeof h->type, "%s", type->name);
    return BP_OK;
}

static bp_status open_reader(const bp_reading *reading, void **state, bp_error *error)
{
    const char *file = bp_input_name(reading->input);
    bp_array_header h = {.format = "IDX", .order = "", .is_big_endian = true};
    unsigned char magic[4], size[4];
    bp_status status = bp_array_read_header(reading->input, magic, sizeof magic, error);
    if (!status)
        status = read_magic(file, magic, &h, error);
    while (!status && h.rank < magic[3]) {
        size_t byte = bp_input_offset(reading->input);
        status = bp_array_read_header(reading->input, size, sizeof size, error);
        if (!status)
            status = bp_array_add_dimension(&h, file, byte, bp_get_big(size, sizeof size), error);
    }
    h.size = bp_input_offset(reading->input);
    return status ? status : bp_array_open(reading, &h, state, error);
}

/* ---- Writing ------------------------------------------------------------------------------ */

static bp_status write_header(bp_output *output, const bp_element *element, size_t rows,
                              size_t columns, bp_error *error)
{
    size_t sizes[2] = {rows, columns}, rank = columns == 1 ? 1 : 2;
    unsigned char header[12] = {0, 0, (unsigned char)element->idx, (unsigned char)rank};
    for (size_t i = 0; i < rank; i++)
        bp_put_big(header + 4 + 4 * i, sizes[i], 4);
    return bp_output_write(output, header, 4 + 4 * rank, error);
}

static bp_status begin_writing(bp_output *output, const bp_dataset *first, void **state,
                               bp_error *error)
{
    static const bp_array_style style = {
        .name = "IDX",
        .is_big_endian = true,
        .most = UINT32_MAX,
        .write_header = write_header,
    };
    return bp_array_begin(output, first, &style, state, error);
}

const bp_format bp_format_idx = {
    .extensions = "idx,idx1-ubyte,idx2-ubyte,idx3-ubyte,idx4-ubyte",
    .probe = probe,
    .open = open_reader,
    .next = bp_array_next,
    .close = bp_array_close,
    .begin = begin_writing,
    .add = bp_array_add,
    .finish = bp_array_finish,
    .abandon = bp_array_abandon,
};
