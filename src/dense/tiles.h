/* tiles.h: a product as tiles of its result, each held in registers while its sums run: the code of
 * dense_tiles.c, which is compiled once for each kind of processor, with BP_LANES numbers a vector.
 * Here, and in no other file, a multiplication and an addition may be one operation.
 *
 * The columns of the result are cut into panels of up to three vectors, the sums of a panel into
 * blocks of DEPTH terms. A block of R is put into one piece, turned over where it is Rᵀ that is
 * given, and stays in the cache while the tiles of its panel go over L, row by row (the scheme of
 * Goto and van de Geijn, ACM Trans. Math. Softw. 34(3), 2008, without its copy of L). Columns that
 * fill no vector are computed together with some before them, which get the same bits once more.
 *
 * Each element is one chain of operations from 0 on in the order of its terms, wherever it lies in
 * a tile and however wide the vectors are: the result does not depend on how its rows and columns
 * are shared out among threads. (Sums in parts are those of `in_parts` alone.) */
#ifndef BP_DENSE_TILES_H
#define BP_DENSE_TILES_H

#include <bprop/real.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* C = L · R, or L · Rᵀ where R is `transposed`: M×N, sums of K terms. Element (r, s) of L is
 * L[r·rs + s·cs], one of the strides being 1; R is K×N, of the transposed N×K. */
typedef struct product {
    size_t M, N, K;
    const bp_real *L;
    size_t rs, cs;
    const bp_real *R;
    size_t ldr;
    bool transposed;
    bool in_parts; /* of R transposed, up to 3 rows and 4 columns or more: each sum is the sum of a
                      vector of sums, which spares a copy of R and changes the last bits */
    bp_real *C;
    size_t ldc;
} product;

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

#if defined(__AVX512F__) || defined(__aarch64__) /* 32 registers: 24 sums, 3 of R, one of L */
#define TILE_ROWS 8
#else /* 16 */
#define TILE_ROWS 4
#endif

enum {
    MOST_COLUMNS = 3 * BP_LANES, /* of a panel */
    DEPTH = 400,                 /* of a block */
    FEW_ROWS = 3,                /* for which other ways are faster */
    MOST_VECTORS = 8,            /* of a tile, where it has one row */
    PIECE = 32,                  /* terms that are turned over together */
    COPY_FROM = 64, /* rows of L from which a block of R that lies the right way is worth a copy */
};

/* A block of a panel, as in product. */
typedef struct block {
    size_t M, K;
    const bp_real *L;
    size_t rs, cs;
    const bp_real *R;
    size_t ldr;
    bp_real *C;
    size_t ldc;
    bool add; /* to what is there: all blocks but the first */
} block;

#define LANES       BP_LANES
#define VECTORS     3
#define NAMED(name) name##_wide
#include "dense/tile.h"

#if BP_LANES > 8
#define LANES       8
#define VECTORS     1
#define NAMED(name) name##_8
#include "dense/tile.h"
#endif

#if BP_LANES > 4
#define LANES       4
#define VECTORS     1
#define NAMED(name) name##_4
#include "dense/tile.h"
#endif

#if BP_LANES > 2
#define LANES       2
#define VECTORS     1
#define NAMED(name) name##_2
#include "dense/tile.h"
#endif

#define LANES       1
#define VECTORS     1
#define NAMED(name) name##_1
#include "dense/tile.h"

static void compute_panel(size_t lanes, size_t vectors, const block *b)
{
    switch (lanes) {
    case BP_LANES:
        panel_wide(vectors, b);
        break;
#if BP_LANES > 8
    case 8:
        panel_8(1, b);
        break;
#endif
#if BP_LANES > 4
    case 4:
        panel_4(1, b);
        break;
#endif
#if BP_LANES > 2
    case 2:
        panel_2(1, b);
        break;
#endif
    default:
        panel_1(1, b);
    }
}

/* Where one operation does both, it must here too, however the compiler arranges the loop. */
#if defined(__FP_FAST_FMA) || defined(__FMA__) || defined(__aarch64__)
#ifdef BPROP_SINGLE
#define MULTIPLY_ADD(x, y, sum) __builtin_fmaf(x, y, sum)
#else
#define MULTIPLY_ADD(x, y, sum) __builtin_fma(x, y, sum)
#endif
#else
#define MULTIPLY_ADD(x, y, sum) ((sum) + (x) * (y))
#endif

/* ---- Tiny products ------------------------------------------------------------------------ */

/* Multiplications below which a tile costs more than it saves; with a row of R side by side it has
 * less to do. */
enum { TINY_TRANSPOSED = 128, TINY = 16 };

ALWAYS_INLINE bool is_tiny(const product *p)
{
    size_t most = p->transposed ? TINY_TRANSPOSED : TINY;
    /* each factor alone first, so that no product overflows */
    return p->M < most && p->N < most && p->K < most && p->M * p->N * p->K < most;
}

ALWAYS_INLINE void multiply_scalars(const product *p, size_t cs, size_t down, size_t along)
{
    for (size_t i = 0; i < p->M; i++)
        for (size_t j = 0; j < p->N; j++) {
            const bp_real *l = p->L + i * p->rs, *r = p->R + j * along;
            bp_real sum = 0;
            for (size_t s = 0; s < p->K; s++)
                sum = MULTIPLY_ADD(l[s * cs], r[s * down], sum);
            p->C[i * p->ldc + j] = sum;
        }
}

ALWAYS_INLINE void multiply_tiny(const product *p)
{
    if (p->transposed)
        multiply_scalars(p, 1, 1, p->ldr);
    else
        multiply_scalars(p, p->cs, p->ldr, 1);
}

/* ---- Four numbers ------------------------------------------------------------------------- */

#ifdef BPROP_SINGLE
typedef int four_places __attribute__((vector_size(16)));
#else
typedef long long four_places __attribute__((vector_size(32)));
#endif
typedef bp_real four __attribute__((vector_size(4 * sizeof(bp_real))));

#if defined(__clang__) || __GNUC__ >= 12
#define PICK(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define PICK(a, b, i, j, k, l) __builtin_shuffle(a, b, (four_places){i, j, k, l})
#endif

ALWAYS_INLINE four load_four(const bp_real *from)
{
    four v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* ---- Few rows ----------------------------------------------------------------------------- */

/* The sums of four vectors, side by side. */
ALWAYS_INLINE four add_up(const vector_wide *v)
{
#if BP_LANES < 4
    return (four){v[0][0] + v[0][1], v[1][0] + v[1][1], v[2][0] + v[2][1], v[3][0] + v[3][1]};
#else
    four part[4][BP_LANES / 4];
    memcpy(part, v, sizeof part);
    UNROLL
    for (size_t x = 0; x < 4; x++)
        for (size_t half = BP_LANES / 8; half > 0; half /= 2)
            for (size_t i = 0; i < half; i++)
                part[x][i] += part[x][i + half];
    four ab = PICK(part[0][0], part[1][0], 0, 4, 2, 6) + PICK(part[0][0], part[1][0], 1, 5, 3, 7);
    four cd = PICK(part[2][0], part[3][0], 0, 4, 2, 6) + PICK(part[2][0], part[3][0], 1, 5, 3, 7);
    return PICK(ab, cd, 0, 1, 4, 5) + PICK(ab, cd, 2, 3, 6, 7);
#endif
}

/* C = L · Rᵀ of `rows` rows and four columns, where a copy of R would cost more than the product:
 * each element is the sum of BP_LANES sums, and of the terms left. */
ALWAYS_INLINE void multiply_few(size_t rows, const product *p, size_t first)
{
    vector_wide sum[FEW_ROWS][4] = {{{0}}};
    const bp_real *R = p->R + first * p->ldr;
    size_t s = 0, ldr = p->ldr;
    for (; s + BP_LANES <= p->K; s += BP_LANES) {
        UNROLL
        for (size_t x = 0; x < 4; x++) {
            vector_wide r = load_wide(R + x * ldr + s);
            UNROLL
            for (size_t y = 0; y < rows; y++)
                sum[y][x] += load_wide(p->L + y * p->rs + s) * r;
        }
    }
    UNROLL
    for (size_t y = 0; y < rows; y++) {
        const bp_real *l = p->L + y * p->rs;
        four total = add_up(sum[y]);
        for (size_t t = s; t < p->K; t++)
            total += l[t] * (four){R[t], R[ldr + t], R[2 * ldr + t], R[3 * ldr + t]};
        memcpy(p->C + y * p->ldc + first, &total, sizeof total);
    }
}

static void multiply_few_rows(const product *p)
{
    for (size_t at = 0; at < p->N; at += 4) {
        size_t first = at + 4 <= p->N ? at : p->N - 4;
        if (p->M == 1)
            multiply_few(1, p, first);
        else if (p->M == 2)
            multiply_few(2, p, first);
        else
            multiply_few(3, p, first);
    }
}

/* C = L · R of few rows in wide panels: as many sums side by side as keep any from waiting for its
 * last term. Returns how many columns that are; the rest fill no such panel. */
static size_t multiply_wide_panels(const product *p)
{
    size_t at = 0;
    for (size_t left; (left = p->N - at) >= 4 * BP_LANES;) {
        block b = {p->M, p->K, p->L, p->rs, p->cs, p->R + at, p->ldr, p->C + at, p->ldc, false};
        size_t vectors = p->M == 1 && left >= 8 * BP_LANES ? 8 : 4;
        if (vectors == 8)
            tile_wide(1, 8, &b, b.rs, b.cs, 0);
        else if (p->M == 1)
            tile_wide(1, 4, &b, b.rs, b.cs, 0);
        else if (p->M == 2)
            tile_wide(2, 4, &b, b.rs, b.cs, 0);
        else
            tile_wide(3, 4, &b, b.rs, b.cs, 0);
        at += vectors * BP_LANES;
    }
    return at;
}

/* C = L · R of one term. */
static void multiply_outer(const product *p)
{
    for (size_t i = 0; i < p->M; i++) {
        bp_real l = p->L[i * p->rs];
        bp_real *c = p->C + i * p->ldc;
        for (size_t j = 0; j < p->N; j++)
            c[j] = 0 + l * p->R[j];
    }
}

/* ---- Blocks of R in one piece ------------------------------------------------------------- */

/* column[j][i] = from[i][j] */
ALWAYS_INLINE void transpose_four(const bp_real *from, size_t ld, four column[4])
{
    four a = load_four(from), b = load_four(from + ld), c = load_four(from + 2 * ld),
         d = load_four(from + 3 * ld);
    four ab_even = PICK(a, b, 0, 4, 2, 6), ab_odd = PICK(a, b, 1, 5, 3, 7);
    four cd_even = PICK(c, d, 0, 4, 2, 6), cd_odd = PICK(c, d, 1, 5, 3, 7);
    column[0] = PICK(ab_even, cd_even, 0, 1, 4, 5);
    column[1] = PICK(ab_odd, cd_odd, 0, 1, 4, 5);
    column[2] = PICK(ab_even, cd_even, 2, 3, 6, 7);
    column[3] = PICK(ab_odd, cd_odd, 2, 3, 6, 7);
}

/* to[s][x] = from[x][s] for K×n, to with ld n, n a multiple of 4, but for the last K % 4 terms: in
 * pieces that stay in the cache while four rows after four are read. Returns how many terms. */
static size_t turn_fours(size_t K, size_t n, const bp_real *from, size_t ld, bp_real *to)
{
    four column[4];
    size_t K4 = K - K % 4;
    for (size_t first = 0; first < K4; first += PIECE) {
        size_t end = first + PIECE < K4 ? first + PIECE : K4;
        for (size_t x = 0; x < n; x += 4)
            for (size_t s = first; s < end; s += 4) {
                transpose_four(from + x * ld + s, ld, column);
                for (size_t j = 0; j < 4; j++)
                    memcpy(to + (s + j) * n + x, &column[j], sizeof column[j]);
            }
    }
    return K4;
}

static void turn(size_t K, size_t n, const bp_real *from, size_t ld, bp_real *to)
{
    for (size_t s = n % 4 == 0 ? turn_fours(K, n, from, ld, to) : 0; s < K; s++)
        for (size_t x = 0; x < n; x++)
            to[s * n + x] = from[x * ld + s];
}

static void copy(size_t K, size_t n, const bp_real *from, size_t ld, bp_real *to)
{
    for (size_t s = 0; s < K; s++)
        for (size_t x = 0; x < n; x++)
            to[s * n + x] = from[s * ld + x];
}

/* ---- The product -------------------------------------------------------------------------- */

/* The sums of a panel from column `first` on, block after block. */
static void multiply_panel(const product *p, size_t first, size_t lanes, size_t vectors)
{
    bp_real piece[DEPTH * MOST_COLUMNS] __attribute__((aligned(64)));
    size_t n = lanes * vectors, blocks = p->K ? (p->K - 1) / DEPTH + 1 : 1;
    size_t depth = (p->K + blocks - 1) / blocks;
    for (size_t k = 0; k == 0 || k < p->K; k += depth) {
        size_t K = p->K - k < depth ? p->K - k : depth;
        const bp_real *R = p->transposed ? p->R + first * p->ldr + k : p->R + k * p->ldr + first;
        block b = {p->M, K, p->L + k * p->cs, p->rs, p->cs, piece, n, p->C + first, p->ldc, k > 0};
        if (p->transposed) {
            turn(K, n, R, p->ldr, piece);
        } else if (p->M >= COPY_FROM) {
            copy(K, n, R, p->ldr, piece);
        } else {
            b.R = R;
            b.ldr = p->ldr;
        }
        compute_panel(lanes, vectors, &b);
        if (!depth)
            break;
    }
}

static void multiply_large(const product *p)
{
    if (p->in_parts) {
        multiply_few_rows(p);
        return;
    }
    if (!p->transposed && p->K == 1) {
        multiply_outer(p);
        return;
    }
    size_t lanes = BP_LANES;
    while (lanes > p->N)
        lanes /= 2;
    for (size_t at = p->M <= FEW_ROWS && !p->transposed ? multiply_wide_panels(p) : 0; at < p->N;) {
        size_t left = p->N - at, vectors = (left - 1) / lanes + 1;
        size_t most = lanes == BP_LANES ? 3 : 1;
        vectors = vectors < most ? vectors : most;
        if (vectors * lanes > p->N) /* none before them to go with */
            vectors--;
        size_t n = vectors * lanes;
        multiply_panel(p, n <= left ? at : p->N - n, lanes, vectors);
        at += n <= left ? n : left;
    }
}

ALWAYS_INLINE void multiply(const product *p)
{
    if (is_tiny(p))
        multiply_tiny(p);
    else
        multiply_large(p);
}

#endif
