/* complaint.c - what applications say on STDERR. */
#include "gateway/complaint.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

enum {
	COMPLAINT_REQUEST_BYTES = 8192,
	COMPLAINT_SECOND_BYTES = 131072, /* of one worker */
};

static size_t complaint_room(struct complaint_second *second)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms - second->since_ms >= 1000)
		*second = (struct complaint_second){ .since_ms = now_ms };
	return COMPLAINT_SECOND_BYTES - second->bytes;
}

/* The log ends its lines itself. */
static struct slice complaint_trim(struct slice bytes)
{
	while (bytes.len > 0 &&
	       (bytes.ptr[bytes.len - 1] == '\n' || bytes.ptr[bytes.len - 1] == '\r'))
		bytes.len--;
	return bytes;
}

void complaint_log(struct complaint_second *second, size_t *request_bytes, const char *who,
		   const char *application, struct slice bytes)
{
	size_t room = complaint_room(second);
	char what[64];

	if (room > COMPLAINT_REQUEST_BYTES - *request_bytes)
		room = COMPLAINT_REQUEST_BYTES - *request_bytes;
	if (room == 0)
		return;
	if (bytes.len > room)
		bytes.len = room;
	*request_bytes += bytes.len;
	second->bytes += bytes.len;
	snprintf(what, sizeof(what), "application %s says", application);
	log_bytes(LOG_WARN, who, what, complaint_trim(bytes));
	if (*request_bytes == COMPLAINT_REQUEST_BYTES)
		log_warn(who, "what else application %s says is left out", application);
	if (second->bytes == COMPLAINT_SECOND_BYTES)
		log_warn("", "too many complaints: what else applications say in this second is "
			     "left out");
}
