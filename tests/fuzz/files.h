/* files.h - the configuration's files in memory: what the gateway opens is one of two that the test has filled, and
 * nothing else is there. Linked with --wrap for open() and glob().
 * Thread   one. */
#ifndef SG_FUZZ_FILES_H
#define SG_FUZZ_FILES_H

#include "base/slice.h"

#define FILES_FIRST  "/main.yaml"
#define FILES_SECOND "/conf.d/other.yaml"

/* From now on they hold this. */
void files_fill(struct slice first, struct slice second);

#endif
