/* records.h - FastCGI records as the other side would read them: one stream's bytes put together again.
 * Owner    the caller: records_read(), records_fini(). */
#ifndef SG_TESTS_RECORDS_H
#define SG_TESTS_RECORDS_H

#include "gateway/fcgi.h"

struct records {
	struct buffer stream; /* the content of all records of the stream */
	size_t count;         /* of them with content */
	size_t longest;       /* content of one */
	size_t empties;       /* the stream's ends */
	bool ended;           /* END_REQUEST came, as the last record */
	uint8_t protocol_status;
};

/* bytes are whole records of this stream and this request, and at most one END_REQUEST behind them. */
void records_read(struct records *r, struct slice bytes, uint8_t type, uint16_t id);
void records_fini(struct records *r);

#endif
