/* observations.c - what an observed application's cookies show and its adapter tells, added up.
 * Input: lines. "c" Cookie, "s" Set-Cookie, of a visit; anything else is what an adapter tells. The second byte says when
 * it began and ended. */
#include "gateway/observation_text.h"
#include "gateway/own_cookie.h"
#include "gateway/testimony.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

static struct observation *o;
static int64_t now_us;

/* Few ids meet; an empty one is nobody's. */
static uint64_t hash(struct slice id)
{
	uint64_t sum = 1469598103934665603u;

	for (size_t i = 0; i < id.len; i++)
		sum = (sum ^ (uint8_t)id.ptr[i]) * 1099511628211u;
	return id.len > 0 ? sum | 1 : 0;
}

static bool within(struct slice part, struct slice whole)
{
	return part.len == 0 ||
	       (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* --- cookies --- */

static void see(struct slice text, bool set, int64_t began_us)
{
	struct observed_visit visit = { .began_us = began_us, .ended_us = now_us };
	struct own_cookie cookie = own_cookie_find(text, SLICE("shop"));
	bool http_only;

	CLAIM(within(cookie.name, text) && within(cookie.value, text));
	CLAIM(cookie.name.len == 0 ||
	      (cookie.value.len > 0 &&
	       (slice_equal(cookie.name, SLICE("shop")) || own_cookie_is_session(cookie.name))));
	if (set && own_cookie_read(text, &cookie, &visit.cleared, &http_only)) {
		CLAIM(within(cookie.name, text) && within(cookie.value, text));
		visit.given = visit.cleared ? 0 : hash(cookie.value);
		visit.other_cookie = cookie.name;
	} else if (!set) {
		visit.session = hash(cookie.value);
		visit.cookie = cookie.name;
	}
	visit.reports = true;
	observation_visit(o, &visit);
}

/* --- reports --- */

static void hear(struct slice text, int64_t began_us)
{
	struct arena arena = { 0 };
	struct testimony t;
	uint64_t keys = 0, reports = o->reports;
	unsigned news;

	if (testimony_read(text, &arena, &t) == 0) {
		CLAIM(t.use.value_count <= TESTIMONY_VALUES);
		CLAIM(t.session.len <= TESTIMONY_ID_BYTES && t.from.len <= TESTIMONY_ID_BYTES);
		CLAIM(t.took_us >= 0);
		for (size_t i = 0; i < t.use.value_count; i++)
			CLAIM(slice_is_utf8(t.use.values[i].key));
		t.use.session = hash(t.session);
		t.use.from = hash(t.from);
		t.use.began_us = began_us;
		t.use.ended_us = now_us;
		news = observation_use(o, &t.use, &keys);
		CLAIM(o->reports == reports + 1);
		CLAIM((news & OBSERVED_CONFLICT) == 0 || keys != 0);
	}
	arena_fini(&arena);
}

/* --- the sum --- */

static void expect_sums(void)
{
	bool estimated;
	uint64_t sessions = observation_sessions(o, &estimated), sizes = 0;

	CLAIM(o->uses <= o->reports && o->writers <= o->uses && o->late_writers <= o->uses);
	CLAIM(o->parallel_writers <= o->writers && o->conflicts <= o->parallel_writers);
	CLAIM(o->unmeasured <= o->uses && o->closed_early <= o->uses);
	CLAIM(!estimated && sessions <= o->requests + o->uses);
	CLAIM(o->with_session <= o->requests && o->parallel_requests <= o->requests);
	for (size_t i = 0; i < OBSERVATION_SIZES; i++)
		sizes += o->sizes[i];
	CLAIM(sizes == o->uses - o->unmeasured);
	CLAIM(observation_size(o, 50) <= observation_size(o, 95) &&
	      observation_size(o, 95) <= o->max_bytes);
	for (size_t k = 0; k < OBSERVATION_KEYS; k++) {
		const struct observed_key *key = &o->keys[k];

		CLAIM(key->conflicts <= key->written && key->late <= key->written);
		CLAIM(key->written <= o->writers);
	}
}

/* Whatever names there were, one line a row, and nothing that a terminal obeys. */
static void expect_text(void)
{
	struct observed_application a = { .name = (char *)"shop", .seen = o };
	struct buffer out = { 0 };
	struct slice text;

	CLAIM(observation_text_row(&a, &out) == 0);
	text = buffer_content(&out);
	CLAIM(memchr(text.ptr, '\n', text.len) == text.ptr + text.len - 1);
	CLAIM(observation_text_details(&a, &out) == 0);
	text = buffer_content(&out);
	for (size_t i = 0; i < text.len; i++)
		CLAIM(text.ptr[i] == '\n' || (text.ptr[i] >= ' ' && text.ptr[i] <= '~'));
	buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);

	CLAIM(observation_new(&o) == 0);
	now_us = 1000;
	while (in.len > 0) {
		struct slice line = input_line(&in, '\n');
		uint8_t kind = input_byte(&line), time = input_byte(&line);
		char *text = input_copy(line);
		int64_t began_us = now_us - (time & 15) * 10;

		now_us += time >> 4;
		if (kind == 'c' || kind == 's')
			see(slice_of(text, line.len), kind == 's', began_us);
		else
			hear(slice_of(text, line.len), began_us);
		free(text);
	}
	expect_sums();
	expect_text();
	observation_free(&o);
	return 0;
}
