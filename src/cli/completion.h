/* completion.h: bash's completion of the program's command line. */
#ifndef BP_CLI_COMPLETION_H
#define BP_CLI_COMPLETION_H

/* Prints a bash script on stdout, made from the tables of commands and options. */
void print_completion(void);

#endif
