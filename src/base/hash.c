#include "base/hash.h"

#include "base/bits.h"

static const uint64_t prime = 1099511628211u;

uint64_t bp_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * prime;
    return hash;
}

/* The upper half, where sign and exponent end up, is folded onto the lower one: a product carries
 * upwards alone, and without that two signs that change would cancel out. */
uint64_t bp_hash_number(uint64_t hash, double value)
{
    hash = (hash ^ bp_bits_of_double(value)) * prime;
    return hash ^ hash >> 32;
}
