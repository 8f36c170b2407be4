/* cpu.h: sources that are compiled once for each level of CPU, and the level of the CPU that the
 * program finds itself on. src/meson.build says which sources, and with which flags.
 *
 * Such a source ends in a table, whose rows are functions of its own: what looks up a row takes the
 * table of this CPU's level, and nothing is left to choose when the functions are called. As they
 * do the same operations in the same order, the bits are the same at every level. But for
 * src/dense/dense_tiles.c, whose functions carry the level in their names, and whose sums are of
 * the processor's width and operations. */
#ifndef BP_BASE_CPU_H
#define BP_BASE_CPU_H

#include <stddef.h>

/* The rows of a table whose name ends in its level. */
typedef struct bp_table {
    const void *rows;
    size_t n;
} bp_table;

#ifdef BP_X86_LEVELS
#define BP_DECLARE_TABLES(name) extern const bp_table name##_plain, name##_avx2, name##_avx512
#define BP_TABLES(name)                                                                            \
    {                                                                                              \
        &name##_plain, &name##_avx2, &name##_avx512                                                \
    }
#else
#define BP_DECLARE_TABLES(name) extern const bp_table name##_plain
#define BP_TABLES(name)                                                                            \
    {                                                                                              \
        &name##_plain                                                                              \
    }
#endif

/* In a source compiled once for each level: the name of its table. BP_LEVEL is plain, avx2 … */
#define BP_JOIN(name, level)       name##_##level
#define BP_JOIN_VALUE(name, level) BP_JOIN(name, level)
#define BP_TABLE_NAME(name)        BP_JOIN_VALUE(name, BP_LEVEL)

/* The highest level this CPU can run, counted from 0, "plain"; thread-safe. */
size_t bp_cpu_level(void);

/* Its name; NULL past the last level of this build. */
const char *bp_cpu_level_name(size_t level);

#endif
