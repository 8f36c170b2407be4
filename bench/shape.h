/* shape.h: what the programs that time an epoch have in common: the command line, random inputs and
 * one line of JSON for bench/run. */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include "measure.h"

#include <stdbool.h>
#include <stddef.h>

enum { MOST_LAYERS = 8 };

typedef struct shape {
    size_t n_layers, sizes[MOST_LAYERS + 1], batch, rows;
    size_t turns; /* --turns */
    int threads;  /* --threads; 0: as it is */
    bool json;    /* --json: one line for a program to read */
    bool loops;   /* not with --no-loops, where they take too long */
} shape;

/* [--json] [--turns N] [--threads N] [--no-loops] [SIZES [BATCH [ROWS]]], SIZES as 784,128,10,
 * which with batches of 128 and 6000 rows is what is not given. False for anything else. */
bool parse_shape(int argc, char **argv, shape *s);

/* 0…1, from the last one; what the times of these programs do not depend on. */
double next_random(void);

/* For anything that the programs cannot go on without. */
void *must(void *block);

/* {"threads":…,"blas":…,"core":…,"contenders":[{"name":…,"median":…,"min":…,"max":…},…]}; seconds
 */
void print_contenders(const contender *c, size_t n, int threads, const char *blas,
                      const char *core);

#endif
