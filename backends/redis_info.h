/* redis_info.h - what a server of Redis says of itself by INFO, and what of that has to be changed.
 * Thread   any. Pure. */
#ifndef SG_REDIS_INFO_H
#define SG_REDIS_INFO_H

#include "backends/finding.h"
#include "backends/redis_url.h"

/* Which server it is, and what is asked of it. */
struct redis_info {
	struct slice server; /* where it is, for the findings */
	enum redis_deployment deployment;
	unsigned confirm_replicas;
	int64_t asked_ms, answered_ms; /* by our own wall clock */
	struct slice text;             /* "name:value\r\n"; headings begin with # */
};

/* The value that follows name and a colon, at a line's beginning. False: it says nothing of that. */
bool redis_info_find(struct slice text, struct slice name, struct slice *value);

/* What there is to say of it; at least one finding for each thing that is looked at. */
void redis_info_judge(const struct redis_info *info, struct findings *out);

/* How connections to there are protected, as the URL says. */
void redis_info_judge_url(const struct redis_url *url, const struct redis_endpoint *server,
			  struct findings *out);

#endif
