/* redis_slot.h - which of a Cluster's slots a key lies in, and where a node says that a slot lies now (the Redis Cluster
 * specification, "Key distribution model", "Hash tags", "MOVED Redirection", "ASK redirection").
 * Thread   any. */
#ifndef SG_REDIS_SLOT_H
#define SG_REDIS_SLOT_H

#include "backends/redis_endpoint.h"

enum { REDIS_SLOTS = 16384 };

/* Of the bytes between the first { and the first } behind it, if there are any; else of the whole key. */
unsigned redis_slot_of(struct slice key);

struct redis_redirect {
	bool ask; /* for this one command alone, behind ASKING; else from now on */
	unsigned slot;
	struct redis_endpoint to;
};

/* From the text of an error that says "MOVED slot host:port" or "ASK slot host:port"; from is the node that said so, which
 * may leave the host out when it is its own. SG_EFORMAT for every other text. */
SG_MUST_CHECK int redis_redirect_read(struct slice error, const struct redis_endpoint *from,
				      struct redis_redirect *out);

#endif
