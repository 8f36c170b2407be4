/* number.h: numbers from text, exact and whatever the locale; the way back, bp_print_number(), is
 * in <bprop/status.h>. */
#ifndef BP_BASE_NUMBER_H
#define BP_BASE_NUMBER_H

#include <bprop/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strict decimal: [+-] digits [. digits] [e [+-] digits], nothing before or after, at most 1000
 * characters, finite; correctly rounded. False, and *value untouched, for anything else. */
bool bp_parse_number(const char *text, size_t length, double *value);

/* The same of a text behind which as many bytes more may be read, whatever they are: faster. */
enum { BP_NUMBER_PADDING = 8 };
bool bp_parse_padded(const char *text, size_t length, double *value);

/* Whether it would be one, were it finite. */
bool bp_number_overflows(const char *text, size_t length);

/* Strict unsigned decimal that fits. */
bool bp_parse_whole(const char *text, size_t length, uint64_t *value);

#endif
