/* intake.c - a request's STDIN as it comes in: how much, how fast, and when it must wait. */
#include "gateway/intake.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/forward.h"
#include "gateway/front.h"
#include "gateway/request.h"
#include "gateway/worker.h"

#include <errno.h>
#include <stdio.h>

enum {
	INTAKE_GRACE_MS = 10000, /* an upload's rate is not judged earlier */
	INTAKE_CHECK_MS = 1000,
	INTAKE_SILENCE_MS = 60000, /* however fast it came before */
};

static void intake_on_check(struct deadline *d);

bool intake_complete(const struct request *r)
{
	return r->state != REQUEST_READ_PARAMS && r->body.complete;
}

/* --- the time --- */

void intake_listen(struct request *r)
{
	r->listening_since_ms = turn_now_ms(&r->worker->turn);
	r->deaf_before_ms = front_deaf_ms(r->front);
	r->heard_ms = 0;
}

int64_t intake_listening_ms(const struct request *r)
{
	return turn_now_ms(&r->worker->turn) - r->listening_since_ms -
	       (front_deaf_ms(r->front) - r->deaf_before_ms);
}

void intake_watch(struct request *r)
{
	intake_listen(r);
	if (!r->body.complete)
		deadline_arm(&r->worker->deadlines, &r->upload, INTAKE_GRACE_MS, intake_on_check);
}

static void intake_on_check(struct deadline *d)
{
	struct request *r = CONTAINER_OF(d, struct request, upload);
	uint64_t rate = r->generation->config->limits.body_rate;
	int64_t listening_ms = intake_listening_ms(r);

	if (listening_ms >= INTAKE_GRACE_MS &&
	    r->body.received * 1000 / (uint64_t)listening_ms < rate)
		request_fail(r, PROBLEM_REQUEST_TIMEOUT,
			     "the body comes slower than limits.body_rate");
	else if (listening_ms - r->heard_ms >= INTAKE_SILENCE_MS)
		request_fail(r, PROBLEM_REQUEST_TIMEOUT, "the body has stopped coming");
	else
		deadline_arm(&r->worker->deadlines, d, INTAKE_CHECK_MS, intake_on_check);
}

/* --- the window --- */

/* On a connection that others use too, one request's body must not keep theirs from coming. */
static bool intake_shares(const struct request *r)
{
	return r->front->request_count > 1 && r->body.limits->spool_dir[0] != '\0';
}

/* So much of a body may lie in memory; the rest goes to the spool. */
static size_t intake_memory(const struct request *r)
{
	if (r->body.limits->spool_dir[0] != '\0' && block_scarce())
		return BLOCK_SHARE_BYTES;
	return intake_shares(r) ? r->body.window + BODY_PIECE_BYTES : SIZE_MAX;
}

static void intake_hold(struct request *r)
{
	if (r->held || !body_full(&r->body) || intake_shares(r))
		return;
	r->held = true;
	front_hold(r->front);
}

void intake_release(struct request *r)
{
	if (!r->held || body_full(&r->body))
		return;
	r->held = false;
	front_release(r->front);
}

/* --- the bytes --- */

static void intake_fail(struct request *r, int rc)
{
	char why[128];

	if (rc == SG_ELIMIT) {
		request_fail(r, PROBLEM_BODY_TOO_LARGE, "the body is over its limit");
		return;
	}
	snprintf(why, sizeof(why), "no room for the body: %s",
		 rc == SG_ESYSTEM ? strerror(errno) : error_text(rc));
	request_fail(r, PROBLEM_OVERLOADED, why);
}

/* More of the body is here, or its end. */
static void intake_advance(struct request *r)
{
	if (r->body.complete)
		deadline_disarm(&r->upload);
	if (r->state == REQUEST_READ_BODY && body_ready(&r->body))
		forward_begin(r);
	else
		exchange_push(&r->exchange);
	intake_hold(r);
}

void intake_take(struct request *r, struct slice bytes)
{
	int rc;

	if (r->body.unknown && !r->body.complete && r->body.limits->spool_dir[0] == '\0') {
		request_fail(r, PROBLEM_LENGTH_REQUIRED,
			     "a body without a length, and no spool_dir");
		return;
	}
	r->heard_ms = intake_listening_ms(r);
	rc = body_take(&r->body, bytes, intake_memory(r));
	if (rc != 0)
		intake_fail(r, rc);
	else
		intake_advance(r);
}

void intake_end(struct request *r)
{
	r->stdin_ended = true;
	if (body_end(&r->body) != 0)
		request_fail(r, PROBLEM_BAD_REQUEST, "the body ended before its CONTENT_LENGTH");
	else
		intake_advance(r);
}
