/* origin.h - was a request made by a page of the site that it is for (application.md section 5, csrf)?
 * Thread   the worker's. */
#ifndef SG_ORIGIN_H
#define SG_ORIGIN_H

#include "base/slice.h"

struct request;

/* The session is looked up. A safe method may come from anywhere; any other needs a sign that no page of another
 * site can give: Sec-Fetch-Site or Origin, which browsers write, or the session's CSRF value; or a token in a
 * header, since no browser adds one by itself. */
bool origin_permits(const struct request *r);

#endif
