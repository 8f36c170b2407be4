/* interrupt.h: Ctrl-C and its like, as a wish to stop. */
#ifndef BP_CLI_INTERRUPT_H
#define BP_CLI_INTERRUPT_H

/* From here on SIGINT, SIGTERM and SIGHUP ask to stop, unless they are ignored already. */
void catch_interrupts(void);

/* The signal that asked to stop; 0: none. */
int interrupted(void);

#endif
