/* observer.c - see observer.h. */
#include "gateway/observer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "gateway/observation_text.h"
#include "gateway/own_cookie.h"
#include "gateway/request.h"
#include "gateway/testimony.h"

#include <openssl/hmac.h>
#include <pthread.h>
#include <stdlib.h>

enum { OBSERVER_SALT_BYTES = 32 };

struct observer {
	pthread_mutex_t lock;
	uint8_t salt[OBSERVER_SALT_BYTES];
	struct queue
		applications; /* struct observed_application, in the order in which they were met */
};

int observer_new(struct observer **out)
{
	struct observer *o = calloc(1, sizeof(*o));
	int rc;

	if (o == NULL)
		return SG_ENOMEM;
	if ((rc = random_bytes(o->salt, sizeof(o->salt))) != 0) {
		free(o);
		return rc;
	}
	pthread_mutex_init(&o->lock, NULL);
	queue_init(&o->applications);
	*out = o;
	return 0;
}

static struct observed_application *observed_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct observed_application, link);
}

void observer_free(struct observer **op)
{
	struct observer *o = *op;
	struct link *l, *next;

	*op = NULL;
	if (o == NULL)
		return;
	for (l = o->applications.first; l != NULL; l = next) {
		struct observed_application *a = observed_of_link(l);

		next = l->next;
		observation_free(&a->seen);
		free(a->name);
		free(a);
	}
	pthread_mutex_destroy(&o->lock);
	free(o);
}

/* --- applications --- */

static struct observed_application *observer_add(struct observer *o, const char *name)
{
	struct observed_application *a = calloc(1, sizeof(*a));

	if (a != NULL && (a->name = strdup(name)) != NULL && observation_new(&a->seen) == 0) {
		a->since_ms = clock_wall_ms();
		queue_append(&o->applications, &a->link);
		return a;
	}
	if (a != NULL)
		free(a->name);
	free(a);
	return NULL;
}

/* The route's, as it is set now; NULL: no memory, which no request suffers from. */
static struct observed_application *observer_application(struct observer *o,
							 const struct config_route *route)
{
	struct observed_application *a = NULL;
	struct link *l;

	for (l = o->applications.first; l != NULL && a == NULL; l = l->next)
		if (strcmp(observed_of_link(l)->name, route->application->name) == 0)
			a = observed_of_link(l);
	if (a == NULL)
		a = observer_add(o, route->application->name);
	if (a != NULL)
		a->limits = route->realm->limits;
	return a;
}

/* --- what cookies tell --- */

/* 0 is nobody. */
static uint64_t observer_hash(const struct observer *o, struct slice id)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	uint64_t hash;

	if (id.len == 0)
		return 0;
	HMAC(EVP_sha256(), o->salt, sizeof(o->salt), (const uint8_t *)id.ptr, id.len, digest, NULL);
	memcpy(&hash, digest, sizeof(hash));
	return hash != 0 ? hash : 1;
}

/* What the configuration says that the session's cookie is named; empty: nothing. */
static struct slice observer_preferred(const struct config_route *route)
{
	const struct config_adapter *adapter = &route->application->adapter;

	return adapter->kind != ADAPTER_NONE ? slice_from(adapter->cookie) : SLICE("");
}

static void observer_see_answer(const struct observer *o, const struct head *head,
				struct slice preferred, struct observed_visit *visit)
{
	for (size_t i = 0; i < head->count; i++) {
		struct own_cookie cookie;
		bool cleared, http_only;

		if (!slice_equal_nocase(head->fields[i].name, SLICE("Set-Cookie")) ||
		    !own_cookie_read(head->fields[i].value, &cookie, &cleared, &http_only))
			continue;
		if (visit->cookie.len > 0 ? slice_equal(cookie.name, visit->cookie)
					  : slice_equal(cookie.name, preferred) ||
						    own_cookie_is_session(cookie.name)) {
			visit->cookie = cookie.name;
			visit->cleared = cleared;
			visit->given = cleared ? 0 : observer_hash(o, cookie.value);
		} else if (http_only && !cleared && !own_cookie_is_session(cookie.name)) {
			visit->other_cookie = cookie.name;
		}
	}
}

void observer_visit(struct observer *o, const struct request *r)
{
	struct observed_visit visit = {
		.began_us = r->times.begun_us,
		.ended_us = r->times.state_since_us,
	};
	struct slice preferred = observer_preferred(r->route);
	struct own_cookie cookie =
		own_cookie_find(params_known(&r->params, PARAM_HTTP_COOKIE), preferred);
	struct observed_application *a;

	visit.cookie = cookie.name;
	visit.session = observer_hash(o, cookie.value);
	visit.reports = r->ticket != NULL;
	observer_see_answer(o, &r->response.head, preferred, &visit);
	pthread_mutex_lock(&o->lock);
	a = observer_application(o, r->route);
	if (a != NULL)
		observation_visit(a->seen, &visit);
	pthread_mutex_unlock(&o->lock);
}

/* --- what adapters tell --- */

/* The first finding of each kind is worth a line. */
static void observer_log_news(const struct observed_application *a, unsigned news, uint64_t keys)
{
	struct buffer names = { 0 };

	if (news & OBSERVED_LATE)
		log_info("",
			 "application %s changes its session after the header of its answer, which "
			 "takes the session API",
			 a->name);
	if ((news & OBSERVED_CONFLICT) == 0)
		return;
	if (observation_text_keys(a->seen, keys, &names) == 0)
		log_info(
			"",
			"application %s: session keys changed by parallel requests: %.*s: consider "
			"lock: exclusive",
			a->name, SLICE_ARGS(buffer_content(&names)));
	buffer_fini(&names);
}

static void observer_count(struct observer *o, const struct config_route *route,
			   const struct observed_use *use)
{
	struct observed_application *a;
	uint64_t keys = 0;
	unsigned news;

	pthread_mutex_lock(&o->lock);
	a = observer_application(o, route);
	news = a != NULL ? observation_use(a->seen, use, &keys) : 0;
	if (news != 0)
		observer_log_news(a, news, keys);
	pthread_mutex_unlock(&o->lock);
}

int observer_hear(struct observer *o, const struct config_route *route, struct slice json,
		  int64_t began_us, int64_t now_us)
{
	struct arena arena = { 0 };
	struct testimony t;
	int rc = testimony_read(json, &arena, &t);

	if (rc == 0) {
		t.use.session = observer_hash(o, t.session);
		t.use.from = observer_hash(o, t.from);
		t.use.began_us = began_us >= 0 ? began_us : now_us - t.took_us;
		t.use.ended_us = now_us;
		observer_count(o, route, &t.use);
	}
	arena_fini(&arena); /* ids were in it */
	return rc;
}

/* --- the report --- */

void observer_log_totals(struct observer *o)
{
	struct link *l;

	pthread_mutex_lock(&o->lock);
	for (l = o->applications.first; l != NULL; l = l->next)
		observation_text_log(observed_of_link(l));
	pthread_mutex_unlock(&o->lock);
}

int observer_print(struct observer *o, struct buffer *out)
{
	struct link *l;
	int rc = observation_text_head(out);

	pthread_mutex_lock(&o->lock);
	for (l = o->applications.first; rc == 0 && l != NULL; l = l->next)
		rc = observation_text_row(observed_of_link(l), out);
	for (l = o->applications.first; rc == 0 && l != NULL; l = l->next)
		rc = observation_text_details(observed_of_link(l), out);
	pthread_mutex_unlock(&o->lock);
	return rc;
}
