/* clones.h: functions that are compiled once for each kind of CPU, of which the one that fits is
 * chosen when the program is loaded. The bits are the same: no operation is fused or reordered. */
#ifndef BP_BASE_CLONES_H
#define BP_BASE_CLONES_H

#ifdef BP_HAVE_CLONES /* by meson.build */
#define BP_CLONES __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define BP_CLONES
#endif

#endif
