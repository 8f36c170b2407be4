/* memory.h: allocation whose sizes are checked. Free what it gives with free(), but what came from
 * an allocator with bp_release(). */
#ifndef BP_BASE_MEMORY_H
#define BP_BASE_MEMORY_H

#include <bprop/real.h>
#include <bprop/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *product = a * b; false, and *product untouched, if that overflows. */
bool bp_multiply(size_t a, size_t b, size_t *product);

/* Whether rows × ld numbers can be in memory at all. What is checked in every call, however small,
 * takes no division. */
static inline bool bp_fits_memory(size_t rows, size_t ld)
{
    const size_t small = (size_t)1 << (sizeof small * 4 - 2);
    return (rows < small && ld < small) ||
           rows <= PTRDIFF_MAX / sizeof(bp_real) / (ld > 0 ? ld : 1);
}

/* `count` zeroed elements of `size` bytes; NULL if that overflows or memory is short. Never NULL
 * for want of elements: a count of 0 gives a block that can be freed. */
void *bp_allocate(size_t count, size_t size);

/* A zeroed block of rows × ld numbers that starts on a cache line (64 bytes). */
bp_real *bp_allocate_matrix(size_t rows, size_t ld);

/* The same two from a host's allocator; NULL, or one without `allocate`: malloc()'s. */
void *bp_allocate_from(const bp_allocator *from, size_t count, size_t size);
bp_real *bp_allocate_matrix_from(const bp_allocator *from, size_t rows, size_t ld);
void bp_release(const bp_allocator *from, void *block); /* NULL is allowed */

/* Makes *block hold at least `needed` elements, growing by half so that appending is cheap;
 * *capacity follows. False, with both untouched, if it cannot. */
bool bp_grow(void *block, size_t *capacity, size_t needed, size_t size);

/* Asks for a row that will be read soon, far from the one before. In a long one the processor looks
 * ahead by itself. */
static inline void bp_prefetch(const void *at, size_t bytes)
{
    enum { LINE = 64, LONG = 512 };
    for (size_t b = 0; bytes <= LONG && b < bytes; b += LINE)
        __builtin_prefetch((const char *)at + b);
}

/* A copy of the first `length` bytes of `text`, with a final NUL. */
char *bp_copy_text(const char *text, size_t length);

#endif
