/* screen.c - see screen.h. */
#include "cli/screen.h"

#include "cli/vital.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

enum { SCREEN_LINES = 24, SCREEN_ESCAPE_BYTES = sizeof("\\U0010ffff") };

static bool screen_is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0';
}

void screen_open(struct screen *s)
{
	const char *kind = getenv("TERM");

	/* what is well-formed UTF-8 is shown as it is, whatever the environment says of languages */
	setlocale(LC_CTYPE, "C.UTF-8");
	s->terminal = isatty(STDOUT_FILENO) == 1;
	s->coloured = s->terminal && !screen_is_set("NO_COLOR") && kind != NULL &&
		      strcmp(kind, "dumb") != 0;
}

unsigned screen_lines(const struct screen *s)
{
	struct winsize size = { 0 };

	if (!s->terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return SCREEN_LINES;
	return size.ws_row;
}

void screen_clear(const struct screen *s)
{
	if (s->terminal)
		fputs("\033[H\033[J", stdout);
}

/* --- one character --- */

/* The character that these bytes of UTF-8 are. */
static wchar_t screen_decode(const char *at, size_t bytes)
{
	static const unsigned char leads[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned long c = (unsigned char)at[0] & leads[bytes];

	for (size_t i = 1; i < bytes; i++)
		c = c << 6 | ((unsigned char)at[i] & 0x3f);
	return (wchar_t)c;
}

/* Marks that turn the order of what follows around, or are not seen at all. */
static bool screen_deceives(wchar_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

/* The front of *text, as it may be shown, and its columns; *text moves behind it. Borrowed from it, or from spelled. */
static struct slice screen_next(struct slice *text, char spelled[SCREEN_ESCAPE_BYTES],
				size_t *columns)
{
	size_t bytes = slice_utf8_char(*text);
	wchar_t c = bytes > 0 ? screen_decode(text->ptr, bytes) : L'\0';
	int width = bytes > 0 && !screen_deceives(c) && iswprint((wint_t)c) ? wcwidth(c) : -1;
	struct slice front = slice_of(text->ptr, bytes > 0 ? bytes : 1);

	*text = slice_after(*text, front.len);
	if (width < 0) {
		const char *format = bytes == 0 ? "\\x%02x" : c <= 0xffff ? "\\u%04x" : "\\U%08x";
		unsigned value = bytes == 0 ? (unsigned char)front.ptr[0] : (unsigned)c;

		width = snprintf(spelled, SCREEN_ESCAPE_BYTES, format, value);
		front = slice_of(spelled, (size_t)width);
	}
	*columns = (size_t)width;
	return front;
}

/* --- texts --- */

size_t screen_clean(struct buffer *out, struct slice text, size_t columns)
{
	char spelled[SCREEN_ESCAPE_BYTES];
	size_t taken = 0, width, begin = buffer_len(out), last = begin, last_taken = 0;

	while (text.len > 0) {
		struct slice next = screen_next(&text, spelled, &width);

		if (taken + width > columns) {
			buffer_truncate(out, last);
			vital(buffer_append_slice(out, SLICE("…")));
			return last_taken + 1;
		}
		vital(buffer_append_slice(out, next));
		taken += width;
		if (taken < columns) { /* so far there is room for the ellipsis, too */
			last = buffer_len(out);
			last_taken = taken;
		}
	}
	return taken;
}

void screen_print(const struct screen *s, struct slice clean, enum hue hue)
{
	static const char *const begins[] = {
		[HUE_PLAIN] = "",        [HUE_HEADING] = "\033[1m",   [HUE_FAINT] = "\033[2m",
		[HUE_GOOD] = "\033[32m", [HUE_DOUBTFUL] = "\033[33m", [HUE_BAD] = "\033[31m",
	};
	bool coloured = s->coloured && hue != HUE_PLAIN;

	if (coloured)
		fputs(begins[hue], stdout);
	fwrite(clean.ptr, 1, clean.len, stdout);
	if (coloured)
		fputs("\033[0m", stdout);
}

/* Beyond the first plane: two halves. */
static void screen_print_unit(unsigned c)
{
	if (c > 0xffff)
		printf("\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
	else
		printf("\\u%04x", c);
}

/* What is not ASCII, and DEL, stands in strings alone, and there it may be escaped. Between members of an object there
 * may be lines' ends. */
void screen_print_json(struct slice json)
{
	while (json.len > 0) {
		size_t bytes = slice_utf8_char(json);
		wchar_t c = bytes > 0 ? screen_decode(json.ptr, bytes) : 0xfffd;

		if (bytes == 0 || c == 0x7f || (c >= 0x80 && c < 0xa0) || screen_deceives(c))
			screen_print_unit((unsigned)c);
		else if (c >= 0x20)
			fwrite(json.ptr, 1, bytes, stdout);
		json = slice_after(json, bytes > 0 ? bytes : 1);
	}
	putchar('\n');
}

void screen_complain(const char *format, ...)
{
	struct buffer clean = { 0 };
	char *text = NULL;
	va_list list;
	int len;

	va_start(list, format);
	len = vasprintf(&text, format, list);
	va_end(list);
	vital(len < 0 ? SG_ENOMEM : 0);
	screen_clean(&clean, slice_of(text, (size_t)len), SIZE_MAX);
	fflush(stdout); /* what was printed before stands before */
	fprintf(stderr, "sessionctl: %.*s\n", SLICE_ARGS(buffer_content(&clean)));
	buffer_fini(&clean);
	free(text);
}
