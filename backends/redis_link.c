/* redis_link.c - see redis_link.h.
 *
 * One persistent read event; what calls append is written by an event that comes behind those which the loop has at
 * hand, and a write event is armed only when the kernel takes no more. One timer does for the state that the link is
 * in: the pause, the connecting, or the oldest call. */
#include "backends/redis_link.h"

#include "backends/redis_dial.h"
#include "backends/redis_greeting.h"
#include "backends/redis_reader.h"
#include "backends/redis_standing.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/log.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LINK_FIRST_PAUSE_MS = 10,
	LINK_LAST_PAUSE_MS = 250,
	LINK_KEPT_BYTES = 1 << 20, /* of what is to be written, once all of it is */
	LINK_READ_BYTES = 65536,
	LINK_READS = 4, /* in a turn; then others have theirs */
};

#define LINK_STATES(X) \
	X(RESTING, "resting") X(CONNECTING, "connecting") X(GREETING, "greeting") X(READY, "ready")

enum link_state {
#define LINK_STATE(name, text) LINK_##name,
	LINK_STATES(LINK_STATE)
#undef LINK_STATE
};

struct redis_link {
	struct redis_link_settings settings;
	struct event_base *loop;
	enum link_state state;
	struct redis_dial *dial;
	unsigned attempts; /* to connect, in vain */
	struct wire wire;
	struct event *readable, *writable;
	struct event *flush; /* what was appended in this turn */
	struct event *tell;  /* those that are refused */
	struct event *timer;
	bool timed;
	int64_t pause_ms; /* the next one */
	int64_t ready_ms; /* monotonic: since when it is */
	bool eager;       /* no pause now: what is asked meanwhile waits for the attempt */
	struct redis_standing standing;
	struct redis_greeting greeting;
	struct redis_reply held; /* of the oldest call, until replicas have confirmed it */
	struct redis_reader *reader;
	struct buffer out;
	struct queue waiting; /* until the link is ready */
	struct queue sent;    /* and not answered yet, in order */
	struct queue refused; /* UNSENT; are told in the next turn */
	bool delivering;
};

static void link_connect(struct redis_link *l);

static struct redis_call *call_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct redis_call, link);
}

static void link_enter(struct redis_link *l, enum link_state state)
{
	static const char *const names[] = {
#define LINK_STATE_NAME(name, text) text,
		LINK_STATES(LINK_STATE_NAME)
#undef LINK_STATE_NAME
	};
	char text[REDIS_ENDPOINT_TEXT_BYTES];

	log_debug("", "redis %s: %s -> %s", redis_endpoint_text(&l->settings.endpoint, text),
		  names[l->state], names[state]);
	l->state = state;
}

static void link_arm(struct redis_link *l, int64_t ms)
{
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	l->timed = event_add(l->timer, &after) == 0;
}

static void link_disarm(struct redis_link *l)
{
	event_del(l->timer);
	l->timed = false;
}

/* --- answers --- */

static void call_answer(struct redis_call *call, enum redis_fate fate,
			const struct redis_reply *reply)
{
	call->loading = call->asking = call->asked = call->held = false;
	call->answer(call, fate, reply);
}

/* Those that are in q now: who is told may make new ones. */
static void link_give_back(struct queue *q, enum redis_fate fate)
{
	struct queue all;
	struct link *l;

	queue_move(q, &all);
	while ((l = all.first) != NULL) {
		queue_remove(&all, l);
		call_answer(call_of_link(l), fate, NULL);
	}
}

static void link_on_tell(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_link *l = ctx;

	(void)fd;
	(void)what;
	link_give_back(&l->refused, REDIS_UNSENT);
}

static void link_refuse(struct redis_link *l, struct redis_call *call)
{
	static const struct timeval at_once;

	queue_append(&l->refused, &call->link);
	event_add(l->tell, &at_once);
}

/* --- going away and coming back --- */

static void link_shut(struct redis_link *l)
{
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->writable != NULL)
		event_free(l->writable);
	l->readable = l->writable = NULL;
	redis_dial_cancel(&l->dial);
	wire_close(&l->wire);
	redis_reader_free(&l->reader);
	buffer_wipe(&l->out);
	event_del(l->flush);
	link_disarm(l);
}

/* Whoever greets and hangs up at once is tried with pauses, too. */
static bool link_has_lasted(const struct redis_link *l)
{
	return l->state == LINK_READY && clock_mono_ms() - l->ready_ms >= LINK_LAST_PAUSE_MS;
}

/* After one that has lasted at once, then with pauses. */
static void link_rest(struct redis_link *l)
{
	if (link_has_lasted(l))
		l->pause_ms = 0;
	link_enter(l, LINK_RESTING);
	link_arm(l, l->pause_ms);
	l->eager = l->pause_ms == 0;
	l->pause_ms = l->pause_ms == 0 ? LINK_FIRST_PAUSE_MS : 2 * l->pause_ms;
	if (l->pause_ms > LINK_LAST_PAUSE_MS)
		l->pause_ms = LINK_LAST_PAUSE_MS;
}

/* Whoever opened the link. */
static void link_tell(struct redis_link *l, bool ready)
{
	if (l->settings.changed != NULL)
		l->settings.changed(l->settings.ctx, l, ready, slice_from(l->standing.reason));
}

/* The reason may lie in what is shut next. */
static void link_fail(struct redis_link *l, struct slice reason)
{
	redis_standing_leave(&l->standing, reason);
	link_shut(l);
	link_rest(l);
	link_tell(l, false);
	link_give_back(&l->sent, REDIS_LOST);
	link_give_back(&l->waiting, REDIS_UNSENT);
}

static void link_fail_text(struct redis_link *l, const char *reason)
{
	link_fail(l, slice_from(reason));
}

/* By TLS 1.3 a server tells who shows no certificate only when the handshake is over, and its word may be lost when it
 * hangs up. */
static void link_fail_wire(struct redis_link *l)
{
	char reason[REDIS_STANDING_REASON_BYTES];

	if (l->settings.tls == NULL || l->state != LINK_GREETING) {
		link_fail_text(l, wire_reason(&l->wire));
		return;
	}
	snprintf(reason, sizeof(reason),
		 "%s right behind the TLS handshake: does it want a certificate?",
		 wire_reason(&l->wire));
	link_fail_text(l, reason);
}

static bool link_up(const struct redis_link *l)
{
	return l->wire.fd >= 0;
}

/* --- writing --- */

static bool link_confirms(const struct redis_link *l, const struct redis_call *call)
{
	return call->confirm && l->settings.confirm_replicas > 0;
}

/* Not for longer than a server may be silent. While replicas are missing one call waits for them, and those behind it are
 * not kept from what they do. */
static int64_t link_wait_ms(const struct redis_link *l)
{
	bool hopeless = l->standing.unconfirmed && l->sent.first != NULL;

	return l->settings.timeout_ms / (hopeless ? 100 : 2) + 1;
}

static int link_write_wait(struct redis_link *l, const struct redis_call *call)
{
	char replicas[DECIMAL_BYTES], ms[DECIMAL_BYTES];
	struct slice count, time;

	if (!link_confirms(l, call))
		return 0;
	count = decimal_text(l->settings.confirm_replicas, replicas);
	time = decimal_text(link_wait_ms(l), ms);
	return buffer_printf(&l->out, "*3\r\n$4\r\nWAIT\r\n$%zu\r\n%.*s\r\n$%zu\r\n%.*s\r\n",
			     count.len, SLICE_ARGS(count), time.len, SLICE_ARGS(time));
}

static void link_send(struct redis_link *l, struct redis_call *call)
{
	size_t before = buffer_len(&l->out);

	call->asked = call->held = false;
	if (call->no_memory || redis_call_write(call, &l->out) != 0 ||
	    link_write_wait(l, call) != 0) {
		buffer_truncate(&l->out, before);
		link_refuse(l, call);
		return;
	}
	call->sent_ms = clock_mono_ms();
	queue_append(&l->sent, &call->link);
	if (!l->timed)
		link_arm(l, l->settings.timeout_ms);
	if (before == 0)
		event_active(l->flush, EV_TIMEOUT, 0);
}

static void link_flush(struct redis_link *l)
{
	struct slice out = buffer_content(&l->out);
	enum wire_result result = WIRE_DONE;
	size_t n;

	while (out.len > 0 && (result = wire_write(&l->wire, out, &n)) == WIRE_DONE) {
		buffer_consume(&l->out, n);
		out = buffer_content(&l->out);
	}
	if (result == WIRE_FAILED)
		link_fail_wire(l);
	else if (out.len > 0)
		event_add(l->writable, NULL);
	else if (l->out.cap > LINK_KEPT_BYTES)
		buffer_wipe(&l->out); /* of a rush */
}

static void link_on_flush(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_link *l = ctx;

	(void)fd;
	(void)what;
	if (l->state >= LINK_GREETING && !event_pending(l->writable, EV_WRITE, NULL))
		link_flush(l);
}

/* --- greeting --- */

static void link_begin(struct redis_link *l)
{
	struct link *waiting;

	link_enter(l, LINK_READY);
	l->ready_ms = clock_mono_ms();
	l->attempts = 0;
	redis_standing_return(&l->standing);
	link_tell(l, true);
	while ((waiting = l->waiting.first) != NULL) {
		queue_remove(&l->waiting, waiting);
		link_send(l, call_of_link(waiting));
	}
}

static void link_on_greeted(void *ctx, bool welcome, struct slice refusal)
{
	struct redis_link *l = ctx;

	if (l->state != LINK_GREETING)
		return;
	if (welcome)
		link_begin(l);
	else
		link_fail(l, refusal);
}

static void link_greet(struct redis_link *l)
{
	link_enter(l, LINK_GREETING);
	redis_greeting_begin(&l->greeting, &l->settings);
	for (unsigned i = 0; i < l->greeting.count; i++)
		link_send(l, &l->greeting.lines[i].call);
	if (l->greeting.count == 0)
		link_begin(l);
}

/* --- reading --- */

static bool link_sifts(struct redis_link *l, struct redis_call *call,
		       const struct redis_reply *reply)
{
	if (l->settings.sift == NULL || redis_reply_type(reply, 0) != REDIS_ERROR)
		return false;
	call->loading = call->asking = call->asked = call->held = false;
	return l->settings.sift(l->settings.ctx, l, call, reply);
}

/* A call's own answer, while that of WAIT has still to come. */
static void link_hold(struct redis_link *l, struct redis_call *call,
		      const struct redis_reply *reply)
{
	call->held = redis_reply_copy(&l->held, reply);
	if (!call->held)
		link_fail_text(l, "out of memory");
}

static bool link_is_confirmed(struct redis_link *l, const struct redis_reply *replicas)
{
	redis_standing_count(&l->standing, redis_reply_number(replicas, 0),
			     l->settings.confirm_replicas);
	return !l->standing.unconfirmed;
}

static void link_deliver(struct redis_link *l, const struct redis_reply *reply)
{
	struct redis_call *call = call_of_link(l->sent.first);
	bool confirmed = true;

	if (call->asking && !call->asked) {
		call->asked = true; /* that was of the ASKING before it */
		return;
	}
	if (link_confirms(l, call)) {
		if (!call->held) {
			link_hold(l, call, reply);
			return;
		}
		confirmed = link_is_confirmed(l, reply);
		reply = &l->held;
	}
	queue_remove(&l->sent, &call->link);
	if (call->script != NULL && !call->loading &&
	    redis_reply_is_error(reply, SLICE("NOSCRIPT"))) {
		call->loading = true;
		link_send(l, call);
		return;
	}
	if (l->state == LINK_READY)
		redis_standing_hear(&l->standing, reply);
	if (link_sifts(l, call, reply))
		return;
	if (confirmed || redis_reply_type(reply, 0) == REDIS_ERROR)
		call_answer(call, REDIS_ANSWERED, reply);
	else
		call_answer(call, REDIS_LOST, NULL);
}

/* False: the connection is gone. */
static bool link_deliver_all(struct redis_link *l)
{
	const struct redis_reply *reply;
	int rc;

	while ((rc = redis_reader_next(l->reader, &reply)) == 1) {
		if (l->sent.first == NULL) {
			link_fail_text(l, "it says something that nobody asked for");
			return false;
		}
		link_deliver(l, reply);
		if (!link_up(l))
			return false;
	}
	if (rc != 0)
		link_fail_text(l, "what it says is not the protocol of Redis");
	return rc == 0;
}

/* True: there may be more. */
static bool link_read(struct redis_link *l)
{
	static _Thread_local char bytes[LINK_READ_BYTES];
	size_t n;
	enum wire_result result = wire_read(&l->wire, bytes, sizeof(bytes), &n);

	if (result != WIRE_DONE) {
		if (result == WIRE_FAILED)
			link_fail_wire(l);
		return false;
	}
	if (redis_reader_feed(l->reader, slice_of(bytes, n)) != 0) {
		link_fail_text(l, "a reply is too large");
		return false;
	}
	return link_deliver_all(l) && wire_has_more(&l->wire, n == sizeof(bytes));
}

static void link_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_link *l = ctx;
	unsigned reads = 0;

	(void)fd;
	(void)what;
	l->delivering = true;
	while (link_read(l))
		if (++reads == LINK_READS) {
			/* the socket need not say so: what TLS has taken from it waits as well */
			event_active(l->readable, EV_READ, 0);
			break;
		}
	l->delivering = false;
}

/* --- connecting --- */

static void link_on_writable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	link_flush(ctx);
}

static bool link_watch(struct redis_link *l)
{
	l->readable = event_new(l->loop, l->wire.fd, EV_READ | EV_PERSIST, link_on_readable, l);
	l->writable = event_new(l->loop, l->wire.fd, EV_WRITE, link_on_writable, l);
	return l->readable != NULL && l->writable != NULL && event_add(l->readable, NULL) == 0 &&
	       redis_reader_new(&l->reader) == 0;
}

static void link_on_dialled(void *ctx, const struct wire *wire, const char *reason)
{
	struct redis_link *l = ctx;

	l->dial = NULL;
	if (wire == NULL) {
		link_fail_text(l, reason);
		return;
	}
	l->wire = *wire;
	if (link_watch(l))
		link_greet(l);
	else
		link_fail_text(l, "out of memory");
}

static void link_connect(struct redis_link *l)
{
	link_enter(l, LINK_CONNECTING);
	link_arm(l, l->settings.timeout_ms);
	if (redis_dial_start(l->loop, &l->settings.endpoint, l->settings.tls, l->attempts++,
			     link_on_dialled, l, &l->dial) != 0)
		link_fail_text(l, "out of memory");
}

/* --- time --- */

/* The oldest call tells whether the server hangs: those behind it wait for it. */
static void link_judge(struct redis_link *l)
{
	int64_t left_ms;

	if (l->sent.first == NULL)
		return;
	left_ms = call_of_link(l->sent.first)->sent_ms + l->settings.timeout_ms - clock_mono_ms();
	if (left_ms > 0)
		link_arm(l, left_ms);
	else
		link_fail_text(l, "it does not answer in time");
}

static void link_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_link *l = ctx;

	(void)fd;
	(void)what;
	l->timed = false;
	switch (l->state) {
	case LINK_RESTING:
		link_connect(l);
		break;
	case LINK_CONNECTING:
		link_fail_text(l, l->settings.tls == NULL ? "no connection in time"
							  : "no connection by TLS in time");
		break;
	case LINK_GREETING:
		link_fail_text(l, "it does not answer in time");
		break;
	case LINK_READY:
		link_judge(l);
	}
}

/* --- from outside --- */

int redis_link_open(struct event_base *loop, const struct redis_link_settings *settings,
		    struct redis_link **out)
{
	struct redis_link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return SG_ENOMEM;
	l->settings = *settings;
	l->standing.endpoint = &l->settings.endpoint;
	l->standing.quiet = settings->quiet;
	l->greeting.ended = link_on_greeted;
	l->greeting.ctx = l;
	l->loop = loop;
	l->wire.fd = -1;
	queue_init(&l->waiting);
	queue_init(&l->sent);
	queue_init(&l->refused);
	l->flush = event_new(loop, -1, 0, link_on_flush, l);
	l->tell = event_new(loop, -1, 0, link_on_tell, l);
	l->timer = event_new(loop, -1, 0, link_on_time, l);
	if (l->flush == NULL || l->tell == NULL || l->timer == NULL) {
		redis_link_close(&l);
		return SG_ENOMEM;
	}
	link_connect(l);
	*out = l;
	return 0;
}

void redis_link_close(struct redis_link **link)
{
	struct redis_link *l = *link;

	*link = NULL;
	if (l == NULL)
		return;
	assert(!l->delivering);
	if (l->flush != NULL && l->timer != NULL) {
		if (l->state == LINK_READY)
			link_flush(l); /* what nobody waits for may still get there */
		link_shut(l);
		link_give_back(&l->sent, REDIS_LOST);
		link_give_back(&l->waiting, REDIS_UNSENT);
		link_give_back(&l->refused, REDIS_UNSENT);
	}
	redis_reply_fini(&l->held);
	redis_greeting_fini(&l->greeting);
	if (l->flush != NULL)
		event_free(l->flush);
	if (l->tell != NULL)
		event_free(l->tell);
	if (l->timer != NULL)
		event_free(l->timer);
	free(l);
}

void redis_link_send(struct redis_link *l, struct redis_call *call)
{
	if (l->state == LINK_READY)
		link_send(l, call);
	else if (l->state == LINK_RESTING && !l->eager)
		link_refuse(l, call);
	else
		queue_append(&l->waiting, &call->link);
}

uint64_t redis_link_instance(const struct redis_link *l)
{
	return l->state == LINK_READY ? l->greeting.instance : 0;
}

bool redis_link_ready(const struct redis_link *l)
{
	return l->state == LINK_READY;
}
