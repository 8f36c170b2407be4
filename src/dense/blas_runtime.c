/* blas_runtime.c: which BLAS library runs, which of its kernels, on how many threads. */
#include <bprop/dense.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#ifdef BP_HAVE_OPENBLAS

#include <cblas.h> /* declares OpenBLAS's own calls too */

/* What the processor could run, as OPENBLAS_CORETYPE names it; NULL: no opinion. */
static const char *core_for_this_cpu(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2"))
        return "Haswell";
#endif
    return NULL;
}

/* OpenBLAS's names for processors without AVX2. Before 0.3.25 it takes an Intel processor that
 * it does not know for a Prescott (OpenBLAS issue 4267) and runs at a quarter of the speed. */
static bool is_old_core(const char *core)
{
    static const char *const old[] = {
        "Prescott",  "Generic",    "Katmai",       "Coppermine", "Northwood", "Banias",
        "Core2",     "Penryn",     "Dunnington",   "Atom",       "Nehalem",   "Sandybridge",
        "Athlon",    "Opteron",    "Opteron_SSE3", "Barcelona",  "Bobcat",    "Nano",
        "Bulldozer", "Piledriver", "Steamroller",
    };
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (strcmp(core, old[i]) == 0)
            return true;
    return false;
}

void bp_blas_describe(bp_blas_info *info)
{
    *info = (bp_blas_info){.threads = openblas_get_num_threads()};
    snprintf(info->library, sizeof info->library, "%s", openblas_get_config());
    snprintf(info->core, sizeof info->core, "%s", openblas_get_corename());
    size_t end = strlen(info->library);
    while (end && info->library[end - 1] == ' ')
        info->library[--end] = '\0';
    const char *better = core_for_this_cpu();
    if (better && is_old_core(info->core))
        snprintf(info->problem, sizeof info->problem,
                 "OpenBLAS runs its %s kernels, but this processor can run faster ones; start "
                 "the program with OPENBLAS_CORETYPE=%s in its environment",
                 info->core, better);
}

void bp_blas_set_threads(int n)
{
    if (n > 0)
        openblas_set_num_threads(n);
}

#else

void bp_blas_describe(bp_blas_info *info)
{
    *info = (bp_blas_info){.core = "unknown"};
    snprintf(info->library, sizeof info->library, "%s", BP_BLAS_NAME);
}

void bp_blas_set_threads(int n) { (void)n; }

#endif
