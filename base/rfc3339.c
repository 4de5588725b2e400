/* rfc3339.c - see rfc3339.h. */
#include "base/rfc3339.h"

#include <string.h>
#include <time.h>

enum { RFC3339_SECOND_CHARS = sizeof("2026-11-20T10:00:00") - 1 };

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
