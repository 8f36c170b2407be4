/* team.h: threads that do one piece of work after another together. */
#ifndef BP_BASE_TEAM_H
#define BP_BASE_TEAM_H

#include <bprop/status.h>
#include <stddef.h>

/* The calling thread and those that wait for it; NULL is a team of the caller alone. */
typedef struct bp_team bp_team;

/* A part of some work: part `member` < `members`, done once, by one thread or another. */
typedef void bp_team_work(void *self, size_t member, size_t members);

/* A team of so many members ≥ 1: the caller, and threads that take no signals but for those that a
 * thread brings upon itself. If the system allows fewer, others do their parts. Its memory, but for
 * the threads' own, is `from` the host's, or malloc's: NULL. On success *team is the caller's. */
bp_status bp_team_create(const bp_allocator *from, size_t members, bp_team **team, bp_error *error);
void bp_team_destroy(bp_team *team);

size_t bp_team_members(const bp_team *team);

/* Does all parts of some work, side by side; returns when all are done. By one thread at a time. */
void bp_team_run(bp_team *team, bp_team_work *work, void *self);

/* A member's share of n items: *count of them from *first on, nearly as many as any other's. None
 * has fewer than `unit` but 0, unless there are fewer in all; all but the last are multiples. */
void bp_team_share(size_t n, size_t unit, size_t member, size_t members, size_t *first,
                   size_t *count);

#endif
