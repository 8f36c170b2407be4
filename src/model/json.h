/* json.h: JSON as text. */
#ifndef BP_MODEL_JSON_H
#define BP_MODEL_JSON_H

#include <jansson.h>

/* A value as text with a final NUL, to be freed; `flags` are those of json_dumps(), which, when
 * memory is short as it goes, leaves out keys and says nothing. NULL if memory is short. */
char *bp_json_print(const json_t *value, size_t flags);

#endif
