/* manual.h: the manual page bprop(1). */
#ifndef BP_CLI_MANUAL_H
#define BP_CLI_MANUAL_H

/* Prints the page in mdoc on stdout, made from the tables of commands and options. */
void print_manual(void);

#endif
