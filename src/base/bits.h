/* bits.h: numbers out of the bytes of files, whatever the machine's own order of bytes, and back.
 */
#ifndef BP_BASE_BITS_H
#define BP_BASE_BITS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { BP_IS_BIG_ENDIAN = 1 };
#else
enum { BP_IS_BIG_ENDIAN = 0 };
#endif

/* 1, 2, 4 or 8 bytes in an order known when compiling, by a load, and a swap if need be: compilers
 * do not make that of a loop over the bytes. */
static inline uint64_t bp_get(const void *bytes, size_t size, int is_big_endian)
{
    uint8_t one;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    bool swap = is_big_endian != BP_IS_BIG_ENDIAN;
    if (size == 1)
        return memcpy(&one, bytes, 1), one;
    if (size == 2)
        return memcpy(&two, bytes, 2), swap ? __builtin_bswap16(two) : two;
    if (size == 4)
        return memcpy(&four, bytes, 4), swap ? __builtin_bswap32(four) : four;
    return memcpy(&eight, bytes, 8), swap ? __builtin_bswap64(eight) : eight;
}

static inline uint64_t bp_get_little(const void *bytes, size_t size)
{
    return bp_get(bytes, size, 0);
}

static inline uint64_t bp_get_big(const void *bytes, size_t size) { return bp_get(bytes, size, 1); }

static inline void bp_put_little(unsigned char *bytes, uint64_t bits, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
}

static inline void bp_put_big(unsigned char *bytes, uint64_t bits, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(bits >> 8 * (size - 1 - i));
}

/* How many of the upper bits are 0; of bits that are not all 0. And of the lower ones. */
static inline int bp_leading_zeros(uint64_t bits) { return __builtin_clzll(bits); }

static inline int bp_trailing_zeros(uint64_t bits) { return __builtin_ctzll(bits); }

/* Eight bytes at a time, the first one lowest: 0x80 where the byte in `eight` is `byte`, else 0. */
static inline uint64_t bp_bytes_equal(uint64_t eight, char byte)
{
    const uint64_t ones = 0x0101010101010101, low = 0x7f7f7f7f7f7f7f7f;
    uint64_t differ = eight ^ ones * (unsigned char)byte;
    return ~(((differ & low) + low) | differ | low);
}

/* IEEE 754: binary64, 32 and 16, and bfloat16, which is the upper half of a binary32. */
static inline double bp_double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint64_t bp_bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint64_t bp_bits_of_single(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double bp_single_of_bits(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

static inline double bp_bfloat_of_bits(uint64_t bits) { return bp_single_of_bits(bits << 16); }

/* A sign, 5 bits of exponent, 10 of fraction. */
static inline double bp_half_of_bits(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), value;
    if (exponent == 31)
        value = fraction > 0 ? NAN : INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 & 1 ? -value : value;
}

#endif
