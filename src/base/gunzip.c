#include "base/gunzip.h"

#include "base/error.h"

#ifdef BP_HAVE_ZLIB

#include "base/memory.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

struct bp_gunzip {
    const char *name;
    bp_raw_read *read;
    void *source;
    z_stream stream;
    bool in_member; /* between the first byte of a member and its last */
    size_t taken;   /* packed bytes read */
    unsigned char packed[1 << 16];
};

/* zlib's memory comes from where all other memory does. */
static void *allocate(void *unused, unsigned count, unsigned size)
{
    (void)unused;
    return bp_allocate(count, size);
}

static void release(void *unused, void *block)
{
    (void)unused;
    free(block);
}

bp_status bp_gunzip_begin(const char *name, bp_raw_read *read, void *source, bp_gunzip **gunzip,
                          bp_error *error)
{
    enum { GZIP_ONLY = 16 };
    bp_gunzip *made = bp_allocate(1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    made->name = name;
    made->read = read;
    made->source = source;
    made->stream.zalloc = allocate;
    made->stream.zfree = release;
    made->in_member = true;
    if (inflateInit2(&made->stream, GZIP_ONLY + MAX_WBITS) != Z_OK) {
        free(made);
        return bp_fail_memory(error);
    }
    *gunzip = made;
    return BP_OK;
}

void bp_gunzip_end(bp_gunzip *gunzip)
{
    if (gunzip)
        inflateEnd(&gunzip->stream);
    free(gunzip);
}

static bp_status fail(const bp_gunzip *g, const char *what, const char *detail, bp_error *error)
{
    return bp_fail_at(error, BP_ERROR_FORMAT, g->name, 0,
                      "gzip: %s after byte %zu of the packed file%s%s; get the file anew", what,
                      g->taken - g->stream.avail_in, detail ? ": " : "", detail ? detail : "");
}

/* More packed bytes, if there are any. */
static bp_status load(bp_gunzip *g, bp_error *error)
{
    size_t got;
    bp_status status = g->read(g->source, g->packed, sizeof g->packed, &got, error);
    if (status)
        return status;
    g->taken += got;
    g->stream.next_in = g->packed;
    g->stream.avail_in = (unsigned)got;
    return BP_OK;
}

/* Unpacks into what is left of the place for it. */
static bp_status unpack(bp_gunzip *g, bp_error *error)
{
    int result = Z_OK;
    if (!g->in_member) { /* another member follows */
        result = inflateReset(&g->stream);
        g->in_member = true;
    }
    if (result == Z_OK)
        result = inflate(&g->stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
        g->in_member = false;
    else if (result == Z_MEM_ERROR)
        return bp_fail_memory(error);
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return fail(g, "damaged", g->stream.msg, error);
    return BP_OK;
}

bp_status bp_gunzip_read(bp_gunzip *g, unsigned char *to, size_t size, size_t *got, bp_error *error)
{
    unsigned room = size < UINT_MAX ? (unsigned)size : UINT_MAX;
    bp_status status = BP_OK;
    g->stream.next_out = to;
    g->stream.avail_out = room;
    while (!status && g->stream.avail_out == room) {
        if (!g->stream.avail_in)
            status = load(g, error);
        if (!status && !g->stream.avail_in) {
            if (g->in_member)
                status = fail(g, "ends too early,", NULL, error);
            break;
        }
        if (!status)
            status = unpack(g, error);
    }
    *got = room - g->stream.avail_out;
    return status;
}

#else

bp_status bp_gunzip_begin(const char *name, bp_raw_read *read, void *source, bp_gunzip **gunzip,
                          bp_error *error)
{
    (void)read, (void)source, (void)gunzip;
    return bp_fail_at(error, BP_ERROR_FILE, name, 0,
                      "gzipped, and this bprop was built without zlib; unpack it, as by gunzip");
}

void bp_gunzip_end(bp_gunzip *gunzip) { (void)gunzip; }

bp_status bp_gunzip_read(bp_gunzip *gunzip, unsigned char *to, size_t size, size_t *got,
                         bp_error *error)
{
    (void)gunzip, (void)to, (void)size, (void)got;
    return bp_fail(error, BP_ERROR_FILE, "built without zlib");
}

#endif
