/* redis_url.c - see redis_url.h. */
#include "backends/redis_url.h"

#include "base/percent.h"
#include "base/url.h"

#include <stdlib.h>

enum { REDIS_PORT = 6379, REDIS_SENTINEL_PORT = 26379 };

struct scheme {
	struct slice name;
	enum redis_deployment deployment;
	bool tls, is_unix;
};

/* An entry each, not a grammar: so that a message can list what there is. */
static const struct scheme schemes[] = {
	{ { "redis", 5 }, REDIS_ALONE, false, false },
	{ { "rediss", 6 }, REDIS_ALONE, true, false },
	{ { "redis+unix", 10 }, REDIS_ALONE, false, true },
	{ { "redis+sentinel", 14 }, REDIS_SENTINEL, false, false },
	{ { "rediss+sentinel", 15 }, REDIS_SENTINEL, true, false },
	{ { "redis+cluster", 13 }, REDIS_CLUSTER, false, false },
	{ { "rediss+cluster", 14 }, REDIS_CLUSTER, true, false },
};

static int redis_url_refuse(const char **reason, const char *text)
{
	*reason = text;
	return SG_EFORMAT;
}

static const struct scheme *redis_url_scheme(struct slice name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (slice_equal(schemes[i].name, name))
			return &schemes[i];
	return NULL;
}

/* The word behind its encoding, with a NUL; an encoded one would cut it short. */
static int redis_url_word(struct slice text, char *out, size_t bytes, const char **reason)
{
	size_t len;

	/* decoding makes nothing longer */
	if (text.len >= bytes)
		return redis_url_refuse(reason, "a name or a password is too long");
	if (percent_decode(text, out, &len) != 0)
		return redis_url_refuse(reason, "behind a % two hex digits are missing; "
						"% itself is written %25");
	if (memchr(out, '\0', len) != NULL)
		return redis_url_refuse(reason, "a name or a password has no NUL");
	out[len] = '\0';
	return 0;
}

static int redis_url_database(struct redis_url *url, struct slice text, const char **reason)
{
	uint64_t number;

	if (!slice_number(text, REDIS_URL_DATABASES, &number))
		return redis_url_refuse(reason, "a database is a number, such as 0");
	if (url->deployment == REDIS_CLUSTER && number != 0)
		return redis_url_refuse(reason, "a Cluster has no databases but 0");
	url->database = (unsigned)number;
	return 0;
}

static int redis_url_credentials(struct redis_url *url, const struct url *parts,
				 const char **reason)
{
	struct redis_credentials *c = &url->credentials;
	int rc;

	if ((rc = redis_url_word(parts->user, c->user, sizeof(c->user), reason)) != 0 ||
	    (rc = redis_url_word(parts->password, c->password, sizeof(c->password), reason)) != 0)
		return rc;
	if (c->user[0] != '\0' && c->password[0] == '\0')
		return redis_url_refuse(reason, "a user needs a password: user:password@; "
						"with a password alone it is :password@");
	return 0;
}

static int redis_url_endpoints(struct redis_url *url, struct slice hosts, const char **reason)
{
	uint16_t port = url->deployment == REDIS_SENTINEL ? REDIS_SENTINEL_PORT : REDIS_PORT;
	bool more;

	do {
		struct slice host;
		int rc;

		if (url->count == REDIS_URL_ENDPOINTS)
			return redis_url_refuse(reason, "more hosts than 64");
		more = slice_cut(&hosts, ',', &host);
		rc = redis_endpoint_read(host, port, &url->endpoints[url->count], reason);
		if (rc != 0)
			return rc;
		url->count++;
	} while (more);
	if (url->deployment == REDIS_ALONE && url->count > 1)
		return redis_url_refuse(reason, "several hosts are redis+sentinel:// or "
						"redis+cluster://");
	return 0;
}

static int redis_url_socket(struct redis_url *url, const struct url *parts, const char **reason)
{
	char path[REDIS_HOST_BYTES];
	int rc;

	if (parts->hosts.len > 0)
		return redis_url_refuse(reason, "a socket's URL has no host: "
						"redis+unix:///run/redis/redis.sock");
	if ((rc = redis_url_word(parts->path, path, sizeof(path), reason)) != 0)
		return rc;
	url->count = 1;
	return redis_endpoint_set_path(&url->endpoints[0], slice_from(path), reason);
}

/* What follows the hosts: the master's name of Sentinels, and a database. */
static int redis_url_path(struct redis_url *url, struct slice path, const char **reason)
{
	struct slice name;
	int rc;

	if (path.len > 0)
		path = slice_after(path, 1);
	if (url->deployment == REDIS_SENTINEL) {
		slice_cut(&path, '/', &name);
		if (name.len == 0)
			return redis_url_refuse(reason, "behind the Sentinels the master's name is "
							"missing: redis+sentinel://host,host/name");
		rc = redis_url_word(name, url->master, sizeof(url->master), reason);
		if (rc != 0)
			return rc;
	}
	return path.len > 0 ? redis_url_database(url, path, reason) : 0;
}

static int redis_url_parameter(struct redis_url *url, struct slice name, struct slice value,
			       const char **reason)
{
	struct redis_credentials *c = &url->sentinel_credentials;

	if (slice_equal(name, SLICE("db")))
		return redis_url_database(url, value, reason);
	if (url->deployment == REDIS_SENTINEL && slice_equal(name, SLICE("sentinel_user")))
		return redis_url_word(value, c->user, sizeof(c->user), reason);
	if (url->deployment == REDIS_SENTINEL && slice_equal(name, SLICE("sentinel_password")))
		return redis_url_word(value, c->password, sizeof(c->password), reason);
	return redis_url_refuse(reason, "behind the ? there may be db=, and of Sentinels "
					"sentinel_user= and sentinel_password=");
}

static int redis_url_query(struct redis_url *url, struct slice query, const char **reason)
{
	struct slice name, value;
	int rc = 0;

	while (rc == 0 && url_next_parameter(&query, &name, &value))
		rc = redis_url_parameter(url, name, value, reason);
	if (rc == 0 && url->sentinel_credentials.user[0] != '\0' &&
	    url->sentinel_credentials.password[0] == '\0')
		return redis_url_refuse(reason, "a sentinel_user needs a sentinel_password");
	return rc;
}

static int redis_url_fill(struct redis_url *url, struct slice text, const char **reason)
{
	const struct scheme *scheme;
	struct url parts;
	int rc;

	if (url_split(text, &parts) != 0)
		return redis_url_refuse(reason,
					"expected redis://[user:password@]host[:port][/db]; "
					"in a password # is written %23");
	if ((scheme = redis_url_scheme(parts.scheme)) == NULL)
		return redis_url_refuse(reason, "of Redis there are redis: rediss: redis+unix: "
						"redis+sentinel: rediss+sentinel: "
						"redis+cluster: rediss+cluster:");
	url->deployment = scheme->deployment;
	url->tls = scheme->tls;
	if ((rc = redis_url_credentials(url, &parts, reason)) != 0)
		return rc;
	if (scheme->is_unix)
		rc = redis_url_socket(url, &parts, reason);
	else if ((rc = redis_url_endpoints(url, parts.hosts, reason)) == 0)
		rc = redis_url_path(url, parts.path, reason);
	return rc != 0 ? rc : redis_url_query(url, parts.query, reason);
}

int redis_url_read(struct slice text, struct redis_url **out, const char **reason)
{
	struct redis_url *url = calloc(1, sizeof(*url));
	int rc;

	if (url == NULL) {
		*reason = "out of memory";
		return SG_ENOMEM;
	}
	if ((rc = redis_url_fill(url, text, reason)) != 0)
		redis_url_free(&url);
	else
		*out = url;
	return rc;
}

void redis_url_free(struct redis_url **url)
{
	struct redis_url *u = *url;

	*url = NULL;
	if (u == NULL)
		return;
	explicit_bzero(u, sizeof(*u));
	free(u);
}
