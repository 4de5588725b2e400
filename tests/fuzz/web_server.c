/* web_server.c - see web_server.h. */
#include "tests/fuzz/web_server.h"

#include "gateway/pairs.h"

#include "tests/fuzz/claim.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { END_BYTES = 8 };

void web_server_open(struct web_server *w, int fd, bool tcp)
{
	*w = (struct web_server){ .fd = fd, .tcp = tcp, .reading = true };
}

static struct web_request *web_find(struct web_server *w, uint16_t id)
{
	for (size_t i = 0; i < w->request_count; i++)
		if (w->requests[i].id == id)
			return &w->requests[i];
	return NULL;
}

/* --- what it says --- */

static void web_begin(struct web_server *w, const struct wire_record *record)
{
	struct web_request *r = web_find(w, record->id);

	if (record->id == 0 || record->content.len != END_BYTES)
		return; /* a fault, which ends the connection */
	if (r == NULL && w->request_count == WEB_SERVER_REQUESTS) {
		w->lost_count = true;
		return;
	}
	if (r == NULL) {
		r = &w->requests[w->request_count++];
		*r = (struct web_request){ .id = record->id, .length = -1 };
	}
	r->begun++;
	r->keep = record->content.ptr[2] & FCGI_KEEP_CONN;
	r->head_method = false;
	buffer_fini(&r->pairs);
}

static void web_params(struct web_server *w, const struct wire_record *record)
{
	struct web_request *r = web_find(w, record->id);
	struct slice pairs;
	struct param pair;

	if (r == NULL)
		return;
	CLAIM(buffer_append_slice(&r->pairs, record->content) == 0);
	pairs = buffer_content(&r->pairs);
	while (record->content.len == 0 && pairs_next(&pairs, &pair) == 1)
		r->head_method |= slice_equal(pair.name, SLICE("REQUEST_METHOD")) &&
				  slice_equal(pair.value, SLICE("HEAD"));
}

static void web_note(struct web_server *w, const struct wire_record *record)
{
	struct web_request *r;

	w->questions += record->id == 0;
	switch (record->type) {
	case FCGI_BEGIN_REQUEST:
		web_begin(w, record);
		break;
	case FCGI_PARAMS:
		web_params(w, record);
		break;
	case FCGI_ABORT_REQUEST:
		if ((r = web_find(w, record->id)) != NULL)
			r->aborted++;
		break;
	}
}

void web_server_say(struct web_server *w, struct slice bytes)
{
	struct wire_record record;
	ssize_t sent = send(w->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent <= 0)
		return;
	wire_put(&w->said, slice_of(bytes.ptr, (size_t)sent));
	while (wire_next(&w->said, &record))
		web_note(w, &record);
}

/* --- what it is told --- */

/* The token of "Set-Cookie: sg_session=…", for a script to come back with. */
static void web_keep_token(struct web_server *w, struct slice value)
{
	struct slice name, token;

	slice_cut(&value, ';', &token);
	slice_cut(&token, '=', &name);
	if (!slice_equal(slice_trim(name), SLICE("sg_session")) || token.len >= sizeof(w->token))
		return;
	memcpy(w->older, w->token, sizeof(w->older));
	memcpy(w->token, token.ptr, token.len);
	w->token[token.len] = '\0';
}

static void web_read_field(struct web_server *w, struct web_request *r, struct slice line)
{
	struct slice value = line, name;
	uint64_t number = 0;

	CLAIM(slice_cut(&value, ':', &name) && name.len > 0, "%.*s", SLICE_ARGS(line));
	for (size_t i = 0; i < line.len; i++)
		CLAIM((uint8_t)line.ptr[i] >= 0x20 || line.ptr[i] == '\t');
	value = slice_trim(value);
	if (slice_equal_nocase(name, SLICE("Set-Cookie")))
		web_keep_token(w, value);
	if (slice_equal_nocase(name, SLICE("Status"))) {
		CLAIM(r->status == 0 && value.len >= 3, "two statuses");
		CLAIM(slice_number(slice_of(value.ptr, 3), 999, &number) && number >= 200);
		r->status = (unsigned)number;
	} else if (slice_equal_nocase(name, SLICE("Content-Length"))) {
		CLAIM(r->length < 0, "two lengths");
		CLAIM(slice_number(value, INT64_MAX, &number));
		r->length = (int64_t)number;
	}
}

static void web_read_head(struct web_server *w, struct web_request *r)
{
	struct slice rest = buffer_content(&r->head), line;

	for (;;) {
		if (!slice_cut(&rest, '\n', &line))
			return; /* not whole yet */
		CLAIM(line.len > 0 && line.ptr[line.len - 1] == '\r');
		if (line.len == 1)
			break;
	}
	r->head_whole = true;
	r->body_bytes = (int64_t)rest.len;
	for (rest = buffer_content(&r->head); slice_cut(&rest, '\n', &line) && line.len > 1;)
		web_read_field(w, r, slice_of(line.ptr, line.len - 1));
	CLAIM(r->status != 0, "no status");
}

static void web_output(struct web_server *w, struct web_request *r, struct slice bytes)
{
	CLAIM(!r->output_over, "STDOUT after its end");
	if (bytes.len == 0) {
		CLAIM(r->head_whole, "STDOUT ends within the head");
		r->output_over = true;
	} else if (r->head_whole) {
		r->body_bytes += (int64_t)bytes.len;
	} else {
		CLAIM(buffer_append_slice(&r->head, bytes) == 0);
		web_read_head(w, r);
	}
	if (r->head_whole && r->length >= 0)
		CLAIM(r->body_bytes <= r->length, "longer than announced");
	if (r->head_whole && (r->status == 204 || r->status == 304))
		CLAIM(r->body_bytes == 0, "a body that may not be");
}

/* Was the answer what it had announced? */
static void web_measure(const struct web_request *r)
{
	if (r->length < 0 || r->body_bytes == r->length)
		return;
	CLAIM(!r->keep || r->head_method || r->status == 304, "short by %lld, and nothing shows it",
	      (long long)(r->length - r->body_bytes));
}

static void web_end(struct web_request *r, struct slice body)
{
	CLAIM(body.len == END_BYTES);
	if (!r->output_over) {
		CLAIM(r->aborted > 0, "END_REQUEST without an answer");
		r->aborted--;
	} else {
		web_measure(r);
	}
	r->ended++;
	buffer_fini(&r->head);
	r->head_whole = r->output_over = false;
	r->length = -1;
	r->body_bytes = 0;
	r->status = 0;
}

static void web_take(struct web_server *w, const struct wire_record *record)
{
	struct web_request *r = web_find(w, record->id);

	CLAIM(record->padding == 0);
	if (record->id == 0) {
		CLAIM(record->type == FCGI_GET_VALUES_RESULT || record->type == FCGI_UNKNOWN_TYPE);
		CLAIM(w->questions-- > 0, "answered without being asked");
		return;
	}
	CLAIM(r != NULL || w->lost_count, "about %u, which never began", record->id);
	if (r == NULL)
		return;
	CLAIM(r->begun > r->ended, "type %u for %u, which is over", record->type, r->id);
	if (record->type == FCGI_STDOUT)
		web_output(w, r, record->content);
	else if (record->type == FCGI_END_REQUEST)
		web_end(r, record->content);
	else
		CLAIM(record->type == FCGI_STDERR && (w->tcp || record->content.len > 0), "type %u",
		      record->type);
}

bool web_server_listen(struct web_server *w)
{
	struct wire_record record;
	char bytes[16384];
	ssize_t n;

	if (w->closed || !w->reading)
		return false;
	n = recv(w->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n <= 0) {
		w->closed = n == 0 || errno != EAGAIN;
		return w->closed;
	}
	wire_put(&w->told, slice_of(bytes, (size_t)n));
	while (wire_next(&w->told, &record))
		web_take(w, &record);
	CLAIM(!w->told.bad, "not FastCGI");
	return true;
}

void web_server_expect_end(const struct web_server *w)
{
	if (w->closed)
		return;
	CLAIM(!w->said.bad, "nonsense, and the connection goes on");
	CLAIM(!wire_mid_record(&w->said), "half a record, and it is waited for");
	CLAIM(!wire_mid_record(&w->told), "half a record of an answer");
	for (size_t i = 0; i < w->request_count; i++)
		CLAIM(w->requests[i].begun == w->requests[i].ended, "%u waits for its answer",
		      w->requests[i].id);
}

void web_server_close(struct web_server *w)
{
	close(w->fd);
	w->fd = -1;
	wire_fini(&w->said);
	wire_fini(&w->told);
	for (size_t i = 0; i < w->request_count; i++) {
		buffer_fini(&w->requests[i].pairs);
		buffer_fini(&w->requests[i].head);
	}
}
