/* head.c - a response's header block: what an application wrote is taken apart strictly, so that
 * what a web server gets has one meaning only. */
#include "gateway/head.h"

#include "base/decimal.h"
#include "base/word.h"
#include "gateway/directive.h"

enum { HEAD_FIELDS_MAX = 1000, HEAD_FIELDS_FIRST = 8, STATUS_DIGITS = 3 };

/* One block on its way through the parser. */
struct head_reading {
	size_t fields; /* directives apart */
	struct head *head;
	bool has_status;
	const char *reason;
};

void head_init(struct head *head, struct arena *arena)
{
	*head = (struct head){ .arena = arena, .status = 200, .content_length = -1 };
}

/* Is the line that the LF at bytes[end] ends empty? */
static bool line_is_blank(struct slice bytes, size_t end)
{
	if (end > 0 && bytes.ptr[end - 1] == '\r')
		end--;
	return end == 0 || bytes.ptr[end - 1] == '\n';
}

size_t head_find_end(struct slice bytes, size_t *scanned)
{
	while (*scanned < bytes.len) {
		const char *lf = memchr(bytes.ptr + *scanned, '\n', bytes.len - *scanned);

		if (lf == NULL)
			break;
		*scanned = (size_t)(lf - bytes.ptr) + 1;
		if (line_is_blank(bytes, *scanned - 1))
			return *scanned;
	}
	*scanned = bytes.len;
	return 0;
}

static int head_refuse(struct head_reading *r, const char *reason)
{
	r->reason = reason;
	return SG_EFORMAT;
}

static bool is_field_value(struct slice s)
{
	if (!slice_has_control(s))
		return true;
	for (size_t i = 0; i < s.len; i++) { /* is it only tabs? */
		uint8_t c = (uint8_t)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* "404 Not Found", "404" */
static int head_take_status(struct head_reading *r, struct slice text)
{
	struct slice digits = text;
	uint64_t status;

	if (r->has_status)
		return head_refuse(r, "more than one status");
	r->has_status = true;
	if (slice_cut(&text, ' ', &digits))
		r->head->phrase = slice_trim(text);
	if (digits.len != STATUS_DIGITS || !slice_number(digits, 999, &status) || status < 100)
		return head_refuse(r, "a status that is not three digits");
	r->head->status = (unsigned)status;
	return 0;
}

static int head_take_length(struct head_reading *r, struct slice text)
{
	uint64_t length;

	if (!slice_number(text, INT64_MAX, &length))
		return head_refuse(r, "a Content-Length that is not a number");
	if (r->head->content_length >= 0 && (uint64_t)r->head->content_length != length)
		return head_refuse(r, "two different Content-Lengths");
	r->head->content_length = (int64_t)length;
	return 0;
}

/* Of the connection between the application and whatever it believes to talk to; ours ends here. */
static bool is_hop_by_hop(struct slice name)
{
	static const struct slice names[] = {
		{ "Connection", 10 }, { "Keep-Alive", 10 }, { "TE", 2 },
		{ "Trailer", 7 },     { "Upgrade", 7 },     { "Transfer-Encoding", 17 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal_nocase(name, names[i]))
			return true;
	return slice_starts_nocase(name, SLICE("Proxy-"));
}

static int head_take_field(struct head_reading *r, struct slice line)
{
	struct slice name;

	if (line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
		return head_refuse(r, "a folded header");
	if (!slice_cut(&line, ':', &name))
		return head_refuse(r, "a header line without a colon");
	if (!slice_is_token(name))
		return head_refuse(r, "a header name that is not a token");
	if (!is_field_value(line))
		return head_refuse(r, "a control byte in a header's value");
	line = slice_trim(line);
	if (slice_equal_nocase(name, SLICE("Status")))
		return head_take_status(r, line);
	if (slice_equal_nocase(name, SLICE("Content-Length")))
		return head_take_length(r, line);
	if (is_hop_by_hop(name))
		return 0;
	/* directives are bounded by their bytes */
	if (!directive_named(name) && ++r->fields > HEAD_FIELDS_MAX)
		return head_refuse(r, "more than 1000 headers");
	return head_add(r->head, name, line);
}

/* "HTTP/1.1 202 Accepted", as NPH scripts begin. */
static int head_take_status_line(struct head_reading *r, struct slice line)
{
	struct slice version;

	slice_cut(&line, ' ', &version);
	if (!slice_equal(version, SLICE("HTTP/1.1")) && !slice_equal(version, SLICE("HTTP/1.0")))
		return head_refuse(r, "a status line of another protocol");
	if (!is_field_value(line))
		return head_refuse(r, "a control byte in the status line");
	return head_take_status(r, slice_trim(line));
}

static int head_take_line(struct head_reading *r, struct slice line, bool first)
{
	if (first && slice_starts(line, SLICE("HTTP/")))
		return head_take_status_line(r, line);
	return head_take_field(r, line);
}

static int head_take_lines(struct head_reading *r, struct slice block)
{
	bool first = true;
	struct slice line;
	int rc = 0;

	while (rc == 0 && slice_cut(&block, '\n', &line)) {
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			return 0;
		rc = head_take_line(r, line, first);
		first = false;
	}
	return rc;
}

int head_parse(struct head *head, struct slice block, const char **reason)
{
	struct head_reading r = { .head = head };
	int rc;

	head_init(head, head->arena);
	if ((rc = head_take_lines(&r, block)) != 0) {
		if (rc == SG_EFORMAT)
			*reason = r.reason;
		return rc;
	}
	if (!r.has_status && head_get(head, SLICE("Location")).ptr != NULL)
		head->status = 302;
	return head->status >= 200;
}

static struct head_field *head_find(const struct head *head, struct slice name)
{
	for (size_t i = 0; i < head->count; i++)
		if (slice_equal_nocase(head->fields[i].name, name))
			return &head->fields[i];
	return NULL;
}

struct slice head_get(const struct head *head, struct slice name)
{
	struct head_field *found = head_find(head, name);

	return found != NULL ? found->value : slice_of(NULL, 0);
}

static int head_grow(struct head *head)
{
	size_t room = head->room == 0 ? HEAD_FIELDS_FIRST : 2 * head->room;
	struct head_field *fields = arena_room(head->arena, room * sizeof(*fields));

	if (fields == NULL)
		return SG_ENOMEM;
	if (head->count > 0)
		memcpy(fields, head->fields, head->count * sizeof(*fields));
	head->fields = fields;
	head->room = room;
	return 0;
}

int head_add(struct head *head, struct slice name, struct slice value)
{
	int rc;

	if (head->count == head->room && (rc = head_grow(head)) != 0)
		return rc;
	head->fields[head->count++] = (struct head_field){ name, value };
	return 0;
}

/* Remove the fields of that name from the one at first on. */
static size_t head_remove_from(struct head *head, struct slice name, size_t first)
{
	size_t kept = first, before = head->count;

	for (size_t i = first; i < head->count; i++)
		if (!slice_equal_nocase(head->fields[i].name, name))
			head->fields[kept++] = head->fields[i];
	head->count = kept;
	return before - kept;
}

int head_set(struct head *head, struct slice name, struct slice value)
{
	struct head_field *found = head_find(head, name);

	if (found == NULL)
		return head_add(head, name, value);
	*found = (struct head_field){ name, value };
	head_remove_from(head, name, (size_t)(found - head->fields) + 1);
	return 0;
}

size_t head_remove(struct head *head, struct slice name)
{
	return head_remove_from(head, name, 0);
}

bool head_allows_body(unsigned status, struct slice method)
{
	return status >= 200 && status != 204 && status != 304 &&
	       !slice_equal(method, SLICE("HEAD"));
}

static int head_write_field(struct buffer *out, struct slice name, struct slice value)
{
	size_t bytes = name.len + value.len + sizeof(": \r\n") - 1;
	char *at;
	int rc;

	if ((rc = buffer_reserve(out, bytes, &at)) != 0)
		return rc;
	word_copy(at, name.ptr, name.len);
	memcpy(at + name.len, ": ", 2);
	word_copy(at + name.len + 2, value.ptr, value.len);
	memcpy(at + bytes - 2, "\r\n", 2);
	buffer_commit(out, bytes);
	return 0;
}

static int head_write_status(const struct head *head, struct buffer *out)
{
	struct slice phrase = head->phrase;

	char text[3 + 1] = { (char)('0' + head->status / 100), (char)('0' + head->status / 10 % 10),
			     (char)('0' + head->status % 10), ' ' };
	int rc;

	if (phrase.len == 0)
		phrase = slice_from(head_phrase(head->status));
	if ((rc = buffer_append_slice(out, SLICE("Status: "))) != 0 ||
	    (rc = buffer_append(out, text, phrase.len > 0 ? 4 : 3)) != 0 ||
	    (rc = buffer_append_slice(out, phrase)) != 0)
		return rc;
	return buffer_append_slice(out, SLICE("\r\n"));
}

/* The fields that are, or are not, Location. */
static int head_write_fields(const struct head *head, bool location, struct buffer *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < head->count; i++) {
		const struct head_field *field = &head->fields[i];

		if (slice_equal_nocase(field->name, SLICE("Location")) == location)
			rc = head_write_field(out, field->name, field->value);
	}
	return rc;
}

static int head_write_length(const struct head *head, struct buffer *out)
{
	char text[DECIMAL_BYTES];

	if (head->content_length < 0 || head->status < 200 || head->status == 204)
		return 0;
	return head_write_field(out, SLICE("Content-Length"),
				decimal_text(head->content_length, text));
}

int head_write(const struct head *head, struct buffer *out)
{
	size_t before = buffer_len(out);
	int rc;

	if ((rc = head_write_fields(head, true, out)) != 0 ||
	    (rc = head_write_status(head, out)) != 0 || (rc = head_write_length(head, out)) != 0 ||
	    (rc = head_write_fields(head, false, out)) != 0 ||
	    (rc = buffer_append(out, "\r\n", 2)) != 0)
		buffer_truncate(out, before);
	return rc;
}

/* clang-format off */
#define STATUS_PHRASES(X)						\
	X(200, "OK") X(201, "Created") X(202, "Accepted")		\
	X(203, "Non-Authoritative Information") X(204, "No Content")	\
	X(205, "Reset Content") X(206, "Partial Content")		\
	X(207, "Multi-Status") X(208, "Already Reported")		\
	X(300, "Multiple Choices") X(301, "Moved Permanently")		\
	X(302, "Found") X(303, "See Other") X(304, "Not Modified")	\
	X(305, "Use Proxy") X(307, "Temporary Redirect")		\
	X(308, "Permanent Redirect")					\
	X(400, "Bad Request") X(401, "Unauthorized")			\
	X(402, "Payment Required") X(403, "Forbidden")			\
	X(404, "Not Found") X(405, "Method Not Allowed")		\
	X(406, "Not Acceptable") X(407, "Proxy Authentication Required") \
	X(408, "Request Timeout") X(409, "Conflict") X(410, "Gone")	\
	X(411, "Length Required") X(412, "Precondition Failed")		\
	X(413, "Content Too Large") X(414, "URI Too Long")		\
	X(415, "Unsupported Media Type") X(416, "Range Not Satisfiable") \
	X(417, "Expectation Failed") X(421, "Misdirected Request")	\
	X(422, "Unprocessable Content") X(423, "Locked")		\
	X(424, "Failed Dependency") X(425, "Too Early")			\
	X(426, "Upgrade Required") X(428, "Precondition Required")	\
	X(429, "Too Many Requests")					\
	X(431, "Request Header Fields Too Large")			\
	X(451, "Unavailable For Legal Reasons")				\
	X(500, "Internal Server Error") X(501, "Not Implemented")	\
	X(502, "Bad Gateway") X(503, "Service Unavailable")		\
	X(504, "Gateway Timeout") X(505, "HTTP Version Not Supported")	\
	X(507, "Insufficient Storage") X(508, "Loop Detected")		\
	X(511, "Network Authentication Required")
/* clang-format on */

const char *head_phrase(unsigned status)
{
	switch (status) {
#define STATUS_PHRASE(code, text) \
	case code:                \
		return text;
		STATUS_PHRASES(STATUS_PHRASE)
#undef STATUS_PHRASE
	default:
		return "";
	}
}
