/* line.c - see line.h. */
#include "base/line.h"

#include "base/decimal.h"
#include "base/rfc3339.h"
#include "base/word.h"

#include <stdio.h>

/* The room that the end of every line needs: the mark of a cut, a quote, a brace, '\n'. */
enum { LINE_TAIL_BYTES = 8 };

struct line {
	char *at, *end;
	enum log_format format;
	bool cut; /* something did not fit; nothing more is put */
};

static const char *line_level_text(enum log_level level)
{
	static const char *const texts[] = {
#define LINE_LEVEL_TEXT(name, text) text,
		LOG_LEVELS(LINE_LEVEL_TEXT)
#undef LINE_LEVEL_TEXT
	};

	return texts[level];
}

static struct line line_start(char *out, enum log_format format)
{
	return (struct line){ out, out + LINE_BYTES - LINE_TAIL_BYTES, format, false };
}

static void line_put(struct line *l, const char *bytes, size_t len)
{
	if (l->cut || (size_t)(l->end - l->at) < len) {
		l->cut = true;
		return;
	}
	word_copy(l->at, bytes, len);
	l->at += len;
}

static void line_put_text(struct line *l, const char *text)
{
	line_put(l, text, strlen(text));
}

/* Bytes of the character at the front that may stand as it is, apart from quoting; 0: escape one
 * byte. U+0080 to U+009F are control characters too, and terminals act on them. */
static size_t line_printable(struct slice s)
{
	unsigned char c = (unsigned char)s.ptr[0];

	if (c < 0x20 || c == 0x7f)
		return 0;
	if (c == 0xc2 && s.len > 1 && (unsigned char)s.ptr[1] < 0xa0)
		return 0;
	return slice_utf8_char(s);
}

static void line_put_hex(struct line *l, char byte)
{
	char escape[8];
	int len = snprintf(escape, sizeof(escape), l->format == LOG_JSON ? "\\u%04x" : "\\x%02x",
			   (unsigned)(unsigned char)byte);

	line_put(l, escape, (size_t)len);
}

/* What stands as it is, quoted or not: printable ASCII but for the quote, = and the backslash. */
static const bool line_plain[256] = {
	['!'] = true,
	['#' ... '<'] = true,
	['>' ... '['] = true,
	[']' ... '~'] = true,
};

/* The bytes at the front that stand as they are: nearly always all of them. */
static size_t line_plain_run(struct slice s)
{
	size_t n = 0;

	while (n < s.len && line_plain[(unsigned char)s.ptr[n]])
		n++;
	return n;
}

/* A whole value of which all stands as it is; false: it is not like that, or too long, and nothing was
 * put. */
static bool line_put_plain(struct line *l, struct slice s)
{
	bool plain = true;

	if (s.len == 0 || s.len > LINE_FIELD_BYTES || s.len > (size_t)(l->end - l->at))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		plain &= line_plain[(unsigned char)s.ptr[i]];
		l->at[i] = s.ptr[i];
	}
	l->at += plain ? s.len : 0;
	return plain;
}

/* quoted: the text stands in quotes, so a quote or backslash in it gets a backslash. */
static void line_put_escaped(struct line *l, struct slice s, bool quoted)
{
	while (s.len > 0 && !l->cut) {
		size_t len = line_plain_run(s);

		if (len > (size_t)(l->end - l->at))
			len = (size_t)(l->end - l->at);
		if (len > 0) {
			line_put(l, s.ptr, len);
			s = slice_after(s, len);
			continue;
		}
		len = line_printable(s);
		if (len == 0) {
			line_put_hex(l, s.ptr[0]);
			len = 1;
		} else if (quoted && (s.ptr[0] == '"' || s.ptr[0] == '\\')) {
			char escape[2] = { '\\', s.ptr[0] };

			line_put(l, escape, sizeof(escape));
		} else
			line_put(l, s.ptr, len);
		s = slice_after(s, len);
	}
}

/* As line_put_escaped(), but at most LINE_FIELD_BYTES of it, and room stays for the mark of a cut and
 * a closing quote: the line itself goes on. */
static void line_put_capped(struct line *l, struct slice s, bool quoted)
{
	struct line part = *l;

	part.end -= LINE_TAIL_BYTES;
	if (part.end - part.at > LINE_FIELD_BYTES)
		part.end = part.at + LINE_FIELD_BYTES;
	line_put_escaped(&part, s, quoted);
	l->at = part.at;
	if (part.cut)
		line_put_text(l, "...");
}

static void line_put_time(struct line *l, int64_t now_ms)
{
	static _Thread_local struct {
		int64_t second;
		char text[RFC3339_CHARS];
	} cache = { .second = -1 };

	if (cache.second != now_ms / 1000) {
		rfc3339_write(now_ms, cache.text);
		cache.second = now_ms / 1000;
	} else {
		rfc3339_write_ms(now_ms, cache.text);
	}
	line_put(l, cache.text, sizeof(cache.text));
}

/* The tail's room was kept back for this. */
static size_t line_finish(struct line *l, const char *out, const char *tail)
{
	bool cut = l->cut;

	l->cut = false;
	l->end += LINE_TAIL_BYTES;
	if (cut)
		line_put_text(l, "...");
	line_put_text(l, tail);
	return (size_t)(l->at - out);
}

static size_t line_message_text(char *out, int64_t now_ms, enum log_level level, struct slice who,
				struct slice message)
{
	struct line l = line_start(out, LOG_TEXT);
	char name[8];

	line_put_time(&l, now_ms);
	snprintf(name, sizeof(name), " %-5s ", line_level_text(level));
	line_put_text(&l, name);
	if (who.len > 0) {
		line_put_text(&l, "[");
		line_put_capped(&l, who, false);
		line_put_text(&l, "] ");
	}
	line_put_escaped(&l, message, false);
	return line_finish(&l, out, "\n");
}

static size_t line_message_json(char *out, int64_t now_ms, enum log_level level, struct slice who,
				struct slice message)
{
	struct line l = line_start(out, LOG_JSON);

	line_put_text(&l, "{\"time\":\"");
	line_put_time(&l, now_ms);
	line_put_text(&l, "\",\"level\":\"");
	line_put_text(&l, line_level_text(level));
	if (who.len > 0) {
		line_put_text(&l, "\",\"request\":\"");
		line_put_capped(&l, who, true);
	}
	line_put_text(&l, "\",\"message\":\"");
	line_put_escaped(&l, message, true);
	return line_finish(&l, out, "\"}\n");
}

size_t line_message(char *out, enum log_format format, int64_t now_ms, enum log_level level,
		    struct slice who, struct slice message)
{
	return (format == LOG_JSON ? line_message_json : line_message_text)(out, now_ms, level, who,
									    message);
}

static void line_put_value(struct line *l, const struct log_field *field)
{
	if (field->text.ptr == NULL) {
		l->at += decimal_write(field->number, l->at); /* line_has_room() */
	} else if (l->format == LOG_TEXT && line_put_plain(l, field->text)) {
		return;
	} else if (l->format == LOG_TEXT && field->text.len > 0 &&
		   line_plain_run(field->text) == field->text.len) {
		line_put_capped(l, field->text, false);
	} else {
		line_put_text(l, "\"");
		line_put_capped(l, field->text, true);
		line_put_text(l, "\"");
	}
}

/* Room for one more field, whatever it holds: its name, its separators and a value of which "..." or
 * a number is left at the least. A line of fields ends before the field that has none. */
static bool line_has_room(const struct line *l, size_t name_bytes)
{
	return (size_t)(l->end - l->at) >= name_bytes + DECIMAL_BYTES + LINE_TAIL_BYTES;
}

static void line_put_field(struct line *l, const struct log_field *field)
{
	if (l->format == LOG_JSON)
		*l->at++ = ',', *l->at++ = '"';
	else
		*l->at++ = ' ';
	word_copy(l->at, field->name.ptr, field->name.len);
	l->at += field->name.len;
	if (l->format == LOG_JSON)
		*l->at++ = '"', *l->at++ = ':';
	else
		*l->at++ = '=';
	line_put_value(l, field);
}

size_t line_fields(char *out, enum log_format format, int64_t now_ms,
		   const struct log_field *fields, size_t count)
{
	struct line l = line_start(out, format);

	line_put_text(&l, format == LOG_JSON ? "{\"time\":\"" : "");
	line_put_time(&l, now_ms);
	line_put_text(&l, format == LOG_JSON ? "\"" : "");
	for (size_t i = 0; i < count; i++) {
		if (!line_has_room(&l, fields[i].name.len))
			break;
		line_put_field(&l, &fields[i]);
	}
	return line_finish(&l, out, format == LOG_JSON ? "}\n" : "\n");
}
