/* complaint.h - what applications say on STDERR, on its way into the log: escaped there, and no more
 * of it than a log can bear, for one request and in one second.
 * Owner    the worker has the second's budget; a request counts its own bytes.
 * Thread   the worker's. */
#ifndef SG_COMPLAINT_H
#define SG_COMPLAINT_H

#include "base/slice.h"

#include <stdint.h>

/* Zero it to begin. */
struct complaint_second {
	int64_t since_ms; /* monotonic */
	size_t bytes;     /* logged since then */
};

/* Log a run of application's STDERR for the request who, of which so many bytes were logged before.
 * What is over a limit is left out, and that is said once. */
void complaint_log(struct complaint_second *second, size_t *request_bytes, const char *who,
		   const char *application, struct slice bytes);

#endif
