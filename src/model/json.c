#include "model/json.h"

#include <stdint.h>
#include <stdlib.h>

/* First for its length, then into a buffer of that: nothing grows meanwhile. */
char *bp_json_print(const json_t *value, size_t flags)
{
    char none;
    size_t length = json_dumpb(value, &none, 0, flags);
    char *text = length && length < SIZE_MAX ? malloc(length + 1) : NULL;
    if (text && json_dumpb(value, text, length, flags) != length) {
        free(text);
        return NULL;
    }
    if (text)
        text[length] = '\0';
    return text;
}
