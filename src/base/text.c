#include "base/text.h"

#include <string.h>

size_t bp_utf8_character(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char first = at[0], least = 0x80, most = 0xbf; /* of the second byte */
    if (first < 0x80)
        return 1;
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length < size)
        return 0;
    if (first == 0xe0)
        least = 0xa0;
    else if (first == 0xed)
        most = 0x9f;
    else if (first == 0xf0)
        least = 0x90;
    else if (first == 0xf4)
        most = 0x8f;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < size; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return size;
}

size_t bp_utf8_prefix(const char *text, size_t length)
{
    size_t used = 0, size;
    while (used < length && (size = bp_utf8_character(text + used, length - used)))
        used += size;
    return used;
}

bool bp_next_item(const char **at, const char **item, size_t *length)
{
    if (!*at)
        return false;
    *item = *at;
    *length = strcspn(*at, ",");
    *at = (*at)[*length] ? *at + *length + 1 : NULL;
    return true;
}

size_t bp_count_items(const char *list)
{
    const char *item;
    size_t n = 0, length;
    while (bp_next_item(&list, &item, &length))
        n++;
    return n;
}
