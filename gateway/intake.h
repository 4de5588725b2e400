/* intake.h - a request's STDIN as it comes in: how much, how fast, and when it must wait.
 * What we do not read is nobody's delay: time is measured by how long the connection was listened to.
 * Thread   the worker's. */
#ifndef SG_INTAKE_H
#define SG_INTAKE_H

#include "base/slice.h"

struct request;

/* Bytes of STDIN, borrowed for the call, and its end. Each may end the request. */
void intake_take(struct request *r, struct slice bytes);
void intake_end(struct request *r);
/* Has all of the request come, so that an EOF behind it means nothing? */
bool intake_complete(const struct request *r);

/* Measure anew for how long the web server has been heard. */
void intake_listen(struct request *r);
int64_t intake_listening_ms(const struct request *r);
/* An upload that is under way is watched from here on. */
void intake_watch(struct request *r);
/* The body has room again: the front may read on. */
void intake_release(struct request *r);

#endif
