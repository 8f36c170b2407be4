/* allocator.h: where what is made for a network takes its memory. */
#ifndef BP_NETWORK_ALLOCATOR_H
#define BP_NETWORK_ALLOCATOR_H

#include <bprop/network.h>

/* Of bp_network_create_with(), for bp_allocate_from(); valid as long as the network. */
const bp_allocator *bp_network_allocator(const bp_network *network);

#endif
