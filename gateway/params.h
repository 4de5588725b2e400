/* params.h - the params of one request, made safe (application.md section 2): one of each name,
 * nothing that poses as session data, nothing that breaks applications.
 * Owner    the request: the struct by value, everything in it in the request's arena; names and
 *          values borrow from the pair bytes that were read or from the arena.
 * Thread   the worker's. */
#ifndef SG_PARAMS_H
#define SG_PARAMS_H

#include "base/arena.h"
#include "gateway/config.h"
#include "gateway/pairs.h"
#include "gateway/param_name.h"

struct params {
	struct param *items; /* the name of a removed one is NULL */
	size_t count, room;
	uint32_t known[PARAM_KNOWN_COUNT]; /* its index in items plus one; 0: never there */
	struct arena *arena;
	struct slice bytes; /* that were read */
	char *at, *end;     /* room for what is written */
	bool odd;           /* a name may stand for another: see param_name.h */
};

/* Read the bytes of all PARAMS records of a request. Of duplicates HTTP_* are joined with ", "
 * (HTTP_COOKIE with "; "), of the rest the last stays. Left out: SESSION_* and HTTP_X_SESSION_* in
 * every spelling, HTTP_PROXY, the configured drop_params.
 * SG_ELIMIT more than the limits allow (431) or a pair that no FastCGI record holds;
 * SG_EFORMAT a refused one (400); in both cases *reason says why, in words that quote nothing.
 * SG_ENOMEM. */
SG_MUST_CHECK int params_read(struct slice pairs, const struct config *config, struct arena *arena,
			      struct params *out, const char **reason);

/* The value; ptr is NULL when there is none, and never NULL when there is one, empty or not. */
struct slice params_get(const struct params *p, struct slice name);
/* The same for one that is known, without a search. */
static inline struct slice params_known(const struct params *p, enum param_known known);
/* Add or replace; name and value must live as long as the arena. SG_ENOMEM. */
SG_MUST_CHECK int params_set(struct params *p, struct slice name, struct slice value);
SG_MUST_CHECK int params_set_known(struct params *p, enum param_known known, struct slice value);
/* Add copies; the name is prefix and name together, known to be absent, and nobody will look for it.
 * Those that are written one after the other are side by side, see pairs.h. SG_ENOMEM. */
SG_MUST_CHECK static inline int params_write(struct params *p, struct slice prefix,
					     struct slice name, struct slice value);
/* Add one known to be absent; name and value must live as long as the arena. SG_ENOMEM. */
SG_MUST_CHECK int params_add_new(struct params *p, struct slice name, struct slice value);
/* Absent is fine. */
void params_remove(struct params *p, struct slice name);
static inline void params_remove_known(struct params *p, enum param_known known);

typedef bool params_judge_fn(struct slice value);

/* Remove the names that an application may take for name: those that no web server gives it, and what internal
 * redirects make of it ("REDIRECT_"); name itself stays. judge says which of their values go; NULL: all. */
void params_remove_respelled(struct params *p, struct slice name, params_judge_fn *judge);

/* params_write()'s: room for one more, of so many bytes. SG_ENOMEM. */
SG_MUST_CHECK int params_make_room(struct params *p, size_t bytes);

static inline struct slice params_known(const struct params *p, enum param_known known)
{
	return p->known[known] != 0 ? p->items[p->known[known] - 1].value : slice_of(NULL, 0);
}

static inline void params_remove_known(struct params *p, enum param_known known)
{
	if (p->known[known] != 0)
		p->items[p->known[known] - 1] = (struct param){ .head_bytes = 0 };
}

static inline int params_write(struct params *p, struct slice prefix, struct slice name,
			       struct slice value)
{
	size_t bytes = PAIR_HEAD_BYTES + prefix.len + name.len + value.len;
	int rc;

	if ((p->count == p->room || bytes > (size_t)(p->end - p->at)) &&
	    (rc = params_make_room(p, bytes)) != 0)
		return rc;
	p->at = pairs_write(p->at, prefix, name, value, &p->items[p->count++]);
	return 0;
}

#endif
