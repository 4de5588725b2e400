/* forward.h - a request's time with its application: what is sent, what comes back, and what that
 * asks of the
 * session.
 * Thread   the worker's. */
#ifndef SG_FORWARD_H
#define SG_FORWARD_H

struct request;

/* Ask for the application; from READ_BODY. */
void forward_begin(struct request *r);
/* There is room in front->out again, or less is held. */
void forward_on_room(struct request *r);

#endif
