/* endpoint.h - the one table of what can be called: from its rows come the answers to unknown paths and methods, the
 * check of scopes and of parameters' names, and what a metric calls a call.
 * Owner    static, for ever. Thread: any. */
#ifndef SG_ENDPOINT_H
#define SG_ENDPOINT_H

#include "rest/grant.h"

struct call;

/* What a call's body has to be. */
enum endpoint_body {
	BODY_NONE, /* whatever comes is not looked at */
	BODY_JSON,
	BODY_JSON_OR_NONE,
	BODY_EMPTY, /* the same, with no members: whatever is asked for is a parameter */
	BODY_PATCH, /* JSON, also called application/merge-patch+json */
};

enum {
	ENDPOINT_OPEN = 0, /* in the place of a scope: anybody may, and is not asked who he is */
	ENDPOINT_ANY = SCOPE_ALL,    /* whoever has one */
	ENDPOINT_PARAMETERS = 24,    /* no endpoint knows more */
	ENDPOINT_METHODS_BYTES = 64, /* of the longest list */
};

struct endpoint {
	const char *method;
	const char *path; /* a part in braces stands for any one */
	unsigned scope;   /* one of enum scope, or of those above */
	enum endpoint_body body;
	const char *const *parameters; /* of the URL, that it knows; ends with NULL */
	/* Answers, or sees to it that it will be (call.h). */
	void (*run)(struct call *call);
	const char *action; /* what the audit calls it; NULL: it writes nothing of it */
};

/* Which one a path (still encoded) asks for with this method; HEAD asks for what GET does. *subject is what stands in the
 * place of the part in braces, still encoded; empty: there is none.
 * NULL: none. allow is then empty where there is no such path; else the methods that it knows. */
const struct endpoint *endpoint_find(struct slice method, struct slice path, struct slice *subject,
				     char allow[ENDPOINT_METHODS_BYTES]);

bool endpoint_knows_parameter(const struct endpoint *e, struct slice name);

/* All of them, for who lists them. */
const struct endpoint *endpoint_all(size_t *count);

#endif
