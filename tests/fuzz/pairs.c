/* pairs.c - FastCGI name-value pairs, and the PARAMS records that are made of them.
 * Input: a byte of choices, then the pairs. */
#include "gateway/fcgi.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

enum { ID = 1, ITEMS = 4096 };

static struct param items[ITEMS];

/* A length by the specification; false when it is not all there. */
static bool spell_length(struct slice *in, uint64_t *length)
{
	if (in->len > 0 && (uint8_t)in->ptr[0] < 0x80) {
		*length = input_byte(in);
		return true;
	}
	if (in->len < 4)
		return false;
	*length = (uint64_t)(input_number(in) & 0x7fff) << 16;
	*length |= input_number(in);
	return true;
}

/* One pair by the specification. */
static bool spell_pair(struct slice *in, struct param *pair)
{
	uint64_t name, value;

	if (!spell_length(in, &name) || !spell_length(in, &value) || name > in->len ||
	    value > in->len - name)
		return false;
	pair->name = input_take(in, (size_t)name);
	pair->value = input_take(in, (size_t)value);
	return true;
}

static bool same_bytes(struct slice a, struct slice b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

/* All pairs at the front of in, as both readers see them; how many. */
static size_t read_pairs(struct slice in, bool *whole)
{
	struct slice specified = in, before;
	struct param pair, expected;
	size_t count = 0;
	int rc;

	for (before = in; (rc = pairs_next(&in, &pair)) == 1; before = in) {
		CLAIM(spell_pair(&specified, &expected), "read what is not there");
		CLAIM(same_bytes(pair.name, expected.name));
		CLAIM(same_bytes(pair.value, expected.value) && same_bytes(in, specified));
		CLAIM(pairs_size(pair.name, pair.value) <= before.len - in.len,
		      "not the shortest form");
		if (count < ITEMS)
			items[count++] = pair;
	}
	CLAIM(same_bytes(in, before), "moved without a pair");
	CLAIM(rc == 0 ? in.len == 0 : rc == SG_EFORMAT && !spell_pair(&specified, &expected));
	*whole = rc == 0;
	return count;
}

/* Reads back as items, but for those that were removed. */
static void expect_items(struct slice in, size_t count)
{
	struct param pair;

	for (size_t i = 0; i < count; i++) {
		if (items[i].name.ptr == NULL)
			continue;
		CLAIM(pairs_next(&in, &pair) == 1);
		CLAIM(slice_equal(pair.name, items[i].name));
		CLAIM(slice_equal(pair.value, items[i].value));
	}
	CLAIM(pairs_next(&in, &pair) == 0);
}

/* Written one by one, and all at once where they stand side by side. */
static void round_trip(size_t count)
{
	struct buffer singly = { 0 }, together = { 0 };
	size_t taken;

	for (size_t i = 0; i < count; i++) {
		size_t before = buffer_len(&singly);

		if (items[i].name.ptr == NULL)
			continue;
		CLAIM(pairs_append_one(&singly, items[i].name, items[i].value) == 0);
		CLAIM(buffer_len(&singly) - before == pairs_size(items[i].name, items[i].value));
	}
	expect_items(buffer_content(&singly), count);
	CLAIM(pairs_append(&together, items, count, SIZE_MAX / 2, &taken) == 0);
	CLAIM(taken == count);
	CLAIM(slice_equal(buffer_content(&singly), buffer_content(&together)));
	buffer_fini(&singly);
	buffer_fini(&together);
}

/* Some removed, some with another value, as params.c leaves them. */
static void change_items(size_t count, unsigned choices)
{
	for (size_t i = 0; i < count; i++) {
		unsigned which = choices >> i % 6 & 3;

		if (which == 1)
			items[i] = (struct param){ .head_bytes = 0 };
		else if (which == 2)
			items[i] = (struct param){ .name = items[i].name, .value = SLICE("other") };
	}
}

/* Each record holds whole pairs, and all of them together what was given. */
static void write_records(size_t count)
{
	struct buffer out = { 0 };
	struct slice in, content = { 0 };
	size_t read = 0;

	CLAIM(fcgi_append_params(&out, ID, items, count) == 0);
	in = buffer_content(&out);
	do {
		const uint8_t *h = (const uint8_t *)in.ptr;
		struct param pair;
		int rc;

		CLAIM(in.len >= FCGI_HEADER_LEN && h[1] == FCGI_PARAMS && h[3] == ID && h[6] == 0);
		content = slice_of(in.ptr + FCGI_HEADER_LEN, (size_t)h[4] * 256 + h[5]);
		in = slice_after(in, FCGI_HEADER_LEN + content.len);
		CLAIM(content.len > 0 || in.len == 0, "an empty record that is not the last");
		for (struct slice rest = content; (rc = pairs_next(&rest, &pair)) == 1; read++) {
			while (read < count && items[read].name.ptr == NULL)
				read++;
			CLAIM(read < count && slice_equal(pair.name, items[read].name));
			CLAIM(slice_equal(pair.value, items[read].value));
		}
		CLAIM(rc == 0, "a pair is split");
	} while (content.len > 0);
	while (read < count && items[read].name.ptr == NULL)
		read++;
	CLAIM(read == count);
	buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	unsigned choices = input_byte(&in);
	char *copy = input_copy(in);
	bool whole;
	size_t count = read_pairs(slice_of(copy, in.len), &whole);

	change_items(count, choices);
	round_trip(count);
	if (whole && size <= FCGI_CONTENT_MAX / 2)
		write_records(count);
	free(copy);
	return 0;
}
