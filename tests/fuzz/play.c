/* play.c - see play.h. */
#include "tests/fuzz/play.h"

#include "gateway/fcgi.h"
#include "gateway/worker.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/wallet.h"

#include <stdio.h>
#include <sys/socket.h>

enum { LINES = 200 };

/* --- the web server's side --- */

static void say_to_web(void *to, struct slice bytes)
{
	web_server_say(to, bytes);
}

static void say_to_program(void *to, struct slice bytes)
{
	program_say(to, bytes);
}

static struct web_server *web_of(struct script *s)
{
	return &stage.web_servers[s->web_server];
}

static void say_record(struct script *s, unsigned type, unsigned id, unsigned padding,
		       struct slice content)
{
	struct buffer out = { 0 };

	script_put_record(&out, type, id, padding, content);
	script_say(s, say_to_web, web_of(s), &out);
}

static void say_begin(struct script *s)
{
	unsigned id = script_number(s), role = script_number(s), flags = script_number(s);
	const char body[8] = { 0, (char)role, (char)flags };

	say_record(s, FCGI_BEGIN_REQUEST, id, 0, slice_of(body, sizeof(body)));
}

static void say_pair(struct script *s)
{
	unsigned id = script_number(s);
	struct buffer bytes = script_bytes(s), pair = { 0 };
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
	unsigned id = script_number(s), length = body ? script_number(s) : 0;
	struct buffer bytes = { 0 }, pairs = { 0 }, out = { 0 };
	struct slice rest, value;
	char text[16];

	bytes = script_bytes(s);
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
	script_put_record(&out, FCGI_BEGIN_REQUEST, id, 0, slice_of("\0\1\1\0\0\0\0", 8));
	script_put_record(&out, FCGI_PARAMS, id, 0, buffer_content(&pairs));
	script_put_record(&out, FCGI_PARAMS, id, 0, SLICE(""));
	if (!body)
		script_put_record(&out, FCGI_STDIN, id, 0, SLICE(""));
	script_say(s, say_to_web, web_of(s), &out);
	buffer_fini(&bytes);
	buffer_fini(&pairs);
}

static void say_stream(struct script *s, unsigned type, bool end)
{
	unsigned id = script_number(s);
	struct buffer bytes = { 0 };

	if (!end)
		bytes = script_bytes(s);
	if (end || buffer_len(&bytes) > 0)
		say_record(s, type, id, 0, buffer_content(&bytes));
	buffer_fini(&bytes);
}

static void say_any(struct script *s)
{
	unsigned type = script_number(s), id = script_number(s), padding = script_number(s);
	struct buffer bytes = script_bytes(s);

	say_record(s, type, id, padding, buffer_content(&bytes));
	buffer_fini(&bytes);
}

/* --- the application's side --- */

static void answer_record(struct script *s, struct program *p, unsigned type, unsigned id,
			  unsigned padding, struct slice content)
{
	struct buffer out = { 0 };

	script_put_record(&out, type, id, padding, content);
	script_say(s, say_to_program, p, &out);
}

static void answer_end(struct script *s, struct program *p)
{
	unsigned status = script_number(s), protocol = script_number(s);
	const char body[8] = { 0, 0, 0, (char)status, (char)protocol };

	answer_record(s, p, FCGI_END_REQUEST, 1, 0, slice_of(body, sizeof(body)));
}

static void answer_stream(struct script *s, struct program *p, unsigned type)
{
	struct buffer bytes = script_bytes(s);

	answer_record(s, p, type, 1, 0, buffer_content(&bytes));
	buffer_fini(&bytes);
}

static void answer_any(struct script *s, struct program *p)
{
	unsigned type = script_number(s), id = script_number(s), padding = script_number(s);
	struct buffer bytes = script_bytes(s);

	answer_record(s, p, type, id, padding, buffer_content(&bytes));
	buffer_fini(&bytes);
}

static void answer(struct script *s, char what)
{
	struct program *p = stage_program(script_number(s));
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
		bytes = script_bytes(s);
		script_say(s, say_to_program, p, &bytes);
		break;
	case 'C':
		if (p->fd >= 0)
			shutdown(p->fd, SHUT_WR);
		break;
	case 'c':
		program_close(p);
		break;
	case 'Z':
		p->reading = script_number(s) != 0;
		break;
	}
}

/* --- the session API --- */

static void say_to_api(void *to, struct slice bytes)
{
	caller_say(to, bytes);
}

/* A request with the ticket that the line names; length 0: its body's. */
static void call_api(struct script *s, struct caller *c, const char *method_and_path, bool body)
{
	struct slice ticket = wallet_take(script_number(s));
	size_t length = body ? 0 : script_number(s);
	struct buffer bytes = { 0 }, out = { 0 };

	if (body) {
		bytes = script_bytes(s);
		length = buffer_len(&bytes);
	}
	caller_put_request(&out, method_and_path, ticket, length);
	CLAIM(buffer_append_slice(&out, buffer_content(&bytes)) == 0);
	script_say(s, say_to_api, c, &out);
	buffer_fini(&bytes);
}

static void call(struct script *s, struct caller *c, char what)
{
	struct buffer bytes;

	switch (what) {
	case 'G':
		call_api(s, c, "GET /session", true);
		break;
	case 'M':
		call_api(s, c, "PATCH /session", true);
		break;
	case 'O':
		call_api(s, c, "POST /observation", true);
		break;
	case 'B':
		call_api(s, c, "PATCH /session", false);
		break;
	case 'F':
		bytes = script_bytes(s);
		script_say(s, say_to_api, c, &bytes);
		break;
	case 'H':
		c->left = true;
		shutdown(c->fd, SHUT_WR);
		break;
	case 'K':
		caller_close(c);
		break;
	case 'Y':
		c->reading = script_number(s) != 0;
		c->left |= !c->reading;
		break;
	}
}

static void choose_caller(struct script *s, char what)
{
	if (what == 'U' && stage.caller_count > 0)
		s->caller = script_number(s) % stage.caller_count;
	if (what == 'A' && stage_connect_caller() != NULL)
		s->caller = stage.caller_count - 1;
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
		bytes = script_bytes(s);
		script_say(s, say_to_web, web_of(s), &bytes);
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
		w->reading = script_number(s) != 0;
		break;
	case 'n':
		if (stage_connect_web_server(script_number(s) != 0) != NULL)
			s->web_server = stage.web_server_count - 1;
		break;
	case 's':
		s->web_server = script_number(s) % stage.web_server_count;
		break;
	case 'm':
		stage.connects = script_number(s) % STAGE_CONNECTS;
		break;
	case 't':
		stage_pass(script_number(s));
		break;
	case 'w':
		s->times = script_number(s);
		break;
	case 'j':
		s->joined = script_number(s) + 1;
		break;
	case 'q':
		s->piece_bytes = script_number(s);
		break;
	case 'S':
		stage_turn_store((enum mood_name)(script_number(s) % MOOD_COUNT));
		break;
	case 'l':
		stage_reload();
		break;
	case 'D':
		stage_drain();
		break;
	}
}

static void play_line(struct script *s)
{
	char what = (char)input_byte(&s->line);

	if (what == '\0')
		return;
	if (strchr("bpPiIxrfgu", what) != NULL)
		ask(s, what);
	else if (strchr("oedRaCcZ", what) != NULL)
		answer(s, what);
	else if (strchr("AU", what) != NULL)
		choose_caller(s, what);
	else if (strchr("GMOBFHKY", what) == NULL)
		set(s, what);
	else if (s->caller < stage.caller_count)
		call(s, &stage.callers[s->caller], what);
	if (s->joined == 0 || --s->joined == 0)
		stage_settle();
}

void play(struct slice script)
{
	struct script s = { .times = 1 };

	for (unsigned i = 0; script.len > 0 && i < LINES; i++) {
		s.line = input_line(&script, '\n');
		play_line(&s);
	}
}
