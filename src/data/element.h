/* element.h: the number types that cells can have in a file. */
#ifndef BP_DATA_ELEMENT_H
#define BP_DATA_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* to[0 … n−1] = the numbers at bytes, bytes + step, …, wherever they lie. */
typedef void bp_load(const unsigned char *bytes, size_t step, size_t n, double *to);

typedef struct bp_element {
    const char *name;      /* a letter for the kind (u, i, f) and the size, as NPY has them */
    int idx;               /* the type's code in IDX; 0: it has none */
    size_t size;           /* bytes */
    bp_load *little, *big; /* endian; 64-bit integers become the nearest doubles */
    /* The bits of a number as this type; false if it cannot hold it to the last bit. NULL: not a
     * type that is written. */
    bool (*pack)(double value, uint64_t *bits);
} bp_element;

/* The i-th type, NULL past the last; those that can be written come from narrow to wide. */
const bp_element *bp_element_at(size_t i);
const bp_element *bp_element_find(const char *name, size_t length); /* NULL: none */

#endif
