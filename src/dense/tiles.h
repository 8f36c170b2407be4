/* tiles.h: a product as tiles of its result, each held in registers while its sums run: the code of
 * dense_tiles.c, which is compiled once for each kind of processor, with BP_LANES numbers a vector.
 * Here, and in no other file, a multiplication and an addition may be one operation.
 *
 * The terms are cut into blocks, the rows of each into blocks that stay in the second-level cache,
 * and the columns into panels of up to three vectors. The R of a panel is put into one piece,
 * turned over where it is Rᵀ that is given, and stays in the cache while the tiles of its panel go
 * over L, row by row (the scheme of Goto and van de Geijn, ACM Trans. Math. Softw. 34(3), 2008). L
 * is copied where its columns lie one behind the other, since a tile would else read each term from
 * another page of memory. Columns that fill no vector are a part of one where the processor has
 * masks (AVX-512); elsewhere they go with some before them, which get the same bits once more.
 *
 * Each element is one chain of operations from 0 on in the order of its terms, wherever it lies in
 * a tile and however wide the vectors are: the result does not depend on how its rows and columns
 * are shared out among threads. (Sums in parts are those of `in_parts` alone.) */
#ifndef BP_DENSE_TILES_H
#define BP_DENSE_TILES_H

#include <bprop/real.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __AVX512VL__
#include <immintrin.h>
#endif

/* C = L · R, or L · Rᵀ where R is `transposed`: M×N, sums of K terms. Element (r, s) of L is
 * L[r·rs + s·cs], one of the strides being 1; R is K×N, of the transposed N×K. */
typedef struct product {
    size_t M, N, K;
    const bp_real *L;
    size_t rs, cs;
    const bp_real *R;
    size_t ldr;
    bool transposed;
    bool in_parts; /* of R transposed, few rows and 4 columns or more: each sum is the sum of a
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
    CACHE_LINE = 64,             /* bytes */
    MOST_COLUMNS = 3 * BP_LANES, /* of a panel */
    DEPTH = 400,                 /* terms of a block */
    BLOCK_ROWS = 256,
    STRIP_DEPTH = 128, /* the same of a block in strips, */
    STRIP_ROWS = 128,
    STRIPS_FROM_ROWS = 64, /* which pay from here, */
    STRIPS_FROM_COLUMNS = 128,
    PREFETCH_FROM = 64,  /* terms */
    COPY_FROM = 64,      /* rows of L for which R that lies the right way is worth a copy, */
    NEAR = 1 << 18,      /* but not of so few numbers where pages are near */
    PIECE = 32,          /* terms that are turned over together */
    FEW_TERMS = 32,      /* for which other ways are faster, */
    FEW_TERMS_NEAR = 64, /* where pages are near; and */
    FEW_ROWS = TILE_ROWS == 8 ? 4 : 3,
    FEW_IN_A_ROW = 12, /* terms: of a tile's rows a vector after the other */
    MOST_VECTORS = 8,  /* of a tile, where it has one row or two */
};

/* Keeps in a register what several operations need: compilers would read it again for each, which
 * then wait for that where there are few rows. */
#if defined(__x86_64__)
#define KEEP(v) __asm__("" : "+v"(v))
#elif defined(__aarch64__)
#define KEEP(v) __asm__("" : "+w"(v))
#else
#define KEEP(v) (void)0
#endif

/* x·y + sum of single numbers: where one operation does both in a vector, it must here too, however
 * the compiler arranges the loop. */
#if defined(__FP_FAST_FMA) || defined(__FMA__) || defined(__aarch64__)
#ifdef BPROP_SINGLE
#define MULTIPLY_ADD(x, y, sum) __builtin_fmaf(x, y, sum)
#else
#define MULTIPLY_ADD(x, y, sum) __builtin_fma(x, y, sum)
#endif
#else
#define MULTIPLY_ADD(x, y, sum) ((sum) + (x) * (y))
#endif

/* A block of a panel of n columns, as in product. */
typedef struct block {
    size_t M, n, K;
    const bp_real *L;
    size_t rs, cs;
    const bp_real *R;
    size_t ldr;
    bp_real *C;
    size_t ldc;
    bool add; /* to what is there: all blocks but the first */
} block;

/* Rows of the next tile where so many are left. With one vector a tile of fewer than four rows
 * waits for its last term: rather two of middling height, but of strips, which are whole tiles. */
ALWAYS_INLINE size_t rows_of_tile(size_t left, size_t vectors, bool strips)
{
    if (left <= TILE_ROWS)
        return left;
    bool halves = vectors == 1 && left < TILE_ROWS + TILE_ROWS / 2 && !strips;
    return halves ? (left + 1) / 2 : TILE_ROWS;
}

/* Of a vector the first numbers alone. */
#ifdef __AVX512VL__
#ifdef BPROP_SINGLE
#define MASKED_16(operation) _mm512_##operation##_ps
#define MASKED_8(operation)  _mm256_##operation##_ps
#define MASKED_4(operation)  _mm_##operation##_ps
#else
#define MASKED_8(operation) _mm512_##operation##_pd
#define MASKED_4(operation) _mm256_##operation##_pd
#endif
#define MASK_16                        __mmask16
#define MASK_8                         __mmask8
#define MASK_4                         __mmask8
#define MASK_LANES(lanes)              MASK_##lanes
#define MASK(lanes)                    MASK_LANES(lanes)
#define MASKED_LANES(lanes, operation) MASKED_##lanes(operation)
#define MASKED(lanes, operation)       MASKED_LANES(lanes, operation)
#define MASKS                          1
#else
#define MASKS 0
#endif

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

/* ---- Tiny products ------------------------------------------------------------------------ */

/* Multiplications below which a tile costs more than it saves; with a row of R side by side it has
 * less to do. Of as many terms a chain is what takes time. */
enum { TINY_TRANSPOSED = 128, TINY = 16, TINY_TERMS = 24 };

ALWAYS_INLINE bool is_tiny(const product *p)
{
    size_t most = p->transposed ? TINY_TRANSPOSED : TINY;
    /* each factor alone first, so that no product overflows */
    return p->M < most && p->N < most && p->K < TINY_TERMS && p->M * p->N * p->K < most;
}

ALWAYS_INLINE void multiply_scalars(const product *p, size_t cs, size_t down, size_t along)
{
    const bp_real *L = p->L;
    bp_real *C = p->C;
    for (size_t i = 0; i < p->M; i++, L += p->rs, C += p->ldc) {
        const bp_real *R = p->R;
        for (size_t j = 0; j < p->N; j++, R += along) {
            const bp_real *l = L, *r = R;
            bp_real sum = 0;
            for (size_t s = 0; s < p->K; s++, l += cs, r += down)
                sum = MULTIPLY_ADD(*l, *r, sum);
            C[j] = sum;
        }
    }
}

/* C = L · R of one term, without the vectors that a compiler makes of it. */
ALWAYS_INLINE void multiply_scalars_once(const product *p)
{
    for (size_t i = 0; i < p->M; i++)
        for (size_t j = 0; j < p->N; j++) {
            bp_real once = MULTIPLY_ADD(p->L[i * p->rs], p->R[j], 0);
            KEEP(once);
            p->C[i * p->ldc + j] = once;
        }
}

ALWAYS_INLINE void multiply_tiny(const product *p)
{
    if (p->transposed)
        multiply_scalars(p, 1, 1, p->ldr);
    else if (p->K == 1)
        multiply_scalars_once(p);
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

/* C = L · Rᵀ of `rows` rows and up to four columns, where a copy of R would cost more than the
 * product: each element is the sum of BP_LANES sums, and of the terms left. */
ALWAYS_INLINE void multiply_few(size_t rows, size_t columns, const product *p, size_t first)
{
    vector_wide sum[FEW_ROWS][4] = {{{0}}}, left[FEW_ROWS];
    const bp_real *R = p->R + first * p->ldr;
    size_t s = 0, ldr = p->ldr, ld[4];
    for (size_t x = 0; x < 4; x++) /* those beyond are read again, and not kept */
        ld[x] = x < columns ? x * ldr : 0;
    for (size_t n = BP_LANES; s < p->K; s += n) {
        if (p->K - s < BP_LANES) { /* one or two more are faster one by one */
            if (!MASKS || p->K - s < 3)
                break;
            n = p->K - s;
        }
        UNROLL
        for (size_t y = 0; y < rows; y++) {
            left[y] = load_wide(p->L + y * p->rs + s, n);
            KEEP(left[y]);
        }
        UNROLL
        for (size_t x = 0; x < columns; x++) {
            vector_wide r = load_wide(R + x * ldr + s, n);
            if (rows > 1)
                KEEP(r);
            UNROLL
            for (size_t y = 0; y < rows; y++)
                sum[y][x] += left[y] * r;
        }
    }
    UNROLL
    for (size_t y = 0; y < rows; y++) {
        const bp_real *l = p->L + y * p->rs;
        four total = add_up(sum[y]);
        for (size_t t = s; t < p->K; t++)
            if (columns == 1) /* a single number once more */
                total[0] = MULTIPLY_ADD(l[t], R[t], total[0]);
            else
                total += l[t] * (four){R[t], R[ld[1] + t], R[ld[2] + t], R[ld[3] + t]};
        memcpy(p->C + y * p->ldc + first, &total, columns * sizeof *p->C);
    }
}

static void multiply_few_rows(const product *p)
{
    product part = *p;
    size_t columns = p->N < 4 ? p->N : 4, most = columns < 4 ? 1 : FEW_ROWS;
    for (size_t i = 0, rows; i < p->M; i += rows) {
        rows = p->M - i < most ? p->M - i : most;
        part.L = p->L + i * p->rs;
        part.C = p->C + i * p->ldc;
        for (size_t at = 0; at < p->N; at += 4) {
            size_t first = at + columns <= p->N ? at : p->N - columns;
#define FEW(rows, columns)                                                                         \
    case rows * 4 + columns:                                                                       \
        multiply_few(rows, columns, &part, first);                                                 \
        break;
            switch (rows * 4 + columns) {
                FEW(1, 1)
                FEW(1, 2)
                FEW(1, 3)
                FEW(1, 4)
                FEW(2, 4)
                FEW(3, 4)
#if TILE_ROWS == 8
                FEW(4, 4)
#endif
            }
#undef FEW
        }
    }
}

/* C = L · R of the rows of a tile or fewer, in panels as wide as keep any sum from waiting for its
 * last term, which with few terms none does for long. Returns how many columns that are; the rest
 * fill no such panel. */
static size_t multiply_one_tile_down(const product *p)
{
    size_t wide = p->M <= FEW_ROWS ? 4 * BP_LANES : SIZE_MAX, at = 0;
    size_t least = p->K > FEW_IN_A_ROW ? wide : MASKS ? 1 : BP_LANES;
    for (size_t left; (left = p->N - at) > 0 && left >= least;) {
        size_t vectors = left < wide ? 1 : left >= 2 * wide && p->M * 8 <= 2 * TILE_ROWS ? 8 : 4;
        size_t n = vectors * BP_LANES < left ? vectors * BP_LANES : left;
        block b = {p->M, n, p->K, p->L, p->rs, p->cs, p->R + at, p->ldr, p->C + at, p->ldc, false};
#define TILE(rows, vectors)                                                                        \
    case rows * 9 + vectors:                                                                       \
        tile_wide(rows, vectors, false, &b, b.rs, b.cs, 0);                                        \
        break;
#define PART(rows)                                                                                 \
    case rows * 9:                                                                                 \
        tile_wide(rows, 1, true, &b, b.rs, b.cs, 0);                                               \
        break;
        switch (p->M * 9 + (n < BP_LANES ? 0 : vectors)) {
            TILE(1, 8)
            TILE(1, 4)
            TILE(2, 4)
            TILE(3, 4)
            TILE(1, 1)
            TILE(2, 1)
            TILE(3, 1)
            TILE(4, 1)
#if TILE_ROWS == 8
            TILE(2, 8)
            TILE(4, 4)
            TILE(5, 1)
            TILE(6, 1)
            TILE(7, 1)
            TILE(8, 1)
#endif
#if MASKS
            PART(1)
            PART(2)
            PART(3)
            PART(4)
            PART(5)
            PART(6)
            PART(7)
            PART(8)
#endif
        }
#undef TILE
#undef PART
        at += n;
    }
    return at;
}

/* C = L · R of one term. Four vectors at a time, as a loop of one takes twice as long where it lies
 * across two lines of code. */
static void multiply_outer(const product *p)
{
    for (size_t i = 0; i < p->M; i++) {
        bp_real l = p->L[i * p->rs];
        const bp_real *r = p->R;
        bp_real *c = p->C + i * p->ldc;
        size_t j = 0;
        for (; j + 4 * BP_LANES <= p->N; j += 4 * BP_LANES) {
            UNROLL
            for (size_t x = j; x < j + 4 * BP_LANES; x += BP_LANES)
                store_wide(c + x, (vector_wide){0} + l * load_wide(r + x, BP_LANES), BP_LANES);
        }
        for (; j + BP_LANES <= p->N; j += BP_LANES)
            store_wide(c + j, (vector_wide){0} + l * load_wide(r + j, BP_LANES), BP_LANES);
        for (; j < p->N; j++)
            c[j] = MULTIPLY_ADD(l, r[j], 0);
    }
}

/* ---- Blocks of R in one piece ------------------------------------------------------------- */

/* Whether it takes longer to read as many numbers from many pages of memory than from a few: not
 * with tiles of eight rows, a cache line of L, on the one AMD that was measured, but on the one
 * Intel, and with tiles of four (bench/README.md). */
static bool pages_are_far(void)
{
#if defined(BP_X86_LEVELS) && TILE_ROWS == 8
    return !__builtin_cpu_is("amd");
#else
    return true;
#endif
}

static size_t few_terms(void) { return pages_are_far() ? FEW_TERMS : FEW_TERMS_NEAR; }

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

/* to[s][x] = from[x][s] for n×K. Fours of rows, of which the last may be copied again, in pieces
 * that stay in the cache. */
static void turn(size_t K, size_t n, const bp_real *from, size_t ld, bp_real *to, size_t ld_to)
{
    four column[4];
    size_t K4 = n >= 4 ? K - K % 4 : 0;
    for (size_t first = 0; first < K4; first += PIECE) {
        size_t end = first + PIECE < K4 ? first + PIECE : K4;
        for (size_t at = 0; at < n; at += 4) {
            size_t x = at + 4 <= n ? at : n - 4;
            for (size_t s = first; s < end; s += 4) {
                transpose_four(from + x * ld + s, ld, column);
                for (size_t j = 0; j < 4; j++)
                    memcpy(to + (s + j) * ld_to + x, &column[j], sizeof column[j]);
            }
        }
    }
    for (size_t s = K4; s < K; s++)
        for (size_t x = 0; x < n; x++)
            to[s * ld_to + x] = from[x * ld + s];
}

ALWAYS_INLINE void copy_columns(size_t K, size_t n, const bp_real *from, size_t ld, bp_real *to)
{
    for (size_t s = 0; s < K; s++)
        for (size_t x = 0; x < n; x++)
            to[s * n + x] = from[s * ld + x];
}

static void copy(size_t K, size_t n, const bp_real *from, size_t ld, bp_real *to)
{
    if (n == MOST_COLUMNS) /* a constant, which the compiler makes use of */
        copy_columns(K, MOST_COLUMNS, from, ld, to);
    else
        copy_columns(K, n, from, ld, to);
}

/* L of `p`, whose columns lie one behind the other, as strips of TILE_ROWS rows, one for each tile:
 * element (r, s) of a strip at s·TILE_ROWS + r, the strip of rows i … at i·K. */
static void pack_strips(product *p, bp_real *strips)
{
    for (size_t i = 0; i < p->M; i += TILE_ROWS) {
        size_t rows = p->M - i < TILE_ROWS ? p->M - i : TILE_ROWS;
        const bp_real *L = p->L + i;
        bp_real *to = strips + i * p->K;
        for (size_t s = 0; s < p->K; s++)
            for (size_t r = 0; r < rows; r++)
                to[s * TILE_ROWS + r] = L[s * p->cs + r];
    }
    p->L = strips;
    p->cs = TILE_ROWS;
    p->rs = p->K;
}

/* ---- The product -------------------------------------------------------------------------- */

/* A panel of columns: n of them, from `first` on. */
typedef struct columns {
    size_t first, n, lanes, vectors;
} columns;

/* That begins at column `at`; or ends at the last, for some before it once more, where what is left
 * fills no vector. */
ALWAYS_INLINE columns whole_vectors(size_t N, size_t at, size_t lanes)
{
    size_t left = N - at, vectors = (left - 1) / lanes + 1, most = lanes == BP_LANES ? 3 : 1;
    vectors = vectors < most ? vectors : most;
    if (vectors * lanes > N) /* none before them to go with */
        vectors--;
    size_t n = vectors * lanes;
    return (columns){n <= left ? at : N - n, n, lanes, vectors};
}

/* The same, but for a part of a vector, as narrow a one as has room, where the processor knows
 * parts. */
ALWAYS_INLINE columns next_panel(size_t N, size_t at, size_t lanes)
{
    size_t left = N - at;
    if (!MASKS || left >= 3 * lanes)
        return whole_vectors(N, at, lanes);
    if (left >= lanes)
        return (columns){at, left - left % lanes, lanes, left / lanes};
    while (left <= lanes / 2)
        lanes /= 2;
    return (columns){at, left, lanes, 1};
}

/* The panels from column `at` on of a product of no more terms than `piece` has room for. */
static void multiply_panels(const product *p, size_t at, size_t lanes, bp_real *piece, bool add)
{
    bool copied =
        p->M >= COPY_FROM && p->K > few_terms() && (p->K * p->N > NEAR || pages_are_far());
    while (at < p->N) {
        columns c = next_panel(p->N, at, lanes);
        const bp_real *R = p->R + c.first * (p->transposed ? p->ldr : 1);
        block b = {p->M, c.n, p->K, p->L, p->rs, p->cs, piece, c.n, p->C + c.first, p->ldc, add};
        if (p->transposed) {
            turn(p->K, c.n, R, p->ldr, piece, c.n);
        } else if (copied) {
            copy(p->K, c.n, R, p->ldr, piece);
        } else {
            b.R = R;
            b.ldr = p->ldr;
        }
        compute_panel(c.lanes, c.vectors, &b);
        at = c.first + c.n;
    }
}

/* How a product is cut. */
typedef struct blocking {
    size_t rows, terms; /* of a block, at most */
    bp_real *piece;     /* room for a panel of R of so many terms; and */
    bp_real *strips;    /* for a block of L, or NULL */
} blocking;

/* Columns `at` to `end`, block after block. */
static void multiply_columns(const product *p, size_t at, size_t end, size_t lanes,
                             const blocking *by)
{
    size_t blocks = p->K ? (p->K - 1) / by->terms + 1 : 1, depth = (p->K + blocks - 1) / blocks;
    for (size_t b = 0, k = 0; b < blocks; b++, k += depth)
        for (size_t i = 0; i < p->M; i += by->rows) {
            product part = *p;
            part.M = p->M - i < by->rows ? p->M - i : by->rows;
            part.N = end;
            part.K = p->K - k < depth ? p->K - k : depth;
            part.L += i * p->rs + k * p->cs;
            part.R += k * (p->transposed ? 1 : p->ldr);
            part.C += i * p->ldc;
            if (by->strips)
                pack_strips(&part, by->strips);
            multiply_panels(&part, at, lanes, by->piece, b > 0);
        }
}

/* Those from column `at` on. Columns that go with some before them go by themselves: to no column
 * may a block be added twice. */
static void multiply_blocks(const product *p, size_t at, size_t lanes, const blocking *by)
{
    size_t left = MASKS ? 0 : (p->N - at) % lanes;
    multiply_columns(p, at, p->N - left, lanes, by);
    if (left)
        multiply_columns(p, p->N - lanes, p->N, lanes, by);
}

static __attribute__((noinline)) void multiply_in_place(const product *p, size_t at, size_t lanes)
{
    bp_real piece[DEPTH * MOST_COLUMNS] __attribute__((aligned(64)));
    if (p->M <= BLOCK_ROWS && p->K <= DEPTH)
        multiply_panels(p, at, lanes, piece, false);
    else
        multiply_blocks(p, at, lanes, &(blocking){BLOCK_ROWS, DEPTH, piece, NULL});
}

static __attribute__((noinline)) void multiply_strips(const product *p, size_t at, size_t lanes)
{
    bp_real piece[STRIP_DEPTH * MOST_COLUMNS] __attribute__((aligned(64)));
    bp_real strips[STRIP_DEPTH * STRIP_ROWS] __attribute__((aligned(64)));
    multiply_blocks(p, at, lanes, &(blocking){STRIP_ROWS, STRIP_DEPTH, piece, strips});
}

/* C = L · R of few terms and a vector of columns or more, panels after each other along the rows:
 * it is the writing of C that takes time. Returns how many rows; the rest fill no tile. */
ALWAYS_INLINE size_t multiply_few_terms(const product *p, size_t rs, size_t cs)
{
    size_t i = 0;
    for (; i + TILE_ROWS <= p->M; i += TILE_ROWS)
        for (size_t at = 0; at < p->N;) {
            columns c = whole_vectors(p->N, at, BP_LANES);
            block b = {TILE_ROWS,      c.n,    p->K,
                       p->L + i * rs,  rs,     cs,
                       p->R + c.first, p->ldr, p->C + i * p->ldc + c.first,
                       p->ldc,         false};
            if (c.vectors == 3)
                tile_wide(TILE_ROWS, 3, false, &b, rs, cs, 0);
            else if (c.vectors == 2)
                tile_wide(TILE_ROWS, 2, false, &b, rs, cs, 0);
            else
                tile_wide(TILE_ROWS, 1, false, &b, rs, cs, 0);
            at = c.first + c.n;
        }
    return i;
}

/* All but the first `i` rows. */
static void multiply_rest(const product *p, size_t i)
{
    product rest = *p;
    rest.M -= i;
    rest.L += i * p->rs;
    rest.C += i * p->ldc;
    if (rest.M)
        multiply_in_place(&rest, 0, BP_LANES);
}

/* With several blocks of terms C is gone through again for each, which takes what strips save where
 * pages are near. */
static bool strips_pay(const product *p)
{
    return p->cs > 1 && p->M >= STRIPS_FROM_ROWS && p->N >= STRIPS_FROM_COLUMNS &&
           (p->K <= STRIP_DEPTH || pages_are_far());
}

static void multiply_large(const product *p)
{
    size_t lanes = BP_LANES, at = 0;
    while (!MASKS && lanes > p->N)
        lanes /= 2;
    if (p->in_parts) {
        multiply_few_rows(p);
    } else if (p->transposed) {
        multiply_in_place(p, at, lanes);
    } else if (p->K <= few_terms() && p->M >= TILE_ROWS && p->N >= BP_LANES) {
        multiply_rest(p, p->rs == 1 ? multiply_few_terms(p, 1, p->cs)
                                    : multiply_few_terms(p, p->rs, 1));
    } else if (p->K == 1 && p->N < 4) {
        multiply_scalars_once(p);
    } else if (p->K == 1 && p->N >= BP_LANES) {
        multiply_outer(p);
    } else if (strips_pay(p)) {
        multiply_strips(p, at, lanes);
    } else {
        if (p->M <= TILE_ROWS)
            at = multiply_one_tile_down(p);
        if (at < p->N)
            multiply_in_place(p, at, lanes);
    }
}

ALWAYS_INLINE void multiply(const product *p)
{
    if (is_tiny(p)) {
        multiply_tiny(p);
    } else {
        product in_memory = *p; /* which *p itself need not be for a tiny one */
        multiply_large(&in_memory);
    }
}

#endif
