/* mailbox.c - see mailbox.h. */
#include "backends/mailbox.h"

#include "base/doorbell.h"

#include <event2/event.h>

static struct link *mailbox_take(struct mailbox *m)
{
	struct link *letter;

	pthread_mutex_lock(&m->lock);
	if ((letter = m->letters.first) != NULL)
		queue_remove(&m->letters, letter);
	pthread_mutex_unlock(&m->lock);
	return letter;
}

static void mailbox_on_rung(evutil_socket_t fd, short what, void *ctx)
{
	struct mailbox *m = ctx;
	struct link *letter;

	(void)what;
	doorbell_hear(fd);
	while ((letter = mailbox_take(m)) != NULL)
		m->deliver(letter);
}

int mailbox_open(struct mailbox *m, struct event_base *loop, mailbox_fn *deliver)
{
	*m = (struct mailbox){ .deliver = deliver };
	if (doorbell_open(&m->doorbell) != 0)
		return SG_ESYSTEM;
	pthread_mutex_init(&m->lock, NULL);
	queue_init(&m->letters);
	m->rung = event_new(loop, m->doorbell, EV_READ | EV_PERSIST, mailbox_on_rung, m);
	if (m->rung == NULL || event_add(m->rung, NULL) != 0) {
		mailbox_close(m);
		return SG_ENOMEM;
	}
	return 0;
}

void mailbox_close(struct mailbox *m)
{
	if (m->rung != NULL)
		event_free(m->rung);
	doorbell_close(&m->doorbell);
	pthread_mutex_destroy(&m->lock);
}

void mailbox_send(struct mailbox *m, struct link *letter)
{
	pthread_mutex_lock(&m->lock);
	queue_append(&m->letters, letter);
	pthread_mutex_unlock(&m->lock);
	doorbell_ring(m->doorbell);
}

void mailbox_withdraw(struct mailbox *m, struct link *letter)
{
	pthread_mutex_lock(&m->lock);
	queue_remove(&m->letters, letter);
	pthread_mutex_unlock(&m->lock);
}
