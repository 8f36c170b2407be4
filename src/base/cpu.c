#include "base/cpu.h"

#include <stdbool.h>

static const char *const names[] = {
    "plain",
#ifdef BP_X86_LEVELS
    "avx2",
    "avx512",
#endif
};

const char *bp_cpu_level_name(size_t level)
{
    return level < sizeof names / sizeof *names ? names[level] : NULL;
}

size_t bp_cpu_level(void)
{
#ifdef BP_X86_LEVELS /* these ask the system too, which must save the wider registers */
    bool fma = __builtin_cpu_supports("fma");
    if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return 2;
    if (fma && __builtin_cpu_supports("avx2"))
        return 1;
#endif
    return 0;
}
