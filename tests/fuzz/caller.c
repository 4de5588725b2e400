/* caller.c - see caller.h. */
#include "tests/fuzz/caller.h"

#include "gateway/chunks.h"
#include "gateway/http.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/json.h"
#include "tests/fuzz/wallet.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* An answer's head, and its body. */
struct caller_answer {
	unsigned status;
	bool closes, has_length;
	struct slice body;
	size_t bytes;
};

void caller_open(struct caller *c, int fd)
{
	*c = (struct caller){ .fd = fd, .reading = true };
}

/* --- what it says --- */

void caller_put_request(struct buffer *out, const char *method_and_path, struct slice ticket,
			size_t length)
{
	CLAIM(buffer_printf(
		      out,
		      "%s HTTP/1.1\r\nAuthorization: Ticket %.*s\r\nContent-Length: %zu\r\n\r\n",
		      method_and_path, SLICE_ARGS(ticket), length) == 0);
}

/* How long the body is that these bytes begin with. 1, 0 or < 0 as http_read(). */
static int caller_measure_chunks(struct slice bytes, size_t *length)
{
	struct buffer in = { 0 }, body = { 0 };
	struct chunks chunks = { .left = 0 };
	int rc;

	CLAIM(buffer_append_slice(&in, bytes) == 0);
	rc = chunks_read(&chunks, &in, &body, SIZE_MAX);
	*length = bytes.len - buffer_len(&in);
	buffer_fini(&in);
	buffer_fini(&body);
	return rc;
}

static int caller_measure_body(const struct http_request *request, struct slice bytes,
			       size_t *length)
{
	if (request->chunked)
		return caller_measure_chunks(bytes, length);
	*length = request->body_bytes;
	return bytes.len >= *length;
}

/* Is one more whole? */
static bool caller_note(struct caller *c)
{
	struct http_request request;
	struct slice said = buffer_content(&c->said);
	int rc = http_read(said, &c->scanned, &request);
	size_t body_bytes = 0;

	c->nonsense = rc < 0;
	if (rc != 1)
		return false;
	c->scanned = 0; /* its head is read again when more of its body has come */
	rc = caller_measure_body(&request, slice_after(said, request.head_bytes), &body_bytes);
	c->nonsense = rc < 0;
	if (rc != 1) {
		c->invited |= request.expects;
		return false;
	}
	c->lost_count |= c->asked == CALLER_REQUESTS;
	if (c->lost_count)
		return false;
	c->requests[c->asked++] = (struct caller_request){
		.reads = slice_equal(request.method, SLICE("GET")),
		.trusted = wallet_has(http_credentials(request.authorization, SLICE("Ticket"))),
	};
	buffer_consume(&c->said, request.head_bytes + body_bytes);
	return true;
}

void caller_say(struct caller *c, struct slice bytes)
{
	ssize_t sent;

	if (c->fd < 0 || c->left)
		return;
	sent = send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent <= 0)
		return;
	CLAIM(buffer_append_slice(&c->said, slice_of(bytes.ptr, (size_t)sent)) == 0);
	while (!c->nonsense && caller_note(c))
		;
}

/* --- what it is told --- */

static void caller_read_field(struct slice line, struct caller_answer *answer, uint64_t *length)
{
	struct slice value = line, name;

	CLAIM(slice_cut(&value, ':', &name) && slice_is_token(name), "%.*s", SLICE_ARGS(line));
	CLAIM(!slice_has_control(value));
	value = slice_trim(value);
	if (slice_equal_nocase(name, SLICE("Content-Length"))) {
		CLAIM(!answer->has_length && slice_number(value, INT64_MAX, length));
		answer->has_length = true;
	} else if (slice_equal_nocase(name, SLICE("Connection"))) {
		CLAIM(slice_equal(value, SLICE("close")));
		answer->closes = true;
	}
}

/* False: it is not whole. */
static bool caller_read_answer(struct slice told, struct caller_answer *out)
{
	static const struct slice blank = { "\r\n\r\n", 4 }, version = { "HTTP/1.1 ", 9 };
	const char *end = told.len > 0 ? memmem(told.ptr, told.len, blank.ptr, blank.len) : NULL;
	struct slice head, line;
	uint64_t number = 0;

	*out = (struct caller_answer){ .status = 0 };
	if (end == NULL)
		return false;
	head = slice_of(told.ptr, (size_t)(end - told.ptr) + 2);
	slice_cut(&head, '\n', &line);
	CLAIM(slice_starts(line, version) && line.len > version.len + 3);
	CLAIM(slice_number(slice_of(line.ptr + version.len, 3), 599, &number));
	out->status = (unsigned)number;
	number = 0;
	while (slice_cut(&head, '\n', &line))
		caller_read_field(slice_of(line.ptr, line.len - 1), out, &number);
	head = slice_after(told, (size_t)(end - told.ptr) + blank.len);
	out->body = slice_of(head.ptr, number);
	out->bytes = told.len - head.len + number;
	return head.len >= number;
}

static void caller_take(struct caller *c, const struct caller_answer *answer)
{
	bool whole = c->answered < c->asked;
	const struct caller_request none = { .trusted = false };
	const struct caller_request *request = whole ? &c->requests[c->answered] : &none;

	CLAIM(!c->silenced, "%u after the last answer", answer->status);
	if (answer->status == 100) {
		CLAIM(c->invited && !answer->has_length && !answer->closes);
		return;
	}
	if (c->lost_count)
		return;
	CLAIM(answer->has_length == (answer->status != 204));
	CLAIM(answer->status != 204 || (request->trusted && !request->reads));
	CLAIM(answer->status != 200 || (request->trusted && request->reads));
	CLAIM(answer->status == 200 || answer->status == 204 || answer->status >= 400);
	CLAIM(whole || (answer->closes && answer->status >= 400), "%u for what was not asked",
	      answer->status);
	if (answer->has_length)
		CLAIM(json_valid(answer->body), "%.*s", SLICE_ARGS(answer->body));
	c->silenced = answer->closes;
	c->answered++;
}

bool caller_listen(struct caller *c)
{
	struct caller_answer answer;
	char bytes[16384];
	ssize_t n;

	if (c->fd < 0 || c->closed || !c->reading)
		return false;
	n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n <= 0) {
		c->closed = n == 0 || errno != EAGAIN;
		return c->closed;
	}
	CLAIM(buffer_append(&c->told, bytes, (size_t)n) == 0);
	while (caller_read_answer(buffer_content(&c->told), &answer)) {
		caller_take(c, &answer);
		buffer_consume(&c->told, answer.bytes);
	}
	return true;
}

void caller_expect_end(const struct caller *c)
{
	if (c->fd < 0 || c->left || c->lost_count)
		return;
	CLAIM(c->closed, "nobody has asked anything for long, and it is not hung up on");
	CLAIM(buffer_len(&c->told) == 0, "half an answer");
	CLAIM(c->silenced || (c->answered == c->asked && !c->nonsense), "%zu of %zu are answered",
	      c->answered, c->asked);
}

void caller_close(struct caller *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buffer_fini(&c->said);
	buffer_fini(&c->told);
}
