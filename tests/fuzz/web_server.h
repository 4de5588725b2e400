/* web_server.h - the web server's end of one connection: what it has said, what it is told, and whether that may be
 * told after what it has said.
 * Claims   every byte is of a valid record; every BEGIN_REQUEST gets one END_REQUEST, after a whole header block and
 *          the end of STDOUT, or a bare one when it was aborted; no body is longer than announced, none shorter
 *          without being seen to be; nothing comes for what was never asked.
 * Owner    the caller: web_server_open(), web_server_close(). */
#ifndef SG_FUZZ_WEB_SERVER_H
#define SG_FUZZ_WEB_SERVER_H

#include "tests/fuzz/wire.h"

enum { WEB_SERVER_REQUESTS = 32 };

/* One request id. */
struct web_request {
	uint16_t id;
	unsigned begun, ended, aborted;
	bool keep;        /* the last BEGIN's */
	bool head_method; /* its length is not its body's */
	struct buffer pairs;
	/* of the answer that is coming */
	struct buffer head;
	bool head_whole, output_over;
	int64_t length; /* announced; -1: not */
	int64_t body_bytes;
	unsigned status;
};

struct web_server {
	int fd;
	bool tcp;
	bool reading; /* takes what comes */
	bool closed;  /* the gateway has ended it */
	struct wire said, told;
	unsigned questions; /* under the id 0 */
	bool lost_count;    /* more ids than we keep books of */
	struct web_request requests[WEB_SERVER_REQUESTS];
	size_t request_count;
	char token[64], older[64]; /* the last ones that were set in a cookie */
};

/* tcp: it may be asked whether it is there, by an empty STDERR. */
void web_server_open(struct web_server *w, int fd, bool tcp);
/* As much as the socket takes. */
void web_server_say(struct web_server *w, struct slice bytes);
/* Take what has come; was it anything? */
bool web_server_listen(struct web_server *w);
/* Time enough has passed for everything: claims that nothing is owed. */
void web_server_expect_end(const struct web_server *w);
void web_server_close(struct web_server *w);

#endif
