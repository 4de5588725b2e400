/* remark.c - see remark.h. */
#include "gateway/remark.h"

#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { REMARK_REASON_BYTES = 200 };

static pthread_mutex_t remarks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct remark *remarks;

static struct remark *remark_find(const char *application)
{
	struct remark *r = remarks;

	while (r != NULL && strcmp(r->application, application) != 0)
		r = r->next;
	return r;
}

static struct remark *remark_add(const char *application)
{
	struct remark *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->application = strdup(application)) == NULL) {
		free(r);
		return NULL;
	}
	r->next = remarks;
	remarks = r;
	return r;
}

struct remark *remark_of(const char *application)
{
	struct remark *r;

	pthread_mutex_lock(&remarks_lock);
	r = remark_find(application);
	if (r == NULL)
		r = remark_add(application);
	pthread_mutex_unlock(&remarks_lock);
	return r;
}

void remark_first_response(struct remark *r, bool used, bool strange)
{
	if (used)
		atomic_store(&r->used, true);
	if (used || atomic_load_explicit(&r->responses, memory_order_relaxed) >= REMARK_RESPONSES)
		return;
	if (atomic_fetch_add(&r->responses, 1) + 1 == REMARK_RESPONSES && strange)
		log_info(
			"",
			"0 of %d responses of application %s used a session; did you mean adapter: "
			"php?",
			REMARK_RESPONSES, r->application);
}

bool remark_adapter(struct remark *r, const char *who, struct slice said)
{
	char what[96];

	if (!slice_starts(said, SLICE("bypassed ")))
		return false;
	atomic_store(&r->bypassed_ms, clock_mono_ms());
	if (atomic_exchange(&r->bypassed, true))
		return true;
	said = slice_after(said, SLICE("bypassed ").len);
	if (said.len > REMARK_REASON_BYTES)
		said.len = REMARK_REASON_BYTES;
	snprintf(what, sizeof(what), "sessions of %s do not go through the gateway",
		 r->application);
	log_bytes(LOG_WARN, who, what, said);
	return true;
}

/* --- PHP without its adapter --- */

static bool remark_mentions(struct slice bytes, const char *text)
{
	return memmem(bytes.ptr, bytes.len, text, strlen(text)) != NULL;
}

static const char *remark_why_unloaded(struct slice bytes)
{
	if (remark_mentions(bytes, "open_basedir restriction"))
		return "open_basedir excludes it: add its folder there";
	if (remark_mentions(bytes, "Permission denied"))
		return "its user may not read it: it, and all folders above, must be readable for everybody";
	return "it is not there for PHP: in a container, a chroot or on another machine adapter: {php: "
	       "{file: …}} says where it is";
}

void remark_complaint(struct remark *r, struct slice bytes)
{
	if (!remark_mentions(bytes, "Failed opening required") ||
	    !remark_mentions(bytes, "sessiongate.php"))
		return;
	atomic_store(&r->unloaded_ms, clock_mono_ms());
	if (atomic_exchange(&r->unloaded, true))
		return;
	log_error(
		"",
		"PHP cannot load the adapter of application %s, so its requests fail: %s (docs/php.md)",
		r->application, remark_why_unloaded(bytes));
}
