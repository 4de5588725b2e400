/* redis_url.h - the Redis that store.url names:
 *
 *	redis://[user:password@]host[:6379][/db]		one server
 *	redis+unix://[user:password@]/path[?db=N]		one server, by its Unix socket
 *	redis+sentinel://[user:password@]host[:26379],…/name[/db]	the master that Sentinels name
 *	redis+cluster://[user:password@]host[:6379],…		a Cluster; each of the hosts may be asked
 *
 * with rediss in the place of redis all connections are TLS (not over a Unix socket). User and password are those of
 * Redis's ACL, percent-encoded, ":password@" being the default user's; Sentinels have their own, in
 * ?sentinel_user=…&sentinel_password=….
 * Owner    who called redis_url_read(); ends with redis_url_free(), which wipes the passwords.
 * Thread   immutable: any. */
#ifndef SG_REDIS_URL_H
#define SG_REDIS_URL_H

#include "backends/redis_endpoint.h"

enum {
	REDIS_URL_ENDPOINTS = 64,
	REDIS_URL_WORD_BYTES = 256, /* a user, a master's name */
	REDIS_URL_PASSWORD_BYTES = 1024,
	REDIS_URL_DATABASES = 1 << 20, /* more than anybody configures */
};

enum redis_deployment { REDIS_ALONE, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_credentials {
	char user[REDIS_URL_WORD_BYTES];         /* empty: the default one */
	char password[REDIS_URL_PASSWORD_BYTES]; /* empty: none is sent */
};

struct redis_url {
	enum redis_deployment deployment;
	bool tls;
	unsigned database;
	struct redis_credentials credentials, sentinel_credentials;
	char master[REDIS_URL_WORD_BYTES]; /* REDIS_SENTINEL: what the Sentinels call it */
	/* where to begin: the server, some Sentinels, some nodes; one at least */
	size_t count;
	struct redis_endpoint endpoints[REDIS_URL_ENDPOINTS];
};

/* SG_EFORMAT, SG_ENOMEM: *reason then says what is wrong, for a person, and quotes nothing. */
SG_MUST_CHECK int redis_url_read(struct slice text, struct redis_url **out, const char **reason);
/* *url may be NULL, becomes NULL. */
void redis_url_free(struct redis_url **url);

#endif
