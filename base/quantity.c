/* quantity.c - reading and writing numbers with units. */
#include "base/quantity.h"

#include "base/rfc3339.h"

#include <inttypes.h>
#include <time.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* The largest first: printing takes the first that divides. */
static const struct unit durations[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 },
};
static const struct unit sizes[] = {
	{ "g", 1 << 30 },
	{ "m", 1 << 20 },
	{ "k", 1 << 10 },
	{ "", 1 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t quantity_digits(struct slice text)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9')
		n++;
	return n;
}

static const char *quantity_scale(struct slice digits, uint64_t factor, uint64_t *out)
{
	uint64_t number;

	if (!slice_number(digits, UINT64_MAX, &number) || number > (uint64_t)INT64_MAX / factor)
		return "the number is too large";
	*out = number * factor;
	return NULL;
}

static const char *quantity_read(struct slice text, const struct unit *units, size_t count,
				 const char *expected, uint64_t *out)
{
	size_t digits = quantity_digits(text);

	if (digits == 0)
		return expected;
	for (size_t i = 0; i < count; i++)
		if (slice_equal(slice_after(text, digits), slice_from(units[i].name)))
			return quantity_scale(slice_of(text.ptr, digits), units[i].factor, out);
	return expected;
}

const char *quantity_read_duration(struct slice text, uint64_t *out)
{
	if (slice_equal(text, SLICE("0"))) {
		*out = 0;
		return NULL;
	}
	return quantity_read(
		text, durations, COUNT(durations),
		"expected a duration with its unit, such as 500ms, 10s, 30m, 12h or 7d", out);
}

const char *quantity_read_size(struct slice text, uint64_t *out)
{
	return quantity_read(text, sizes, COUNT(sizes),
			     "expected a size in bytes, such as 4096, 64k, 16m or 1g", out);
}

const char *quantity_read_count(struct slice text, uint64_t *out)
{
	static const struct unit one = { "", 1 };

	return quantity_read(text, &one, 1, "expected a whole number", out);
}

const char *quantity_read_mode(struct slice text, uint64_t *out)
{
	uint64_t mode = 0;

	if (text.len == 0 || text.len > 5)
		return "expected permissions in octal, such as \"0660\"";
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '7')
			return "expected permissions in octal, such as \"0660\"";
		mode = mode << 3 | (uint64_t)(text.ptr[i] - '0');
	}
	*out = mode;
	return NULL;
}

static int quantity_print(struct buffer *out, uint64_t value, const struct unit *units)
{
	if (value == 0)
		return buffer_printf(out, "0");
	while (value % units->factor != 0)
		units++;
	return buffer_printf(out, "%" PRIu64 "%s", value / units->factor, units->name);
}

int quantity_print_duration(struct buffer *out, uint64_t value)
{
	return quantity_print(out, value, durations);
}

int quantity_print_size(struct buffer *out, uint64_t value)
{
	return quantity_print(out, value, sizes);
}

int quantity_print_count(struct buffer *out, uint64_t value)
{
	return buffer_printf(out, "%" PRIu64, value);
}

int quantity_print_mode(struct buffer *out, uint64_t value)
{
	return buffer_printf(out, "%04" PRIo64, value);
}

/* ---- dates ---- */

enum { DATE_CHARS = sizeof("2027-06-30") - 1 };

#define DAY_MS UINT64_C(86400000)

int quantity_print_date(struct buffer *out, uint64_t value)
{
	char text[RFC3339_CHARS];

	rfc3339_write((int64_t)(value - DAY_MS), text);
	return buffer_append(out, text, DATE_CHARS);
}

/* The digits from here to there. */
static bool date_number(struct slice text, size_t from, size_t to, int *out)
{
	uint64_t number;

	if (!slice_number(slice_of(text.ptr + from, to - from), 9999, &number))
		return false;
	*out = (int)number;
	return true;
}

/* timegm() takes the 30th of February for the 2nd of March: what it makes of one must read the same. */
const char *quantity_read_date(struct slice text, uint64_t *out)
{
	static const char expected[] = "expected a date such as 2027-06-30";
	struct tm tm = { 0 };
	char again[RFC3339_CHARS];
	int64_t second;

	if (text.len != DATE_CHARS || !date_number(text, 0, 4, &tm.tm_year) ||
	    !date_number(text, 5, 7, &tm.tm_mon) || !date_number(text, 8, 10, &tm.tm_mday) ||
	    tm.tm_year < 1970)
		return expected;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	second = (int64_t)timegm(&tm);
	if (second < 0)
		return expected;
	rfc3339_write(second * 1000, again);
	if (!slice_equal(slice_of(again, DATE_CHARS), text))
		return expected;
	*out = (uint64_t)second * 1000 + DAY_MS;
	return NULL;
}

/* ---- moments ---- */

int quantity_print_time(struct buffer *out, uint64_t value)
{
	char text[RFC3339_CHARS];

	rfc3339_write((int64_t)value, text);
	return buffer_append(out, text, sizeof(text));
}

const char *quantity_read_time(struct slice text, uint64_t *out)
{
	int64_t ms;

	if (!rfc3339_read(text, &ms))
		return "expected a time such as 2027-06-30T12:00:00Z";
	*out = (uint64_t)ms;
	return NULL;
}
