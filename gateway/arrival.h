/* arrival.h - a request's way from its PARAMS to its session, and on to whoever answers it: READ_PARAMS, LOAD. What admission
 * says is asked here; a request that has no session, or not enough of one, is noted for who asks why.
 * Thread   the worker's. */
#ifndef SG_ARRIVAL_H
#define SG_ARRIVAL_H

#include "base/slice.h"

struct request;

/* PARAMS, as the front hands them on, borrowed for the call, and their end. Each may end the request. */
void arrival_params(struct request *r, struct slice bytes);
void arrival_params_end(struct request *r);

#endif
