/* sample.c - see sample.h. */
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct config_realm sample_realm(const char *name, const char *header)
{
	return (struct config_realm){
		.name = name,
		.lifetime = { .idle_ms = 1800000, .absolute_ms = 43200000, .touch_ms = 60000 },
		.limits = { .max_bytes = 1048576, .max_value = 524288, .max_attributes = 256 },
		.cookie = { .path = "/",
			    .domain = "",
			    .http_only = true,
			    .https_name = "__Host-sg_session",
			    .http_name = "sg_session" },
		.header = { .name = header, .bearer = strcmp(header, "Authorization") == 0 },
	};
}

void sample_init(struct sample *s)
{
	const char *reason;

	*s = (struct sample){
		.cookie_names = { SLICE("__Host-sg_session"), SLICE("sg_session"),
				  SLICE("intranet") },
		.token_params = { SLICE("HTTP_X_AUTH_TOKEN") },
		.drop_params = { SLICE("X_DROPPED") },
	};
	s->realms[0] = sample_realm("default", "X-Auth-Token");
	s->realms[1] = sample_realm("bearer", "Authorization");
	s->realms[1].cookie.https_name = s->realms[1].cookie.http_name = "intranet";
	s->route = (struct config_route){ .name = "",
					  .realm = &s->realms[0],
					  .session = ROUTE_SESSION_ON,
					  .expose = EXPOSE_EACH };
	cr_assert_eq(network_read(SLICE("127.0.0.0/8"), &s->trusted[0], &reason), 0);
	s->config.limits.params = 1000;
	s->config.limits.params_bytes = 256 * 1024;
	s->config.cookie_names = s->cookie_names;
	s->config.cookie_name_count = ROWS(s->cookie_names);
	s->config.token_params = s->token_params;
	s->config.token_param_count = ROWS(s->token_params);
	s->config.drop_params = s->drop_params;
	s->config.drop_param_count = ROWS(s->drop_params);
	s->config.trusted_proxies = s->trusted;
	s->config.trusted_proxy_count = ROWS(s->trusted);
	s->config.bearer = true;
}

void sample_fini(struct sample *s)
{
	arena_fini(&s->arena);
}

/* Hand what was gathered to the arena. */
static struct slice sample_keep(struct sample *s, struct buffer *b)
{
	struct slice kept = arena_copy(&s->arena, buffer_content(b));

	cr_assert_not_null(kept.ptr);
	buffer_fini(b);
	return kept;
}

struct slice sample_pairs(struct sample *s, const char *text)
{
	struct slice rest = slice_from(text), name, value;
	struct buffer b = { 0 };

	while (rest.len > 0) {
		slice_cut(&rest, '|', &value);
		slice_cut(&value, '=', &name);
		cr_assert_eq(pairs_append_one(&b, name, value), 0);
	}
	return sample_keep(s, &b);
}

struct params sample_params(struct sample *s, const char *text)
{
	const char *reason = "";
	struct params p;
	int rc = params_read(sample_pairs(s, text), &s->config, &s->arena, &p, &reason);

	cr_assert_eq(rc, 0, "%s: %s", text, reason);
	return p;
}

const char *sample_text(struct sample *s, const struct params *p)
{
	struct buffer b = { 0 };

	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].name.ptr != NULL)
			cr_assert_eq(buffer_printf(&b, "%s%.*s=%.*s", buffer_len(&b) > 0 ? "|" : "",
						   SLICE_ARGS(p->items[i].name),
						   SLICE_ARGS(p->items[i].value)),
				     0);
	return sample_keep(s, &b).ptr;
}

static void sample_try(struct slice bytes, size_t changed, char c, sample_try_fn *try_one,
		       void *ctx)
{
	char *copy = malloc(bytes.len);

	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	if (changed < bytes.len)
		copy[changed] = c;
	try_one(ctx, slice_of(copy, bytes.len));
	free(copy);
}

void sample_mutate(struct slice bytes, sample_try_fn *try_one, void *ctx)
{
	static const char tripping[] = "\0\1\t\n\r \"%,-/.0:;=A{}\177\200\377";

	for (size_t len = 0; len <= bytes.len; len++)
		sample_try(slice_of(bytes.ptr, len), len, '\0', try_one, ctx);
	for (size_t at = 0; at < bytes.len; at++)
		for (size_t i = 0; i < sizeof(tripping) - 1; i++)
			sample_try(bytes, at, tripping[i], try_one, ctx);
}
