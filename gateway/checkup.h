/* checkup.h - what should be changed of a configuration that was good enough to be loaded, and how its applications are, as
 * far as requests have shown: the gateway's part of what a doctor finds (docs/doctor.md).
 * Thread   the admin API's. */
#ifndef SG_CHECKUP_H
#define SG_CHECKUP_H

#include "backends/finding.h"
#include "gateway/config.h"
#include "gateway/meters.h"

/* As struct source has it: ctx is the struct meters, owner the struct in_force, of whose newest configuration it is. */
bool checkup_examine(void *ctx, const void *owner, struct slice application, struct findings *out);

/* Its parts. Cookies and lifetimes of a realm that some route has: */
void checkup_realm(const struct config *config, const struct config_realm *realm,
		   struct findings *out);
/* A pool against what its application took of it, and whether that uses sessions. closely: with what there is to say when
 * all is well. */
void checkup_application(const struct config *config, const struct config_application *application,
			 struct meters *meters, bool closely, struct findings *out);

#endif
