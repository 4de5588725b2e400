/* param_name.h - what the name of a param tells before its value is looked at.
 * Web servers send the same names in the same order, request after request: what was found out of a name is
 * remembered by its place among the others, in each thread, so that one look tells whether it is the same
 * again.
 * Thread   any. */
#ifndef SG_PARAM_NAME_H
#define SG_PARAM_NAME_H

#include "base/slice.h"

struct param_name {
	uint32_t hash;    /* seeded by each process: nobody can prepare names that collide */
	const char *flaw; /* why the request is refused; NULL: nothing is wrong with it */
	bool odd;         /* has characters that no web server gives it: see fold.h */
	bool http;        /* HTTP_*: of the client's, joined when it comes twice */
	bool ours; /* SESSION_*, HTTP_X_SESSION_*: what no client tells an application; and HTTP_PROXY */
	bool remembered; /* at its place: what follows was told of it as well */
	bool as_before; /* the same as the last time, when it was told apart from those before it */
	bool script;    /* says which program is to run: no control bytes in its value */
};

/* Of the name that comes after so many others; lasts until the thread's next call. */
const struct param_name *param_name(struct slice name, size_t place);

/* The names at the first so many places, all of them remembered and each as it was last asked for, are
 * different ones. */
void param_name_told_apart(size_t places);

/* Only the hash. */
uint32_t param_name_hash(struct slice name);

#endif
