/* cors.h - which other origins' pages may call from a browser (the Fetch standard's CORS): those that are configured, to the
 * letter, and none without that. Credentials are tokens that a page has, never cookies.
 * Thread   the admin API's. */
#ifndef SG_CORS_H
#define SG_CORS_H

#include "rest/call.h"

/* What a browser is told of the answer to a page of that origin; true: it is one of them. */
bool cors_admit(struct call *c);
/* What it asks before it lets one call: what may be called with these methods. */
void cors_answer_preflight(struct call *c, const char *methods);

/* "https://admin.example.org", with a port or without. */
bool cors_is_origin(struct slice text);

#endif
