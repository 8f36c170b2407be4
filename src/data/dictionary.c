#include "data/dictionary.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool same(const bp_word *word, const char *text, size_t length)
{
    return strnlen(word->text, length + 1) == length && memcmp(word->text, text, length) == 0;
}

/* The slot that holds the text, or the free one where it would go; n_slots > 0. */
static size_t *slot_of(const bp_dictionary *d, const char *text, size_t length)
{
    uint64_t hash = bp_hash(BP_HASH_START, text, length);
    size_t i = (size_t)(hash ^ hash >> 32) & (d->n_slots - 1);
    while (d->slots[i] && !same(&d->words[d->slots[i] - 1], text, length))
        i = (i + 1) & (d->n_slots - 1);
    return &d->slots[i];
}

size_t bp_dictionary_find(const bp_dictionary *d, const char *text, size_t length)
{
    size_t slot = d->n_slots ? *slot_of(d, text, length) : 0;
    return slot - 1; /* 0 − 1 is BP_NO_WORD */
}

static bool widen(bp_dictionary *d)
{
    size_t n = d->n_slots ? 2 * d->n_slots : 16;
    size_t *slots = bp_allocate(n, sizeof *slots);
    if (!slots)
        return false;
    free(d->slots);
    d->slots = slots;
    d->n_slots = n;
    for (size_t w = 0; w < d->n_words; w++)
        *slot_of(d, d->words[w].text, strlen(d->words[w].text)) = w + 1;
    return true;
}

bool bp_dictionary_add(bp_dictionary *d, const char *text, size_t length, size_t line,
                       size_t *number)
{
    size_t found = bp_dictionary_find(d, text, length);
    if (found != BP_NO_WORD) {
        if (line < d->words[found].line)
            d->words[found].line = line;
        *number = found;
        return true;
    }
    if (2 * (d->n_words + 1) > d->n_slots && !widen(d))
        return false;
    if (!bp_grow(&d->words, &d->words_capacity, d->n_words + 1, sizeof *d->words))
        return false;
    char *copy = bp_copy_text(text, length);
    if (!copy)
        return false;
    *slot_of(d, text, length) = d->n_words + 1;
    *number = d->n_words;
    d->words[d->n_words++] = (bp_word){copy, line};
    return true;
}

const bp_word *bp_dictionary_first(const bp_dictionary *d)
{
    const bp_word *first = &d->words[0];
    for (size_t w = 1; w < d->n_words; w++)
        if (d->words[w].line < first->line)
            first = &d->words[w];
    return first;
}

void bp_dictionary_clear(bp_dictionary *d)
{
    for (size_t w = 0; w < d->n_words; w++)
        free(d->words[w].text);
    free(d->words);
    free(d->slots);
    *d = (bp_dictionary){0};
}
