/* params.c - the params of a request, from PARAMS' bytes to what an application is told.
 * Input: a byte of choices, then pairs as they stand in PARAMS, or lines "NAME=value". */
#include "base/percent.h"
#include "gateway/carrier.h"
#include "gateway/expose.h"
#include "gateway/fcgi.h"
#include "gateway/fold.h"
#include "gateway/route.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/jar.h"
#include "tests/fuzz/settings.h"

#include <arpa/inet.h>
#include <stdlib.h>

enum { EFFORT_MS = 1000, MODEL_PARAMS = 200, MODEL_BYTES = 16384, PAIRS_BYTES = 280000 };

enum choice { CHOICE_RAW = 1, CHOICE_SMALL = 2 };

static const struct config *wide, *usual, *narrow;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	wide = settings_load(
		"listen: 127.0.0.1:1\n"
		"drop_params: [PHP_VALUE]\n"
		"trusted_proxies: [10.0.0.0/8, '::1']\n"
		"applications: {a: {servers: 127.0.0.1:2}}\n"
		"realms: {intra: {cookie: {name: intra}, header: {name: Authorization}}}\n"
		"routes:\n"
		"- {path: /, application: a}\n"
		"- {name: one, host: '*.example.org', path: /one/, application: a}\n"
		"- {path: /i/, application: a, realm: intra, token: either}\n"
		"- {path: /off/, application: a, session: 'off', methods: [GET]}\n");
	usual = settings_usual();
	narrow = settings_load("listen: 127.0.0.1:1\n"
			       "limits: {params: 4, params_size: 1k}\n"
			       "realms: {intra: {cookie: {name: intra}}}\n"
			       "applications: {a: {servers: 127.0.0.1:2}}\n"
			       "routes: {path: /, application: a}\n");
	return 0;
}

/* --- what the contract says of one param --- */

static bool has(struct slice s, const char *set, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s.len > 0 && memchr(s.ptr, set[i], s.len) != NULL)
			return true;
	return false;
}

/* As an application that folds would see a name. */
static bool sounds_like(struct slice name, const char *folded, bool prefix)
{
	size_t len = strlen(folded);

	if (prefix ? name.len < len : name.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (fold_char(name.ptr[i]) != folded[i])
			return false;
	return true;
}

static bool is_refused(const struct param *p)
{
	bool script = slice_equal(p->name, SLICE("SCRIPT_NAME")) ||
		      slice_equal(p->name, SLICE("PATH_INFO")) ||
		      slice_equal(p->name, SLICE("SCRIPT_FILENAME"));

	return p->name.len == 0 || p->name.len > 256 || has(p->name, "\0\r\n=", 4) ||
	       has(p->value, "\0", 1) ||
	       (sounds_like(p->name, "HTTP_", true) && has(p->value, "\r\n", 2)) ||
	       (script && slice_has_control(p->value));
}

static bool is_dropped(const struct param *p, const struct config *config)
{
	struct slice name = p->name;

	if (config == wide && sounds_like(name, "PHP_VALUE", false)) /* drop_params */
		return true;
	while (sounds_like(name, "REDIRECT_", true))
		name = slice_after(name, strlen("REDIRECT_"));
	return sounds_like(name, "SESSION_", true) || sounds_like(name, "HTTP_PROXY", false) ||
	       sounds_like(name, "HTTP_X_SESSION_", true);
}

static bool must_not_differ(struct slice name)
{
	static const char *const names[] = { "CONTENT_LENGTH",  "REQUEST_METHOD", "SCRIPT_NAME",
					     "SCRIPT_FILENAME", "PATH_INFO",      "HTTPS",
					     "REMOTE_USER",     "REMOTE_ADDR" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal(name, slice_from(names[i])))
			return true;
	return false;
}

/* --- the same once more, slowly, where nothing is near a limit --- */

struct model {
	struct arena arena;
	struct param items[MODEL_PARAMS];
	size_t count;
	bool refused;
};

static struct param *model_find(struct model *m, struct slice name)
{
	for (size_t i = 0; i < m->count; i++)
		if (slice_equal(m->items[i].name, name))
			return &m->items[i];
	return NULL;
}

static void model_again(struct model *m, struct param *held, struct slice value)
{
	struct buffer joined = { 0 };

	if (!sounds_like(held->name, "HTTP_", true)) {
		m->refused |= must_not_differ(held->name) && !slice_equal(held->value, value);
		held->value = value;
		return;
	}
	CLAIM(buffer_printf(&joined, "%.*s%s%.*s", SLICE_ARGS(held->value),
			    slice_equal(held->name, SLICE("HTTP_COOKIE")) ? "; " : ", ",
			    SLICE_ARGS(value)) == 0);
	held->value = arena_copy(&m->arena, buffer_content(&joined));
	buffer_fini(&joined);
}

/* False: too many for it, or their lengths do not fit. */
static bool model_read(struct model *m, const struct config *config, struct slice pairs)
{
	struct param pair, *held;
	int rc;

	while ((rc = pairs_next(&pairs, &pair)) == 1 && m->count < MODEL_PARAMS) {
		m->refused |= is_refused(&pair);
		if (m->refused || is_dropped(&pair, config))
			continue;
		if ((held = model_find(m, pair.name)) != NULL)
			model_again(m, held, pair.value);
		else
			m->items[m->count++] = pair;
	}
	return rc == 0;
}

static void expect_model(const struct config *config, struct slice pairs, const struct params *p,
			 int rc)
{
	struct model m = { .count = 0 };

	if (model_read(&m, config, pairs) && rc != SG_ELIMIT) {
		CLAIM(m.refused == (rc == SG_EFORMAT), "%d", rc);
		CLAIM(m.refused || m.count == p->count);
		for (size_t i = 0; i < m.count && !m.refused; i++) {
			CLAIM(slice_equal(m.items[i].name, p->items[i].name));
			CLAIM(slice_equal(m.items[i].value, p->items[i].value));
		}
	}
	arena_fini(&m.arena);
}

/* --- what came of it --- */

static void expect_safe(const struct params *p, const struct config *config)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct param *item = &p->items[i];

		CLAIM(!is_refused(item) && !is_dropped(item, config), "%.*s",
		      SLICE_ARGS(item->name));
		CLAIM(pairs_size(item->name, item->value) <= FCGI_CONTENT_MAX);
		CLAIM(params_get(p, item->name).ptr == item->value.ptr, "%.*s twice",
		      SLICE_ARGS(item->name));
	}
}

/* What is known is what a search finds. */
static void expect_known(const struct params *p)
{
	for (enum param_known known = PARAM_OTHER + 1; known < PARAM_KNOWN_COUNT; known++)
		CLAIM(params_known(p, known).ptr == params_get(p, param_known_name(known)).ptr,
		      "%.*s", SLICE_ARGS(param_known_name(known)));
}

static bool is_there(const struct param *item)
{
	return item->name.ptr != NULL;
}

/* No name twice, in whatever order; ours may be there now, and others have gone. */
static void expect_unique(const struct params *p)
{
	for (size_t i = 0; i < p->count && p->count <= 2 * MODEL_PARAMS; i++)
		for (size_t k = 0; k < i && is_there(&p->items[i]); k++)
			CLAIM(!is_there(&p->items[k]) ||
				      !slice_equal(p->items[i].name, p->items[k].name),
			      "%.*s twice", SLICE_ARGS(p->items[i].name));
}

/* What the application reads is what is there. */
static void expect_round_trip(const struct params *p)
{
	struct buffer out = { 0 };
	struct slice in;
	size_t at = 0;

	CLAIM(fcgi_append_params(&out, 1, p->items, p->count) == 0);
	for (in = buffer_content(&out); in.len > 0;) {
		const uint8_t *h = (const uint8_t *)in.ptr;
		size_t bytes = (size_t)h[4] * 256 + h[5];
		struct slice rest = slice_of(in.ptr + FCGI_HEADER_LEN, bytes);
		struct param pair;
		int rc;

		while ((rc = pairs_next(&rest, &pair)) == 1) {
			while (at < p->count && !is_there(&p->items[at]))
				at++;
			CLAIM(at < p->count && slice_equal(pair.name, p->items[at].name));
			CLAIM(slice_equal(pair.value, p->items[at++].value));
		}
		CLAIM(rc == 0 && h[6] == 0);
		in = slice_after(in, FCGI_HEADER_LEN + bytes);
	}
	while (at < p->count && !is_there(&p->items[at]))
		at++;
	CLAIM(at == p->count);
	buffer_fini(&out);
}

static bool is_ip(struct slice text)
{
	char copy[64] = { 0 };
	struct in6_addr parsed;

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	return inet_pton(AF_INET, copy, &parsed) == 1 || inet_pton(AF_INET6, copy, &parsed) == 1;
}

static void expect_visitor(const struct params *p, const struct visitor *v)
{
	struct slice said = params_get(p, SLICE("REMOTE_ADDR"));

	CLAIM(slice_equal(v->address, said) || is_ip(v->address), "%.*s", SLICE_ARGS(v->address));
	for (size_t i = 0; i < v->host.len; i++)
		CLAIM(v->host.ptr[i] < 'A' || v->host.ptr[i] > 'Z');
}

/* One spelling only: flat, and the same again when it is asked for. */
static void expect_path(struct slice path, struct arena *arena)
{
	struct params again = { .arena = arena };
	struct buffer target = { 0 };
	struct slice rest = path, segment, same;

	CLAIM(path.len > 0 && path.ptr[0] == '/' && !has(path, "\0", 1));
	for (slice_cut(&rest, '/', &segment); rest.len > 0;) {
		bool more = slice_cut(&rest, '/', &segment);

		CLAIM(segment.len > 0 || !more, "// in %.*s", SLICE_ARGS(path));
		CLAIM(!slice_equal(segment, SLICE(".")) && !slice_equal(segment, SLICE("..")));
	}
	CLAIM(percent_encode(&target, path, "/") == 0);
	CLAIM(params_set(&again, SLICE("REQUEST_URI"), buffer_content(&target)) == 0);
	CLAIM(route_path(&again, &same) == 0 && slice_equal(same, path), "%.*s", SLICE_ARGS(path));
	buffer_fini(&target);
}

static void go_on(const struct config *config, struct params *p)
{
	const struct config_route *route = NULL;
	struct presented presented;
	struct visitor visitor;
	struct slice path;

	CLAIM(visitor_read(p, config, &visitor) == 0);
	expect_visitor(p, &visitor);
	if (route_path(p, &path) != 0)
		return;
	expect_path(path, p->arena);
	if (route_find(config, p, &visitor, path, &route) != ROUTE_FOUND)
		return;
	CLAIM(params_get(p, SLICE("SESSIONGATE_ROUTE")).ptr == NULL);
	CLAIM(carrier_take(p, config, route, visitor.https, &presented) == 0);
	CLAIM(!jar_shows_ours(params_get(p, SLICE("HTTP_COOKIE"))));
	CLAIM(expose_remote_user(p, route, NULL) == 0);
	CLAIM(expose_session(p, route, false, NULL, REASON_UNKNOWN, SLICE("next")) == 0);
	expect_unique(p);
	expect_known(p);
	expect_round_trip(p);
	presented_wipe(&presented);
}

static void read(const struct config *config, struct slice pairs)
{
	struct arena arena = { 0 };
	const char *reason = NULL;
	struct params p;
	int rc = params_read(pairs, config, &arena, &p, &reason);

	CLAIM(rc == 0 || ((rc == SG_EFORMAT || rc == SG_ELIMIT) && reason != NULL));
	if (config != narrow && pairs.len <= MODEL_BYTES)
		expect_model(config, pairs, &p, rc);
	if (rc == 0) {
		expect_round_trip(&p);
		expect_known(&p);
		if (config != narrow)
			expect_safe(&p, config);
		go_on(config, &p);
	}
	arena_fini(&arena);
}

static void spell(struct slice lines, struct buffer *pairs)
{
	while (lines.len > 0) {
		struct slice value = input_line(&lines, '\n'), name = input_line(&value, '=');

		CLAIM(pairs_append_one(pairs, name, value) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	unsigned choices = input_byte(&in);
	struct effort effort = effort_begin();
	size_t len, max = input_repeats(choices) ? PAIRS_BYTES : size;
	struct buffer pairs = { 0 };
	char *bytes;

	if (choices & CHOICE_RAW)
		CLAIM(buffer_append_slice(&pairs, in) == 0);
	else
		spell(in, &pairs);
	if (max < buffer_len(&pairs))
		max = buffer_len(&pairs);
	bytes = input_repeat(buffer_content(&pairs), input_repeats(choices) ? max : 1, max, &len);
	if (choices & CHOICE_SMALL) {
		read(narrow, slice_of(bytes, len));
	} else {
		read(wide, slice_of(bytes, len));
		/* twice: with what was remembered of others, and of itself */
		read(usual, slice_of(bytes, len));
		read(usual, slice_of(bytes, len));
	}
	free(bytes);
	buffer_fini(&pairs);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
