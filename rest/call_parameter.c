/* call_parameter.c - see call_parameter.h. */
#include "rest/call_parameter.h"

#include "rest/call_answer.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t call_number(struct call *c, const char *name, uint64_t min, uint64_t max, uint64_t unset)
{
	struct slice value;
	uint64_t number;
	char *detail;

	if (!query_get(&c->query, name, &value))
		return unset;
	if (slice_number(value, max, &number) && number >= min)
		return number;
	detail = arena_room(&c->arena, 64);
	if (detail != NULL)
		snprintf(detail, 64, "must be %" PRIu64 " to %" PRIu64, min, max);
	call_complain(c, name, detail != NULL ? detail : "is out of range");
	return unset;
}

bool call_flag(struct call *c, const char *name, bool unset)
{
	struct slice value;

	if (!query_get(&c->query, name, &value))
		return unset;
	if (slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("false")))
		return value.len == strlen("true");
	call_complain(c, name, "must be true or false");
	return unset;
}

static size_t call_characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += (text.ptr[i] & 0xc0) != 0x80;
	return count;
}

void call_check_reason(struct call *c, struct slice reason)
{
	if (call_characters(reason) > CALL_REASON_CHARS)
		call_complain(c, "reason", "must have at most 200 characters");
	else if (slice_has_control(reason))
		call_complain(c, "reason", "must have no control characters");
	else
		c->reason = reason;
}
