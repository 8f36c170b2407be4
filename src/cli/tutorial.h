/* tutorial.h: the topics of bprop tutorial. To add one: its function, and its row in tutorial.c. */
#ifndef BP_CLI_TUTORIAL_H
#define BP_CLI_TUTORIAL_H

#include <bprop/bprop.h>

bp_status tutorial_two_class(bp_error *error);
bp_status tutorial_predict(bp_error *error);
bp_status tutorial_dosage(bp_error *error);

#endif
