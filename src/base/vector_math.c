#include "base/vector_math.h"

const struct bp_limits bp_limits = {
    .exp_least = -746, /* 0 */
    .exp_most = 710,   /* infinity, by an overflow */
    .zero = 0,
    .expm1_least = -60,
    .sigmoid_least = -708,
    .sigmoid_most = 700,
    .tanh_most = 0x1.62e42fefa39efp+4, /* 32·log 2, whose tanh is 1 as it is computed, too */
    .log1p_exp_most = 708,
    .short_exp = 87.33f,
    .short_tanh = 10, /* 1, as it is computed */
};
