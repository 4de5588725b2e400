/* own_cookie.h - the cookie that an application's own session comes by, known by the names that frameworks give it.
 * Borrow   slices from the texts that they were found in.
 * Thread   any. */
#ifndef SG_OWN_COOKIE_H
#define SG_OWN_COOKIE_H

#include "base/slice.h"

struct own_cookie {
	struct slice name, value; /* name.len 0: there is none */
};

/* Is it a name that sessions go by? "PHPSESSID", "JSESSIONID", "laravel_session", "connect.sid" … */
bool own_cookie_is_session(struct slice name);
/* The first such cookie in HTTP_COOKIE that has a value; preferred, unless it is empty, is looked for before all others. */
struct own_cookie own_cookie_find(struct slice cookies, struct slice preferred);
/* The pair of a Set-Cookie. *cleared: it takes the cookie away; *http_only: scripts cannot read it. False: it is none. */
bool own_cookie_read(struct slice set_cookie, struct own_cookie *out, bool *cleared,
		     bool *http_only);

#endif
