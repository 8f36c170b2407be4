/* restart.h: the program started again where OpenBLAS took the processor for a lesser one. */
#ifndef BP_CLI_RESTART_H
#define BP_CLI_RESTART_H

/* Where faster kernels of OpenBLAS can be had for OPENBLAS_CORETYPE, which it reads as a process
 * starts, and the environment does not have that at all: becomes the program anew, with it set. To
 * be called before anything else is done; returns if there is nothing to repair, or no way to. */
void restart_for_better_kernels(char **argv);

/* The core that OpenBLAS had chosen before this process became the program anew; NULL: it did not.
 */
const char *core_before_restart(void);

#endif
