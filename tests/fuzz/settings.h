/* settings.h - a configuration from its text, without a file on a disk. */
#ifndef SG_FUZZ_SETTINGS_H
#define SG_FUZZ_SETTINGS_H

#include "gateway/config.h"

/* Claims that it is without fault. */
const struct config *settings_load(const char *yaml);
/* One application for all paths, and the realm intra beside the default one. */
const struct config *settings_usual(void);

#endif
