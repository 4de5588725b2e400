/* transfer_records.h - the phase of a transfer that copies the sessions themselves. */
#ifndef SG_TRANSFER_RECORDS_H
#define SG_TRANSFER_RECORDS_H

#include "backends/transfer_crew.h"

extern const struct transfer_phase transfer_records;

#endif
