/* param_name.h - what the name of a param tells before its value is looked at.
 * Web servers send the same names in the same order, request after request: what was found out of a name is
 * remembered by its place among the others, in each thread, so that one look tells whether it is the same
 * again.
 * Thread   any. */
#ifndef SG_PARAM_NAME_H
#define SG_PARAM_NAME_H

#include "base/slice.h"

/* What the gateway itself asks for in each request: found by number, see params.h. */
#define PARAMS_KNOWN(X)           \
	X(CONTENT_LENGTH)         \
	X(HTTPS)                  \
	X(HTTP_ACCEPT)            \
	X(HTTP_COOKIE)            \
	X(HTTP_HOST)              \
	X(HTTP_TRANSFER_ENCODING) \
	X(HTTP_USER_AGENT)        \
	X(HTTP_X_REQUEST_ID)      \
	X(PATH_INFO)              \
	X(REMOTE_ADDR)            \
	X(REMOTE_USER)            \
	X(REQUEST_METHOD)         \
	X(REQUEST_SCHEME)         \
	X(REQUEST_URI)            \
	X(SCRIPT_NAME)            \
	X(SERVER_NAME)            \
	X(SESSIONGATE_ROUTE)

enum param_known {
	PARAM_OTHER, /* any that is not listed */
#define PARAM_KNOWN_AS(name) PARAM_##name,
	PARAMS_KNOWN(PARAM_KNOWN_AS)
#undef PARAM_KNOWN_AS
		PARAM_KNOWN_COUNT
};

enum {
	PARAM_NAME_PLACES = 64,    /* twice what a browser's request has */
	PARAM_NAME_REMEMBERED = 32 /* bytes; few are longer */
};

struct param_name {
	const char *flaw; /* why the request is refused; NULL: nothing is wrong with it */
	uint32_t hash;    /* seeded by each process: nobody can prepare names that collide */
	enum param_known known;
	bool odd; /* may stand for another name: has characters that no web server gives it, see fold.h, or
		   * is what was left of one after an internal redirect; REDIRECT_STATUS is not */
	bool http; /* HTTP_*: of the client's, joined when it comes twice */
	bool ours; /* SESSION_*, HTTP_X_SESSION_*: what no client tells an application; and HTTP_PROXY */
	bool script; /* says which program is to run: no control bytes in its value */
	bool plain;  /* nothing of all that, HTTP_* apart: it is kept, and its value is any text */
	bool remembered; /* at its place: what follows was told of it as well */
	bool as_before; /* the same as the last time, when it was told apart from those before it */
	uint8_t len;    /* 0: nothing yet */
	char bytes[PARAM_NAME_REMEMBERED];
};

/* Of the name that comes after so many others; lasts until the thread's next call. */
const struct param_name *param_name(struct slice name, size_t place);

/* What is remembered at that place, whatever stands there this time. */
static inline const struct param_name *param_name_at(size_t place);

/* The names at the first so many places, all of them remembered and each as it was last asked for, are
 * different ones. */
void param_name_told_apart(size_t places);

/* Apache, when it redirects internally (to an ErrorDocument, by mod_rewrite), keeps what a request's params were
 * under these names with a "REDIRECT_" in front, one for each redirect: without them. Others are as they are. */
struct slice param_name_before_redirect(struct slice name);

/* Only the hash. */
uint32_t param_name_hash(struct slice name);
/* Only which it is. */
enum param_known param_name_known(struct slice name);
struct slice param_known_name(enum param_known known);

/* The last one is for what is not remembered. */
extern _Thread_local struct param_name param_names[PARAM_NAME_PLACES + 1];

static inline const struct param_name *param_name_at(size_t place)
{
	return &param_names[place < PARAM_NAME_PLACES ? place : PARAM_NAME_PLACES];
}

#endif
