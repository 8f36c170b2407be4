/* window.h: text on its way in: the unread bytes of an input, in one piece. */
#ifndef BP_DATA_WINDOW_H
#define BP_DATA_WINDOW_H

#include "base/input.h"

enum { BP_WINDOW_PADDING = 64 }; /* BP_NUMBER_PADDING or more */

/* All zero but for the input is one at its beginning. */
typedef struct bp_window {
    bp_input *input;
    char *buffer;                /* freed by who made the window; BP_WINDOW_PADDING bytes that are
                                    0 follow the unread ones */
    size_t capacity, start, end; /* unread: start … end − 1 */
    bool at_end;                 /* of the input */
} bp_window;

/* The first bytes, behind the byte order mark of UTF-8 if there is one. BP_ERROR_FORMAT if they are
 * known to begin files of another kind. */
bp_status bp_window_begin(bp_window *window, bp_error *error);

/* Adds bytes to the unread ones, which may move, or finds the input's end. `line` is that of the
 * first unread byte; BP_ERROR_FORMAT if it is longer than lines are, or no text. */
bp_status bp_window_more(bp_window *window, size_t line, bp_error *error);

#endif
