/* ctl.c - sessionctl and a server that says anything: what is shown is text, whatever was answered, and a terminal obeys
 * nothing of it but what is ours.
 * Input: a byte for the command, one for the form of what is shown, one for the size of the pieces that a stream comes in; then
 * answers, with a line "-" between two of them: a line "STATUS CHALLENGE", the body. After the last one the server is gone. */
#include "base/slice.h"
#include "cli/verb.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"

#include <cjson/cJSON.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

enum { EFFORT_MS = 2000, WORDS = 8, CALLS = 100 };

#define ID "aaaaaaaaaaaaaaaaaaaa"

static const char *const commands[][WORDS] = {
	{ "list" },
	{ "list", "--all" },
	{ "list", "--watch", "--user", "alice", "--idle-gt", "1h" },
	{ "get", ID },
	{ "attrs", ID },
	{ "set", ID, "a={\"b\":1}", "c=text" },
	{ "unset", ID, "a", "--if-version", "7" },
	{ "revoke", ID, "bbbbbbbbbbbbbbbbbbbb" },
	{ "revoke", "--user", "alice" },
	{ "revoke", "--filter", "host=h", "--yes", "--reason", "left" },
	{ "rotate", ID },
	{ "users", "--min", "2" },
	{ "block", "alice", "--until", "2999-01-01T00:00:00Z" },
	{ "unblock", "alice" },
	{ "events" },
	{ "events", "-f", "--types", "session.created" },
	{ "stats" },
	{ "status" },
	{ "whoami" },
	{ "explain", ID },
	{ "doctor", "--app", "shop", "-v" },
	{ "config", "reload", "--dry-run" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The server. */
static struct {
	struct slice answers;
	size_t piece_bytes;
	unsigned calls;
	bool gone;
} server;

/* As on a terminal that shows what is printable. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CLAIM(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	return 0;
}

unsigned __wrap_sleep(unsigned seconds);

unsigned __wrap_sleep(unsigned seconds)
{
	(void)seconds;
	return 0;
}

/* --- in the place of cli/remote.c --- */

enum outcome remote_open(const struct arguments *a, struct remote **out)
{
	(void)a;
	*out = NULL;
	return OUTCOME_OK;
}

void remote_close(struct remote **r)
{
	*r = NULL;
}

const char *remote_url(const struct remote *r)
{
	(void)r;
	return "http://127.0.0.1:1";
}

void reply_fini(struct reply *reply)
{
	buffer_fini(&reply->body);
	buffer_fini(&reply->challenge);
}

static struct slice next_answer(void)
{
	struct slice all = server.answers, answer;
	const char *end = all.len > 0 ? memmem(all.ptr, all.len, "\n-\n", 3) : NULL;

	answer = end != NULL ? slice_of(all.ptr, (size_t)(end - all.ptr)) : all;
	server.answers = slice_after(all, end != NULL ? answer.len + 3 : all.len);
	return answer;
}

static void say(const struct remote_request *q, struct slice body)
{
	bool more = true;

	while (body.len > 0 && more) {
		struct slice piece = input_take(&body, server.piece_bytes);
		char *copy = input_copy(piece);

		more = q->on_bytes(q->ctx, slice_of(copy, piece.len));
		free(copy);
	}
}

enum outcome remote_call(struct remote *r, const struct remote_request *q, struct reply *reply)
{
	struct slice answer, line, status;
	uint64_t number;

	(void)r;
	*reply = (struct reply){ .status = 0 };
	server.gone = server.answers.len == 0;
	if (server.gone)
		return OUTCOME_ERROR;
	CLAIM(++server.calls < CALLS * CALLS, "it asks for ever");
	answer = next_answer();
	line = input_line(&answer, '\n');
	slice_cut(&line, ' ', &status);
	reply->status = slice_number(status, 999, &number) ? (unsigned)number : 200;
	CLAIM(buffer_append_slice(&reply->challenge, line) == 0);
	if (q->on_bytes != NULL && reply->status == 200)
		say(q, answer);
	else
		CLAIM(buffer_append_slice(&reply->body, answer) == 0);
	return OUTCOME_OK;
}

/* --- what is shown --- */

struct shown {
	FILE *before, *file;
	char *text;
	size_t len;
};

static void shown_begin(struct shown *s, FILE **stream)
{
	s->before = *stream;
	s->file = *stream = open_memstream(&s->text, &s->len);
	CLAIM(s->file != NULL);
}

static struct slice shown_end(struct shown *s, FILE **stream)
{
	*stream = s->before;
	CLAIM(fclose(s->file) == 0);
	return slice_of(s->text, s->len);
}

/* Ours: a colour, its end, and the top of an empty screen. */
static bool skip_sequence(struct slice *text)
{
	static const char *const ours[] = { "\033[H\033[J", "\033[0m",  "\033[1m", "\033[2m",
					    "\033[31m",     "\033[32m", "\033[33m" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (slice_starts(*text, slice_from(ours[i]))) {
			*text = slice_after(*text, strlen(ours[i]));
			return true;
		}
	}
	return false;
}

/* What makes text run the other way: U+202A to U+202E, U+2066 to U+2069. */
static bool turns(struct slice text)
{
	const uint8_t *c = (const uint8_t *)text.ptr;

	return text.len >= 3 && c[0] == 0xe2 &&
	       ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
		(c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

static void expect_harmless(struct slice text, bool terminal)
{
	const struct slice all = text;

	CLAIM(slice_is_utf8(text), "%.*s", SLICE_ARGS(text));
	while (text.len > 0) {
		uint8_t c = (uint8_t)text.ptr[0];

		if (terminal && skip_sequence(&text))
			continue;
		CLAIM(c == '\n' || (c >= ' ' && c != 0x7f), "%02x: %.*s", c, SLICE_ARGS(all));
		CLAIM(c != 0xc2 || text.len < 2 || (uint8_t)text.ptr[1] >= 0xa0, "%.*s",
		      SLICE_ARGS(all));
		CLAIM(!turns(text), "%.*s", SLICE_ARGS(all));
		text = slice_after(text, 1);
	}
}

/* Each line, or all of it, means something to a program. */
static void expect_json(struct slice text, enum format format)
{
	struct slice line;

	while (text.len > 0) {
		cJSON *value;

		line = format == FORMAT_NDJSON ? input_line(&text, '\n') : text;
		value = cJSON_ParseWithLength(line.ptr, line.len);
		CLAIM(value != NULL, "%.*s", SLICE_ARGS(line));
		cJSON_Delete(value);
		if (format != FORMAT_NDJSON)
			break;
	}
}

/* --- a command --- */

static enum outcome run(size_t which, struct screen screen, enum format format)
{
	char *words[WORDS + 1] = { input_copy(SLICE("sessionctl\0")) };
	struct arguments arguments;
	struct errand errand = { .arguments = &arguments, .screen = screen, .format = format };
	const struct verb *verb;
	enum outcome outcome;
	size_t taken;
	int count = 1;

	for (; count < WORDS && commands[which][count - 1] != NULL; count++) {
		const char *word = commands[which][count - 1];

		words[count] = input_copy(slice_of(word, strlen(word) + 1));
	}
	optind = 0; /* as in a new process */
	CLAIM(arguments_read(count, words, &arguments) == 0);
	verb = verb_find(&arguments, &taken);
	CLAIM(verb != NULL, "%s", commands[which][0]);
	errand.words = arguments.words + taken;
	errand.word_count = arguments.word_count - taken;
	outcome = verb->run(&errand);
	for (int i = 0; i < count; i++)
		free(words[i]);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size), printed, complained;
	size_t which = input_byte(&in) % COMMANDS;
	uint8_t form = input_byte(&in);
	const struct screen screen = { .terminal = form & 4, .coloured = (form & 12) == 12 };
	enum format format = (enum format)(FORMAT_TABLE + (form & 3) % 3);
	struct effort effort = effort_begin();
	struct shown out, errors;
	enum outcome outcome;

	server.piece_bytes = 1 + (size_t)input_byte(&in);
	server.answers = in;
	server.calls = 0;
	shown_begin(&out, &stdout);
	shown_begin(&errors, &stderr);
	outcome = run(which, screen, format);
	complained = shown_end(&errors, &stderr);
	printed = shown_end(&out, &stdout);
	expect_harmless(printed, screen.terminal);
	expect_harmless(complained, false);
	CLAIM(outcome == OUTCOME_OK || complained.len + printed.len > 0 || server.gone,
	      "%d, and no word", outcome);
	if (outcome == OUTCOME_OK && format != FORMAT_TABLE)
		expect_json(printed, format);
	free(out.text);
	free(errors.text);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
