/* process.h - what the system says of this process, as the metrics process_…
 * Thread   any. */
#ifndef SG_PROCESS_H
#define SG_PROCESS_H

#include "rest/exposition.h"

/* A family that the system says nothing of has no sample. */
void process_write(struct exposition *x);

#endif
