/* application.c - the application of all figures, on libfcgi. The last part of the path says what it does.
 * Use  application SOCKET PROCESSES
 *
 * For the chain with nginx, 1 KB of answer each:
 *   start   gives the session its eight attributes of 32 bytes
 *   write   changes one of them
 *   read    changes none
 *   show    one line for each attribute of the session, instead of the 1 KB
 * For the load generator; the query NONCE-BYTES asks for so many bytes of the pattern, from the nonce on:
 *   echo    takes the body and answers them; stream: without Content-Length; slow: takes the body with pauses
 *   enter   the same, and begins a session with one attribute of 32 bytes: every other one with a login, and of these
 *           one of a hundred that of a user who has very many
 *   cut     announces them, gives half of them and dies; die: without an answer
 *   stall   never answers; garbage: answers what is not FastCGI
 *
 * A process that dies is replaced. SIGTERM ends all. */
#include "bench/pattern.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BACKLOG = 512,
	BODY_BYTES = 1024,
	ATTRIBUTES = 8,
	PIECE_BYTES = 64 * 1024,
	PIECE_PAUSE_US = 500,
	ENTER_USERS = 100000,
	ENTER_BUSY = 200, /* of so many who come one is the busy one */
};

struct question {
	FCGX_Request *request;
	unsigned long long nonce, bytes, taken;
	bool right; /* the body is the pattern from the nonce on */
};

static const char *param(const FCGX_Request *request, const char *name)
{
	const char *value = FCGX_GetParam(name, request->envp);

	return value != NULL ? value : "";
}

/* --- the chain with nginx --- */

/* Always 32 bytes, another one each time. */
static void set_attribute(const FCGX_Request *request, unsigned int which)
{
	static unsigned long count;

	FCGX_FPrintF(request->out, "X-Session-Set: attribute%u=%08u%024lu\r\n", which,
		     (unsigned int)getpid(), ++count);
}

static void begin_page(const FCGX_Request *request)
{
	FCGX_FPrintF(request->out, "Content-Type: text/plain\r\nContent-Length: %d\r\n",
		     (int)BODY_BYTES);
}

static void end_page(const FCGX_Request *request)
{
	static char body[BODY_BYTES];

	memset(body, 'x', sizeof(body));
	FCGX_PutS("\r\n", request->out);
	FCGX_PutStr(body, sizeof(body), request->out);
}

static void answer_read(struct question *q)
{
	begin_page(q->request);
	end_page(q->request);
}

static void answer_write(struct question *q)
{
	begin_page(q->request);
	set_attribute(q->request, 3);
	end_page(q->request);
}

static void answer_start(struct question *q)
{
	begin_page(q->request);
	for (unsigned int i = 0; i < ATTRIBUTES; i++)
		set_attribute(q->request, i);
	end_page(q->request);
}

static void answer_show(struct question *q)
{
	FCGX_PutS("Content-Type: text/plain\r\n\r\n", q->request->out);
	for (char **pair = q->request->envp; *pair != NULL; pair++) {
		if (strncmp(*pair, "SESSION_ATTR_", 13) == 0)
			FCGX_FPrintF(q->request->out, "%s\n", *pair);
	}
}

/* --- the load generator --- */

static void take_body(struct question *q, bool slowly)
{
	static char piece[PIECE_BYTES];
	int n;

	q->right = true;
	while ((n = FCGX_GetStr(piece, sizeof(piece), q->request->in)) > 0) {
		q->right &= pattern_is(piece, (size_t)n, q->nonce + q->taken);
		q->taken += (unsigned long long)n;
		if (slowly)
			usleep(PIECE_PAUSE_US);
	}
	/* libfcgi takes a read that a SIGSTOP has interrupted for the end: half a body is not answered */
	if (FCGX_GetError(q->request->in) > 0)
		_exit(EXIT_FAILURE);
}

/* What the load generator compares with what it sent. */
static void put_echo(const struct question *q)
{
	char line[128];

	snprintf(line, sizeof(line), "X-Echo: %llu %llu %s %s\r\n", q->nonce, q->taken,
		 q->right ? "right" : "wrong", param(q->request, "SESSION_STATE"));
	FCGX_PutS("Content-Type: text/plain\r\n", q->request->out);
	FCGX_PutS(line, q->request->out);
}

static void put_head(const struct question *q, bool with_length)
{
	FCGX_Stream *out = q->request->out;
	char line[128];

	put_echo(q);
	if (strcmp(param(q->request, "SESSION_STATE"), "none") != 0)
		set_attribute(q->request, 3);
	if (with_length) {
		snprintf(line, sizeof(line), "Content-Length: %llu\r\n", q->bytes);
		FCGX_PutS(line, out);
	}
	FCGX_PutS("\r\n", out);
}

static void put_pattern(const struct question *q, unsigned long long bytes)
{
	for (unsigned long long at = 0, n; at < bytes; at += n) {
		n = pattern_run(q->nonce + at, PIECE_BYTES);
		if (n > bytes - at)
			n = bytes - at;
		if (FCGX_PutStr(pattern() + (q->nonce + at) % PATTERN_PERIOD, (int)n,
				q->request->out) < 0)
			return;
	}
}

static void answer_echo(struct question *q)
{
	take_body(q, false);
	put_head(q, true);
	put_pattern(q, q->bytes);
}

static void answer_stream(struct question *q)
{
	take_body(q, false);
	put_head(q, false);
	put_pattern(q, q->bytes);
}

static void answer_slow(struct question *q)
{
	take_body(q, true);
	put_head(q, true);
	put_pattern(q, q->bytes);
}

static void answer_enter(struct question *q)
{
	FCGX_Stream *out = q->request->out;

	take_body(q, false);
	put_echo(q);
	set_attribute(q->request, 0);
	if (q->nonce % ENTER_BUSY == 0)
		FCGX_PutS("X-Session-Login: busy\r\n", out);
	else if (q->nonce % 2 == 0)
		FCGX_FPrintF(out, "X-Session-Login: user%lu\r\n",
			     (unsigned long)(q->nonce / 2 % ENTER_USERS));
	FCGX_PutS("Content-Length: 0\r\n\r\n", out);
}

static void answer_cut(struct question *q)
{
	take_body(q, false);
	put_head(q, true);
	put_pattern(q, q->bytes / 2);
	FCGX_FFlush(q->request->out);
	_exit(EXIT_FAILURE);
}

static void answer_die(struct question *q)
{
	(void)q;
	_exit(EXIT_FAILURE);
}

static void answer_stall(struct question *q)
{
	char byte;

	take_body(q, false);
	/* until the gateway has had enough */
	while (read(q->request->ipcFd, &byte, 1) > 0)
		;
}

static void answer_garbage(struct question *q)
{
	take_body(q, false);
	if (write(q->request->ipcFd, pattern() + 1, 100) < 0)
		return;
	_exit(EXIT_FAILURE);
}

static const struct {
	const char *name;
	void (*answer)(struct question *q);
} answers[] = {
	{ "/read", answer_read },   { "/write", answer_write },     { "/start", answer_start },
	{ "/show", answer_show },   { "/echo", answer_echo },       { "/stream", answer_stream },
	{ "/slow", answer_slow },   { "/cut", answer_cut },         { "/die", answer_die },
	{ "/stall", answer_stall }, { "/garbage", answer_garbage }, { "/enter", answer_enter },
};

static void answer(FCGX_Request *request)
{
	struct question q = { .request = request };
	const char *name = strrchr(param(request, "SCRIPT_NAME"), '/');
	char *dash;

	q.nonce = strtoull(param(request, "QUERY_STRING"), &dash, 10);
	q.bytes = *dash == '-' ? strtoull(dash + 1, NULL, 10) : 0;
	for (size_t i = 0; name != NULL && i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(name, answers[i].name) == 0) {
			answers[i].answer(&q);
			return;
		}
	}
	/* libfcgi loses its place on a kept connection when a body is left unread */
	take_body(&q, false);
	FCGX_PutS("Status: 404 Not Found\r\n\r\n", request->out);
}

static int serve(int listener)
{
	FCGX_Request request;

	/* SIGTERM is libfcgi's, which then closes its connection again and again for ever */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, listener, 0) != 0)
		return EXIT_FAILURE;
	while (FCGX_Accept_r(&request) == 0)
		answer(&request);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	long processes;
	int listener;

	if (argc != 3 || (processes = strtol(argv[2], NULL, 10)) < 1 ||
	    (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0) {
		fprintf(stderr, "use: application SOCKET PROCESSES\n");
		return EXIT_FAILURE;
	}
	for (;; processes++, wait(NULL)) {
		for (; processes > 0; processes--) {
			if (fork() == 0)
				return serve(listener);
		}
	}
}
