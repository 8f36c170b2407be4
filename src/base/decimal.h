/* decimal.h: the double nearest to a decimal number, from its digits and its exponent. */
#ifndef BP_BASE_DECIMAL_H
#define BP_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* *value = digits · 10^exponent, correctly rounded; false, and *value untouched, if that takes more
 * than it has here: exponents far from 0, and decimals that lie too close to half-way between two
 * doubles. */
bool bp_round_decimal(uint64_t digits, long exponent, double *value);

/* The first 128 bits of 5^exponent, those cut off that follow, upper half first; NULL: exponents
 * that it does without. */
const uint64_t *bp_power_of_five(long exponent);

#endif
