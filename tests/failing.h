/* failing.h: memory that runs out when a test wants it to. For a program that is linked with
 * -Wl,--wrap of malloc, calloc, realloc, aligned_alloc and free (and fsync, which takes no time
 * then): what it calls itself, the library's code within it and Jansson, not
 * what other shared libraries call. */
#ifndef BP_TESTS_FAILING_H
#define BP_TESTS_FAILING_H

#include <stdbool.h>
#include <stddef.h>

/* Jansson, too, takes its memory from here. To be called before anything is made by it. */
void watch_memory(void);

/* From now on the n-th allocation, from 1, fails: that one alone, or also all that follow. */
void fail_allocation(size_t n, bool all_after);

/* No allocation fails any more; whether one did. */
bool end_failing(void);

/* Blocks that were allocated and are not freed. */
size_t live_blocks(void);

/* Counts one more allocation; whether it is to fail. And none until they go on. */
bool allocation_fails(void);
size_t pause_failing(void);
void go_on_failing(size_t paused);

#endif
