/* info.c: bprop info */
#include "commands.h"
#include "load.h"
#include "report.h"
#include "restart.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

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

/* Whether these kernels are the environment's choice: neither OpenBLAS's nor the program's. */
static bool is_asked_for(const char *core)
{
    const char *asked = getenv("OPENBLAS_CORETYPE");
    return asked && strcasecmp(asked, core) == 0 && !core_before_restart();
}

int run_info(const options *o)
{
    bp_blas_info blas;
    char repair[200];
    const char *precision = sizeof(bp_real) == sizeof(float) ? "single" : "double";
    bp_blas_describe(&blas);
    bool asked = is_asked_for(blas.core);
    describe_repair(repair);
    if (o->json)
        return print_json(json_pack("{s:s, s:s, s:{s:s, s:s, s:b, s:i, s:s?, s:s?}}", "version",
                                    bp_version(), "precision", precision, "blas", "library",
                                    blas.library, "core", blas.core, "asked", asked, "threads",
                                    blas.threads, "repair", repair[0] ? repair : NULL, "problem",
                                    blas.problem[0] ? blas.problem : NULL));
    printf("bprop:   %s, %s precision\nBLAS:    %s\ncore:    %s%s\n", bp_version(), precision,
           blas.library, blas.core, asked ? " (OPENBLAS_CORETYPE asks for it)" : "");
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
