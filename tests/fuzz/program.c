/* program.c - see program.h. */
#include "tests/fuzz/program.h"

#include "gateway/pairs.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/jar.h"
#include "tests/fuzz/wallet.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BEGIN_BYTES = 8, ID = 1 };

void program_open(struct program *p, int fd)
{
	*p = (struct program){ .fd = fd, .reading = true };
}

void program_say(struct program *p, struct slice bytes)
{
	struct wire_record record;
	ssize_t sent;

	if (p->fd < 0)
		return;
	sent = send(p->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent <= 0)
		return;
	wire_put(&p->said, slice_of(bytes.ptr, (size_t)sent));
	while (wire_next(&p->said, &record))
		p->ended += record.type == FCGI_END_REQUEST && record.id == ID;
}

/* --- what it is sent --- */

static void program_begin(struct program *p, struct slice body)
{
	static unsigned turn;

	CLAIM(p->begun <= p->ended, "a second request before the first has ended");
	CLAIM(p->begun == 0 || p->state == PROGRAM_GIVEN, "a second one within the first");
	CLAIM(body.len == BEGIN_BYTES && body.ptr[0] == 0 && body.ptr[1] == FCGI_RESPONDER);
	CLAIM((body.ptr[2] & ~FCGI_KEEP_CONN) == 0);
	p->begun++;
	p->turn = ++turn;
	p->state = PROGRAM_PARAMS;
	p->length = p->body_bytes = 0;
	buffer_fini(&p->pairs);
}

static void program_check_param(struct program *p, const struct param *pair, bool *has_length)
{
	struct slice rest = buffer_content(&p->pairs);
	struct param other;
	unsigned times = 0;

	CLAIM(pair->name.len > 0 && memchr(pair->name.ptr, '=', pair->name.len) == NULL);
	CLAIM(memchr(pair->value.ptr, '\0', pair->value.len) == NULL);
	CLAIM(!slice_equal(pair->name, SLICE("HTTP_PROXY")));
	CLAIM(!slice_equal(pair->name, SLICE("HTTP_TRANSFER_ENCODING")));
	CLAIM(!slice_starts_nocase(pair->name, SLICE("HTTP_X_SESSION_")));
	CLAIM(!slice_equal(pair->name, SLICE("HTTP_COOKIE")) || !jar_shows_ours(pair->value));
	while (pairs_next(&rest, &other) == 1)
		times += slice_equal(other.name, pair->name);
	CLAIM(times == 1, "%.*s comes %u times", SLICE_ARGS(pair->name), times);
	if (slice_equal(pair->name, SLICE("SESSION_TICKET")))
		wallet_put(pair->value);
	if (slice_equal(pair->name, SLICE("CONTENT_LENGTH"))) {
		*has_length = true;
		CLAIM(slice_number(pair->value, INT64_MAX, &p->length));
	}
}

static void program_params(struct program *p, struct slice content)
{
	struct slice rest = content;
	struct param pair;
	bool has_length = false;
	int rc;

	CLAIM(p->state == PROGRAM_PARAMS);
	if (content.len > 0) {
		while ((rc = pairs_next(&rest, &pair)) == 1)
			;
		CLAIM(rc == 0, "a pair is split");
		CLAIM(buffer_append_slice(&p->pairs, content) == 0);
		return;
	}
	p->state = PROGRAM_STDIN;
	for (rest = buffer_content(&p->pairs); pairs_next(&rest, &pair) == 1;)
		program_check_param(p, &pair, &has_length);
	CLAIM(has_length);
}

static void program_input(struct program *p, struct slice content)
{
	CLAIM(p->state == PROGRAM_STDIN);
	p->body_bytes += content.len;
	CLAIM(p->body_bytes <= p->length, "more than CONTENT_LENGTH");
	if (content.len > 0)
		return;
	CLAIM(p->body_bytes == p->length, "less than CONTENT_LENGTH");
	p->state = PROGRAM_GIVEN;
}

static void program_take(struct program *p, const struct wire_record *record)
{
	CLAIM(record->padding == 0, "padding");
	CLAIM(record->id == ID, "id %u", record->id);
	switch (record->type) {
	case FCGI_BEGIN_REQUEST:
		program_begin(p, record->content);
		break;
	case FCGI_PARAMS:
		program_params(p, record->content);
		break;
	case FCGI_STDIN:
		program_input(p, record->content);
		break;
	default:
		CLAIM(false, "type %u", record->type);
	}
}

bool program_listen(struct program *p)
{
	struct wire_record record;
	char bytes[16384];
	ssize_t n;

	if (p->fd < 0 || p->closed || !p->reading)
		return false;
	n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n <= 0) {
		p->closed = n == 0 || errno != EAGAIN;
		return p->closed;
	}
	wire_put(&p->told, slice_of(bytes, (size_t)n));
	while (wire_next(&p->told, &record))
		program_take(p, &record);
	CLAIM(!p->told.bad, "not FastCGI");
	return true;
}

void program_close(struct program *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	wire_fini(&p->said);
	wire_fini(&p->told);
	buffer_fini(&p->pairs);
}
