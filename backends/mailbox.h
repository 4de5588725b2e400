/* mailbox.h - what other threads leave for a loop: a list under a lock, and a doorbell.
 * Owner    letters are their senders' and receivers'; the mailbox only lists them, in order.
 * Thread   mailbox_send() any, the rest the loop's. */
#ifndef SG_MAILBOX_H
#define SG_MAILBOX_H

#include "base/error.h"
#include "base/list.h"

#include <pthread.h>

struct event;
struct event_base;

typedef void mailbox_fn(struct link *letter);

struct mailbox {
	pthread_mutex_t lock;
	struct queue letters;
	int doorbell;
	struct event *rung;
	mailbox_fn *deliver;
};

/* deliver gets each letter once, from the loop; it is listed no more by then. SG_ENOMEM, SG_ESYSTEM. */
SG_MUST_CHECK int mailbox_open(struct mailbox *m, struct event_base *loop, mailbox_fn *deliver);
void mailbox_close(struct mailbox *m);

/* The letter is in no list. */
void mailbox_send(struct mailbox *m, struct link *letter);
/* It is not to be delivered. Delivered, or never sent: nothing. */
void mailbox_withdraw(struct mailbox *m, struct link *letter);

#endif
