/* gzip.c: packed tables, whose format their content tells. An input is a byte: 0 for a file that is
 * read as it is; else the rest is packed here, in members of 16 times so many bytes, since what
 * changes a packed file at random rarely leaves its checksum right. */
#include "fuzz_table.h"

#ifdef BP_HAVE_ZLIB
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct packed {
    uint8_t *bytes;
    size_t size, capacity;
} packed;

static void add_member(packed *to, const uint8_t *bytes, size_t size)
{
    enum { GZIP = 16, ROOM = 1000 };
    z_stream stream = {0};
    require(deflateInit2(&stream, 1, Z_DEFLATED, GZIP + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    to->capacity = to->size + size + size / 10 + ROOM;
    require((to->bytes = realloc(to->bytes, to->capacity)) != NULL);
    stream.next_in = (uint8_t *)bytes;
    stream.avail_in = (unsigned)size;
    stream.next_out = to->bytes + to->size;
    stream.avail_out = (unsigned)(to->capacity - to->size);
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    to->size = to->capacity - stream.avail_out;
    deflateEnd(&stream);
}

/* What comes out is what went in. */
static void check_unpacked(const packed *made, taken plain)
{
    uint8_t *bytes = NULL;
    size_t size;
    bp_input *input;
    bp_error error;
    require_ok(bp_input_of_bytes("packed", made->bytes, made->size, &input, &error), &error);
    require_ok(bp_input_unpack(input, &error), &error);
    require_ok(bp_input_read_block(input, plain.size + 1, &bytes, &size, &error), &error);
    require(size == plain.size && (!size || memcmp(bytes, plain.at, size) == 0));
    require(bp_input_offset(input) == size);
    bp_input_close(input);
    free(bytes);
}

static void read_packed(const choices *how, taken plain, size_t member)
{
    packed made = {0};
    for (size_t at = 0; at == 0 || at < plain.size; at += member)
        add_member(&made, plain.at + at, plain.size - at < member ? plain.size - at : member);
    check_unpacked(&made, plain);
    bp_dataset_destroy(read_table(how, (taken){made.bytes, made.size}));
    free(made.bytes);
}
#else
static void read_packed(const choices *how, taken plain, size_t member)
{
    (void)how, (void)plain, (void)member;
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    taken rest = {bytes, size};
    size_t member = take_byte(&rest);
    choices how;
    take_choices(&rest, "auto", &how);
    if (member && is_wide(rest))
        return 0;
    if (member)
        read_packed(&how, rest, 16 * member);
    else
        bp_dataset_destroy(read_table(&how, rest));
    return 0;
}
