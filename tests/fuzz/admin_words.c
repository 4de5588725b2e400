/* admin_words.c - what the admin API reads of URLs, head fields and bodies, each by itself, against what it has to mean.
 * Input: a letter for what it is, then the text; where it takes two, a NUL stands between them.
 *	q  parameters		j  a body		m  a merge patch: target, patch
 *	a  Accept		s  a selector		t  a moment, an address, a network
 *	o  a cursor		e  If-Match		b  Authorization	p  a path */
#include "base/network.h"
#include "base/percent.h"
#include "base/rfc3339.h"
#include "rest/accept.h"
#include "rest/call_condition.h"
#include "rest/document.h"
#include "rest/merge_patch.h"
#include "rest/opaque.h"
#include "rest/selector.h"
#include "session/value.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/json.h"

#include <math.h>
#include <openssl/sha.h>
#include <stdlib.h>

enum { EFFORT_MS = 1000, VERSION = 17 };

#define TOKEN "sga_ops_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct grant grant = { .name = "ops", .scopes = SCOPE_ALL, .sha256 = "its hash" };
static const struct settings settings = { .grants = &grant, .grant_count = 1 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	SHA256((const uint8_t *)TOKEN, strlen(TOKEN), grant.hash);
	return 0;
}

/* --- parameters --- */

static void append_encoded(struct buffer *out, struct slice text)
{
	CLAIM(percent_encode(out, text, "") == 0);
}

static void expect_query(struct slice text)
{
	struct arena arena = { 0 };
	struct buffer again = { 0 };
	struct query first, second;
	int rc = query_read(&arena, text, &first);

	CLAIM(rc == 0 || rc == SG_EFORMAT || rc == SG_ELIMIT);
	for (size_t i = 0; rc == 0 && i < first.count; i++) {
		const struct query_parameter *p = &first.each[i];

		CLAIM(slice_is_utf8(p->name) && !slice_has_control(p->name));
		CLAIM(slice_is_utf8(p->value) && !slice_has_control(p->value));
		CLAIM(p->name.ptr[p->name.len] == '\0' && p->value.ptr[p->value.len] == '\0');
		append_encoded(&again, p->name);
		CLAIM(buffer_append(&again, "=", 1) == 0);
		append_encoded(&again, p->value);
		CLAIM(buffer_append(&again, "&", 1) == 0);
	}
	if (rc == 0) {
		CLAIM(first.count <= QUERY_PARAMETERS);
		CLAIM(query_read(&arena, buffer_content(&again), &second) == 0);
		CLAIM(first.count == second.count);
		for (size_t i = 0; i < first.count; i++)
			CLAIM(slice_equal(first.each[i].name, second.each[i].name) &&
			      slice_equal(first.each[i].value, second.each[i].value));
	}
	buffer_fini(&again);
	arena_fini(&arena);
}

/* --- bodies --- */

/* No name twice, at any depth if deep. */
static bool is_unambiguous(const cJSON *value, bool deep)
{
	const cJSON *a, *b;

	for (a = value->child; a != NULL; a = a->next) {
		for (b = a->next; cJSON_IsObject(value) && b != NULL; b = b->next)
			if (strcmp(a->string, b->string) == 0)
				return false;
		if (deep && !is_unambiguous(a, true))
			return false;
	}
	return true;
}

static void expect_document(struct slice text)
{
	struct arena arena = { 0 };
	cJSON *document = NULL, *reference = NULL;
	int rc = document_read(&arena, text, &document);

	CLAIM(rc == 0 || rc == SG_EFORMAT);
	if (json_valid(text))
		reference = cJSON_ParseWithLength(text.ptr, text.len);
	CLAIM((rc == 0) == (cJSON_IsObject(reference) && is_unambiguous(reference, false)));
	cJSON_Delete(reference);
	cJSON_Delete(document);
	arena_fini(&arena);
}

/* RFC 7396 section 2, word for word; target goes. */
static cJSON *merged(cJSON *target, const cJSON *patch)
{
	const cJSON *item;

	if (!cJSON_IsObject(patch)) {
		cJSON_Delete(target);
		return cJSON_Duplicate(patch, true);
	}
	if (!cJSON_IsObject(target)) {
		cJSON_Delete(target);
		target = cJSON_CreateObject();
	}
	cJSON_ArrayForEach(item, patch)
	{
		cJSON *old = cJSON_DetachItemFromObjectCaseSensitive(target, item->string);

		if (cJSON_IsNull(item))
			cJSON_Delete(old);
		else
			cJSON_AddItemToObject(target, item->string, merged(old, item));
	}
	return target;
}

static bool is_one_value(struct slice text)
{
	struct slice rest = text, value;

	return value_scan(&rest, &value) == 0 && slice_trim(rest).len == 0 && value.len == text.len;
}

/* What is beyond a double, 1e999, is unequal to itself to cJSON_Compare(). */
static bool is_finite(const cJSON *value)
{
	const cJSON *item;

	if (cJSON_IsNumber(value))
		return isfinite(value->valuedouble);
	cJSON_ArrayForEach(item, value)
	{
		if (!is_finite(item))
			return false;
	}
	return true;
}

static void expect_merged(struct slice target, struct slice patch)
{
	struct buffer out = { 0 };
	cJSON *before, *change, *after;
	uint64_t work = 0;
	int rc;

	if (!is_one_value(target) || !is_one_value(patch) || value_is_null(patch))
		return;
	rc = merge_patch(target, patch, &work, &out);
	CLAIM(rc == 0 || rc == SG_ELIMIT);
	before = cJSON_ParseWithLength(target.ptr, target.len);
	change = cJSON_ParseWithLength(patch.ptr, patch.len);
	if (rc == 0) {
		CLAIM(json_valid(buffer_content(&out)));
		after = cJSON_ParseWithLength(buffer_content(&out).ptr, buffer_len(&out));
		if (is_unambiguous(before, true) && is_unambiguous(change, true) &&
		    is_finite(after)) {
			before = merged(before, change);
			CLAIM(cJSON_Compare(before, after, true), "%.*s",
			      SLICE_ARGS(buffer_content(&out)));
		}
		cJSON_Delete(after);
	}
	cJSON_Delete(before);
	cJSON_Delete(change);
	buffer_fini(&out);
}

/* --- head fields --- */

static void expect_accept(struct slice text)
{
	const struct slice types[] = { SLICE("application/json"), SLICE("text/event-stream") };
	unsigned named;
	int chosen = accept_choose(text, types, 2);

	CLAIM(chosen >= -1 && chosen < 2);
	for (int i = 0; i < 2; i++) {
		CLAIM(accept_quality(text, types[i], &named) <= 1000 && named <= 2);
		CLAIM(chosen >= 0 || accept_quality(text, types[i], &named) == 0);
	}
	if (chosen >= 0)
		CLAIM(accept_quality(text, types[chosen], &named) > 0);
}

static bool lists(struct slice text, struct slice wanted)
{
	struct slice item;
	bool more = true;

	while (more) {
		more = slice_cut(&text, ',', &item);
		if (slice_equal(slice_trim(item), wanted))
			return true;
	}
	return false;
}

static void on_answer(struct call *c)
{
	(void)c;
}

static struct desk desk; /* it counts answers */

static void expect_if_match(struct slice text)
{
	struct call call = { .desk = &desk, .on_answer = on_answer, .head = { .if_match = text } };
	bool matches = call_matches(&call, VERSION);

	CLAIM(matches == (lists(text, SLICE("*")) || lists(text, SLICE("\"17\""))));
	CLAIM(matches == (call.state != CALL_ANSWERED) && (matches || call.status == 412));
	buffer_fini(&call.text);
	arena_fini(&call.arena);
}

static void expect_authorization(struct slice text)
{
	struct auth auth = { .grant = NULL };
	const struct auth_peer peer = { .address = "192.0.2.1" };
	const enum auth_verdict verdict = auth_judge(&auth, &settings, NULL, &peer, text, 1, 1);
	struct slice token = slice_starts_nocase(text, SLICE("Bearer "))
				     ? slice_trim(slice_after(text, 7))
				     : SLICE("");

	CLAIM((verdict == AUTH_GRANTED) == slice_equal(token, SLICE(TOKEN)));
	CLAIM((auth.grant == &grant) == (verdict == AUTH_GRANTED));
	CLAIM(verdict != AUTH_LIMITED);
}

static void expect_path(struct slice text)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
	char allow[ENDPOINT_METHODS_BYTES];
	struct slice subject;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const struct endpoint *e =
			endpoint_find(slice_from(methods[i]), text, &subject, allow);

		CLAIM(strlen(allow) < sizeof(allow));
		if (e == NULL)
			continue;
		CLAIM((strchr(e->path, '{') != NULL) == (subject.len > 0), "%s", e->path);
		CLAIM(subject.len == 0 || memchr(subject.ptr, '/', subject.len) == NULL);
	}
}

/* --- words --- */

static void expect_selector(struct slice text)
{
	struct selector s = { 0 }, again = { 0 };
	struct buffer written = { 0 }, described = { 0 };

	if (selector_read(&s, text)) {
		CLAIM(selector_write(&s, &written) == 0);
		CLAIM(selector_read(&again, buffer_content(&written)));
		for (unsigned i = 0; i < SELECTOR_COUNT; i++)
			CLAIM((s.given[i].ptr == NULL) == (again.given[i].ptr == NULL) &&
			      slice_equal(s.given[i], again.given[i]));
		CLAIM(selector_describe(&s, &described) == 0);
	}
	buffer_fini(&written);
	buffer_fini(&described);
}

static void expect_times_and_places(struct slice text)
{
	char written[RFC3339_CHARS];
	uint8_t host[NETWORK_HOST_BYTES];
	struct network network;
	const char *reason = NULL;
	int64_t ms = -1, again;

	if (rfc3339_read(text, &ms)) {
		CLAIM(ms >= 0 && ms < INT64_C(253402300800000));
		rfc3339_write(ms, written);
		CLAIM(rfc3339_read(slice_of(written, sizeof(written)), &again) && again == ms);
	}
	if (network_read(text, &network, &reason) != 0) {
		CLAIM(reason != NULL && !network_host(text, host));
		return;
	}
	CLAIM(network.bits <= 8 * NETWORK_HOST_BYTES);
	if (network_host(text, host))
		CLAIM(network.bits == 128 && network_any_holds(&network, 1, text));
}

/* Nobody makes one; what we made comes back, and with a bit changed it does not. */
static void expect_opaque(struct slice text, struct slice content)
{
	struct call call = { .auth = { .grant = &grant } };
	struct slice sealed, opened;
	size_t at;

	CLAIM(opaque_open(&call, "cursor", SLICE("users"), text, &opened) == SG_EFORMAT);
	if (content.len > OPAQUE_CHARS / 2)
		content.len = OPAQUE_CHARS / 2;
	CLAIM(opaque_seal(&call, "cursor", SLICE("users"), content, &sealed) == 0);
	CLAIM(opaque_open(&call, "cursor", SLICE("users"), sealed, &opened) == 0);
	CLAIM(slice_equal(opened, content));
	CLAIM(opaque_open(&call, "selection", SLICE("users"), sealed, &opened) == SG_EFORMAT);
	CLAIM(opaque_open(&call, "cursor", text, sealed, &opened) == SG_EFORMAT ||
	      slice_equal(text, SLICE("users")));
	at = content.len % sealed.len;
	((char *)sealed.ptr)[at] = sealed.ptr[at] == 'A' ? 'B' : 'A';
	CLAIM(opaque_open(&call, "cursor", SLICE("users"), sealed, &opened) == SG_EFORMAT);
	arena_fini(&call.arena);
}

static void expect_word(char what, struct slice text)
{
	struct slice rest = text, first;

	slice_cut(&rest, '\0', &first);
	switch (what) {
	case 'q':
		expect_query(text);
		break;
	case 'j':
		expect_document(text);
		break;
	case 'm':
		expect_merged(first, rest);
		break;
	case 'a':
		expect_accept(text);
		break;
	case 's':
		expect_selector(text);
		break;
	case 't':
		expect_times_and_places(text);
		break;
	case 'o':
		expect_opaque(first, rest);
		break;
	case 'e':
		expect_if_match(text);
		break;
	case 'b':
		expect_authorization(text);
		break;
	case 'p':
		expect_path(text);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	char what = (char)input_byte(&in);
	struct effort effort = effort_begin();
	char *copy = input_copy(in);

	expect_word(what, slice_of(copy, in.len));
	free(copy);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
