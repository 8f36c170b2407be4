/* json.h: JSON to and from text, on Jansson's values, whose own ways there and back do not look at
 * every allocation: as memory runs out its parser (2.14) drops bytes of texts and numbers, or
 * writes beyond a text, and its printer leaves out keys, without an error. */
#ifndef BP_MODEL_JSON_H
#define BP_MODEL_JSON_H

#include <bprop/status.h>
#include <jansson.h>

/* The value that all of a text is (RFC 8259), the caller's. Refused are also keys that stand twice
 * in an object, the character 0, integers beyond 64 bits, numbers that are not finite, and more
 * than 128 levels. BP_ERROR_MEMORY; BP_ERROR_FORMAT with the byte, from 0, where something else was
 * expected, and a word for that. */
bp_status bp_json_parse(const char *text, size_t length, json_t **value, size_t *byte,
                        const char **expected);

/* A value as text with a final NUL, to be freed; `flags` are those of json_dumps(). NULL if memory
 * is short. */
char *bp_json_print(const json_t *value, size_t flags);

#endif
