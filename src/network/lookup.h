/* lookup.h: the tables of activations and losses, one for each level of CPU. */
#ifndef BP_NETWORK_LOOKUP_H
#define BP_NETWORK_LOOKUP_H

#include <bprop/network.h>

#include "base/cpu.h"

BP_DECLARE_TABLES(bp_activations); /* rows: bp_activation */
BP_DECLARE_TABLES(bp_losses);      /* rows: bp_loss */

/* By level. */
extern const bp_table *const bp_activation_tables[];
extern const bp_table *const bp_loss_tables[];

#endif
