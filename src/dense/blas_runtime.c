/* blas_runtime.c: which BLAS library runs, which of its kernels, on how many threads. */
#include "dense/blas_runtime.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* OpenBLAS's names for processors without AVX2 and FMA. Before 0.3.25 it takes an Intel processor
 * that it does not know for a Prescott (OpenBLAS issue 4267), and an AMD one of a new family for a
 * Barcelona, and runs at a half to a quarter of the speed. Kernels for AVX2 on a processor with
 * AVX-512 are no mistake: OpenBLAS chooses them only where it was built without others. */
static bool is_old_core(const char *core)
{
    static const char *const old[] = {
        "Prescott",  "Generic",    "Katmai",       "Coppermine", "Northwood", "Banias",
        "Core2",     "Penryn",     "Dunnington",   "Atom",       "Nehalem",   "Sandybridge",
        "Athlon",    "Opteron",    "Opteron_SSE3", "Barcelona",  "Bobcat",    "Nano",
        "Bulldozer", "Piledriver", "Steamroller",
    };
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (strcasecmp(core, old[i]) == 0) /* built for one processor, it has them in capitals */
            return true;
    return false;
}

void bp_blas_judge(bp_blas_info *info, const char *best, const char *asked)
{
    info->better[0] = info->problem[0] = '\0';
    if (!best || !is_old_core(info->core))
        return;
    int length = snprintf(info->problem, sizeof info->problem,
                          "OpenBLAS runs its %s kernels, but this processor can run faster ones; ",
                          info->core);
    char *advice = info->problem + length;
    size_t room = sizeof info->problem - (size_t)length;
    if (!strstr(info->library, "DYNAMIC_ARCH"))
        snprintf(advice, room, "it was built without them: install one with DYNAMIC_ARCH");
    else if (asked && strcasecmp(asked, best) == 0)
        snprintf(advice, room,
                 "it has none for OPENBLAS_CORETYPE=%s, which is set: install 0.3.25 or newer",
                 best);
    else {
        snprintf(info->better, sizeof info->better, "%s", best);
        snprintf(advice, room, "start the program with OPENBLAS_CORETYPE=%s in its environment%s",
                 best, asked ? ", where it has another value" : "");
    }
}

#ifdef BP_HAVE_OPENBLAS

#include <cblas.h> /* declares OpenBLAS's own calls too */

/* What the processor, and the system on it, can run, as OPENBLAS_CORETYPE names it; NULL: no
 * opinion. Both names are older than any processor that is mistaken; where OpenBLAS was built
 * without SkylakeX it takes the next best for it. Its kernels need more than the first AVX-512. */
static const char *core_for_this_cpu(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    return !avx2 ? NULL : avx512 ? "SkylakeX" : "Haswell";
#else
    return NULL;
#endif
}

void bp_blas_describe(bp_blas_info *info)
{
    *info = (bp_blas_info){.threads = openblas_get_num_threads()};
    snprintf(info->library, sizeof info->library, "%s", openblas_get_config());
    snprintf(info->core, sizeof info->core, "%s", openblas_get_corename());
    size_t end = strlen(info->library);
    while (end && info->library[end - 1] == ' ')
        info->library[--end] = '\0';
    bp_blas_judge(info, core_for_this_cpu(), getenv("OPENBLAS_CORETYPE"));
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
