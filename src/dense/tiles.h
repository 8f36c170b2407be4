/* tiles.h: a product by code of our own, a tile of the result in the registers at a time. tiles.c
 * is compiled once for each kind of processor; dense_tiles.c chooses when the program runs. */
#ifndef BP_DENSE_TILES_H
#define BP_DENSE_TILES_H

#include <stdbool.h>
#include <stddef.h>

/* C = L · R, or L · Rᵀ where R is `transposed`: M×N, sums of K terms. Element (r, s) of L is
 * L[r·rs + s·cs], one of the strides being 1; R is K×N, of the transposed N×K. */
typedef struct bp_product {
    size_t M, N, K;
    const double *L;
    size_t rs, cs;
    const double *R;
    size_t ldr;
    bool transposed;
    bool in_parts; /* of R transposed, up to 3 rows and 4 columns or more: each sum is the sum of a
                      vector of sums, which spares a copy of R and changes the last bits */
    double *C;
    size_t ldc;
} bp_product;

typedef void bp_multiply_fn(const bp_product *product);

bp_multiply_fn bp_multiply_plain;
#ifdef BP_HAVE_X86_TILES
bp_multiply_fn bp_multiply_avx2, bp_multiply_avx512;
#endif

#endif
