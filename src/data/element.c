#include "data/element.h"

#include "base/bits.h"

#include <math.h>
#include <string.h>

/* ---- Numbers out of bytes ----------------------------------------------------------------- */

/* A loader of either byte order for `size` bytes, of which `value` makes a double. Cells that lie
 * side by side have a loop of their own, which compilers turn into vector instructions. */
#define LOADER(name, order, size, value)                                                           \
    static void name##_##order(const unsigned char *bytes, size_t step, size_t n, double *to)      \
    {                                                                                              \
        for (size_t j = 0; step == size && j < n; j++) {                                           \
            uint64_t bits = bp_get_##order(bytes + j * size, size);                                \
            to[j] = (double)(value);                                                               \
        }                                                                                          \
        for (size_t j = 0; step != size && j < n; j++) {                                           \
            uint64_t bits = bp_get_##order(bytes + j * step, size);                                \
            to[j] = (double)(value);                                                               \
        }                                                                                          \
    }
#define LOADERS(name, size, value)                                                                 \
    LOADER(name, little, size, value)                                                              \
    LOADER(name, big, size, value)

LOADERS(u1, 1, (uint8_t)bits)
LOADERS(i1, 1, (int8_t)bits)
LOADERS(u2, 2, (uint16_t)bits)
LOADERS(i2, 2, (int16_t)bits)
LOADERS(u4, 4, (uint32_t)bits)
LOADERS(i4, 4, (int32_t)bits)
LOADERS(u8, 8, bits)
LOADERS(i8, 8, (int64_t)bits)
LOADERS(f2, 2, bp_half_of_bits(bits))
LOADERS(f4, 4, bp_single_of_bits(bits))
LOADERS(f8, 8, bp_double_of_bits(bits))

/* ---- Bits out of numbers ------------------------------------------------------------------ */

/* −0 is no integer: it would come back as 0. */
static bool pack_integer(double value, double least, double most, uint64_t *bits)
{
    if (isnan(value) || !(value >= least && value <= most) || value != floor(value) ||
        (value == 0 && signbit(value)))
        return false;
    *bits = (uint64_t)(int64_t)value;
    return true;
}

static bool pack_u1(double value, uint64_t *bits) { return pack_integer(value, 0, 255, bits); }

static bool pack_i1(double value, uint64_t *bits) { return pack_integer(value, -128, 127, bits); }

static bool pack_i2(double value, uint64_t *bits)
{
    return pack_integer(value, INT16_MIN, INT16_MAX, bits);
}

static bool pack_i4(double value, uint64_t *bits)
{
    return pack_integer(value, INT32_MIN, INT32_MAX, bits);
}

/* A NaN is a missing cell, whatever its bits. */
static bool pack_f4(double value, uint64_t *bits)
{
    if (isfinite(value) && fabs(value) > 0x1.fffffep127) /* the largest there is */
        return false;
    float rounded = isnan(value) ? NAN : (float)value;
    *bits = bp_bits_of_single(rounded);
    return isnan(value) || (double)rounded == value;
}

static bool pack_f8(double value, uint64_t *bits)
{
    *bits = bp_bits_of_double(value);
    return true;
}

/* ---- The table ---------------------------------------------------------------------------- */

#define OF(name) name##_little, name##_big

static const bp_element elements[] = {
    {"u1", 0x08, 1, OF(u1), pack_u1}, {"i1", 0x09, 1, OF(i1), pack_i1},
    {"i2", 0x0b, 2, OF(i2), pack_i2}, {"i4", 0x0c, 4, OF(i4), pack_i4},
    {"f4", 0x0d, 4, OF(f4), pack_f4}, {"f8", 0x0e, 8, OF(f8), pack_f8},
    {"u2", 0, 2, OF(u2), NULL},       {"u4", 0, 4, OF(u4), NULL},
    {"u8", 0, 8, OF(u8), NULL},       {"i8", 0, 8, OF(i8), NULL},
    {"f2", 0, 2, OF(f2), NULL},
};
enum { N_ELEMENTS = sizeof elements / sizeof *elements };

const bp_element *bp_element_at(size_t i) { return i < N_ELEMENTS ? &elements[i] : NULL; }

const bp_element *bp_element_find(const char *name, size_t length)
{
    for (size_t i = 0; i < N_ELEMENTS; i++)
        if (strlen(elements[i].name) == length && memcmp(elements[i].name, name, length) == 0)
            return &elements[i];
    return NULL;
}
