/* jar.h - cookies as browsers and applications read them: laxly, each in its own way, so that none of these ways may
 * find what we say is not there. Ours are those of the realm "default" and of one whose cookie is called "intra", which
 * every target's configuration has. */
#ifndef SG_FUZZ_JAR_H
#define SG_FUZZ_JAR_H

#include "base/slice.h"

/* Does a browser that takes this Set-Cookie send back a cookie of ours (RFC 6265 section 5.2, and its successor's
 * for cookies without a name)? */
bool jar_sets_ours(struct slice set_cookie);
/* Would an application that splits a Cookie header at semicolons, or at commas as well (RFC 2109), or at white space
 * (Python), see one of ours? */
bool jar_shows_ours(struct slice cookies);

#endif
