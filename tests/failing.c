#include "failing.h"

#include "base/hash.h"

#include <errno.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#ifdef BP_HAVE_LBFGS
#include <lbfgs.h>
#endif
#if defined(__has_include)
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define HAVE_BACKTRACE
#endif
#endif

static atomic_long live;
static atomic_size_t left;        /* allocations up to the one that fails; 0: none will */
static atomic_bool failed, after; /* one has failed; so do all that follow */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *block);

static uint64_t *noted; /* places */
static size_t n_noted, most_noted;

/* Without a way to learn the callers each allocation is a place of its own. */
static void note_place(void)
{
    if (!noted)
        return;
    uint64_t place = n_noted;
#ifdef HAVE_BACKTRACE
    void *callers[64];
    int depth = backtrace(callers, 64);
    place = bp_hash(BP_HASH_START, callers, (size_t)depth * sizeof *callers);
#endif
    if (n_noted < most_noted)
        noted[n_noted] = place;
    n_noted++;
}

static bool is_next(void)
{
    size_t now = left;
    while (now && !atomic_compare_exchange_weak(&left, &now, now - 1)) {
    }
    return now == 1;
}

bool allocation_fails(void)
{
    note_place();
    if (is_next())
        failed = true;
    else if (!failed || !after)
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (allocation_fails())
        return NULL;
    void *grown = __real_realloc(block, size);
    live += grown && !block;
    return grown;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return allocation_fails() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

#ifdef BP_HAVE_LBFGS
/* liblbfgs asks for its own before it does anything else; its blocks are not counted. */
int __real_lbfgs(int n, double *x, double *value, lbfgs_evaluate_t evaluate,
                 lbfgs_progress_t progress, void *instance, lbfgs_parameter_t *how);
lbfgsfloatval_t *__real_lbfgs_malloc(int n);
void __real_lbfgs_free(lbfgsfloatval_t *x);

int __wrap_lbfgs(int n, double *x, double *value, lbfgs_evaluate_t evaluate,
                 lbfgs_progress_t progress, void *instance, lbfgs_parameter_t *how);
lbfgsfloatval_t *__wrap_lbfgs_malloc(int n);
void __wrap_lbfgs_free(lbfgsfloatval_t *x);

int __wrap_lbfgs(int n, double *x, double *value, lbfgs_evaluate_t evaluate,
                 lbfgs_progress_t progress, void *instance, lbfgs_parameter_t *how)
{
    return allocation_fails() ? LBFGSERR_OUTOFMEMORY
                              : __real_lbfgs(n, x, value, evaluate, progress, instance, how);
}

lbfgsfloatval_t *__wrap_lbfgs_malloc(int n)
{
    return allocation_fails() ? NULL : counted(__real_lbfgs_malloc(n));
}

void __wrap_lbfgs_free(lbfgsfloatval_t *x)
{
    live -= x != NULL;
    __real_lbfgs_free(x);
}
#endif

/* Thousands of files are saved, of which none need survive the machine. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

void watch_memory(void) { json_set_alloc_funcs(malloc, free); }

void fail_allocation(size_t n, bool all_after)
{
    failed = false;
    after = all_after;
    left = n;
}

bool end_failing(void)
{
    bool did = failed;
    failed = after = false;
    left = 0;
    return did;
}

void note_places(uint64_t *places, size_t most)
{
#ifdef HAVE_BACKTRACE
    void *caller;
    backtrace(&caller, 1); /* the first time it allocates itself */
#endif
    noted = places;
    n_noted = 0;
    most_noted = most;
}

size_t end_noting(void)
{
    noted = NULL;
    return n_noted;
}

static bool is_among(uint64_t place, const uint64_t *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (places[i] == place)
            return true;
    return false;
}

size_t next_to_fail(size_t n, const uint64_t *places, size_t count)
{
    while (++n <= count) {
        uint64_t place = places[n - 1];
        if (!is_among(place, places, n - 1) || !is_among(place, places + n, count - n))
            break;
    }
    return n;
}

size_t live_blocks(void) { return (size_t)live; }

size_t pause_failing(void) { return atomic_exchange(&left, 0); }

void go_on_failing(size_t paused) { left = paused; }
