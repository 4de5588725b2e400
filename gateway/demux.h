/* demux.h - which request, or which answer of the connection's own, a web server's record is for
 * (FastCGI specification 3 to 5): what is legal goes to its request, what leads nowhere is counted,
 * what is against the rules ends the connection.
 * Thread   the worker's. */
#ifndef SG_DEMUX_H
#define SG_DEMUX_H

#include "gateway/fcgi.h"
#include "gateway/front.h"

/* One run of one record. Afterwards f may be finishing, or closed. */
void demux(struct front *f, const struct fcgi_fragment *fragment);

/* Is the record under way one of a running request's streams, whose own deadlines watch it? */
bool demux_stream_waits(const struct front *f);

#endif
