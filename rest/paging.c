/* paging.c - see paging.h. */
#include "rest/paging.h"

#include "base/percent.h"
#include "rest/call_answer.h"
#include "rest/call_parameter.h"
#include "rest/opaque.h"

enum { PAGING_LINK_BYTES = 16384 }; /* a longer Link is left out: the body says it, too */

static bool paging_open_cursor(struct paging *p, struct call *c)
{
	struct slice text;
	int rc;

	if (!query_get(&c->query, "cursor", &text))
		return true;
	rc = opaque_open(c, "cursor", p->bound, text, &p->cursor);
	if (rc == SG_EFORMAT)
		call_refuse(c, REFUSAL_INVALID_CURSOR,
			    "Use page.next as it came, with the same filter, order and token");
	else if (rc != 0)
		call_refuse_memory(c);
	return rc == 0;
}

bool paging_read(struct paging *p, struct call *c, struct slice bound)
{
	*p = (struct paging){ .bound = bound };
	p->limit = call_number(c, "limit", 1, PAGING_MOST, PAGING_STANDARD);
	return !call_refuse_complaints(c) && paging_open_cursor(p, c);
}

/* The same question with another cursor; empty: with none. */
static int paging_write_url(const struct call *c, struct slice cursor, struct buffer *out)
{
	struct slice rest = c->head.target, path;
	const char *before = "?";
	int rc;

	slice_cut(&rest, '?', &path);
	rc = percent_encode(out, path, "/%");
	for (size_t i = 0; rc == 0 && i < c->query.count; i++) {
		const struct query_parameter *p = &c->query.each[i];

		if (slice_equal(p->name, SLICE("cursor")))
			continue;
		rc = buffer_printf(out, "%s%.*s=", before, SLICE_ARGS(p->name));
		if (rc == 0)
			rc = percent_encode(out, p->value, "");
		before = "&";
	}
	if (rc == 0 && cursor.len > 0)
		rc = buffer_printf(out, "%scursor=%.*s", before, SLICE_ARGS(cursor));
	return rc;
}

static int paging_write_link(const struct call *c, struct slice next, struct buffer *out)
{
	int rc = 0;

	if (next.len > 0) {
		rc = buffer_append_slice(out, SLICE("<"));
		if (rc == 0)
			rc = paging_write_url(c, next, out);
		if (rc == 0)
			rc = buffer_append_slice(out, SLICE(">; rel=\"next\", "));
	}
	if (rc == 0)
		rc = buffer_append_slice(out, SLICE("<"));
	if (rc == 0)
		rc = paging_write_url(c, SLICE(""), out);
	return rc == 0 ? buffer_append_slice(out, SLICE(">; rel=\"first\"")) : rc;
}

static void paging_add_link(struct call *c, struct slice next)
{
	struct buffer link = { 0 };

	if (paging_write_link(c, next, &link) == 0 && buffer_len(&link) <= PAGING_LINK_BYTES)
		call_add_field(c, "Link", "%.*s", SLICE_ARGS(buffer_content(&link)));
	buffer_fini(&link);
}

static bool paging_add_total(cJSON *page, int64_t total, bool exact)
{
	cJSON *object;

	if (total < 0)
		return json_add_text(page, "total", SLICE(""));
	object = cJSON_AddObjectToObject(page, "total");
	return object != NULL && json_add_number(object, "value", total) &&
	       json_add_flag(object, "exact", exact);
}

static bool paging_add_next(cJSON *page, struct slice next)
{
	cJSON *item = next.len > 0 ? cJSON_CreateString(next.ptr) : cJSON_CreateNull();

	if (cJSON_AddItemToObject(page, "next", item))
		return true;
	cJSON_Delete(item);
	return false;
}

bool paging_add(const struct paging *p, struct call *c, cJSON *object, struct slice next,
		int64_t total, bool exact)
{
	cJSON *page = cJSON_AddObjectToObject(object, "page");
	struct slice text = { 0 };

	if (page == NULL || (next.len > 0 && opaque_seal(c, "cursor", p->bound, next, &text) != 0))
		return false;
	paging_add_link(c, text);
	return json_add_number(page, "limit", (int64_t)p->limit) && paging_add_next(page, text) &&
	       paging_add_total(page, total, exact);
}
