/* random.h: streams of random numbers, the same on every machine.
 *
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura, ACM TOMACS 8(1), 1998) seeded by array,
 * so that stream 0 of a seed gives the numbers of Python's `random.seed(seed); random.random()`:
 * the weights that the founding document starts from. A stream belongs to its caller; two
 * threads need two. */
#ifndef BP_BASE_RANDOM_H
#define BP_BASE_RANDOM_H

#include <bprop/real.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bp_random {
    uint32_t state[624];
    size_t next; /* index of the next word of `state`; 624: make new ones */
} bp_random;

/* Streams of one seed are independent of each other. */
enum bp_random_stream {
    BP_STREAM_WEIGHTS = 0, /* as Python's */
    BP_STREAM_SHUFFLE,
    BP_STREAM_SPLIT,
    BP_STREAM_DROPOUT,
    BP_STREAM_FOLDS,
};

void bp_random_seed(bp_random *random, uint64_t seed, uint32_t stream);

/* The same for part `number` ≥ 1 of a stream, such as an epoch: it is found again without the
 * parts before it. */
void bp_random_seed_part(bp_random *random, uint64_t seed, uint32_t stream, uint64_t number);

/* Uniform on [0, 1), 53 random bits. */
double bp_random_uniform(bp_random *random);

/* n numbers that are `hit` with that probability > 0, to within 2⁻³², and else `miss`. */
void bp_random_choose(bp_random *random, size_t n, double probability, bp_real hit, bp_real miss,
                      bp_real *chosen);

/* Standard normal (Marsaglia and Bray's polar method, SIAM Review 6(3), 1964). */
double bp_random_normal(bp_random *random);

/* Uniform on 0 … n−1, without bias; n ≥ 1. */
size_t bp_random_below(bp_random *random, size_t n);

/* Every order equally likely (Fisher and Yates). */
void bp_random_shuffle(bp_random *random, size_t *values, size_t n);

#endif
