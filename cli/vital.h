/* vital.h - what nothing can go on without: memory. Thread: the main one. */
#ifndef SG_VITAL_H
#define SG_VITAL_H

#include <stddef.h>

/* Says what is wrong and ends the program with OUTCOME_ERROR, unless rc is 0. */
void vital(int rc);
/* The same for what comes as a pointer; gives it back. */
void *vital_memory(void *memory);

#endif
