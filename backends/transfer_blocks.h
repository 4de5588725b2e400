/* transfer_blocks.h - the phase of a transfer that has users who are blocked there blocked here, too. */
#ifndef SG_TRANSFER_BLOCKS_H
#define SG_TRANSFER_BLOCKS_H

#include "backends/transfer_crew.h"

extern const struct transfer_phase transfer_blocks;

#endif
