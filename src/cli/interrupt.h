/* interrupt.h: signals: Ctrl-C and its like, as a wish to stop; and files that vanish. */
#ifndef BP_CLI_INTERRUPT_H
#define BP_CLI_INTERRUPT_H

/* From here on SIGINT, SIGTERM and SIGHUP ask to stop, unless they are ignored already. */
void catch_interrupts(void);

/* From here on a file that others cut short, while it is mapped, ends the program with a message and
 * EXIT_ERROR in place of a signal. */
void catch_cut_files(void);

/* The signal that asked to stop; 0: none. */
int interrupted(void);

#endif
