#include "data/window.h"

#include "base/error.h"
#include "base/memory.h"

#include <string.h>

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
    if (!bp_grow(&w->buffer, &w->capacity, unread + AT_LEAST, 1))
        return bp_fail_memory(error);
    bp_status status =
        bp_input_read(w->input, w->buffer + unread, w->capacity - unread, &got, error);
    if (status)
        return status;
    w->end += got;
    w->at_end = got == 0;
    return BP_OK;
}
