#include "measure.h"

#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* OpenBLAS's threads look for more to do for some tenths of a second before they sleep. */
static void let_others_sleep(void) { nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL); }

static double seconds_a_run(const contender *c, double least)
{
    if (c->waits)
        let_others_sleep();
    for (size_t count = 1;; count *= 2) {
        double start = now();
        for (size_t i = 0; i < count; i++)
            c->run(c->data);
        double took = now() - start;
        if (took >= least)
            return took / (double)count;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool measure(contender *contenders, size_t n, size_t repeats, double least)
{
    double *seconds = calloc(repeats, n * sizeof *seconds);
    if (!seconds)
        return false;
    for (size_t c = 0; c < n; c++)
        seconds_a_run(&contenders[c], least / 4); /* warms up */
    for (size_t r = 0; r < repeats; r++)
        for (size_t c = 0; c < n; c++)
            seconds[c * repeats + r] = seconds_a_run(&contenders[c], least);
    for (size_t c = 0; c < n; c++) {
        double *of = seconds + c * repeats;
        qsort(of, repeats, sizeof *of, compare);
        contenders[c].median = (of[(repeats - 1) / 2] + of[repeats / 2]) / 2;
        contenders[c].min = of[0];
        contenders[c].max = of[repeats - 1];
    }
    free(seconds);
    return true;
}
