/* clock.h: how long things take. */
#ifndef BP_BASE_CLOCK_H
#define BP_BASE_CLOCK_H

/* Seconds on a clock that is never set; only differences mean anything. */
double bp_clock(void);

#endif
