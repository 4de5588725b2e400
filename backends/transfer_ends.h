/* transfer_ends.h - the phase of a transfer that ends here what has ended there, as its events say. */
#ifndef SG_TRANSFER_ENDS_H
#define SG_TRANSFER_ENDS_H

#include "backends/transfer_crew.h"

extern const struct transfer_phase transfer_ends;

#endif
