/* gateway_reload.h - the configuration, loaded anew while the process runs: complaints go to the log and to who has asked, a
 * bad one changes nothing, a good one is handed to the workers and to the admin API.
 * Thread   the main one. */
#ifndef SG_GATEWAY_RELOAD_H
#define SG_GATEWAY_RELOAD_H

#include "base/error.h"

struct gateway;

/* Now; nobody waits for an answer. */
void gateway_reload_by_signal(struct gateway *g);
/* From now on also when the admin API asks: open g->reloads. SG_ENOMEM, SG_ESYSTEM. */
SG_MUST_CHECK int gateway_reload_open(struct gateway *g);

#endif
