/* visitor.h - what a request says about where it comes from, for our own decisions: X-Forwarded-*
 * are believed only from trusted_proxies, and the params stay as they are.
 * Borrow   from the params. Thread: the worker's. */
#ifndef SG_VISITOR_H
#define SG_VISITOR_H

#include "gateway/params.h"

struct visitor {
	struct slice address; /* of the visitor; empty when nobody says */
	struct slice host;    /* without port, lower case (in the arena); empty when nobody says */
	bool https;
	struct slice accept; /* see visitor_prefers_html() */
};

/* Does an Accept prefer text/html: of a browser, not a program? */
bool visitor_prefers_html(struct slice accept);

SG_MUST_CHECK int visitor_read(const struct params *p, const struct config *config,
			       struct visitor *out);

/* Of the visitor's scheme. */
unsigned visitor_default_port(const struct visitor *v);
/* The port that the visitor asked for: as his browser said it with the host, which leaves out the default one; where
 * it said no host, SERVER_PORT. 0: none that there is. The params are those that v was read from. */
unsigned visitor_port(const struct params *p, const struct config *config, const struct visitor *v);

#endif
