/* call_condition.c - see call_condition.h. */
#include "rest/call_condition.h"

#include "rest/call_answer.h"
#include "rest/etag.h"

void call_add_etag(struct call *c, uint64_t version)
{
	char etag[ETAG_BYTES];

	etag_write(etag, version);
	call_add_field(c, "ETag", "%s", etag);
}

bool call_matches(struct call *c, uint64_t version)
{
	if (c->head.if_match.ptr == NULL) {
		call_refuse(c, REFUSAL_PRECONDITION_REQUIRED,
			    "Say in If-Match the ETag of what you have read, or *");
		return false;
	}
	if (etag_listed(c->head.if_match, version, false))
		return true;
	call_add_etag(c, version);
	call_refuse(c, REFUSAL_PRECONDITION_FAILED,
		    "It has been changed since; read it again and decide anew");
	return false;
}

bool call_unchanged(struct call *c, uint64_t version)
{
	call_add_etag(c, version);
	if (c->head.if_none_match.ptr == NULL || !etag_listed(c->head.if_none_match, version, true))
		return false;
	call_answer_empty(c, 304);
	return true;
}
