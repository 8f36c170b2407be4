/* info.c: bprop info */
#include "commands.h"
#include "load.h"
#include "report.h"
#include "restart.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* What the program has done about kernels that were not the processor's; empty: nothing. */
static void describe_repair(char text[200])
{
    const char *was = core_before_restart();
    text[0] = '\0';
    if (was)
        snprintf(text, 200,
                 "OpenBLAS took this processor for a %.30s; bprop started itself again with "
                 "OPENBLAS_CORETYPE=%.30s",
                 was, getenv("OPENBLAS_CORETYPE"));
}

/* The kernels of OpenBLAS, and who chose them where that was neither it nor bprop. */
static void print_core(const bp_blas_info *blas, bool repaired)
{
    const char *asked = getenv("OPENBLAS_CORETYPE");
    printf("core:    %s", blas->core);
    if (asked && asked[0] && !repaired)
        printf(" (OPENBLAS_CORETYPE=%.30s is set)", asked);
    printf("\n");
}

int run_info(const options *o)
{
    bp_blas_info blas;
    char repair[200];
    const char *precision = sizeof(bp_real) == sizeof(float) ? "single" : "double";
    bp_blas_describe(&blas);
    describe_repair(repair);
    if (o->json)
        return print_json(json_pack(
            "{s:s, s:s, s:{s:s, s:s, s:i, s:s?, s:s?}}", "version", bp_version(), "precision",
            precision, "blas", "library", blas.library, "core", blas.core, "threads", blas.threads,
            "repair", repair[0] ? repair : NULL, "problem", blas.problem[0] ? blas.problem : NULL));
    printf("bprop:   %s, %s precision\nBLAS:    %s\n", bp_version(), precision, blas.library);
    print_core(&blas, repair[0]);
    if (blas.threads)
        printf("threads: %d\n", blas.threads);
    else
        printf("threads: unknown\n");
    for (size_t i = 0; bp_kernel_at(i); i++)
        printf("%s %-6s %s\n", i ? "        " : "kernels:", bp_kernel_at(i)->name,
               bp_kernel_at(i)->summary);
    printf("repair:  %s\nproblem: %s\n", repair[0] ? repair : "none",
           blas.problem[0] ? blas.problem : "none found");
    return EXIT_DONE;
}
