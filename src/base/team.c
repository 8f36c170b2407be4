/* team.c: work is as many parts as the team has members. Each member begins with its own and goes
 * on with what others have not begun: a thread whose processor is taken by another process holds
 * nobody up, for its part is done by who is there. A part that is begun is waited for.
 *
 * Between two pieces of work, which may follow each other within microseconds, a thread looks for
 * the next without rest for a while, and only then sleeps. */
#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity() */
#endif
#include "base/team.h"

#include "base/error.h"
#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

enum {
    LOOKS = 4000,         /* before a thread sleeps: some 50 µs */
    LEAST_STACK = 512000, /* bytes; a product takes 160 KB, and musl gives 128 */
};

struct bp_team {
    bp_team_work *work; /* of the present task, for those that have claimed a part of it */
    void *self;
    size_t members;
    atomic_size_t task;    /* number of the present piece of work, from 1 */
    atomic_size_t done;    /* parts of it that are */
    atomic_bool over;      /* there will be no more */
    atomic_size_t numbers; /* the next thread's */
    atomic_int asleep;     /* threads that sleep, or are about to, until `task` moves */
    atomic_int waiting;    /* whether the caller does, until `done` does */
    pthread_mutex_t lock;
    pthread_cond_t begins, ends;
    bp_allocator from; /* where all its memory is from */
    size_t n_threads;
    atomic_size_t *claimed; /* for each part, the last task in which somebody has begun it */
    pthread_t threads[];
};

static void rest_a_moment(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Sleeps while *value is `same`. The count of sleepers is raised before the value is looked at, and
 * the value moves before wake() looks at the count: one of them sees the other. */
static void wait_while(bp_team *team, atomic_size_t *value, size_t same, atomic_int *sleepers,
                       pthread_cond_t *condition)
{
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load(value) != same)
            return;
        rest_a_moment();
    }
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(sleepers, 1);
    while (atomic_load(value) == same)
        pthread_cond_wait(condition, &team->lock);
    atomic_fetch_sub(sleepers, 1);
    pthread_mutex_unlock(&team->lock);
}

static void wake(bp_team *team, atomic_int *sleepers, pthread_cond_t *condition)
{
    if (atomic_load(sleepers) == 0)
        return;
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(condition);
    pthread_mutex_unlock(&team->lock);
}

/* Does what is left of a task, from a member's own part on. Who claims a part knows that the task
 * is the present one, since it cannot end without that part. */
static void take_parts(bp_team *team, size_t member, size_t task)
{
    for (size_t i = 0; i < team->members; i++) {
        size_t part = (member + i) % team->members, before = task - 1;
        if (!atomic_compare_exchange_strong(&team->claimed[part], &before, task))
            continue;
        team->work(team->self, part, team->members);
        if (atomic_fetch_add(&team->done, 1) + 1 == team->members)
            wake(team, &team->waiting, &team->ends);
    }
}

static void *serve(void *user)
{
    bp_team *team = user;
    size_t member = atomic_fetch_add(&team->numbers, 1);
    for (size_t task = 0;;) {
        wait_while(team, &team->task, task, &team->asleep, &team->begins);
        task = atomic_load(&team->task);
        if (atomic_load(&team->over))
            return NULL;
        take_parts(team, member, task);
    }
}

void bp_team_run(bp_team *team, bp_team_work *work, void *self)
{
    if (!team || team->members == 1) {
        work(self, 0, 1);
        return;
    }
    team->work = work;
    team->self = self;
    atomic_store(&team->done, 0);
    size_t task = atomic_fetch_add(&team->task, 1) + 1;
    wake(team, &team->asleep, &team->begins);
    take_parts(team, 0, task);
    for (size_t done; (done = atomic_load(&team->done)) != team->members;)
        wait_while(team, &team->done, done, &team->waiting, &team->ends);
}

/* Signals are the host's, whose threads take them, but for those that a thread brings upon itself:
 * where they are blocked they end the process. */
static void start_threads(bp_team *team, size_t n)
{
    sigset_t blocked, before;
    pthread_attr_t how;
    size_t stack;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    sigdelset(&blocked, SIGSEGV);
    if (pthread_attr_init(&how))
        return;
    if (pthread_attr_getstacksize(&how, &stack) == 0 && stack < LEAST_STACK)
        pthread_attr_setstacksize(&how, LEAST_STACK);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    while (team->n_threads < n &&
           pthread_create(&team->threads[team->n_threads], &how, serve, team) == 0)
        team->n_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&how);
}

bp_status bp_team_create(const bp_allocator *from, size_t members, bp_team **team, bp_error *error)
{
    size_t bytes;
    bp_team *made = NULL;
    if (bp_multiply(members - 1, sizeof *made->threads, &bytes) && bytes < SIZE_MAX - sizeof *made)
        made = bp_allocate_from(from, 1, sizeof *made + bytes);
    if (made)
        made->claimed = bp_allocate_from(from, members, sizeof *made->claimed);
    if (!made || !made->claimed || pthread_mutex_init(&made->lock, NULL) ||
        pthread_cond_init(&made->begins, NULL) || pthread_cond_init(&made->ends, NULL)) {
        if (made) /* of those calls, none that succeeded holds anything where one fails at all */
            bp_release(from, made->claimed);
        bp_release(from, made);
        return bp_fail_memory(error);
    }
    atomic_store(&made->numbers, 1);
    made->members = members;
    if (from)
        made->from = *from;
    start_threads(made, members - 1);
    *team = made;
    return BP_OK;
}

void bp_team_destroy(bp_team *team)
{
    if (!team)
        return;
    atomic_store(&team->over, true);
    atomic_fetch_add(&team->task, 1);
    wake(team, &team->asleep, &team->begins);
    for (size_t t = 0; t < team->n_threads; t++)
        pthread_join(team->threads[t], NULL);
    pthread_cond_destroy(&team->ends);
    pthread_cond_destroy(&team->begins);
    pthread_mutex_destroy(&team->lock);
    const bp_allocator from = team->from;
    bp_release(&from, team->claimed);
    bp_release(&from, team);
}

size_t bp_team_members(const bp_team *team) { return team ? team->members : 1; }

void bp_team_share(size_t n, size_t unit, size_t member, size_t members, size_t *first,
                   size_t *count)
{
    if (members == 1) { /* without a division, for the smallest work */
        *first = 0;
        *count = n;
        return;
    }
    size_t units = n / unit > 0 ? n / unit : 1, sharers = units < members ? units : members;
    size_t extra = units % sharers, begin = units / sharers * member;
    begin += member < extra ? member : extra;
    *first = member < sharers ? begin * unit : n;
    *count = member < sharers ? (units / sharers + (member < extra)) * unit : 0;
    if (member + 1 == sharers) /* what makes no unit goes with the last */
        *count = n - *first;
}

size_t bp_processors(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (size_t)CPU_COUNT(&set);
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}
