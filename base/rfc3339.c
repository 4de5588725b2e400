/* rfc3339.c - see rfc3339.h. */
#include "base/rfc3339.h"

#include <time.h>

enum { RFC3339_SECOND_CHARS = sizeof("2026-11-20T10:00:00") - 1 };

#define RFC3339_LAST_MS INT64_C(253402300799999) /* the end of 9999 */

void rfc3339_write_ms(int64_t wall_ms, char out[RFC3339_CHARS])
{
	int ms = (int)(wall_ms % 1000);
	char fraction[] = { '.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
			    (char)('0' + ms % 10), 'Z' };

	memcpy(out + RFC3339_SECOND_CHARS, fraction, sizeof(fraction));
}

void rfc3339_write(int64_t wall_ms, char out[RFC3339_CHARS])
{
	char text[RFC3339_SECOND_CHARS + 1];
	time_t second = (time_t)(wall_ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&second, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	memcpy(out, text, RFC3339_SECOND_CHARS);
	rfc3339_write_ms(wall_ms, out);
}

/* --- reading --- */

/* The digits at the front of *text, as many as that, and what stands behind them; 0: nothing. */
static bool rfc3339_take(struct slice *text, size_t digits, char behind, int *out)
{
	uint64_t number;

	if (text->len < digits + (behind != '\0') ||
	    (behind != '\0' && text->ptr[digits] != behind) ||
	    !slice_number(slice_of(text->ptr, digits), 9999, &number))
		return false;
	*out = (int)number;
	*text = slice_after(*text, digits + (behind != '\0'));
	return true;
}

/* timegm() takes the 30th of February for the 2nd of March: what it makes of one must be the same. */
static bool rfc3339_take_second(struct slice *text, int64_t *second)
{
	struct slice T = SLICE("T");
	struct tm tm = { 0 }, again;
	time_t made;

	if (!rfc3339_take(text, 4, '-', &tm.tm_year) || !rfc3339_take(text, 2, '-', &tm.tm_mon) ||
	    !rfc3339_take(text, 2, '\0', &tm.tm_mday) || !slice_starts_nocase(*text, T))
		return false;
	*text = slice_after(*text, T.len);
	if (!rfc3339_take(text, 2, ':', &tm.tm_hour) || !rfc3339_take(text, 2, ':', &tm.tm_min) ||
	    !rfc3339_take(text, 2, '\0', &tm.tm_sec))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	again = tm;
	made = timegm(&again);
	*second = made;
	return again.tm_year == tm.tm_year && again.tm_mon == tm.tm_mon &&
	       again.tm_mday == tm.tm_mday && again.tm_hour == tm.tm_hour &&
	       again.tm_min == tm.tm_min && again.tm_sec == tm.tm_sec;
}

/* ".5", or nothing. */
static bool rfc3339_take_fraction(struct slice *text, int64_t *ms)
{
	int64_t weight = 100;
	size_t len = 1;

	*ms = 0;
	if (!slice_starts(*text, SLICE(".")))
		return true;
	for (; len < text->len && text->ptr[len] >= '0' && text->ptr[len] <= '9'; len++) {
		*ms += weight * (text->ptr[len] - '0');
		weight /= 10;
	}
	*text = slice_after(*text, len);
	return len > 1;
}

/* "Z" or "+02:00", and nothing behind it. */
static bool rfc3339_take_offset(struct slice text, int64_t *ms)
{
	int hours, minutes, sign;

	*ms = 0;
	if (slice_equal_nocase(text, SLICE("Z")))
		return true;
	if (text.len == 0 || (text.ptr[0] != '+' && text.ptr[0] != '-'))
		return false;
	sign = text.ptr[0] == '-' ? -1 : 1;
	text = slice_after(text, 1);
	if (!rfc3339_take(&text, 2, ':', &hours) || !rfc3339_take(&text, 2, '\0', &minutes) ||
	    text.len > 0 || hours > 23 || minutes > 59)
		return false;
	*ms = sign * (hours * INT64_C(60) + minutes) * 60000;
	return true;
}

bool rfc3339_read(struct slice text, int64_t *wall_ms)
{
	int64_t second, fraction_ms, offset_ms, ms;

	if (!rfc3339_take_second(&text, &second) || !rfc3339_take_fraction(&text, &fraction_ms) ||
	    !rfc3339_take_offset(text, &offset_ms))
		return false;
	ms = second * 1000 + fraction_ms - offset_ms;
	if (ms < 0 || ms > RFC3339_LAST_MS)
		return false;
	*wall_ms = ms;
	return true;
}
