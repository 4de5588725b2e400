/* control.c - see control.h. */
#include "tests/moody/control.h"

#include "base/hex.h"
#include "base/log.h"
#include "base/random.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	CONTROL_BACKLOG = 16,
	CONTROL_LINE_BYTES = 1024,
	CONTROL_PATIENCE_S = 5, /* with who connects and says nothing */
};

struct control {
	int listener;
	pthread_t thread;
	struct moods *moods;
	struct event_base *loop; /* of the store alone, turned while it is asked */
	struct store *store;
};

struct reply {
	char text[CONTROL_LINE_BYTES];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void reply_say(struct reply *r, const char *format,
							    ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(r->text + r->len, sizeof(r->text) - r->len, format, arguments);
	va_end(arguments);
	assert(len >= 0 && (size_t)len < sizeof(r->text) - r->len);
	r->len += (size_t)len;
}

/* --- commands --- */

/* The rest of a line, word by word; "" when it has none left. */
static const char *next_word(char **rest)
{
	const char *word = strtok_r(NULL, " \n", rest);

	return word != NULL ? word : "";
}

static void control_tell(struct control *c, char **rest, struct reply *reply)
{
	const char *kinds = next_word(rest);
	bool all = strcmp(kinds, "all") == 0;
	enum moody_kind kind = MOODY_FIND;
	enum mood_name mood;
	int64_t delay_ms = 0;
	uint64_t next = 0;
	const char *word;

	if ((!all && !moods_kind(kinds, &kind)) || !moods_name(next_word(rest), &mood)) {
		reply_say(reply, "error no such kind or mood");
		return;
	}
	while ((word = next_word(rest))[0] != '\0') {
		if (strcmp(word, "after") == 0)
			delay_ms = strtoll(next_word(rest), NULL, 10);
		else if (strcmp(word, "next") == 0)
			next = strtoull(next_word(rest), NULL, 10);
	}
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++)
		if (all || i == (unsigned)kind)
			moods_tell(c->moods, (enum moody_kind)i, mood, delay_ms, next);
	reply_say(reply, "ok");
}

static void control_count(struct control *c, char **rest, struct reply *reply)
{
	(void)rest;
	reply_say(reply, "ok");
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++)
		reply_say(reply, " %s=%llu", moody_kind_text((enum moody_kind)i),
			  (unsigned long long)moods_asked(c->moods, (enum moody_kind)i));
}

static void control_on_done(void *ctx, const struct store_result *result)
{
	*(const char **)ctx = store_status_text(result->status);
}

/* Wait until the store has answered, and say what. */
static void control_answer(struct control *c, const struct store_op *op, const char **answer,
			   struct reply *reply)
{
	assert(op != NULL);
	while (*answer == NULL)
		event_base_loop(c->loop, EVLOOP_ONCE);
	reply_say(reply, "ok %s", *answer);
}

static void control_remove(struct control *c, char **rest, struct reply *reply)
{
	struct slice id = slice_from(next_word(rest));
	const char *answer = NULL;
	const struct store_op *op;

	if (!token_id_well_formed(id)) {
		reply_say(reply, "error no id");
		return;
	}
	op = store_remove(c->store, id, NULL, STORE_CAUSE_REVOKED, control_on_done, &answer);
	control_answer(c, op, &answer, reply);
}

/* A user's name is the rest of the line. */
static struct store_user next_user(char **rest)
{
	struct store_user who = { .realm = slice_from(next_word(rest)) };
	const char *name = strtok_r(NULL, "\n", rest);

	who.name = slice_from(name != NULL ? name : "");
	return who;
}

static void control_remove_user(struct control *c, char **rest, struct reply *reply)
{
	struct store_user who = next_user(rest);
	const char *answer = NULL;
	const struct store_op *op = store_remove_user(
		c->store, &who, SLICE(""), STORE_CAUSE_REVOKED, control_on_done, &answer);

	control_answer(c, op, &answer, reply);
}

static void control_block(struct control *c, char **rest, struct reply *reply)
{
	struct store_block block = { .until_ms = strtoll(next_word(rest), NULL, 10) };
	struct store_user who = next_user(rest);
	const char *answer = NULL;
	const struct store_op *op =
		store_block_user(c->store, &who, &block, control_on_done, &answer);

	control_answer(c, op, &answer, reply);
}

static void control_unblock(struct control *c, char **rest, struct reply *reply)
{
	struct store_user who = next_user(rest);
	const char *answer = NULL;
	const struct store_op *op =
		store_unblock_user(c->store, &who, SLICE(""), control_on_done, &answer);

	control_answer(c, op, &answer, reply);
}

/* --- what is stored --- */

struct found {
	const char *answer;
	const struct session *session;
};

static void control_on_found(void *ctx, const struct store_result *result)
{
	struct found *found = ctx;

	found->answer = store_status_text(result->status);
	if (result->status == STORE_OK)
		found->session = session_ref(result->session);
}

/* The session that the next word names, as a reference; NULL: that has been said. */
static const struct session *next_session(struct control *c, char **rest, struct reply *reply)
{
	struct slice id = slice_from(next_word(rest));
	struct found found = { 0 };
	const struct store_op *op;

	if (!token_id_well_formed(id)) {
		reply_say(reply, "error no id");
		return NULL;
	}
	op = store_find(c->store, id, control_on_found, &found);
	assert(op != NULL);
	while (found.answer == NULL)
		event_base_loop(c->loop, EVLOOP_ONCE);
	if (found.session == NULL)
		reply_say(reply, "error %s", found.answer);
	return found.session;
}

static void control_look(struct control *c, char **rest, struct reply *reply)
{
	const struct session *s = next_session(c, rest, reply);
	struct slice value = { NULL, 0 };

	if (s == NULL)
		return;
	reply_say(reply, "ok");
	if (session_get(s, slice_from(next_word(rest)), &value))
		reply_say(reply, " ");
	for (size_t i = 0; i < value.len; i++)
		reply_say(reply, "%02x", (uint8_t)value.ptr[i]);
	session_unref(&s);
}

/* In the place of the digits. */
static struct slice digits_bytes(char *digits)
{
	size_t len = strlen(digits) / 2;

	for (size_t i = 0; i < len; i++)
		digits[i] = (char)(hex_digit(digits[2 * i]) << 4 | hex_digit(digits[2 * i + 1]));
	return slice_of(digits, len);
}

static void control_save(struct control *c, const struct session *s, struct change change,
			 struct reply *reply)
{
	struct delta d = {
		.epoch = s->epoch, .changes = &change, .change_count = 1, .unseen = true
	};
	const char *answer = NULL;
	const struct store_op *op;
	int rc = random_u64(&d.save_id);

	assert(rc == 0);
	d.limits = (struct session_limits){ SIZE_MAX / 2, SIZE_MAX / 2, SIZE_MAX / 2 };
	op = store_save(c->store, slice_of(s->id, TOKEN_ID_CHARS), &d, control_on_done, &answer);
	control_answer(c, op, &answer, reply);
}

static void control_put(struct control *c, char **rest, struct reply *reply)
{
	const struct session *s = next_session(c, rest, reply);
	struct slice name = slice_from(next_word(rest));
	char digits[CONTROL_LINE_BYTES];

	if (s == NULL)
		return;
	snprintf(digits, sizeof(digits), "%s", next_word(rest));
	control_save(c, s, (struct change){ name, digits_bytes(digits) }, reply);
	session_unref(&s);
}

static const struct command {
	const char *name;
	void (*obey)(struct control *, char **rest, struct reply *);
} commands[] = {
	{ "mood", control_tell },     { "counts", control_count },
	{ "remove", control_remove }, { "remove_user", control_remove_user },
	{ "block", control_block },   { "unblock", control_unblock },
	{ "look", control_look },     { "put", control_put },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void control_obey(struct control *c, char *line, struct reply *reply)
{
	char *rest = NULL;
	const char *name = strtok_r(line, " \n", &rest);
	size_t i = 0;

	while (name != NULL && i < COMMANDS && strcmp(commands[i].name, name) != 0)
		i++;
	if (name == NULL || i == COMMANDS)
		reply_say(reply, "error no such command");
	else
		commands[i].obey(c, &rest, reply);
	reply_say(reply, "\n");
}

/* --- the socket --- */

static void control_serve(struct control *c, int fd)
{
	static const struct timeval patience = { .tv_sec = CONTROL_PATIENCE_S };
	char line[CONTROL_LINE_BYTES] = "";
	struct reply reply = { .len = 0 };
	size_t len = 0;
	ssize_t got;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (len < sizeof(line) - 1 && memchr(line, '\n', len) == NULL &&
	       (got = recv(fd, line + len, sizeof(line) - 1 - len, 0)) > 0)
		len += (size_t)got;
	line[len] = '\0';
	control_obey(c, line, &reply);
	if (send(fd, reply.text, reply.len, MSG_NOSIGNAL) < 0)
		log_warn("", "moody store: %s", strerror(errno));
	close(fd);
}

static void *control_run(void *ctx)
{
	struct control *c = ctx;
	int fd;

	while ((fd = accept(c->listener, NULL, NULL)) >= 0)
		control_serve(c, fd);
	return NULL;
}

static int control_listen(const char *path, int *out)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return SG_ESYSTEM;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return SG_ESYSTEM;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, CONTROL_BACKLOG) != 0) {
		close(fd);
		return SG_ESYSTEM;
	}
	*out = fd;
	return 0;
}

/* Signals are the main thread's. */
static int control_start_thread(struct control *c)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&c->thread, NULL, control_run, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 ? 0 : SG_ESYSTEM;
}

/* A half-built one is fine. */
static void control_free(struct control *c)
{
	if (c->listener >= 0)
		close(c->listener);
	store_close(&c->store);
	event_base_free(c->loop);
	free(c);
}

int control_open(const char *path, struct moods *moods, struct backend *behind,
		 struct control **out)
{
	struct control *c = calloc(1, sizeof(*c));
	int rc;

	assert(c != NULL);
	c->listener = -1;
	c->moods = moods;
	c->loop = event_base_new();
	assert(c->loop != NULL);
	if ((rc = backend_connect(behind, c->loop, &c->store)) != 0 ||
	    (rc = control_listen(path, &c->listener)) != 0 || (rc = control_start_thread(c)) != 0)
		control_free(c);
	else
		*out = c;
	return rc;
}

void control_close(struct control **control)
{
	struct control *c = *control;

	*control = NULL;
	if (c == NULL)
		return;
	shutdown(c->listener, SHUT_RDWR); /* accept() returns */
	pthread_join(c->thread, NULL);
	control_free(c);
}
