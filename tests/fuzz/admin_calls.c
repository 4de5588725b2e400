/* admin_calls.c - whole calls of the admin API, one after the other: each is answered once, with what its endpoint may
 * answer, nothing of that is a secret, and nothing is done that was not allowed.
 * Input: calls, with a line "-" between two of them. A call is a line "WHO METHOD TARGET", header fields, an empty line, the
 * body. WHO is ops, intra or old (office.h), none, bad, peer or local; fail, hang, lose, drop, stall, refuse or fine before
 * it is a mood of the store, reload says what it is named after. The field Times has the body come so many times over. In all
 * of it $A and $B stand for alice's and bob's session, $N for the anonymous one, $C for the cursor or selection that was told
 * last. */
#include "rest/call_body.h"
#include "rest/stream.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/json.h"
#include "tests/fuzz/office.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	EFFORT_MS = 3000,
	CALLS = 8,
	PIECE_BYTES = 4096,
	STREAM_READS = 100,
	BODY_BYTES = 1200000,
	TEXT_BYTES = 300000, /* of one call, with all that stands for something else */
};

struct who {
	const char *name, *token;
	struct auth_peer peer;
	bool granted, limited;
};

static const struct who people[] = {
	{ "ops", "Bearer " OFFICE_OPS, { .address = "192.0.2.1" }, true, false },
	{ "intra", "Bearer " OFFICE_INTRA, { .address = "192.0.2.1" }, true, true },
	{ "old", "Bearer " OFFICE_OLD, { .address = "2001:db8::1" }, true, true },
	{ "none", NULL, { .address = "192.0.2.1" }, false, false },
	{ "local", NULL, { .address = "127.0.0.1" }, false, false },
	{ "bad", "Bearer sga_bad", { .address = "192.0.2.1" }, false, false },
	{ "stranger", NULL, { .known = true, .uid = 4242 }, false, false },
	{ "peer", NULL, { .known = true, .uid = 0 }, true, false },
};

/* What the calls of one input have in common. */
static struct {
	struct buffer kept; /* the last cursor or selection */
	bool reloaded;      /* old is nobody any more */
	bool full;          /* somebody called who sees all */
	bool bob_named;     /* his session was spoken of: it may be spoken of again */
	bool token_said;    /* where it does not belong, and may come back from there */
} tale;

/* One call, and what came of it. */
struct told {
	const struct who *who;
	struct call_head head;
	struct slice body; /* written once */
	unsigned times;
	unsigned mood;
	struct call *call;
	unsigned answers;
	bool answered, ended;
};

/* --- the script --- */

static struct slice replaced(char name)
{
	switch (name) {
	case 'A':
		return SLICE(OFFICE_ALICE_ID);
	case 'B':
		tale.bob_named = true;
		return SLICE(OFFICE_BOB_ID);
	case 'N':
		return SLICE(OFFICE_ANONYMOUS_ID);
	case 'C':
		return buffer_content(&tale.kept);
	default:
		return (struct slice){ 0 };
	}
}

static void replace(struct slice script, struct buffer *out)
{
	for (size_t i = 0; i < script.len && buffer_len(out) < TEXT_BYTES; i++) {
		struct slice text = { 0 };

		if (script.ptr[i] == '$' && i + 1 < script.len)
			text = replaced(script.ptr[i + 1]);
		if (text.ptr != NULL)
			i++;
		else
			text = slice_of(&script.ptr[i], 1);
		CLAIM(buffer_append_slice(out, text) == 0);
	}
}

static struct slice next_call(struct slice *in)
{
	const char *end = in->len > 0 ? memmem(in->ptr, in->len, "\n-\n", 3) : NULL;
	struct slice script = end != NULL ? slice_of(in->ptr, (size_t)(end - in->ptr)) : *in;

	*in = slice_after(*in, end != NULL ? script.len + 3 : in->len);
	return script;
}

/* Moods and a reload come before it. */
static const struct who *read_who(struct slice *line, struct told *t)
{
	static const char *const moods[] = {
#define MOOD_TEXT(name, text, does, answer, waits) text,
		MOODS(MOOD_TEXT)
#undef MOOD_TEXT
	};
	struct slice word;

	while (slice_cut(line, ' ', &word)) {
		for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
			if (slice_equal(word, slice_from(people[i].name)))
				return &people[i];
		for (unsigned i = 0; i < MOOD_COUNT; i++)
			if (slice_equal(word, slice_from(moods[i])))
				t->mood = i;
		if (slice_equal(word, SLICE("reload"))) {
			office_reload();
			tale.reloaded = true;
		}
	}
	return &people[0];
}

static void read_field(struct told *t, struct slice line)
{
	struct {
		struct slice name, *field;
	} fields[] = {
		{ SLICE("Authorization"), &t->head.authorization },
		{ SLICE("Content-Type"), &t->head.content_type },
		{ SLICE("X-Request-Id"), &t->head.request_id },
		{ SLICE("If-Match"), &t->head.if_match },
		{ SLICE("If-None-Match"), &t->head.if_none_match },
		{ SLICE("Origin"), &t->head.origin },
		{ SLICE("Accept"), &t->head.accept },
		{ SLICE("Last-Event-ID"), &t->head.last_event_id },
	};
	uint64_t times;
	struct slice name;

	slice_cut(&line, ':', &name);
	line = slice_trim(line);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (slice_equal_nocase(name, fields[i].name))
			*fields[i].field = line;
	if (slice_equal(name, SLICE("Times")) && slice_number(line, BODY_BYTES, &times))
		t->times = (unsigned)times;
}

static void read_call(struct told *t, struct slice script)
{
	struct slice line = input_line(&script, '\n');

	t->times = 1;
	t->head.content_type = SLICE("application/json");
	t->who = read_who(&line, t);
	if (t->who->token != NULL)
		t->head.authorization = slice_from(t->who->token);
	slice_cut(&line, ' ', &t->head.method);
	t->head.target = line;
	while (script.len > 0 && (line = input_line(&script, '\n')).len > 0)
		read_field(t, line);
	t->body = script;
}

/* --- what may be answered --- */

static bool is_granted(const struct told *t)
{
	return t->who->granted && !(tale.reloaded && strcmp(t->who->name, "old") == 0);
}

static bool is_at(const struct call *c, const char *method, const char *path)
{
	return c->endpoint != NULL && strcmp(c->endpoint->path, path) == 0 &&
	       slice_equal(c->head.method, slice_from(method));
}

static bool reads_body(const struct call *c)
{
	return c->endpoint != NULL && c->endpoint->body != BODY_NONE;
}

static bool ends_sessions(const struct call *c)
{
	return is_at(c, "DELETE", "/api/v1/sessions/{id}") ||
	       is_at(c, "POST", "/api/v1/sessions/revoke") ||
	       is_at(c, "DELETE", "/api/v1/users/{user}/sessions") ||
	       is_at(c, "PUT", "/api/v1/users/{user}/block");
}

static bool changes_attributes(const struct call *c)
{
	return is_at(c, "PATCH", "/api/v1/sessions/{id}/attributes");
}

/* Nothing but these; and no memory is missing, so that nothing is 500. */
static bool may_answer(const struct told *t, const struct call *c)
{
	bool patches = changes_attributes(c) || is_at(c, "PATCH", "/api/v1/sessions/{id}");
	bool event_list = is_at(c, "GET", "/api/v1/events") || is_at(c, "HEAD", "/api/v1/events");

	switch (c->status) {
	case 200:
	case 400:
	case 403:
		return c->endpoint != NULL || c->status == 400;
	case 202:
		return is_at(c, "POST", "/api/v1/sessions/{id}/rotate");
	case 204:
		return slice_equal(c->head.method, SLICE("DELETE")) || c->admitted;
	case 304:
		return t->head.if_none_match.ptr != NULL;
	case 401:
	case 429:
		return !is_granted(t) || t->head.authorization.ptr != t->who->token || event_list;
	case 404:
	case 405:
		return true;
	case 406:
		return event_list;
	case 409:
		return is_at(c, "POST", "/api/v1/sessions/revoke");
	case 412:
	case 428:
		return patches;
	case 413:
	case 415:
		return reads_body(c);
	case 422:
		return changes_attributes(c) || is_at(c, "POST", "/api/v1/config/reload");
	case 503:
	case 504:
		return t->mood != MOOD_FINE;
	default:
		return false;
	}
}

static const char *field_of(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->field_count; i++)
		if (strcmp(c->fields[i].name, name) == 0)
			return c->fields[i].value;
	return NULL;
}

static bool holds_token(struct slice text)
{
	return text.len > 0 && memmem(text.ptr, text.len, "sga_", 4) != NULL;
}

static void expect_fields(const struct call *c)
{
	CLAIM((c->status == 401) <= (field_of(c, "WWW-Authenticate") != NULL));
	CLAIM((c->status == 405) == (field_of(c, "Allow") != NULL));
	CLAIM((c->status == 429) <= (field_of(c, "Retry-After") != NULL));
	for (size_t i = 0; i < c->field_count; i++) {
		struct slice value = slice_from(c->fields[i].value);

		CLAIM(value.len > 0 && !slice_has_control(value), "%s", c->fields[i].name);
		CLAIM(tale.token_said || !holds_token(value), "%s", c->fields[i].name);
	}
}

static void expect_problem(const struct call *c, const cJSON *body)
{
	static const char urn[] = "urn:sessiongate:problem:";
	const cJSON *errors = cJSON_GetObjectItemCaseSensitive(body, "errors"), *error;
	const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "type"));

	CLAIM(type != NULL && strncmp(type, urn, strlen(urn)) == 0 && strlen(type) > strlen(urn));
	CLAIM(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(body, "status")) == c->status);
	CLAIM(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(body, "title")));
	CLAIM(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(body, "detail")));
	CLAIM(strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "request_id")),
		     c->request_id) == 0);
	CLAIM(cJSON_IsArray(errors));
	cJSON_ArrayForEach(error, errors)
	{
		CLAIM(cJSON_GetObjectItemCaseSensitive(error, "parameter") != NULL);
		CLAIM(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(error, "detail")));
	}
}

static void keep(const cJSON *body)
{
	const cJSON *page = cJSON_GetObjectItemCaseSensitive(body, "page");
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(page, "next"));

	if (text == NULL)
		text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "selection"));
	if (text == NULL)
		return;
	buffer_truncate(&tale.kept, 0);
	CLAIM(buffer_append_slice(&tale.kept, slice_from(text)) == 0);
}

static void expect_page(const cJSON *body)
{
	const cJSON *page = cJSON_GetObjectItemCaseSensitive(body, "page");
	const cJSON *limit = cJSON_GetObjectItemCaseSensitive(page, "limit");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(body, "data");

	CLAIM(page == NULL || (cJSON_IsNumber(limit) && cJSON_IsArray(data) &&
			       cJSON_GetArraySize(data) <= limit->valueint));
}

static void expect_json(const struct call *c)
{
	struct slice text = buffer_content(&c->text);
	cJSON *body;

	CLAIM(json_valid(text), "%.*s", SLICE_ARGS(text));
	body = cJSON_ParseWithLength(text.ptr, text.len);
	CLAIM(cJSON_IsObject(body));
	CLAIM((c->status >= 400) == (strcmp(c->type, "application/problem+json") == 0) ||
	      c->status == 503); /* so is /readyz */
	if (strcmp(c->type, "application/problem+json") == 0)
		expect_problem(c, body);
	else
		expect_page(body);
	keep(body);
	cJSON_Delete(body);
}

static bool says(const struct call *c, const char *text)
{
	struct slice body = buffer_content(&c->text);

	return body.len > 0 && memmem(body.ptr, body.len, text, strlen(text)) != NULL;
}

/* In so many letters: twenty of one kind are soon made, and a refusal says again what it is about. */
static bool names_others(struct slice in)
{
	return memmem(in.ptr, in.len, OFFICE_BOB_ID, strlen(OFFICE_BOB_ID)) != NULL ||
	       memmem(in.ptr, in.len, OFFICE_ANONYMOUS_ID, strlen(OFFICE_ANONYMOUS_ID)) != NULL;
}

static void expect_body(const struct told *t, const struct call *c)
{
	if (c->source != NULL)
		CLAIM(strcmp(c->type, "text/event-stream") == 0);
	else if (c->type == NULL)
		CLAIM(buffer_len(&c->text) == 0);
	else if (strstr(c->type, "json") != NULL)
		expect_json(c);
	else
		CLAIM(is_at(c, "GET", "/metrics") || is_at(c, "HEAD", "/metrics"));
	if (!tale.token_said)
		CLAIM(!says(c, OFFICE_OPS) && !says(c, OFFICE_INTRA) && !says(c, OFFICE_OLD));
	if (t->who->limited && !tale.bob_named)
		CLAIM(!says(c, OFFICE_BOB_ID) && !says(c, OFFICE_ANONYMOUS_ID));
}

static void expect_allowed(const struct told *t, const struct call *c)
{
	bool open = c->endpoint != NULL && (c->endpoint->scope == ENDPOINT_OPEN ||
					    c->endpoint->scope == SCOPE_METRICS_READ);

	CLAIM(may_answer(t, c), "%u of %s", c->status,
	      c->endpoint != NULL ? c->endpoint->path : "nothing");
	if (t->head.authorization.ptr == NULL && !t->who->granted && c->status < 400)
		CLAIM(open || c->status == 204);
	expect_fields(c);
	expect_body(t, c);
}

/* --- a call --- */

static void on_answer(struct call *c)
{
	struct told *t = c->ctx;

	t->answers++;
	t->answered = true;
}

static void on_more(struct call *c)
{
	(void)c;
}

static void on_end(struct call *c)
{
	struct told *t = c->ctx;

	t->ended = true;
}

static void give_body(struct told *t)
{
	size_t len;
	char *copy = input_repeat(t->body, t->times, BODY_BYTES, &len);
	struct slice rest = slice_of(copy, len);

	while (rest.len > 0)
		call_take(t->call, input_take(&rest, PIECE_BYTES));
	free(copy);
}

/* It is there until there is a reload, or for ever. */
static void read_stream(struct told *t)
{
	char room[PIECE_BYTES];
	ssize_t bytes = 1;

	for (int i = 0; i < STREAM_READS && bytes > 0; i++)
		bytes = t->call->source->read(t->call, room, sizeof(room));
	office_pass(STREAM_BEAT_MS);
	if (t->body.len == 0)
		return;
	office_reload();
	tale.reloaded = true;
	office_pass(DESK_TICK_MS);
	CLAIM(t->ended || is_granted(t) || t->call->auth.grant != NULL);
}

static bool is_for_real(const struct call *c)
{
	return cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(c->document, "dry_run"));
}

/* Fewer of them: somebody has said so who may. */
static void expect_kept(const struct told *t, uint64_t before)
{
	const struct call *c = t->call;

	if (office_count() == before)
		return;
	CLAIM(t->who->granted && ends_sessions(c) && c->auth.grant != NULL);
	CLAIM(is_at(c, "POST", "/api/v1/sessions/revoke") <= is_for_real(c));
}

static void make_call(struct slice text)
{
	struct told t = { .mood = MOOD_FINE };
	uint64_t before = office_count();

	read_call(&t, text);
	tale.token_said |= holds_token(text);
	tale.full |= t.who->granted && !t.who->limited;
	office_turn_store((enum mood_name)t.mood);
	CLAIM(call_open(&office.desk, &t.who->peer, &t.head, &t.call) == 0);
	t.call->on_answer = on_answer;
	t.call->on_more = on_more;
	t.call->on_end = on_end;
	t.call->ctx = &t;
	give_body(&t);
	CLAIM(t.answers == 0, "before the request was whole");
	call_run(t.call);
	CLAIM(office_wait(&t.answered), "no answer");
	expect_allowed(&t, t.call);
	if (t.call->source != NULL)
		read_stream(&t);
	expect_kept(&t, before);
	CLAIM(t.answers == 1, "%u answers", t.answers);
	call_close(&t.call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	struct effort effort = effort_begin();

	tale.reloaded = tale.full = tale.token_said = false;
	tale.bob_named = names_others(in);
	office_open();
	for (int i = 0; i < CALLS && in.len > 0; i++) {
		struct buffer text = { 0 };

		replace(next_call(&in), &text);
		make_call(buffer_content(&text));
		buffer_fini(&text);
	}
	if (!tale.full)
		CLAIM(office_has(OFFICE_BOB_ID) && office_has(OFFICE_ANONYMOUS_ID));
	office_close();
	buffer_fini(&tale.kept);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
