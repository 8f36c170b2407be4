/* hash.h: FNV-1a (Fowler, Noll, Vo), 64 bits. */
#ifndef BP_BASE_HASH_H
#define BP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define BP_HASH_START 14695981039346656037u

/* The hash of what `hash` is of (BP_HASH_START: nothing), followed by `size` bytes. */
uint64_t bp_hash(uint64_t hash, const void *bytes, size_t size);

/* The same with n numbers, a double at a time, which is not the hash of their bytes. */
uint64_t bp_hash_numbers(uint64_t hash, const double *values, size_t n);

#endif
