/* text.h: UTF-8. */
#ifndef BP_BASE_TEXT_H
#define BP_BASE_TEXT_H

#include <stddef.h>

/* How many bytes the character at `text` takes, 1 to 4; 0 if the bytes up to text + length are not
 * UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF). length ≥ 1. */
size_t bp_utf8_character(const char *text, size_t length);

/* How many bytes from the start are UTF-8: `length` if all are. */
size_t bp_utf8_prefix(const char *text, size_t length);

#endif
