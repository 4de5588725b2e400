/* header.h - tokens in headers: carrier.c's hands for X-Auth-Token and "Authorization: Bearer".
 * Thread   the worker's. */
#ifndef SG_HEADER_H
#define SG_HEADER_H

#include "gateway/carrier.h"

/* Take the token headers of all realms out of p; keep what came in the one of header (NULL: of none)
 * in *out. Authorization goes only when it bears a well-formed token, and only where a realm reads
 * it; of several that came in one request, and were joined, a token among them makes all go, unread. A header with an empty value is one that did not come: that is how CGI says so. */
void header_take(struct params *p, const struct config *config, const struct config_header *header,
		 struct presented *out);

/* Would a client take this field of an application's answer for a token, or for the end of one? Other values of
 * such a header are the application's own. */
bool header_is_ours(const struct config *config, const struct head_field *field);

/* The token, or an empty value; for Authorization, which no response has, in X-Auth-Token. SG_ENOMEM. */
SG_MUST_CHECK int header_set(struct head *head, const struct config_header *header,
			     struct slice value);

#endif
