/* list.h - intrusive lists: the links lie in what is listed, so that joining and leaving cost no memory
 * and cannot fail. The slot of a link points to whatever points to it, so that leaving needs no search.
 *
 *	head ──► link ──► link ──► NULL
 *	  ▲────slot┘ ▲────slot┘
 *
 * Owner    what a link lies in; it leaves before that is freed. A zeroed link is in no list.
 * Thread   one at a time. */
#ifndef SG_LIST_H
#define SG_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* What the member lies in. */
#define CONTAINER_OF(member_ptr, type, member) \
	((type *)(void *)((char *)(member_ptr)-offsetof(type, member)))

struct link {
	struct link *next, **slot;
};

static inline bool link_listed(const struct link *l)
{
	return l->slot != NULL;
}

/* To the front. l is in no list. */
static inline void link_push(struct link **head, struct link *l)
{
	l->next = *head;
	if (l->next != NULL)
		l->next->slot = &l->next;
	l->slot = head;
	*head = l;
}

/* In no list: nothing. */
static inline void link_remove(struct link *l)
{
	if (l->slot == NULL)
		return;
	*l->slot = l->next;
	if (l->next != NULL)
		l->next->slot = l->slot;
	l->next = NULL;
	l->slot = NULL;
}

/* A list that also grows at its end. */
struct queue {
	struct link *first, **end; /* end: where the next one is hung in */
};

static inline void queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static inline void queue_append(struct queue *q, struct link *l)
{
	l->next = NULL;
	l->slot = q->end;
	*q->end = l;
	q->end = &l->next;
}

static inline void queue_push(struct queue *q, struct link *l)
{
	if (q->first == NULL)
		q->end = &l->next;
	link_push(&q->first, l);
}

/* l is in q, or in no list. */
static inline void queue_remove(struct queue *q, struct link *l)
{
	if (q->end == &l->next)
		q->end = l->slot;
	link_remove(l);
}

/* All that are in from, which is empty then. to need not be initialized. */
static inline void queue_move(struct queue *from, struct queue *to)
{
	queue_init(to);
	if (from->first == NULL)
		return;
	*to = *from;
	to->first->slot = &to->first;
	queue_init(from);
}

/* The link that was appended last; q is not empty. */
static inline struct link *queue_last(struct queue *q)
{
	return CONTAINER_OF(q->end, struct link, next);
}

#endif
