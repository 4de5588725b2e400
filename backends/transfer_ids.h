/* transfer_ids.h - pages of the ids of all sessions there are to be copied, or compared: the parcels of a phase. */
#ifndef SG_TRANSFER_IDS_H
#define SG_TRANSFER_IDS_H

#include "backends/transfer_crew.h"

/* A phase's ask. */
void transfer_ids_ask(struct crew *crew);

#endif
