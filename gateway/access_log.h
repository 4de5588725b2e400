/* access_log.h - one line for each request that has ended: who, what, how it went, and where the time went.
 * Never a token, a secret or an attribute value. Thread: the worker's. */
#ifndef SG_ACCESS_LOG_H
#define SG_ACCESS_LOG_H

struct request;

/* Nothing with log.access: false. */
void access_log(const struct request *r);

#endif
