/* liar.c - see liar.h. */
#include "tests/fuzz/liar.h"

#include "backends/redis_script.h"
#include "backends/resolver.h"
#include "base/buffer.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LIARS = 512, /* connections; then nobody takes any */
	LIES = 256,
	WORDS = 2, /* of a command, that are looked at */
	READ_BYTES = 65536,
	PIECES = 4096, /* then they say it all at once */
};

struct lie {
	struct slice name, answer;
	bool told;
};

struct liar {
	int fd; /* -1: it has hung up */
	unsigned port;
	struct buffer in, out;
	bool leaves; /* when all of out is said */
};

static struct {
	struct liar liars[LIARS];
	unsigned count; /* of places that have been somebody's */
	struct liar *last;
	unsigned connections, commands;
	struct lie lies[LIES];
	size_t lie_count;
	size_t piece_bytes, pieces;
	bool refuses;
} now;

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_resolver_start(struct event_base *loop, const char *host, uint16_t port,
			  resolver_fn *done, void *ctx, struct resolution **out);

/* --- in the place of the system --- */

static unsigned address_port(const struct sockaddr *to)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (to->sa_family == AF_INET) {
		memcpy(&in, to, sizeof(in));
		return ntohs(in.sin_port);
	}
	if (to->sa_family == AF_INET6) {
		memcpy(&in6, to, sizeof(in6));
		return ntohs(in6.sin6_port);
	}
	return 0;
}

/* NULL: there are too many. */
static struct liar *liar_place(void)
{
	for (unsigned i = 0; i < now.count; i++)
		if (now.liars[i].fd < 0)
			return &now.liars[i];
	return now.count < LIARS ? &now.liars[now.count++] : NULL;
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
	struct liar *liar = now.refuses ? NULL : liar_place();
	int pair[2];

	(void)len;
	now.connections++;
	if (liar == NULL) {
		errno = ECONNREFUSED;
		return -1;
	}
	CLAIM(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	CLAIM(dup2(pair[0], fd) == fd && close(pair[0]) == 0);
	*liar = (struct liar){ .fd = pair[1], .port = address_port(to) };
	now.last = liar;
	return 0;
}

int __wrap_resolver_start(struct event_base *loop, const char *host, uint16_t port,
			  resolver_fn *done, void *ctx, struct resolution **out)
{
	(void)loop;
	(void)host;
	(void)port;
	(void)done;
	(void)ctx;
	(void)out;
	return SG_ESYSTEM;
}

/* --- what they say --- */

static void liar_add_lines(struct liar *liar, struct slice lines)
{
	while (lines.len > 0 && !liar->leaves) {
		struct slice line = input_line(&lines, '\n');
		bool open = line.len > 0 && line.ptr[line.len - 1] == '\\';

		liar->leaves = slice_equal(line, SLICE("!"));
		if (liar->leaves)
			return;
		CLAIM(buffer_append(&liar->out, line.ptr, line.len - open) == 0);
		if (!open)
			CLAIM(buffer_append(&liar->out, "\r\n", 2) == 0);
	}
}

/* "find", or "find@7". */
static bool lie_is_of(const struct lie *t, struct slice name, unsigned port)
{
	char text[80];
	int len;

	if (slice_equal(t->name, name))
		return true;
	len = snprintf(text, sizeof(text), "%.*s@%u", SLICE_ARGS(name), port);
	return slice_equal(t->name, slice_of(text, (size_t)len));
}

/* NULL: they were not told. */
static struct lie *lie_next(struct slice name, unsigned port)
{
	struct lie *last = NULL;

	for (size_t i = 0; i < now.lie_count; i++) {
		struct lie *t = &now.lies[i];

		if (!lie_is_of(t, name, port))
			continue;
		last = t;
		if (!t->told)
			break;
	}
	return last;
}

/* As a Redis that has nothing. */
static struct slice truth(struct slice name)
{
	static const struct {
		struct slice name, answer;
	} truths[] = {
		{ { "INFO", 4 }, { "$10\nrun_id:abc", 14 } },
		{ { "SCRIPT", 6 }, { "+x", 2 } },
		{ { "AUTH", 4 }, { "+OK", 3 } },
		{ { "SELECT", 6 }, { "+OK", 3 } },
		{ { "ASKING", 6 }, { "+OK", 3 } },
		{ { "WAIT", 4 }, { ":1", 2 } },
		{ { "ROLE", 4 }, { "*1\n$6\nmaster", 12 } },
	};

	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++)
		if (slice_equal(name, truths[i].name))
			return truths[i].answer;
	return SLICE("*6\n:0\n$0\n\n$0\n\n:0\n*0\n*0");
}

static void liar_answer(struct liar *liar, struct slice name)
{
	struct lie *t = lie_next(name, liar->port);

	if (t == NULL) {
		liar_add_lines(liar, truth(name));
		return;
	}
	t->told = true;
	liar_add_lines(liar, t->answer);
}

/* --- what they hear --- */

/* A line of one sign and a number: "*3", "$7". False: it is not whole yet. */
static bool number_read(struct slice *in, char sign, size_t *out)
{
	const char *end = in->len > 0 ? memchr(in->ptr, '\r', in->len) : NULL;
	uint64_t number = 0;

	if (end == NULL || end + 1 == in->ptr + in->len)
		return false;
	CLAIM(in->ptr[0] == sign && end[1] == '\n');
	CLAIM(slice_number(slice_of(in->ptr + 1, (size_t)(end - in->ptr) - 1), INT32_MAX, &number));
	*in = slice_after(*in, (size_t)(end - in->ptr) + 2);
	*out = number;
	return true;
}

static bool word_read(struct slice *in, struct slice *word)
{
	size_t bytes;

	if (!number_read(in, '$', &bytes) || in->len < bytes + 2)
		return false;
	*word = slice_of(in->ptr, bytes);
	CLAIM(memcmp(in->ptr + bytes, "\r\n", 2) == 0);
	*in = slice_after(*in, bytes + 2);
	return true;
}

/* False: it is not whole yet. */
static bool command_read(struct slice *in, struct slice words[WORDS])
{
	struct slice rest = *in, word;
	size_t count;

	if (!number_read(&rest, '*', &count))
		return false;
	CLAIM(count > 0);
	for (size_t i = 0; i < count; i++) {
		if (!word_read(&rest, &word))
			return false;
		if (i < WORDS)
			words[i] = word;
	}
	*in = rest;
	return true;
}

static struct slice script_called(struct slice word)
{
	static const struct slice names[] = {
#define SCRIPT_CALLED(name, parts) { #name, sizeof(#name) - 1 },
		REDIS_SCRIPTS(SCRIPT_CALLED)
#undef SCRIPT_CALLED
	};

	for (unsigned i = 0; i < REDIS_SCRIPT_COUNT; i++) {
		const struct redis_script *script = redis_script((enum redis_script_name)i);

		if (slice_equal(word, slice_from(script->hash)) || slice_equal(word, script->text))
			return names[i];
	}
	claim_broken(__FILE__, __LINE__, "a script of ours", " %.*s", SLICE_ARGS(word));
}

static bool is_greeting(struct slice word)
{
	return slice_equal(word, SLICE("SCRIPT")) || slice_equal(word, SLICE("INFO")) ||
	       slice_equal(word, SLICE("ROLE"));
}

static struct slice command_called(const struct slice words[WORDS])
{
	if (slice_equal(words[0], SLICE("EVALSHA")) || slice_equal(words[0], SLICE("EVAL")))
		return script_called(words[1]);
	if (slice_equal(words[0], SLICE("SENTINEL")) || slice_equal(words[0], SLICE("CLUSTER")))
		return words[1];
	return words[0];
}

static void liar_hear(struct liar *liar)
{
	struct slice in = buffer_content(&liar->in), words[WORDS];

	while (words[0] = words[1] = SLICE(""), !liar->leaves && command_read(&in, words)) {
		now.commands += !is_greeting(words[0]);
		liar_answer(liar, command_called(words));
	}
	buffer_consume(&liar->in, buffer_len(&liar->in) - in.len);
}

/* --- the connections --- */

static void liar_close(struct liar *liar)
{
	if (liar->fd >= 0)
		close(liar->fd);
	liar->fd = -1;
	buffer_fini(&liar->in);
	buffer_fini(&liar->out);
}

static bool liar_read(struct liar *liar)
{
	static char bytes[READ_BYTES];
	bool moved = false;
	ssize_t n;

	while (liar->fd >= 0 && (n = read(liar->fd, bytes, sizeof(bytes))) >= 0) {
		moved = true;
		if (n == 0)
			liar_close(liar);
		else
			CLAIM(buffer_append(&liar->in, bytes, (size_t)n) == 0);
	}
	return moved;
}

static bool liar_speak(struct liar *liar)
{
	struct slice out = buffer_content(&liar->out);
	ssize_t n;

	if (now.piece_bytes != 0 && now.pieces < PIECES && out.len > now.piece_bytes)
		out.len = now.piece_bytes;
	if (liar->fd >= 0 && out.len == 0 && liar->leaves) {
		liar_close(liar);
		return true;
	}
	if (out.len == 0 || liar->fd < 0 ||
	    (n = send(liar->fd, out.ptr, out.len, MSG_NOSIGNAL)) <= 0)
		return false;
	now.pieces += now.piece_bytes != 0;
	buffer_consume(&liar->out, (size_t)n);
	return true;
}

bool liar_listen(void)
{
	bool moved = false;

	for (unsigned i = 0; i < now.count; i++) {
		struct liar *liar = &now.liars[i];

		if (liar->fd < 0)
			continue;
		if (liar_read(liar)) {
			moved = true;
			liar_hear(liar);
		}
		moved |= liar_speak(liar);
	}
	return moved;
}

void liar_begin(void)
{
	memset(&now, 0, sizeof(now));
}

void liar_tell(struct slice name, struct slice answer)
{
	if (now.lie_count < LIES)
		now.lies[now.lie_count++] = (struct lie){ name, answer, false };
}

void liar_say(struct slice lines)
{
	if (now.last != NULL && now.last->fd >= 0)
		liar_add_lines(now.last, lines);
}

void liar_hang_up(void)
{
	for (unsigned i = 0; i < now.count; i++)
		liar_close(&now.liars[i]);
}

void liar_refuse(bool refuses)
{
	now.refuses = refuses;
}

void liar_speak_in(size_t bytes)
{
	now.piece_bytes = bytes;
}

unsigned liar_connections(void)
{
	return now.connections;
}

unsigned liar_commands(void)
{
	return now.commands;
}

void liar_end(void)
{
	liar_hang_up();
}
