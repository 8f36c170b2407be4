/* dictionary.h: the distinct texts of a column, numbered. */
#ifndef BP_DATA_DICTIONARY_H
#define BP_DATA_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct bp_word {
    char *text;  /* owned by the dictionary */
    size_t line; /* of the file, where it first appeared */
} bp_word;

/* All zero is an empty one. */
typedef struct bp_dictionary {
    bp_word *words;
    size_t n_words, words_capacity;
    size_t *slots;  /* open addressing: number of the word + 1, 0 for none */
    size_t n_slots; /* a power of two, at least twice n_words */
} bp_dictionary;

#define BP_NO_WORD ((size_t)-1)

/* The number of that text, or BP_NO_WORD. */
size_t bp_dictionary_find(const bp_dictionary *dictionary, const char *text, size_t length);

/* The number of that text, which is added if it is new. False if memory is short. */
bool bp_dictionary_add(bp_dictionary *dictionary, const char *text, size_t length, size_t line,
                       size_t *number);

/* The text that stands first in the file; there must be one. (The first line of a file may be added
 * last, since it may be a header.) */
const bp_word *bp_dictionary_first(const bp_dictionary *dictionary);

void bp_dictionary_clear(bp_dictionary *dictionary);

#endif
