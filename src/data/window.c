#include "data/window.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

/* How files begin that people take for tables; texts do not begin so. */
static const struct {
    size_t at, size;
    const char *bytes, *kind;
} others[] = {
    {0, 4, "\xff\xfe\0\0", "UTF-32; convert it, such as by iconv -f UTF-32 -t UTF-8"},
    {0, 2, "\xff\xfe", "UTF-16; convert it, such as by iconv -f UTF-16 -t UTF-8"},
    {0, 2, "\xfe\xff", "UTF-16; convert it, such as by iconv -f UTF-16 -t UTF-8"},
    {0, 4, "PK\3\4", "a ZIP archive, as .xlsx, .npz and .pt files are; take the table out of it"},
    {0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel file; save it as CSV"},
    {0, 2, "\x1f\x8b", "gzipped twice; unpack it"},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "packed by xz; unpack it"},
    {0, 4, "\x28\xb5\x2f\xfd", "packed by zstd; unpack it"},
    {4, 6, "1AY&SY", "packed by bzip2; unpack it"},
    {0, 4, "PAR1", "a Parquet file; save the table as CSV or NPY"},
    {7, 3, "\0{\"", "a safetensors file, such as a model; it holds no table"},
    {0, 6, "\x93NUMPY", "an NPY file; --format npy reads it"},
    {0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file; save the table as CSV or NPY"},
    {0, 8, "\x89PNG\r\n\x1a\n", "a PNG image; it holds no table"},
    {0, 3, "\xff\xd8\xff", "a JPEG image; it holds no table"},
};

bp_status bp_window_begin(bp_window *w, bp_error *error)
{
    bp_status status = bp_window_more(w, 1, error);
    for (size_t i = 0; !status && i < sizeof others / sizeof *others; i++)
        if (w->end >= others[i].at + others[i].size &&
            memcmp(w->buffer + others[i].at, others[i].bytes, others[i].size) == 0)
            status = bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(w->input), 0,
                                "expected text in UTF-8, but this is %s", others[i].kind);
    if (!status && w->end >= 3 && memcmp(w->buffer, "\xef\xbb\xbf", 3) == 0)
        w->start = 3;
    return status;
}

bp_status bp_window_more(bp_window *w, size_t line, bp_error *error)
{
    enum { AT_LEAST = 1 << 18, LONGEST = 1 << 28 };
    size_t unread = w->end - w->start, got;
    if (w->start)
        memmove(w->buffer, w->buffer + w->start, unread);
    w->start = 0;
    w->end = unread;
    if (unread > LONGEST)
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(w->input), line,
                          "no end within %d bytes; expected lines of text, and quotes that close",
                          LONGEST);
    if (!bp_grow(&w->buffer, &w->capacity, unread + AT_LEAST + BP_WINDOW_PADDING, 1))
        return bp_fail_memory(error);
    bp_status status = bp_input_read(w->input, w->buffer + unread,
                                     w->capacity - unread - BP_WINDOW_PADDING, &got, error);
    if (status)
        return status;
    w->end += got;
    memset(w->buffer + w->end, 0, BP_WINDOW_PADDING);
    w->at_end = got == 0;
    return BP_OK;
}
