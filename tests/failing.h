/* failing.h: memory that runs out when a test wants it to. For a program that is linked with
 * -Wl,--wrap of malloc, calloc, realloc, aligned_alloc and free (and fsync, which takes no time
 * then): what it calls itself, the library's code within it and Jansson, not
 * what other shared libraries call. */
#ifndef BP_TESTS_FAILING_H
#define BP_TESTS_FAILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Jansson, too, takes its memory from here. To be called before anything is made by it. */
void watch_memory(void);

/* From now on the n-th allocation, from 1, fails: that one alone, or also all that follow. */
void fail_allocation(size_t n, bool all_after);

/* No allocation fails any more; whether one did. */
bool end_failing(void);

/* From now on notes where allocations are asked for: the n-th, up to `most`, in places[n − 1], a
 * number for the calls that led to it. */
void note_places(uint64_t *places, size_t most);

/* How many there were, and an end of it. */
size_t end_noting(void);

/* The next allocation after the n-th to let fail, of `count` whose places were noted; past the last
 * it is count + 1, which none is. Of those from one place it is the first and the last that matter:
 * in between the same code sees the same failure. */
size_t next_to_fail(size_t n, const uint64_t *places, size_t count);

/* Blocks that were allocated and are not freed. */
size_t live_blocks(void);

/* Counts one more allocation; whether it is to fail. And none until they go on. */
bool allocation_fails(void);
size_t pause_failing(void);
void go_on_failing(size_t paused);

#endif
