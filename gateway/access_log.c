/* access_log.c - one line for each request. */
#include "gateway/access_log.h"

#include "base/log.h"
#include "gateway/request.h"
#include "gateway/route.h"

/* The session as it is after the request: the one that was saved, else the one that was loaded. */
static const struct session *access_session(const struct request *r)
{
	return r->save.session != NULL ? r->save.session : r->lookup.session;
}

/* A field without text would be a number to the log. */
static struct slice access_text(struct slice text)
{
	return text.ptr != NULL ? text : SLICE("");
}

static void access_log_write(const struct request *r)
{
	const struct session *session = access_session(r);
	int64_t all_us = r->times.state_since_us - r->times.begun_us; /* it has just ended */
	const struct log_field fields[] = {
		{ .name = SLICE("request"), .text = slice_from(r->request_id) },
		{ .name = SLICE("address"), .text = access_text(r->visitor.address) },
		{ .name = SLICE("route"), .text = route_label(r->route) },
		{ .name = SLICE("method"), .text = access_text(r->method) },
		{ .name = SLICE("path"), .text = access_text(r->path) },
		{ .name = SLICE("status"), .number = r->response.head.status },
		{ .name = SLICE("bytes"), .number = (int64_t)r->response.body_bytes },
		{ .name = SLICE("session"),
		  .text = session != NULL ? slice_from(session->id) : SLICE("") },
		{ .name = SLICE("user"),
		  .text = session != NULL ? access_text(session->user) : SLICE("") },
		{ .name = SLICE("gateway_us"),
		  .number = all_us - r->times.store_us - r->times.application_us },
		{ .name = SLICE("store_us"), .number = r->times.store_us },
		{ .name = SLICE("application_us"), .number = r->times.application_us },
		{ .name = SLICE("app_status"), .number = r->response.app_status },
	};

	log_fields(fields, sizeof(fields) / sizeof(fields[0]));
}

void access_log(const struct request *r)
{
	if (r->generation->config->log.access)
		access_log_write(r);
}
