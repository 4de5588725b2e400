/* transfer_comparison.h - the phase of a transfer that looks whether all is here as it is there. */
#ifndef SG_TRANSFER_COMPARISON_H
#define SG_TRANSFER_COMPARISON_H

#include "backends/transfer_crew.h"

extern const struct transfer_phase transfer_comparison;

#endif
