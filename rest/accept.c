/* accept.c - see accept.h. */
#include "rest/accept.h"

enum { ACCEPT_WHOLE = 1000, ACCEPT_DIGITS = 3 };

/* "0.5", "1", "1.000". What is none counts as 1. */
static unsigned accept_read_weight(struct slice text)
{
	struct slice whole;
	unsigned weight = 0, unit = ACCEPT_WHOLE;
	uint64_t digits;

	slice_cut(&text, '.', &whole);
	if (!slice_equal(whole, SLICE("0")) || text.len > ACCEPT_DIGITS ||
	    (text.len > 0 && !slice_number(text, ACCEPT_WHOLE, &digits)))
		return ACCEPT_WHOLE;
	for (size_t i = 0; i < text.len; i++)
		weight += (unsigned)(text.ptr[i] - '0') * (unit /= 10);
	return weight;
}

static unsigned accept_weight(struct slice parameters)
{
	struct slice parameter;
	bool more = parameters.len > 0;

	while (more) {
		more = slice_cut(&parameters, ';', &parameter);
		parameter = slice_trim(parameter);
		if (slice_starts_nocase(parameter, SLICE("q=")))
			return accept_read_weight(slice_after(parameter, 2));
	}
	return ACCEPT_WHOLE;
}

/* How closely a range is about the type: 0 anything, 1 its kind, 2 itself; -1 not. */
static int accept_closeness(struct slice range, struct slice type)
{
	struct slice kind;

	if (slice_equal(range, SLICE("*/*")))
		return 0;
	if (slice_equal_nocase(range, type))
		return 2;
	slice_cut(&type, '/', &kind);
	return range.len == kind.len + 2 && slice_starts_nocase(range, kind) &&
			       range.ptr[range.len - 2] == '/' && range.ptr[range.len - 1] == '*'
		       ? 1
		       : -1;
}

unsigned accept_quality(struct slice field, struct slice type, unsigned *named)
{
	struct slice item, range;
	unsigned quality = 0;
	int closest = -1;
	bool more = true;

	*named = 0;
	if (slice_trim(field).len == 0)
		return ACCEPT_WHOLE;
	while (more) {
		int closeness;

		more = slice_cut(&field, ',', &item);
		slice_cut(&item, ';', &range);
		closeness = accept_closeness(slice_trim(range), type);
		if (closeness <= closest)
			continue;
		closest = closeness;
		quality = accept_weight(item);
	}
	*named = closest > 0 ? (unsigned)closest : 0;
	return quality;
}

int accept_choose(struct slice field, const struct slice *types, int count)
{
	unsigned best = 0, best_named = 0;
	int chosen = -1;

	for (int i = 0; i < count; i++) {
		unsigned named, quality = accept_quality(field, types[i], &named);

		if (quality < best || quality == 0 || (quality == best && named <= best_named))
			continue;
		best = quality;
		best_named = named;
		chosen = i;
	}
	return chosen;
}
