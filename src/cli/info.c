/* info.c: bprop info */
#include "commands.h"
#include "load.h"
#include "report.h"

#include <stdio.h>

int run_info(const options *o)
{
    bp_blas_info blas;
    bp_blas_describe(&blas);
    if (o->json)
        return print_json(json_pack("{s:s, s:{s:s, s:s, s:i, s:s?}}", "version", bp_version(),
                                    "blas", "library", blas.library, "core", blas.core, "threads",
                                    blas.threads, "problem",
                                    blas.problem[0] ? blas.problem : NULL));
    printf("bprop:   %s\nBLAS:    %s\ncore:    %s\n", bp_version(), blas.library, blas.core);
    if (blas.threads)
        printf("threads: %d\n", blas.threads);
    else
        printf("threads: unknown\n");
    for (size_t i = 0; bp_kernel_at(i); i++)
        printf("%s %-6s %s\n", i ? "        " : "kernels:", bp_kernel_at(i)->name,
               bp_kernel_at(i)->summary);
    printf("problem: %s\n", blas.problem[0] ? blas.problem : "none found");
    return EXIT_DONE;
}
