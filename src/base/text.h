/* text.h: UTF-8, and lists in texts. */
#ifndef BP_BASE_TEXT_H
#define BP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes the character at `text` takes, 1 to 4; 0 if the bytes up to text + length are not
 * UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF). length ≥ 1. */
size_t bp_utf8_character(const char *text, size_t length);

/* How many bytes from the start are UTF-8: `length` if all are. */
size_t bp_utf8_prefix(const char *text, size_t length);

/* Walks a comma-separated list: *at begins as the list (NULL: no items), and each call gives the
 * next *item, of *length bytes; false after the last. An empty text is a list of one empty item. */
bool bp_next_item(const char **at, const char **item, size_t *length);

/* How many items that gives. */
size_t bp_count_items(const char *list);

#endif
