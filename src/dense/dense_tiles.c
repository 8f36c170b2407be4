/* dense_tiles.c: the three products in tiles of registers; reads line beside line with
 * dense_blas.c. Compiled once for each kind of processor, with BP_NAMED(x) as the name of x. */
#include "dense/dense_kernels.h"

#include "dense/tiles.h"

/* Sizes at which one way becomes faster than another, by bench/products.c. */
enum {
    LEAST_ROWS = 8,    /* of a part of a batch (bp_kernel_splits()): fewer may be added otherwise */
    TURN_BELOW = 16,   /* rows: forward as Zᵀ */
    NARROW = 64,       /* inputs: a weight gradient may be faster as Gᵀ */
    TURN_COST = 5,     /* multiplications that a number of Gᵀ takes as long as to turn over */
    PANEL_COST = 2,    /* columns that a panel narrower than three vectors is slower by */
    APART_FROM = 8,    /* rows, inputs, neurons: gradients of biases by themselves, where */
    APART_DELTAS = 24, /* times so many deltas are to be added */
    AT_ONCE = 2048,    /* numbers of a result that is turned over, on the stack; */
    MOST_TERMS = 1024, /* and of a row of Wᵀ */
};

/* Cᵀ = L · R, p->C and ldc being C's: a part of the longer side at a time. */
static void multiply_turned(const product *p)
{
    if (p->M == 1 && p->ldc == 1) { /* a column in one piece */
        multiply_large(p);
        return;
    }
    bp_real turned[AT_ONCE], *C = p->C;
    product part = *p;
    bool down = p->M > p->N;
    size_t left = down ? p->M : p->N, most = AT_ONCE / (down ? p->N : p->M);
    part.C = turned;
    for (size_t count; left > 0; left -= count) {
        count = left < most ? left : most;
        *(down ? &part.M : &part.N) = count;
        part.ldc = part.N;
        multiply_large(&part);
        turn(part.N, part.M, turned, part.N, C, p->ldc);
        *(down ? &part.L : &part.R) += count * (down ? p->rs : p->transposed ? p->ldr : 1);
        C += count * (down ? 1 : p->ldc);
    }
}

/* Whether each sum of forward is the sum of a vector of sums: in a few rows, or of neurons too few
 * to fill vectors well. */
static bool forward_in_parts(size_t m, size_t k, size_t n)
{
    if (m < LEAST_ROWS)
        return k + 1 >= BP_LANES || (m == 1 && n >= 4);
    if (n < 8)
        return k >= (n < 4 ? 8 : 48);
    return TILE_ROWS == 8 && n < 16 && k >= (n <= 12 ? 100 : 256);
}

/* Whether W's rows, not A's, are better as those of the tiles. */
static bool forward_turns(size_t m, size_t k, size_t n, bool in_parts)
{
    if (in_parts && m >= LEAST_ROWS)
        return true;
    bool tiny = m < TURN_BELOW && m * n * (k + 1) < TINY_TRANSPOSED;
    return !tiny && (in_parts ? m >= 4 && n < 4 : m < TURN_BELOW && n != 4 && k >= 8);
}

/* Z = A · Wᵀ */
void BP_NAMED(forward)(size_t m, size_t k, size_t n, const bp_real *A, size_t lda, const bp_real *W,
                       size_t ldw, bp_real *Z, size_t ldz)
{
    if (m == 0 || n == 0)
        return;
    bool parts = forward_in_parts(m, k, n);
    if (forward_turns(m, k, n, parts)) {
        product p = {n, m, k + 1, W, ldw, 1, A, lda, true, parts, Z, ldz}; /* M, N, K, L, R, C */
        multiply_turned(&p);
    } else {
        product p = {m, n, k + 1, A, lda, 1, W, ldw, true, parts, Z, ldz};
        multiply(&p);
    }
}

/* What so many columns cost, in columns. */
static double in_vectors(size_t n)
{
    size_t rest = n % BP_LANES, half = BP_LANES / 2;
    return (double)(n - rest + (rest == 0 ? 0 : rest <= half ? half : BP_LANES));
}

/* Whether G's rows, not its columns, had better fill the vectors. */
static bool weight_gradient_turns(size_t m, size_t k, size_t n)
{
    if (m < LEAST_ROWS || n < BP_LANES || k >= NARROW || k % BP_LANES == 0 ||
        (k + 1) % BP_LANES == 0)
        return false;
    double rows = (double)n, columns = (double)(k + 1);
    return (in_vectors(n) + TURN_COST * rows / (double)m) * columns <
           (in_vectors(k + 1) + PANEL_COST) * rows;
}

/* G = Dᵀ · A; the last column, where it would take a vector of its own, apart */
void BP_NAMED(weight_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                               const bp_real *A, size_t lda, bp_real *G, size_t ldg)
{
    if (n == 0)
        return;
    bool apart =
        m >= APART_FROM && k >= APART_FROM && n >= APART_FROM && m / APART_FROM * n >= APART_DELTAS;
    if (weight_gradient_turns(m, k, n)) {
        product p = {k + 1, n, m, A, 1, lda, D, ldd, false, false, G, ldg}; /* M, N, K, L, R, C */
        multiply_turned(&p);
    } else {
        product p = {n, apart ? k : k + 1, m, D, 1, ldd, A, lda, false, false, G, ldg};
        multiply(&p);
        if (apart) {
            product biases = {1, n, m, A + k, 1, lda, D, ldd, false, false, G + k, ldg};
            multiply_turned(&biases);
        }
    }
}

/* Whether sums over the neurons are better in parts, of a copy of Wᵀ: inputs fill vectors badly. */
static bool input_gradient_in_parts(size_t m, size_t k, size_t n)
{
    static const size_t from[] = {SIZE_MAX, 16, 32, 32, 128, 64, 64, 64}; /* neurons, of k inputs */
    return m >= LEAST_ROWS && k < sizeof from / sizeof *from && n >= from[k] && n <= MOST_TERMS;
}

/* E = D · W[:, 0:k] */
void BP_NAMED(input_gradient)(size_t m, size_t k, size_t n, const bp_real *D, size_t ldd,
                              const bp_real *W, size_t ldw, bp_real *E, size_t lde)
{
    if (m == 0 || k == 0)
        return;
    if (input_gradient_in_parts(m, k, n)) {
        bp_real columns[8 * MOST_TERMS];
        turn(k, n, W, ldw, columns, n);
        product p = {k, m, n, columns, n, 1, D, ldd, true, true, E, lde}; /* M, N, K, L, R, C */
        multiply_turned(&p);
    } else {
        product p = {m, k, n, D, ldd, 1, W, ldw, false, false, E, lde};
        multiply(&p);
    }
}
