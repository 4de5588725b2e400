/* demux.c - which request a web server's record is for. */
#include "gateway/demux.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/arrival.h"
#include "gateway/intake.h"
#include "gateway/request.h"
#include "gateway/worker.h"

enum {
	DEMUX_IDLE_RECORDS = 1000, /* without any progress between them */
	DEMUX_VALUES_BYTES = 1024, /* of a GET_VALUES, when memory is scarce */
};

/* The rest of a stream whose request has its answer: normal, and as long as an upload. */
static bool demux_is_leftover(const struct fcgi_record *record)
{
	return record->content_bytes > 0 &&
	       (record->type == FCGI_STDIN || record->type == FCGI_PARAMS ||
		record->type == FCGI_DATA);
}

/* What leads nowhere is counted: false when it has become too much. */
static bool demux_tolerates(struct front *f, const struct fcgi_fragment *fragment)
{
	f->idle_records += fragment->last && !demux_is_leftover(&fragment->record);
	f->idle_bytes += fragment->bytes.len + (fragment->last ? FCGI_HEADER_LEN : 0);
	if (f->idle_records <= DEMUX_IDLE_RECORDS && f->idle_bytes <= FRONT_IDLE_BYTES)
		return true;
	front_protocol_error(f, "too many records that lead nowhere");
	return false;
}

static void demux_progress(struct front *f)
{
	f->idle_records = 0;
	f->idle_bytes = 0;
}

static struct request *demux_request(const struct front *f, uint16_t id)
{
	struct link *l;

	for (l = f->requests; l != NULL; l = l->next)
		if (request_of_link(l)->id == id)
			return request_of_link(l);
	return NULL;
}

/* A complete answer to a request that never became one. */
static void demux_refuse(struct front *f, uint16_t id, bool keep, enum problem problem,
			 uint8_t protocol_status)
{
	char request_id[REQUEST_ID_BYTES];

	request_id_make(request_id);
	log_info(request_id, "refused: %s", problem_text(problem));
	if (answer_append_refusal(&f->out, id, problem, protocol_status, request_id) != 0) {
		front_close(f);
		return;
	}
	front_written(f);
	if (front_full(f) && block_scarce())
		front_protocol_error(f, "many requests, no answer taken, and no memory for more");
	else
		front_request_refused(f, keep);
}

static void demux_accept_request(struct front *f, uint16_t id, bool authorizer, bool keep)
{
	struct worker *w = f->worker;
	const struct config_limits *limits = &w->generation->config->limits;

	if (f->request_count >= limits->requests_per_connection) {
		demux_refuse(f, id, keep, PROBLEM_OVERLOADED,
			     limits->requests_per_connection == 1 ? FCGI_CANT_MPX_CONN
								  : FCGI_OVERLOADED);
		return;
	}
	if (w->draining && (f->asked || !w->shared)) {
		demux_refuse(f, id, keep, PROBLEM_DRAINING, FCGI_REQUEST_COMPLETE);
		return;
	}
	if (block_spent() || request_new(f, id, authorizer, keep) == NULL)
		demux_refuse(f, id, keep, PROBLEM_OVERLOADED, FCGI_OVERLOADED);
}

static void demux_begin(struct front *f, const struct fcgi_fragment *fragment)
{
	uint16_t id = fragment->record.id;
	struct fcgi_begin begin;
	int rc = fcgi_read_begin(&f->decoder, fragment, &begin);
	bool keep;

	if (rc == 0)
		return;
	if (rc != 1 || demux_request(f, id) != NULL) {
		front_protocol_error(f, rc == 1 ? "BEGIN_REQUEST for a running request"
						: "BEGIN_REQUEST of a wrong length");
		return;
	}
	demux_progress(f);
	keep = (begin.flags & FCGI_KEEP_CONN) != 0;
	if (begin.role == FCGI_RESPONDER || begin.role == FCGI_AUTHORIZER)
		demux_accept_request(f, id, begin.role == FCGI_AUTHORIZER, keep);
	else
		demux_refuse(f, id, keep, PROBLEM_ROLE_NOT_SUPPORTED, FCGI_UNKNOWN_ROLE);
}

static void demux_params(struct front *f, const struct fcgi_fragment *fragment)
{
	struct request *r = demux_request(f, fragment->record.id);

	if (r == NULL) {
		demux_tolerates(f, fragment);
	} else if (!request_reads_params(r)) {
		front_protocol_error(f, "PARAMS after their end");
	} else if (fragment->record.content_bytes == 0) {
		arrival_params_end(r);
	} else {
		arrival_params(r, fragment->bytes);
	}
}

static void demux_stdin(struct front *f, const struct fcgi_fragment *fragment)
{
	struct request *r = demux_request(f, fragment->record.id);

	if (r == NULL || r->stdin_ended || request_is_cut(r)) {
		demux_tolerates(f, fragment);
	} else if (request_reads_params(r)) {
		front_protocol_error(f, "STDIN before the end of PARAMS");
	} else if (fragment->record.content_bytes == 0) {
		intake_end(r);
	} else {
		demux_progress(f);
		intake_take(r, fragment->bytes);
	}
}

static void demux_abort(struct front *f, const struct fcgi_fragment *fragment)
{
	struct request *r = demux_request(f, fragment->record.id);

	if (r != NULL && fragment->last)
		request_abort(r, true);
	else
		demux_tolerates(f, fragment);
}

/* HAProxy, who alone asks, takes MAX_REQS for what one connection may carry. */
static int demux_append_values(struct front *f)
{
	const struct config_limits *limits = &f->worker->generation->config->limits;
	bool multiplexes = limits->requests_per_connection > 1;
	unsigned max_reqs = multiplexes && limits->requests_per_connection < limits->requests
				    ? limits->requests_per_connection
				    : limits->requests;

	return fcgi_append_values(&f->out, buffer_content(&f->values), limits->max_connections,
				  max_reqs, multiplexes);
}

static void demux_get_values(struct front *f, const struct fcgi_fragment *fragment)
{
	int rc;

	/* the names that mean something take some 60 bytes */
	if ((buffer_len(&f->values) > DEMUX_VALUES_BYTES && block_scarce()) ||
	    buffer_append_slice(&f->values, fragment->bytes) != 0) {
		front_protocol_error(f, "a long GET_VALUES, and no memory for it");
		return;
	}
	if (!fragment->last)
		return;
	rc = demux_append_values(f);
	buffer_fini(&f->values);
	if (rc == SG_EFORMAT)
		front_protocol_error(f, "GET_VALUES without pairs");
	else if (rc != 0)
		front_close(f);
	else
		front_written(f);
}

static void demux_management(struct front *f, const struct fcgi_fragment *fragment)
{
	if (!demux_tolerates(f, fragment))
		return;
	if (fragment->record.type >= FCGI_BEGIN_REQUEST && fragment->record.type <= FCGI_DATA) {
		front_protocol_error(f, "a request's record under the id 0");
	} else if (fragment->record.type == FCGI_GET_VALUES) {
		demux_get_values(f, fragment);
	} else if (fragment->last) {
		if (fcgi_append_unknown_type(&f->out, fragment->record.type) != 0)
			front_close(f);
		else
			front_written(f);
	}
}

void demux(struct front *f, const struct fcgi_fragment *fragment)
{
	if (fragment->record.id == FCGI_NULL_REQUEST_ID) {
		demux_management(f, fragment);
		return;
	}
	switch (fragment->record.type) {
	case FCGI_BEGIN_REQUEST:
		demux_begin(f, fragment);
		break;
	case FCGI_PARAMS:
		demux_params(f, fragment);
		break;
	case FCGI_STDIN:
		demux_stdin(f, fragment);
		break;
	case FCGI_ABORT_REQUEST:
		demux_abort(f, fragment);
		break;
	default: /* FCGI_DATA, which only Filters read, and what does not belong to this side */
		demux_tolerates(f, fragment);
	}
}

bool demux_stream_waits(const struct front *f)
{
	const struct fcgi_decoder *d = &f->decoder;

	return d->open && d->content_left > 0 &&
	       (d->record.type == FCGI_PARAMS || d->record.type == FCGI_STDIN) &&
	       demux_request(f, d->record.id) != NULL;
}
