/* url.h - the parts of a URL that names a server, or several of them (RFC 3986, with a list in the place of the host):
 *
 *	scheme://user:password@host:port,host:port/path?query
 *
 * Content  as it was written; percent_decode() is the reader's.
 * Borrow   the parts point into the text.
 * Thread   any. */
#ifndef SG_URL_H
#define SG_URL_H

#include "base/buffer.h"

struct url {
	struct slice scheme; /* without its colon */
	struct slice user, password;
	bool has_password; /* there is a colon behind the user */
	struct slice hosts;
	struct slice path;  /* with its slash, or empty */
	struct slice query; /* without its question mark */
};

/* SG_EFORMAT: no scheme with :// behind it, a fragment, control characters. */
SG_MUST_CHECK int url_split(struct slice text, struct url *out);

/* Cut the next name=value off the query; both are empty between two &. False at the end. */
bool url_next_parameter(struct slice *query, struct slice *name, struct slice *value);

/* Append text as a log may have it: *** in the place of a password, and of the value of each parameter whose name ends
 * with "password". What is not of the form above goes out as it is. SG_ENOMEM; out is then as it was. */
SG_MUST_CHECK int url_mask(struct slice text, struct buffer *out);

#endif
