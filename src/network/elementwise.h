/* elementwise.h: functions of elements that cost much, such as exp, over matrices: in blocks, which
 * the compiler turns into vector code of the CPU level that it compiles for. Blocks and single
 * elements are computed by the same operations: the same bits wherever one stands.
 *
 * All is static, for sources that are compiled once for each level (base/cpu.h). */
#ifndef BP_NETWORK_ELEMENTWISE_H
#define BP_NETWORK_ELEMENTWISE_H

#include "base/vector_math.h"

#include <bprop/real.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#if defined(__GNUC__)
#define BP_INLINE static inline __attribute__((always_inline))
#else
#define BP_INLINE static inline
#endif

enum {
    BP_BLOCK = 64 / sizeof(bp_real), /* the widest vector */
    BP_CHUNK = 128, /* elements that are computed at a time on the way to somewhere else */
};

typedef bp_real bp_element(bp_real x);

/* out[i] = f(x[i]), n elements; out may be x. */
typedef void bp_row(size_t n, const bp_real *x, bp_real *out);

/* The body of a bp_row. The last block is the last BP_BLOCK elements, of which it computes some
 * again, from a copy. */
BP_INLINE void bp_map_row(size_t n, const bp_real *x, bp_real *out, bp_element *f)
{
    bp_real end[BP_BLOCK], results[BP_BLOCK];
    if (n < BP_BLOCK) {
        for (size_t i = 0; i < n; i++)
            out[i] = f(x[i]);
        return;
    }
    memcpy(end, x + n - BP_BLOCK, sizeof end);
    for (size_t j = 0; j < n; j += BP_BLOCK) {
        bool whole = n - j >= BP_BLOCK;
        const bp_real *from = whole ? x + j : end;
        for (size_t i = 0; i < BP_BLOCK; i++)
            results[i] = f(from[i]);
        memcpy(whole ? out + j : out + n - BP_BLOCK, results, sizeof results);
    }
}

/* e^x of a row, x ≤ 0 */
static inline void bp_exp_row(size_t n, const bp_real *x, bp_real *out)
{
    bp_map_row(n, x, out, bp_real_exp);
}

/* What becomes of an element `own` of the output, with `value` = f(x) and that of a second input.
 */
typedef bp_real bp_combination(bp_real value, bp_real y, bp_real own, bp_real constant);

/* Through a buffer: as many whole rows as fit, or a piece of one. */
BP_INLINE void bp_map_chunk(size_t m, size_t n, const bp_real *X, size_t ldx, const bp_real *Y,
                            size_t ldy, bp_real constant, bp_real *Out, size_t ldo, bp_row *row,
                            bp_combination *combine)
{
    bp_real values[BP_CHUNK];
    size_t x = 0, y = 0, o = 0, j = 0, total = m * n;
    bool apart = m > 1 && ldx > n;
    for (size_t i = 0; apart && i < total; i++, x++) {
        values[i] = X[x];
        if (++j == n)
            j = 0, x += ldx - n;
    }
    row(total, apart ? values : X, values);
    if (m == 1) {
        for (j = 0; j < n; j++)
            Out[j] = combine(values[j], Y[j], Out[j], constant);
        return;
    }
    for (size_t i = 0; i < total; i++, y++, o++) { /* one loop: the rows are short */
        Out[o] = combine(values[i], Y[y], Out[o], constant);
        if (++j == n)
            j = 0, y += ldy - n, o += ldo - n;
    }
}

/* Out_ij = combine(f(X_ij), Y_ij, Out_ij, constant), m×n, where f is the row's. Out may be X: of a
 * chunk all is computed before anything is written. */
BP_INLINE void bp_map_combine(size_t m, size_t n, const bp_real *X, size_t ldx, const bp_real *Y,
                              size_t ldy, bp_real constant, bp_real *Out, size_t ldo, bp_row *row,
                              bp_combination *combine)
{
    size_t columns = n < BP_CHUNK ? n : BP_CHUNK, rows = n > 0 && n < BP_CHUNK ? BP_CHUNK / n : 1;
    for (size_t i = 0; i < m; i += rows)
        for (size_t j = 0; j < n; j += columns)
            bp_map_chunk(m - i < rows ? m - i : rows, n - j < columns ? n - j : columns,
                         X + i * ldx + j, ldx, Y + i * ldy + j, ldy, constant, Out + i * ldo + j,
                         ldo, row, combine);
}

BP_INLINE bp_real bp_take_value(bp_real value, bp_real y, bp_real own, bp_real constant)
{
    return (void)y, (void)own, (void)constant, value;
}

/* Out_ij = f(X_ij), m×n; Out may be X. Rows that would not fill their blocks go together. */
static inline void bp_map(size_t m, size_t n, const bp_real *X, size_t ldx, bp_real *Out,
                          size_t ldo, bp_row *row)
{
    if (m == 1)
        row(n, X, Out);
    else if (n < 4 * BP_BLOCK && n % BP_BLOCK > 0)
        bp_map_combine(m, n, X, ldx, X, ldx, 0, Out, ldo, row, bp_take_value);
    else
        for (size_t i = 0; i < m; i++)
            row(n, X + i * ldx, Out + i * ldo);
}

/* Σ x in BP_BLOCK partial sums, added up in their order: the same at any width of vectors, and up
 * to as many elements the document's order. Long rows come in pieces of a multiple of BP_BLOCK. */
BP_INLINE void bp_add_parts(size_t n, const bp_real *x, bp_real part[BP_BLOCK])
{
    size_t whole = n - n % BP_BLOCK;
    for (size_t j = 0; j < whole; j += BP_BLOCK)
        for (size_t i = 0; i < BP_BLOCK; i++)
            part[i] += x[j + i];
    for (size_t j = whole; j < n; j++)
        part[j - whole] += x[j];
}

BP_INLINE bp_real bp_sum_in_order(size_t n, const bp_real *x)
{
    bp_real sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

BP_INLINE bp_real bp_row_sum(size_t n, const bp_real *x)
{
    bp_real part[BP_BLOCK] = {0};
    if (n <= BP_BLOCK)
        return bp_sum_in_order(n, x);
    bp_add_parts(n, x, part);
    return bp_sum_in_order(BP_BLOCK, part);
}

/* The largest of n > 0 elements; a NaN is passed over, or given. */
BP_INLINE bp_real bp_row_max(size_t n, const bp_real *x)
{
    bp_real part[BP_BLOCK], max = x[0];
    size_t whole = n - n % BP_BLOCK;
    for (size_t i = 0; whole && i < BP_BLOCK; i++)
        part[i] = x[i];
    for (size_t j = BP_BLOCK; j < whole; j += BP_BLOCK)
        for (size_t i = 0; i < BP_BLOCK; i++)
            part[i] = x[j + i] > part[i] ? x[j + i] : part[i];
    for (size_t j = whole; j < n; j++)
        max = x[j] > max ? x[j] : max;
    for (size_t i = 0; whole && i < BP_BLOCK; i++)
        max = part[i] > max ? part[i] : max;
    return max;
}

#endif
