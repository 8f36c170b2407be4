/* tile.h: the tiles of vectors of LANES numbers, up to VECTORS side by side in a panel. tiles.h
 * includes it once for each LANES; NAMED(x) makes a name of its own for each. */

#if LANES == 1
typedef bp_real NAMED(vector);
#else
typedef bp_real NAMED(vector) __attribute__((vector_size(LANES * sizeof(bp_real))));
#endif

#define PARTS (MASKS && LANES >= 4)

/* The first n numbers of a vector, which are all of them where the processor has no masks. */
ALWAYS_INLINE NAMED(vector) NAMED(load)(const bp_real *from, size_t n)
{
    NAMED(vector) v;
#if PARTS
    if (n < LANES)
        return (NAMED(vector))MASKED(LANES, maskz_loadu)((MASK(LANES))((1u << n) - 1), from);
#endif
    (void)n, memcpy(&v, from, sizeof v);
    return v;
}

ALWAYS_INLINE void NAMED(store)(bp_real *to, NAMED(vector) v, size_t n)
{
#if PARTS
    if (n < LANES) {
        MASKED(LANES, mask_storeu)(to, (MASK(LANES))((1u << n) - 1), v);
        return;
    }
#endif
    (void)n, memcpy(to, &v, sizeof v);
}

/* Asks for the places that the tile `down` numbers below C will write. */
ALWAYS_INLINE void NAMED(prefetch)(const bp_real *C, size_t down, size_t rows, size_t vectors,
                                   size_t ldc)
{
    uintptr_t place = (uintptr_t)C + down * sizeof *C; /* there may be none: no pointer */
    UNROLL
    for (size_t y = 0; y < rows; y++, place += ldc * sizeof *C) {
        UNROLL
        for (size_t line = 0; line < vectors * sizeof(NAMED(vector)); line += CACHE_LINE)
            __builtin_prefetch((const void *)(place + line), 1, 2);
        __builtin_prefetch((const void *)(place + vectors * sizeof(NAMED(vector)) - 1), 1, 2);
    }
}

/* C = Σ_s L[:, s] · R[s, :] of `rows` rows and `vectors` vectors, outer products that add up in
 * registers; with `add`, C + that. With `part` it is one vector, of which the first n count. */
ALWAYS_INLINE void NAMED(tile)(size_t rows, size_t vectors, bool part, const block *b, size_t rs,
                               size_t cs, size_t i)
{
    NAMED(vector) sum[TILE_ROWS][MOST_VECTORS], r[MOST_VECTORS];
    const bp_real *L = b->L + i * b->rs, *R = b->R; /* rs is K of strips */
    bp_real *C = b->C + i * b->ldc;
    size_t ldr = b->ldr, ldc = b->ldc, n = part ? b->n : LANES;
    UNROLL
    for (size_t y = 0; y < rows; y++) {
        UNROLL
        for (size_t x = 0; x < vectors; x++)
            sum[y][x] = b->add ? NAMED(load)(C + y * ldc + x * LANES, n) : (NAMED(vector)){0};
    }
    if (rows * vectors == TILE_ROWS * 3 && b->K >= PREFETCH_FROM)
        NAMED(prefetch)(C, rows * ldc, rows, vectors, ldc);
    for (size_t s = 0; s < b->K; s++) {
        UNROLL
        for (size_t x = 0; x < vectors; x++) {
            r[x] = NAMED(load)(R + s * ldr + x * LANES, n);
            if (rows > 1)
                KEEP(r[x]);
        }
        UNROLL
        for (size_t y = 0; y < rows; y++) {
            UNROLL
            for (size_t x = 0; x < vectors; x++)
#if LANES == 1
                sum[y][x] = MULTIPLY_ADD(L[y * rs + s * cs], r[x], sum[y][x]);
#else
                sum[y][x] += L[y * rs + s * cs] * r[x];
#endif
        }
    }
    UNROLL
    for (size_t y = 0; y < rows; y++) {
        UNROLL
        for (size_t x = 0; x < vectors; x++)
            NAMED(store)(C + y * ldc + x * LANES, sum[y][x], n);
    }
}

/* All tiles of a panel, one below the other. */
ALWAYS_INLINE void NAMED(tiles)(size_t vectors, bool part, const block *b, size_t rs, size_t cs)
{
#define ROWS(rows)                                                                                 \
    case rows:                                                                                     \
        NAMED(tile)(rows, vectors, part, b, rs, cs, i);                                            \
        break;
    for (size_t i = 0, rows; i < b->M; i += rows) {
        rows = rows_of_tile(b->M - i, vectors, rs != b->rs);
        switch (rows) {
            ROWS(1)
            ROWS(2)
            ROWS(3)
            ROWS(4)
#if TILE_ROWS == 8
            ROWS(5)
            ROWS(6)
            ROWS(7)
            ROWS(8)
#endif
        }
    }
#undef ROWS
}

static void NAMED(panel)(size_t vectors, const block *b)
{
    bool part = PARTS && b->n < LANES;
    switch (vectors * 4 + part * 2 + (b->cs == 1)) { /* with constants, which the compiler uses */
#define PANEL(vectors, part)                                                                       \
    case vectors * 4 + part * 2:                                                                   \
        NAMED(tiles)(vectors, part, b, 1, b->cs);                                                  \
        break;                                                                                     \
    case vectors * 4 + part * 2 + 1:                                                               \
        NAMED(tiles)(vectors, part, b, b->rs, 1);                                                  \
        break;
        PANEL(1, false)
#if PARTS
        PANEL(1, true)
#endif
#if VECTORS == 3
        PANEL(2, false)
        PANEL(3, false)
#endif
#undef PANEL
    }
}

#undef PARTS
#undef LANES
#undef VECTORS
#undef NAMED
