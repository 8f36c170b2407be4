#include "base/gzip.h"

#include "base/error.h"

#ifdef BP_HAVE_ZLIB

#include "base/memory.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

/* ---- zlib --------------------------------------------------------------------------------- */

enum { GZIP_FORMAT = 16, PIECE = 1 << 16 };

/* Its memory comes from where all other memory does. */
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

/* ---- Unpacking ---------------------------------------------------------------------------- */

struct bp_gunzip {
    const char *name;
    bp_raw_read *read;
    void *source;
    z_stream stream;
    bool in_member; /* between the first byte of a member and its last */
    size_t taken;   /* packed bytes read */
    unsigned char packed[PIECE];
};

bp_status bp_gunzip_begin(const char *name, bp_raw_read *read, void *source, bp_gunzip **gunzip,
                          bp_error *error)
{
    bp_gunzip *made = bp_allocate(1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    made->name = name;
    made->read = read;
    made->source = source;
    made->stream.zalloc = allocate;
    made->stream.zfree = release;
    made->in_member = true;
    if (inflateInit2(&made->stream, GZIP_FORMAT + MAX_WBITS) != Z_OK) {
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

/* ---- Packing ------------------------------------------------------------------------------ */

struct bp_gzip {
    bp_raw_write *write;
    void *sink;
    z_stream stream;
    unsigned char packed[PIECE];
};

bp_status bp_gzip_begin(const char *name, bp_raw_write *write, void *sink, bp_gzip **gzip,
                        bp_error *error)
{
    enum { MEMORY_LEVEL = 8 }; /* zlib's default */
    (void)name;
    bp_gzip *made = bp_allocate(1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    made->write = write;
    made->sink = sink;
    made->stream.zalloc = allocate;
    made->stream.zfree = release;
    if (deflateInit2(&made->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_FORMAT + MAX_WBITS,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(made);
        return bp_fail_memory(error);
    }
    *gzip = made;
    return BP_OK;
}

void bp_gzip_end(bp_gzip *gzip)
{
    if (gzip)
        deflateEnd(&gzip->stream);
    free(gzip);
}

/* Packs what the stream has to take, at most UINT_MAX bytes. */
static bool pack(bp_gzip *g, int flush)
{
    int result;
    do {
        g->stream.next_out = g->packed;
        g->stream.avail_out = sizeof g->packed;
        result = deflate(&g->stream, flush); /* cannot fail: its memory was had at the beginning */
        if (!g->write(g->sink, g->packed, sizeof g->packed - g->stream.avail_out))
            return false;
    } while (flush == Z_FINISH ? result != Z_STREAM_END : g->stream.avail_in > 0);
    return true;
}

bool bp_gzip_write(bp_gzip *g, const void *bytes, size_t size, bool last)
{
    const unsigned char *at = bytes;
    for (size_t part; size; at += part, size -= part) {
        part = size < UINT_MAX ? size : UINT_MAX;
        g->stream.next_in = (unsigned char *)(uintptr_t)at;
        g->stream.avail_in = (unsigned)part;
        if (!pack(g, Z_NO_FLUSH))
            return false;
    }
    return !last || pack(g, Z_FINISH);
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

bp_status bp_gzip_begin(const char *name, bp_raw_write *write, void *sink, bp_gzip **gzip,
                        bp_error *error)
{
    (void)write, (void)sink, (void)gzip;
    return bp_fail_at(error, BP_ERROR_FILE, name, 0,
                      "cannot be gzipped: this bprop was built without zlib; leave .gz out of its "
                      "name");
}

void bp_gzip_end(bp_gzip *gzip) { (void)gzip; }

bool bp_gzip_write(bp_gzip *gzip, const void *bytes, size_t size, bool last)
{
    (void)gzip, (void)bytes, (void)size, (void)last;
    return false;
}

#endif
