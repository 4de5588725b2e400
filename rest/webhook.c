/* webhook.c - see webhook.h. */
#include "rest/webhook.h"

#include "base/clock.h"
#include "base/log.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	WEBHOOK_SIGNATURE_BYTES = 128,
	WEBHOOK_SECOND_MS = 1000,
	WEBHOOK_CLOCKS_MS = 2000 /* that a store's may be behind ours */
};

/* One event on its way to one server. */
struct delivery {
	struct link link; /* of its hook's queue */
	int64_t due_ms;   /* monotonic */
	int64_t pause_ms; /* before the next try */
	int64_t give_up_ms;
	size_t bytes;
	char body[];
};

/* One server. */
struct webhook {
	struct link link; /* of webhooks->hooks */
	struct webhooks *all;
	char *url, *secret;
	unsigned types; /* bits by enum event_type */
	struct queue queue;
	size_t count;
	CURL *curl;
	struct curl_slist *fields;
	struct delivery *sending; /* NULL: none */
	bool failing;             /* it was told */
};

struct webhooks {
	struct desk *desk;
	CURLM *multi;
	struct event *timer;
	struct link *hooks;
	struct webhook_counts counts;
	bool finishing; /* nothing is tried twice any more */
	uint64_t lost;  /* of those given up: since then */
	int64_t since_ms; /* what a shared store still has from before was posted by an earlier process */
};

/* --- one server --- */

static void webhook_drop(struct webhook *h, struct delivery *d)
{
	queue_remove(&h->queue, &d->link);
	h->count--;
	free(d);
}

static void webhook_give_up(struct webhook *h, struct delivery *d)
{
	h->all->counts.given_up++;
	h->all->lost += h->all->finishing;
	webhook_drop(h, d);
}

static void webhook_give_up_all(struct webhook *h)
{
	while (h->queue.first != NULL)
		webhook_give_up(h, CONTAINER_OF(h->queue.first, struct delivery, link));
}

static void webhook_stop(struct webhook *h)
{
	if (h->sending != NULL)
		curl_multi_remove_handle(h->all->multi, h->curl);
	h->sending = NULL;
	curl_slist_free_all(h->fields);
	h->fields = NULL;
}

static void webhook_free(struct webhook *h)
{
	webhook_stop(h);
	webhook_give_up_all(h);
	link_remove(&h->link);
	if (h->curl != NULL)
		curl_easy_cleanup(h->curl);
	free(h->url);
	free(h->secret);
	free(h);
}

/* What they answer is nobody's. */
static size_t webhook_on_answer(const char *bytes, size_t size, size_t count, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return size * count;
}

/* NULL: no memory. */
static struct webhook *webhook_new(struct webhooks *w, const struct settings_webhook *s)
{
	struct webhook *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	queue_init(&h->queue);
	h->all = w;
	h->url = strdup(s->url);
	h->secret = strdup(s->secret);
	h->types = s->types;
	h->curl = curl_easy_init();
	if (h->url != NULL && h->secret != NULL && h->curl != NULL)
		return h;
	webhook_free(h);
	return NULL;
}

/* --- sending --- */

/* "Sessiongate-Signature: t=<unix>,v1=<hex HMAC-SHA256 of "t.body">" */
static bool webhook_sign(const struct webhook *h, const struct delivery *d,
			 char out[WEBHOOK_SIGNATURE_BYTES])
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	struct buffer text = { 0 };
	unsigned mac_bytes = 0;
	int64_t now_s = clock_wall_ms() / WEBHOOK_SECOND_MS;
	size_t len;
	bool signed_it = buffer_printf(&text, "%" PRId64 ".", now_s) == 0 &&
			 buffer_append(&text, d->body, d->bytes) == 0 &&
			 HMAC(EVP_sha256(), h->secret, (int)strlen(h->secret),
			      (const uint8_t *)text.data + text.head, buffer_len(&text), mac,
			      &mac_bytes) != NULL;

	buffer_fini(&text);
	if (!signed_it)
		return false;
	len = (size_t)snprintf(out, WEBHOOK_SIGNATURE_BYTES,
			       "Sessiongate-Signature: t=%" PRId64 ",v1=", now_s);
	for (unsigned i = 0; i < mac_bytes; i++)
		len += (size_t)snprintf(out + len, WEBHOOK_SIGNATURE_BYTES - len, "%02x", mac[i]);
	return true;
}

static bool webhook_add_field(struct webhook *h, const char *field)
{
	struct curl_slist *fields = curl_slist_append(h->fields, field);

	if (fields != NULL)
		h->fields = fields;
	return fields != NULL;
}

/* False: no memory. */
static bool webhook_prepare(struct webhook *h, const struct delivery *d)
{
	char signature[WEBHOOK_SIGNATURE_BYTES];
	CURL *c = h->curl;

	return webhook_sign(h, d, signature) && webhook_add_field(h, signature) &&
	       webhook_add_field(h, "Content-Type: application/json") &&
	       webhook_add_field(h, "Expect:") &&
	       curl_easy_setopt(c, CURLOPT_URL, h->url) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->fields) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)d->bytes) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_POSTFIELDS, (const char *)d->body) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "sessiongate") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)WEBHOOK_TRY_MS) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, webhook_on_answer) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PRIVATE, h) == CURLE_OK;
}

/* It is tried again later, or not any more. */
static void webhook_put_back(struct webhook *h, struct delivery *d)
{
	int64_t now_ms = clock_mono_ms();

	h->all->counts.failed++;
	if (h->all->finishing || now_ms >= d->give_up_ms) {
		webhook_give_up(h, d);
		return;
	}
	d->due_ms = now_ms + d->pause_ms;
	d->pause_ms = 2 * d->pause_ms < WEBHOOK_LONGEST_PAUSE_MS ? 2 * d->pause_ms
								 : WEBHOOK_LONGEST_PAUSE_MS;
}

static struct delivery *webhook_next(const struct webhook *h, int64_t now_ms)
{
	for (struct link *l = h->queue.first; l != NULL; l = l->next) {
		struct delivery *d = CONTAINER_OF(l, struct delivery, link);

		if (d->due_ms <= now_ms)
			return d;
	}
	return NULL;
}

static void webhook_go_on(struct webhook *h)
{
	struct delivery *d = h->sending == NULL ? webhook_next(h, clock_mono_ms()) : NULL;

	if (d == NULL)
		return;
	if (webhook_prepare(h, d) && curl_multi_add_handle(h->all->multi, h->curl) == CURLM_OK) {
		h->sending = d;
		return;
	}
	curl_slist_free_all(h->fields);
	h->fields = NULL;
	webhook_put_back(h, d);
}

static void webhook_note(struct webhook *h, bool failed, const char *why)
{
	if (failed && !h->failing)
		log_warn("", "admin.webhooks: not delivered, tried again: %s", why);
	else if (!failed && h->failing)
		log_info("", "admin.webhooks: delivered again");
	h->failing = failed;
}

static void webhook_sent(struct webhook *h, CURLcode code)
{
	struct delivery *d = h->sending;
	char why[32];
	long status = 0;

	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	webhook_stop(h);
	snprintf(why, sizeof(why), "answered %ld", status);
	if (code == CURLE_OK && status >= 200 && status < 300) {
		h->all->counts.delivered++;
		webhook_drop(h, d);
		webhook_note(h, false, "");
	} else {
		webhook_put_back(h, d);
		webhook_note(h, true, code != CURLE_OK ? curl_easy_strerror(code) : why);
		if (h->all->finishing && code != CURLE_OK) /* who is not there will not be */
			webhook_give_up_all(h);
	}
	webhook_go_on(h);
}

/* --- libcurl in the loop --- */

static void webhooks_look(struct webhooks *w)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(w->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *hook = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &hook);
		webhook_sent((struct webhook *)(void *)hook, code);
	}
}

static void webhooks_on_socket(evutil_socket_t fd, short what, void *ctx)
{
	struct webhooks *w = ctx;
	int flags = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		    ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0),
	    running;

	curl_multi_socket_action(w->multi, fd, flags, &running);
	webhooks_look(w);
}

static void webhooks_on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct webhooks *w = ctx;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	webhooks_look(w);
}

static int webhooks_on_timeout(CURLM *multi, long ms, void *ctx)
{
	const struct timeval time = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct webhooks *w = ctx;

	(void)multi;
	if (ms < 0)
		event_del(w->timer);
	else if (event_add(w->timer, &time) != 0)
		return -1;
	return 0;
}

/* event: of this socket, as it was assigned before; NULL: it is new. */
static int webhooks_on_watch(CURL *curl, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct webhooks *w = ctx;
	struct event *event = assigned;
	short wanted = (short)(((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
			       ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0) | EV_PERSIST);

	(void)curl;
	if (event != NULL)
		event_free(event);
	event = what == CURL_POLL_REMOVE
			? NULL
			: event_new(w->desk->loop, fd, wanted, webhooks_on_socket, w);
	curl_multi_assign(w->multi, fd, event);
	if (what == CURL_POLL_REMOVE)
		return 0;
	return event != NULL && event_add(event, NULL) == 0 ? 0 : -1;
}

/* --- all of them --- */

static struct webhook *webhook_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct webhook, link);
}

static void webhook_queue(struct webhook *h, struct slice json)
{
	struct delivery *d = calloc(1, sizeof(*d) + json.len);
	struct link *oldest = h->queue.first;
	int64_t now_ms = clock_mono_ms();

	if (d == NULL) {
		h->all->counts.given_up++;
		return;
	}
	if (h->count >= WEBHOOK_QUEUE) {
		if (h->sending != NULL && oldest == &h->sending->link)
			oldest = oldest->next;
		h->all->counts.given_up++;
		webhook_drop(h, CONTAINER_OF(oldest, struct delivery, link));
	}
	d->due_ms = now_ms;
	d->pause_ms = WEBHOOK_PAUSE_MS;
	d->give_up_ms = now_ms + WEBHOOK_GIVE_UP_MS;
	d->bytes = json.len;
	memcpy(d->body, json.ptr, json.len);
	queue_append(&h->queue, &d->link);
	h->count++;
	webhook_go_on(h);
}

void webhooks_tell(struct webhooks *w, const struct news_item *item, struct slice json)
{
	const char *node = w->desk->terms->terms.settings->node;

	if (item->at_ms < w->since_ms ||
	    (item->node.len > 0 && !slice_equal(item->node, slice_from(node))))
		return;
	for (struct link *l = w->hooks; l != NULL; l = l->next) {
		struct webhook *h = webhook_of_link(l);

		if (h->types == 0 || (h->types & 1u << item->type) != 0)
			webhook_queue(h, json);
	}
}

void webhooks_tick(struct webhooks *w)
{
	for (struct link *l = w->hooks; l != NULL; l = l->next)
		webhook_go_on(webhook_of_link(l));
}

/* A pause ends, for whoever is in one. */
static void webhook_finish(struct webhook *h)
{
	for (struct link *l = h->queue.first; l != NULL; l = l->next)
		CONTAINER_OF(l, struct delivery, link)->due_ms = 0;
	webhook_go_on(h);
}

void webhooks_finish(struct webhooks *w)
{
	w->finishing = true;
	for (struct link *l = w->hooks; l != NULL; l = l->next)
		webhook_finish(webhook_of_link(l));
}

bool webhooks_idle(const struct webhooks *w)
{
	for (struct link *l = w->hooks; l != NULL; l = l->next)
		if (webhook_of_link(l)->count > 0)
			return false;
	return true;
}

static struct webhook *webhooks_find(struct link *hooks, const char *url)
{
	for (struct link *l = hooks; l != NULL; l = l->next)
		if (strcmp(webhook_of_link(l)->url, url) == 0)
			return webhook_of_link(l);
	return NULL;
}

/* What waits there goes on from here. */
static void webhook_inherit(struct webhook *h, struct webhook *old)
{
	webhook_stop(old);
	queue_move(&old->queue, &h->queue);
	h->count = old->count;
	old->count = 0;
}

static void webhooks_free_all(struct link *hooks)
{
	for (struct link *next; hooks != NULL; hooks = next) {
		next = hooks->next;
		webhook_free(webhook_of_link(hooks));
	}
}

int webhooks_reload(struct webhooks *w)
{
	const struct settings *s = w->desk->terms->terms.settings;
	struct link *before = w->hooks;
	int rc = 0;

	w->hooks = NULL;
	if (before != NULL)
		before->slot = &before;
	for (size_t i = 0; i < s->webhook_count; i++) {
		struct webhook *h = webhook_new(w, &s->webhooks[i]), *old;

		if (h == NULL) {
			rc = SG_ENOMEM;
			continue;
		}
		link_push(&w->hooks, &h->link);
		old = webhooks_find(before, h->url);
		if (old != NULL)
			webhook_inherit(h, old);
	}
	webhooks_free_all(before);
	webhooks_tick(w);
	return rc;
}

struct webhook_counts webhooks_counts(const struct webhooks *w)
{
	return w->counts;
}

static bool webhooks_start(struct webhooks *w)
{
	w->timer = evtimer_new(w->desk->loop, webhooks_on_timer, w);
	w->multi = curl_multi_init();
	return w->timer != NULL && w->multi != NULL &&
	       curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, webhooks_on_watch) ==
		       CURLM_OK &&
	       curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w) == CURLM_OK &&
	       curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, webhooks_on_timeout) ==
		       CURLM_OK &&
	       curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w) == CURLM_OK;
}

int webhooks_open(struct desk *d, struct webhooks **out)
{
	struct webhooks *w = calloc(1, sizeof(*w));
	int rc = SG_ENOMEM;

	if (w == NULL)
		return SG_ENOMEM;
	w->desk = d;
	w->since_ms = clock_wall_ms() - WEBHOOK_CLOCKS_MS;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && webhooks_start(w))
		rc = webhooks_reload(w);
	if (rc != 0)
		webhooks_close(&w);
	else
		*out = w;
	return rc;
}

void webhooks_close(struct webhooks **wp)
{
	struct webhooks *w = *wp;

	*wp = NULL;
	if (w == NULL)
		return;
	w->finishing = true;
	webhooks_free_all(w->hooks);
	if (w->lost > 0)
		log_warn("", "admin.webhooks: %" PRIu64 " events are given up: the process ends",
			 w->lost);
	if (w->multi != NULL)
		curl_multi_cleanup(w->multi);
	if (w->timer != NULL)
		event_free(w->timer);
	curl_global_cleanup();
	free(w);
}
