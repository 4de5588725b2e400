/* audit.c - see audit.h; GET /api/v1/audit. */
#include "rest/audit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "rest/call_answer.h"
#include "rest/ledger.h"
#include "rest/paging.h"
#include "rest/resources.h"
#include "session/device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { AUDIT_TEXT_BYTES = 1000, AUDIT_POSITION_BYTES = 40 };

struct audit {
	struct ledger *ledger;
	char *lines[AUDIT_KEPT];
	uint64_t next; /* the number of the line that comes next, from 0 on */
	uint64_t name; /* of this process's lines: a cursor of another is none of ours */
	bool failing;  /* the ledger takes nothing; it was told */
};

/* --- a line --- */

static const char *audit_result(const struct call *c)
{
	if (c->status == 0 || c->status >= 500 || c->failed)
		return "failed";
	if (c->status >= 400)
		return "refused";
	return c->dry_run ? "dry_run" : "ok";
}

static bool audit_add_text(cJSON *line, const char *name, struct slice text)
{
	char clean[AUDIT_TEXT_BYTES];

	return json_add_text(line, name, device_clean(text, clean, sizeof(clean)));
}

static bool audit_add_status(cJSON *line, unsigned status)
{
	return status != 0 ? json_add_number(line, "status", status)
			   : json_add_text(line, "status", SLICE(""));
}

static bool audit_add(cJSON *line, const struct call *c)
{
	return line != NULL && json_add_time(line, "at", clock_wall_ms()) &&
	       json_add_text(line, "actor", slice_from(c->auth.grant->name)) &&
	       json_add_text(line, "via", slice_from(c->auth.via)) &&
	       json_add_text(line, "action", slice_from(c->endpoint->action)) &&
	       audit_add_text(line, "target", c->target.len > 0 ? c->target : c->subject) &&
	       json_add_text(line, "result", slice_from(audit_result(c))) &&
	       audit_add_status(line, c->status) && audit_add_text(line, "reason", c->reason) &&
	       json_add_text(line, "address", slice_from(c->peer->address)) &&
	       json_add_text(line, "request_id", slice_from(c->request_id));
}

/* Once, until it takes lines again: each of them would fill the log instead. */
static void audit_write(struct audit *a, struct slice line)
{
	bool failed = ledger_write(a->ledger, line) != 0;

	if (failed && !a->failing)
		log_error("", "admin.audit_file: lines are lost: %s", strerror(errno));
	else if (!failed && a->failing)
		log_warn("", "admin.audit_file: lines are written again");
	a->failing = failed;
}

static void audit_keep(struct audit *a, struct buffer *line)
{
	char **place = &a->lines[a->next++ % AUDIT_KEPT];

	free(*place);
	*place = strndup(line->data + line->head, buffer_len(line));
	buffer_fini(line);
}

/* Who is somebody, and does what is written down. */
static bool audit_wants(const struct call *c)
{
	return c->endpoint != NULL && c->endpoint->action != NULL && c->auth.grant != NULL;
}

void audit_note(struct audit *a, const struct call *c)
{
	struct buffer line = { 0 };
	cJSON *object;

	if (!audit_wants(c))
		return;
	object = cJSON_CreateObject();
	if (json_write(object, audit_add(object, c), &line) != 0) {
		log_error(c->request_id, "out of memory: the audit has no line of %s by %s",
			  c->endpoint->action, c->auth.grant->name);
		buffer_fini(&line);
		return;
	}
	buffer_truncate(&line, buffer_len(&line) - 1);
	audit_write(a, buffer_content(&line));
	audit_keep(a, &line);
}

/* --- a page of them --- */

/* "name-number": the lines before that one. False: of another process, or nothing of ours. */
static bool audit_read_cursor(const struct audit *a, struct slice cursor, uint64_t *before)
{
	struct slice name;
	uint64_t of;

	if (cursor.len == 0)
		*before = a->next;
	else if (!slice_cut(&cursor, '-', &name) || !slice_number(name, UINT64_MAX, &of) ||
		 of != a->name || !slice_number(cursor, a->next, before))
		return false;
	return true;
}

static uint64_t audit_oldest(const struct audit *a)
{
	return a->next > AUDIT_KEPT ? a->next - AUDIT_KEPT : 0;
}

/* The newest first; *before becomes where the next page goes on. */
static bool audit_add_lines(cJSON *object, const struct audit *a, uint64_t *before, size_t limit)
{
	cJSON *data = cJSON_AddArrayToObject(object, "data");

	for (; data != NULL && limit > 0 && *before > audit_oldest(a); --*before) {
		const char *line = a->lines[(*before - 1) % AUDIT_KEPT];
		cJSON *item = line != NULL ? cJSON_CreateRaw(line) : NULL;

		if (line == NULL)
			continue; /* there was no memory for it */
		if (!cJSON_AddItemToArray(data, item)) {
			cJSON_Delete(item);
			return false;
		}
		limit--;
	}
	return data != NULL;
}

static bool audit_add_page(cJSON *object, struct call *c, const struct paging *p, uint64_t before)
{
	const struct audit *a = c->desk->audit;
	char next[AUDIT_POSITION_BYTES];
	int len = 0;

	if (!audit_add_lines(object, a, &before, p->limit))
		return false;
	if (before > audit_oldest(a))
		len = snprintf(next, sizeof(next), "%" PRIu64 "-%" PRIu64, a->name, before);
	return paging_add(p, c, object, slice_of(next, (size_t)len), -1, false);
}

void audit_answer_get(struct call *c)
{
	struct paging paging;
	cJSON *object;
	uint64_t before;

	if (grant_is_limited(c->auth.grant)) {
		call_refuse_limited(c);
		return;
	}
	if (!paging_read(&paging, c, SLICE("audit")))
		return;
	if (!audit_read_cursor(c->desk->audit, paging.cursor, &before)) {
		call_refuse(c, REFUSAL_INVALID_CURSOR,
			    "That page was another process's: begin with the first");
		return;
	}
	object = cJSON_CreateObject();
	call_answer_json(c, 200, object,
			 object != NULL && audit_add_page(object, c, &paging, before));
}

/* --- its life --- */

int audit_open(const char *to, struct audit **out)
{
	struct audit *a = calloc(1, sizeof(*a));
	int rc = SG_ENOMEM;

	if (a != NULL && (rc = random_u64(&a->name)) == 0)
		rc = ledger_open(to, &a->ledger);
	if (rc == SG_ESYSTEM)
		log_error("", "admin.audit_file: cannot open %s: %s", to, strerror(errno));
	if (rc != 0)
		audit_close(&a);
	else
		*out = a;
	return rc;
}

void audit_close(struct audit **ap)
{
	struct audit *a = *ap;

	*ap = NULL;
	if (a == NULL)
		return;
	ledger_close(&a->ledger);
	for (size_t i = 0; i < AUDIT_KEPT; i++)
		free(a->lines[i]);
	free(a);
}

void audit_reopen(struct audit *a)
{
	if (ledger_reopen(a->ledger) != 0)
		log_error("", "admin.audit_file: cannot reopen: %s", strerror(errno));
}
