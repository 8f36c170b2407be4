/* mistaken_core.c: to be loaded before OpenBLAS, in whose place it then tells which kernels run:
 * those for a Prescott, until OPENBLAS_CORETYPE asks for others; with MISTAKEN=always ever, with
 * MISTAKEN=fixed because there are no others. Each start of a program adds the line "PID NAME" to
 * the file MISTAKEN_LOG. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *openblas_get_corename(void);
char *openblas_get_config(void);

static const char *how(void)
{
    const char *mistaken = getenv("MISTAKEN");
    return mistaken ? mistaken : "";
}

char *openblas_get_corename(void)
{
    char *asked = getenv("OPENBLAS_CORETYPE");
    return asked && asked[0] && strcmp(how(), "always") ? asked : "Prescott";
}

char *openblas_get_config(void)
{
    return strcmp(how(), "fixed") ? "OpenBLAS 0.3.21 DYNAMIC_ARCH" : "OpenBLAS 0.3.21 PRESCOTT";
}

__attribute__((constructor)) static void count(void)
{
    const char *path = getenv("MISTAKEN_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (log && fprintf(log, "%ld %s\n", (long)getpid(), program_invocation_name) > 0)
        fclose(log);
}
