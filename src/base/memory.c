#define _DEFAULT_SOURCE /* madvise() */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINE = 64 }; /* bytes, of a cache line */

bool bp_multiply(size_t a, size_t b, size_t *product)
{
    if (b && a > SIZE_MAX / b)
        return false;
    *product = a * b;
    return true;
}

void *bp_allocate(size_t count, size_t size)
{
    return calloc(count ? count : 1, size ? size : 1); /* calloc checks the product */
}

bp_real *bp_allocate_matrix(size_t rows, size_t ld)
{
    size_t count, bytes;
    if (!bp_multiply(rows, ld, &count) || !bp_multiply(count, sizeof(bp_real), &bytes) ||
        bytes > SIZE_MAX - LINE)
        return NULL;
    bytes = (bytes / LINE + 1) * LINE; /* aligned_alloc wants a multiple, and never 0 */
    bp_real *block = aligned_alloc(LINE, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

/* Zeroed, on a cache line, with the host's own address of the block just below. */
static void *take(const bp_allocator *from, size_t bytes)
{
    if (bytes > SIZE_MAX - LINE - sizeof(void *))
        return NULL;
    char *whole = from->allocate(bytes + LINE + sizeof whole, from->user);
    if (!whole)
        return NULL;
    char *block = whole + sizeof whole;
    block += (LINE - (uintptr_t)block % LINE) % LINE;
    memcpy(block - sizeof whole, &whole, sizeof whole);
    return memset(block, 0, bytes);
}

void *bp_allocate_from(const bp_allocator *from, size_t count, size_t size)
{
    size_t bytes;
    if (!from || !from->allocate)
        return bp_allocate(count, size);
    return bp_multiply(count, size, &bytes) ? take(from, bytes) : NULL;
}

bp_real *bp_allocate_matrix_from(const bp_allocator *from, size_t rows, size_t ld)
{
    size_t count;
    if (!from || !from->allocate)
        return bp_allocate_matrix(rows, ld);
    return bp_multiply(rows, ld, &count) ? bp_allocate_from(from, count, sizeof(bp_real)) : NULL;
}

void bp_release(const bp_allocator *from, void *block)
{
    void *whole;
    if (!from || !from->allocate || !block) {
        free(block);
        return;
    }
    memcpy(&whole, (char *)block - sizeof whole, sizeof whole);
    from->release(whole, from->user);
}

/* A large block in large pages, where the system has them: a table is written in a sixth less time.
 * The pages in which it begins and ends count as its own, since a mapping of two kinds of pages is
 * two, which realloc() has to copy to make them longer. */
static void prefer_large_pages(void *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    enum { LARGE = 1 << 22 };
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)block;
    uintptr_t first = at / page * page, end = (at + bytes + page - 1) / page * page;
    if (bytes >= LARGE)
        madvise((void *)first, end - first, MADV_HUGEPAGE); /* advice: it may come to nothing */
#else
    (void)block, (void)bytes;
#endif
}

bool bp_grow(void *block, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return true;
    size_t count = *capacity + *capacity / 2;
    if (count < needed)
        count = needed < 16 ? 16 : needed;
    size_t bytes;
    if (!bp_multiply(count, size, &bytes))
        return false;
    void *old;
    memcpy(&old, block, sizeof old); /* `block` is the address of a pointer of any type */
    void *grown = realloc(old, bytes);
    if (!grown)
        return false;
    prefer_large_pages(grown, bytes);
    memcpy(block, &grown, sizeof grown);
    *capacity = count;
    return true;
}

char *bp_copy_text(const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
