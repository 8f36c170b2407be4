/* hash.h: FNV-1a (Fowler, Noll, Vo), 64 bits. */
#ifndef BP_BASE_HASH_H
#define BP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define BP_HASH_START 14695981039346656037u

/* The hash of what `hash` is of (BP_HASH_START: nothing), followed by `size` bytes. */
uint64_t bp_hash(uint64_t hash, const void *bytes, size_t size);

/* The same with a number, which is not the hash of its bytes. */
uint64_t bp_hash_number(uint64_t hash, double value);

#endif
