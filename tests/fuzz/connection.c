/* connection.c - a whole connection: web servers on one side of the gateway, applications on the other, both played from
 * a script.
 * Input: a line for each thing that happens; a letter, numbers, then bytes (\n \r \\ \xHH; \t: the last token that was
 * set, \T: the one before it). Everything is a script: what makes no sense is not done.
 *
 *	b ID ROLE FLAGS		the web server says BEGIN_REQUEST,
 *	p ID NAME=VALUE		PARAMS of one pair,	P ID	their end,
 *	i ID BYTES		STDIN,			I ID	its end,
 *	x ID			ABORT_REQUEST,
 *	r TYPE ID PADDING BYTES	any record,		f BYTES	any bytes;
 *	g ID PAIR|PAIR…		all of a GET,		u ID LENGTH PAIR|PAIR…	a POST but for its body
 *	h			half-closes,		k	closes;		z READS	takes what comes, or not
 *	n TCP			one more connects,	s WHICH	the next lines are that one's
 *	o WHICH BYTES		an application, 0 is the one that was given a request last, says STDOUT,
 *	e WHICH BYTES		STDERR,
 *	d WHICH STATUS PROTOCOL	END_REQUEST,
 *	R WHICH TYPE ID PADDING BYTES	any record,	a WHICH BYTES	any bytes;
 *	C WHICH			half-closes,		c WHICH	closes;		Z WHICH READS	takes what comes, or not
 *	m HOW			so it takes the connections that come
 *	t MS			time passes
 *	w TIMES			the bytes of the next line, so many times over
 *	j LINES			the next lines happen all at once
 *	q BYTES			from now on, whatever is said comes in pieces of so many
 *	S MOOD			so the store is from now on
 *	l			a reload,		D	the worker drains */
#include "gateway/fcgi.h"
#include "gateway/worker.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/stage.h"

#include <stdio.h>
#include <sys/socket.h>

enum { EFFORT_MS = 3000, LINES = 200, LINE_BYTES = 80000, SAID_BYTES = 300000, TIMES = 5000 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stage_prepare();
	return 0;
}

/* What a script has set for the lines that follow. */
struct script {
	size_t web_server;
	unsigned times;
	unsigned piece_bytes;
	unsigned joined; /* so many lines before anybody looks */
	size_t said_bytes;
	struct slice line; /* what is left of it */
};

/* --- reading a line --- */

static unsigned take_number(struct script *s)
{
	unsigned number = 0;

	while (s->line.len > 0 && s->line.ptr[0] == ' ')
		s->line = slice_after(s->line, 1);
	while (s->line.len > 0 && s->line.ptr[0] >= '0' && s->line.ptr[0] <= '9' && number < 100000)
		number = number * 10 + (unsigned)(input_byte(&s->line) - '0');
	return number;
}

static void put_byte(struct buffer *out, int byte)
{
	char c = (char)byte;

	CLAIM(buffer_append(out, &c, 1) == 0);
}

static int hex(uint8_t c)
{
	const char *at = c != '\0' ? strchr("0123456789abcdef", c) : NULL;

	return at != NULL ? (int)(at - "0123456789abcdef") : 0;
}

static void put_escape(struct script *s, struct buffer *out)
{
	const struct web_server *w = &stage.web_servers[s->web_server];
	uint8_t c = input_byte(&s->line);
	int high;

	switch (c) {
	case 'n':
		put_byte(out, '\n');
		break;
	case 'r':
		put_byte(out, '\r');
		break;
	case 't':
	case 'T':
		CLAIM(buffer_append_slice(out, slice_from(c == 't' ? w->token : w->older)) == 0);
		break;
	case 'x':
		high = hex(input_byte(&s->line));
		put_byte(out, high * 16 + hex(input_byte(&s->line)));
		break;
	default:
		put_byte(out, c);
	}
}

/* The bytes of a line, unescaped and repeated. */
static struct buffer take_bytes(struct script *s)
{
	struct buffer once = { 0 }, out = { 0 };

	if (s->line.len > 0 && s->line.ptr[0] == ' ')
		s->line = slice_after(s->line, 1);
	while (s->line.len > 0) {
		uint8_t c = input_byte(&s->line);

		if (c == '\\')
			put_escape(s, &once);
		else
			put_byte(&once, c);
	}
	do {
		CLAIM(buffer_append_slice(&out, buffer_content(&once)) == 0);
	} while (--s->times > 0 && s->times < TIMES && buffer_len(&out) < LINE_BYTES);
	s->times = 1;
	buffer_fini(&once);
	return out;
}

/* --- saying it --- */

static void put_record(struct buffer *out, unsigned type, unsigned id, unsigned padding,
		       struct slice content)
{
	size_t before = buffer_len(out);

	do { /* what is longer than a record becomes two */
		struct slice piece = input_take(&content, UINT16_MAX);
		char header[FCGI_HEADER_LEN] = { 1,
						 (char)type,
						 (char)(id >> 8),
						 (char)id,
						 (char)(piece.len >> 8),
						 (char)piece.len,
						 (char)padding,
						 0 };

		CLAIM(buffer_append(out, header, sizeof(header)) == 0);
		CLAIM(buffer_append_slice(out, piece) == 0);
		for (unsigned i = 0; i < (padding & 0xff); i++)
			put_byte(out, 0);
	} while (content.len > 0 && buffer_len(out) - before < LINE_BYTES);
}

typedef void say_fn(void *to, struct slice bytes);

static void say_to_web(void *to, struct slice bytes)
{
	web_server_say(to, bytes);
}

static void say_to_program(void *to, struct slice bytes)
{
	program_say(to, bytes);
}

static void say(struct script *s, say_fn *to_whom, void *to, struct buffer *out)
{
	struct slice rest = buffer_content(out);
	unsigned pieces = 0;

	s->said_bytes += rest.len;
	while (rest.len > 0 && s->said_bytes < SAID_BYTES) {
		bool whole = s->piece_bytes == 0 || pieces++ > 100;

		to_whom(to, input_take(&rest, whole ? 8192 : s->piece_bytes));
		if (rest.len > 0)
			stage_settle();
	}
	buffer_fini(out);
}

static struct web_server *web_of(struct script *s)
{
	return &stage.web_servers[s->web_server];
}

static void say_record(struct script *s, unsigned type, unsigned id, unsigned padding,
		       struct slice content)
{
	struct buffer out = { 0 };

	put_record(&out, type, id, padding, content);
	say(s, say_to_web, web_of(s), &out);
}

static void say_begin(struct script *s)
{
	unsigned id = take_number(s), role = take_number(s), flags = take_number(s);
	const char body[8] = { 0, (char)role, (char)flags };

	say_record(s, FCGI_BEGIN_REQUEST, id, 0, slice_of(body, sizeof(body)));
}

static void say_pair(struct script *s)
{
	unsigned id = take_number(s);
	struct buffer bytes = take_bytes(s), pair = { 0 };
	struct slice value = buffer_content(&bytes), name = input_line(&value, '=');

	CLAIM(pairs_append_one(&pair, name, value) == 0);
	say_record(s, FCGI_PARAMS, id, 0, buffer_content(&pair));
	buffer_fini(&pair);
	buffer_fini(&bytes);
}

static void put_pair(struct buffer *out, const char *name, struct slice value)
{
	CLAIM(pairs_append_one(out, slice_from(name), value) == 0);
}

/* A request of usual form; the pairs of the line come last. */
static void say_request(struct script *s, const char *method, bool body)
{
	unsigned id = take_number(s), length = body ? take_number(s) : 0;
	struct buffer bytes = { 0 }, pairs = { 0 }, out = { 0 };
	struct slice rest, value;
	char text[16];

	bytes = take_bytes(s);
	put_pair(&pairs, "REQUEST_METHOD", slice_from(method));
	if (body)
		put_pair(&pairs, "CONTENT_LENGTH",
			 slice_of(text, (size_t)snprintf(text, sizeof(text), "%u", length)));
	for (rest = buffer_content(&bytes); rest.len > 0;) {
		struct slice name;

		value = input_line(&rest, '|');
		name = input_line(&value, '=');
		CLAIM(pairs_append_one(&pairs, name, value) == 0);
	}
	put_record(&out, FCGI_BEGIN_REQUEST, id, 0, slice_of("\0\1\1\0\0\0\0", 8));
	put_record(&out, FCGI_PARAMS, id, 0, buffer_content(&pairs));
	put_record(&out, FCGI_PARAMS, id, 0, SLICE(""));
	if (!body)
		put_record(&out, FCGI_STDIN, id, 0, SLICE(""));
	say(s, say_to_web, web_of(s), &out);
	buffer_fini(&bytes);
	buffer_fini(&pairs);
}

static void say_stream(struct script *s, unsigned type, bool end)
{
	unsigned id = take_number(s);
	struct buffer bytes = { 0 };

	if (!end)
		bytes = take_bytes(s);
	if (end || buffer_len(&bytes) > 0)
		say_record(s, type, id, 0, buffer_content(&bytes));
	buffer_fini(&bytes);
}

static void say_any(struct script *s)
{
	unsigned type = take_number(s), id = take_number(s), padding = take_number(s);
	struct buffer bytes = take_bytes(s);

	say_record(s, type, id, padding, buffer_content(&bytes));
	buffer_fini(&bytes);
}

/* --- the application's side --- */

static size_t later_than(const struct program *p)
{
	size_t count = 0;

	for (size_t i = 0; i < stage.program_count; i++)
		count += stage.programs[i].turn > p->turn;
	return count;
}

/* NULL: no more have been given a request. */
static struct program *take_program(struct script *s)
{
	size_t which = take_number(s);

	for (size_t i = 0; i < stage.program_count; i++)
		if (stage.programs[i].turn > 0 && later_than(&stage.programs[i]) == which)
			return &stage.programs[i];
	return NULL;
}

static void answer_record(struct script *s, struct program *p, unsigned type, unsigned id,
			  unsigned padding, struct slice content)
{
	struct buffer out = { 0 };

	put_record(&out, type, id, padding, content);
	say(s, say_to_program, p, &out);
}

static void answer_end(struct script *s, struct program *p)
{
	unsigned status = take_number(s), protocol = take_number(s);
	const char body[8] = { 0, 0, 0, (char)status, (char)protocol };

	answer_record(s, p, FCGI_END_REQUEST, 1, 0, slice_of(body, sizeof(body)));
}

static void answer_stream(struct script *s, struct program *p, unsigned type)
{
	struct buffer bytes = take_bytes(s);

	answer_record(s, p, type, 1, 0, buffer_content(&bytes));
	buffer_fini(&bytes);
}

static void answer_any(struct script *s, struct program *p)
{
	unsigned type = take_number(s), id = take_number(s), padding = take_number(s);
	struct buffer bytes = take_bytes(s);

	answer_record(s, p, type, id, padding, buffer_content(&bytes));
	buffer_fini(&bytes);
}

static void answer(struct script *s, char what)
{
	struct program *p = take_program(s);
	struct buffer bytes;

	if (p == NULL)
		return;
	switch (what) {
	case 'o':
		answer_stream(s, p, FCGI_STDOUT);
		break;
	case 'e':
		answer_stream(s, p, FCGI_STDERR);
		break;
	case 'd':
		answer_end(s, p);
		break;
	case 'R':
		answer_any(s, p);
		break;
	case 'a':
		bytes = take_bytes(s);
		say(s, say_to_program, p, &bytes);
		break;
	case 'C':
		if (p->fd >= 0)
			shutdown(p->fd, SHUT_WR);
		break;
	case 'c':
		program_close(p);
		break;
	case 'Z':
		p->reading = take_number(s) != 0;
		break;
	}
}

/* --- the rest --- */

static void ask(struct script *s, char what)
{
	struct buffer bytes;

	switch (what) {
	case 'b':
		say_begin(s);
		break;
	case 'p':
		say_pair(s);
		break;
	case 'P':
		say_stream(s, FCGI_PARAMS, true);
		break;
	case 'i':
		say_stream(s, FCGI_STDIN, false);
		break;
	case 'I':
		say_stream(s, FCGI_STDIN, true);
		break;
	case 'x':
		say_stream(s, FCGI_ABORT_REQUEST, true);
		break;
	case 'r':
		say_any(s);
		break;
	case 'f':
		bytes = take_bytes(s);
		say(s, say_to_web, web_of(s), &bytes);
		break;
	case 'g':
		say_request(s, "GET", false);
		break;
	case 'u':
		say_request(s, "POST", true);
		break;
	}
}

static void set(struct script *s, char what)
{
	struct web_server *w = web_of(s);

	switch (what) {
	case 'h':
		shutdown(w->fd, SHUT_WR);
		break;
	case 'k':
		shutdown(w->fd, SHUT_RDWR);
		break;
	case 'z':
		w->reading = take_number(s) != 0;
		break;
	case 'n':
		if (stage_connect_web_server(take_number(s) != 0) != NULL)
			s->web_server = stage.web_server_count - 1;
		break;
	case 's':
		s->web_server = take_number(s) % stage.web_server_count;
		break;
	case 'm':
		stage.connects = take_number(s) % STAGE_CONNECTS;
		break;
	case 't':
		stage_pass(take_number(s));
		break;
	case 'w':
		s->times = take_number(s);
		break;
	case 'j':
		s->joined = take_number(s) + 1;
		break;
	case 'q':
		s->piece_bytes = take_number(s);
		break;
	case 'S':
		stage_turn_store((enum mood_name)(take_number(s) % MOOD_COUNT));
		break;
	case 'l':
		stage_reload();
		break;
	case 'D':
		stage_drain();
		break;
	}
}

static void play(struct script *s)
{
	char what = (char)input_byte(&s->line);

	if (what == '\0')
		return;
	if (strchr("bpPiIxrfgu", what) != NULL)
		ask(s, what);
	else if (strchr("oedRaCcZ", what) != NULL)
		answer(s, what);
	else
		set(s, what);
	if (s->joined == 0 || --s->joined == 0)
		stage_settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	struct effort effort = effort_begin();
	struct script script = { .times = 1 };

	stage_open();
	for (unsigned i = 0; in.len > 0 && i < LINES; i++) {
		script.line = input_line(&in, '\n');
		play(&script);
	}
	stage_close();
	effort_end(&effort, EFFORT_MS);
	return 0;
}
