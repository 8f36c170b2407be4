/* window.h: text on its way in: the unread bytes of an input, in one piece. */
#ifndef BP_DATA_WINDOW_H
#define BP_DATA_WINDOW_H

#include "base/input.h"

/* All zero but for the input is one at its beginning. */
typedef struct bp_window {
    bp_input *input;
    char *buffer;                /* freed by who made the window */
    size_t capacity, start, end; /* unread: start … end − 1 */
    bool at_end;                 /* of the input */
} bp_window;

/* Adds bytes to the unread ones, which may move, or finds the input's end. `line` is that of the
 * first unread byte; BP_ERROR_FORMAT if it is longer than lines are, or no text. */
bp_status bp_window_more(bp_window *window, size_t line, bp_error *error);

#endif
