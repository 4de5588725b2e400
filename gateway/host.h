/* host.h - the hosts that a route is for: one, "*.example.org" for all below one, or any when it is empty.
 * Thread   any. */
#ifndef SG_HOST_H
#define SG_HOST_H

#include "base/slice.h"

bool host_is_pattern(struct slice hosts);
/* Is host among them, or every one of those that it is a pattern of? */
bool host_fits(struct slice hosts, struct slice host);
/* Is one host among both? */
bool host_meets(struct slice a, struct slice b);

#endif
