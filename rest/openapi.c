/* openapi.c - the API's description of itself: GET /openapi.json. */
#include "rest/openapi.h"
#include "rest/call_answer.h"
#include "rest/call_condition.h"
#include "rest/resources.h"

void openapi_answer_get(struct call *c)
{
	struct buffer text = { 0 };
	int rc;

	if (call_unchanged(c, openapi_version))
		return;
	rc = buffer_append_slice(&text, slice_from(openapi_text));
	call_answer_text(c, 200, &text, rc);
}
