/* configuration.h - /api/v1/config: what came of a reload that a call has asked for.
 * Thread   the admin API's. */
#ifndef SG_CONFIGURATION_H
#define SG_CONFIGURATION_H

#include "rest/reload.h"

/* Its call is answered, if there still is one; the reload goes. */
void configuration_reloaded(struct reload **r);

#endif
