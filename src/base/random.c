#include "base/random.h"

#include <math.h>

enum { N = 624, M = 397 };

static void seed_by_number(uint32_t state[N], uint32_t seed)
{
    state[0] = seed;
    for (uint32_t i = 1; i < N; i++)
        state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
}

static void seed_by_array(uint32_t state[N], const uint32_t *key, size_t length)
{
    seed_by_number(state, 19650218u);
    size_t i = 1, j = 0;
    for (size_t count = length > N ? length : N; count; count--) {
        uint32_t mixed = (state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u;
        state[i] = (state[i] ^ mixed) + key[j] + (uint32_t)j;
        if (++i == N) {
            state[0] = state[N - 1];
            i = 1;
        }
        j = (j + 1) % length;
    }
    for (size_t count = N - 1; count; count--) {
        uint32_t mixed = (state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u;
        state[i] = (state[i] ^ mixed) - (uint32_t)i;
        if (++i == N) {
            state[0] = state[N - 1];
            i = 1;
        }
    }
    state[0] = 0x80000000u;
}

void bp_random_seed(bp_random *random, uint64_t seed, uint32_t stream)
{
    /* Python's key: the seed's 32-bit words, low first, without leading zeros. */
    uint32_t key[3] = {(uint32_t)seed, (uint32_t)(seed >> 32), stream};
    size_t length = stream ? 3 : key[1] ? 2 : 1;
    seed_by_array(random->state, key, length);
    random->next = N;
}

void bp_random_seed_part(bp_random *random, uint64_t seed, uint32_t stream, uint64_t number)
{
    uint32_t key[5] = {(uint32_t)seed, (uint32_t)(seed >> 32), stream, (uint32_t)number,
                       (uint32_t)(number >> 32)};
    seed_by_array(random->state, key, 5);
    random->next = N;
}

static inline uint32_t twisted(uint32_t word, uint32_t next, uint32_t far)
{
    uint32_t y = (word & 0x80000000u) | (next & 0x7fffffffu);
    return far ^ (y >> 1) ^ (-(y & 1) & 0x9908b0dfu);
}

/* Word i by those at i + 1 and i + M, modulo N. */
static void refill(uint32_t state[N])
{
    for (size_t i = 0; i < N - M; i++)
        state[i] = twisted(state[i], state[i + 1], state[i + M]);
    for (size_t i = N - M; i < N - 1; i++)
        state[i] = twisted(state[i], state[i + 1], state[i + M - N]);
    state[N - 1] = twisted(state[N - 1], state[0], state[M - 1]);
}

static inline uint32_t tempered(uint32_t y)
{
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static void refill_if_used(bp_random *random)
{
    if (random->next < N)
        return;
    refill(random->state);
    random->next = 0;
}

static uint32_t next_word(bp_random *random)
{
    refill_if_used(random);
    return tempered(random->state[random->next++]);
}

double bp_random_uniform(bp_random *random)
{
    uint32_t high = next_word(random) >> 5, low = next_word(random) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0; /* (high·2²⁶ + low) / 2⁵³ */
}

void bp_random_choose(bp_random *random, size_t n, double probability, bp_real hit, bp_real miss,
                      bp_real *chosen)
{
    const uint32_t last_hit = (uint32_t)(ceil(probability * 4294967296.0) - 1);
    for (size_t i = 0, count; i < n; i += count) {
        refill_if_used(random);
        const uint32_t *words = random->state + random->next;
        count = N - random->next < n - i ? N - random->next : n - i;
        for (size_t j = 0; j < count; j++)
            chosen[i + j] = tempered(words[j]) <= last_hit ? hit : miss;
        random->next += count;
    }
}

double bp_random_normal(bp_random *random)
{
    for (;;) {
        double u = 2 * bp_random_uniform(random) - 1;
        double v = 2 * bp_random_uniform(random) - 1;
        double s = u * u + v * v;
        if (s > 0 && s < 1)
            return u * sqrt(-2 * log(s) / s); /* v's twin is dropped: no state to carry */
    }
}

size_t bp_random_below(bp_random *random, size_t n)
{
    uint64_t word, rest;
    do {
        uint64_t high = next_word(random);
        word = high << 32 | next_word(random);
        rest = word % n;
    } while (word - rest > UINT64_MAX - (n - 1)); /* one of the last, incomplete run of n words */
    return (size_t)rest;
}

void bp_random_shuffle(bp_random *random, size_t *values, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = bp_random_below(random, i), kept = values[i - 1];
        values[i - 1] = values[j];
        values[j] = kept;
    }
}
