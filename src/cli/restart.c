/* restart.c: the program started again where OpenBLAS took the processor for a lesser one. The
 * process stays the same, and so do its number, its files and what its parent waits for. */
#include "restart.h"

#include <bprop/dense.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CORETYPE  "OPENBLAS_CORETYPE" /* that it is set is what ends the restarts, too */
#define RESTARTED "BPROP_RESTARTED"   /* "PID CORE": of no meaning to any other process */

#ifdef __linux__

#include <sys/auxv.h>

/* Whether /proc/self/exe is this program, and not a loader or a tool that runs it: the file that
 * this very code was mapped from. */
static bool is_program_itself(void)
{
    uintptr_t here = (uintptr_t)restart_for_better_kernels, begin, end;
    uintmax_t inode, mapped = 0;
    struct stat exe;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps || stat("/proc/self/exe", &exe))
        exe.st_ino = 0;
    while (maps && !mapped &&
           fscanf(maps, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %*s %" SCNuMAX "%*[^\n]", &begin, &end,
                  &inode) == 3)
        if (begin <= here && here < end)
            mapped = inode;
    if (maps)
        fclose(maps);
    return mapped && mapped == exe.st_ino;
}

void restart_for_better_kernels(char **argv)
{
    bp_blas_info blas;
    char was[64];
    bp_blas_describe(&blas);
    if (!blas.better[0] || getenv(CORETYPE) || getauxval(AT_SECURE) || !is_program_itself())
        return;
    snprintf(was, sizeof was, "%ld %s", (long)getpid(), blas.core);
    if (setenv(CORETYPE, blas.better, 1) == 0 && setenv(RESTARTED, was, 1) == 0)
        execv("/proc/self/exe", argv);
    unsetenv(CORETYPE);
    unsetenv(RESTARTED);
}

#else

void restart_for_better_kernels(char **argv) { (void)argv; }

#endif

const char *core_before_restart(void)
{
    const char *was = getenv(RESTARTED);
    char *end;
    return was && getenv(CORETYPE) && strtol(was, &end, 10) == getpid() && *end == ' ' ? end + 1
                                                                                       : NULL;
}
