/* measure.h: how bprop bench and the programs under bench/ take times: the contenders in turn, so
 * that what disturbs the machine disturbs all of them, and of each the median and the spread. */
#ifndef BP_CLI_MEASURE_H
#define BP_CLI_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct contender {
    const char *name;
    void (*run)(void *data); /* once */
    void *data;
    bool waits;              /* before its turns for threads that other contenders left spinning */
    double median, min, max; /* seconds a run, after measure() */
} contender;

/* `repeats` ≥ 1 turns; in each, every contender runs as often as takes `least` seconds. False if
 * memory is short. */
bool measure(contender *contenders, size_t n, size_t repeats, double least);

#endif
