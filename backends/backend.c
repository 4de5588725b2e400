/* backend.c - see backend.h: finds the kind of store that a URL speaks of. */
#include "backends/backend.h"

#include "backends/kind.h"

const struct store_end store_ends[] = {
	[STORE_CAUSE_NONE] = { .cause = STORE_CAUSE_NONE },
	[STORE_CAUSE_EXPIRED] = { .cause = STORE_CAUSE_EXPIRED },
	[STORE_CAUSE_LOGOUT] = { .cause = STORE_CAUSE_LOGOUT },
	[STORE_CAUSE_EVICTED] = { .cause = STORE_CAUSE_EVICTED },
	[STORE_CAUSE_REVOKED] = { .cause = STORE_CAUSE_REVOKED },
	[STORE_CAUSE_BLOCKED] = { .cause = STORE_CAUSE_BLOCKED },
};

const char *store_status_text(enum store_status status)
{
	static const char *const texts[] = {
#define STORE_STATUS_TEXT(name, text) text,
		STORE_STATUSES(STORE_STATUS_TEXT)
#undef STORE_STATUS_TEXT
	};

	return texts[status];
}

static const struct backend_kind *backend_kind_of(struct slice url)
{
	const struct backend_kind *const *kind = backend_kinds;

	while (*kind != NULL && !slice_starts(url, slice_from((*kind)->scheme)))
		kind++;
	return *kind;
}

bool backend_knows(struct slice url, const char **reason)
{
	const struct backend_kind *kind = backend_kind_of(url);

	if (kind == NULL) {
		*reason = "unknown kind of store; there are: memory: redis:";
		return false;
	}
	return kind->knows(url, reason);
}

int backend_open(const struct backend_settings *settings, struct backend **out)
{
	const char *reason;

	if (!backend_knows(settings->url, &reason))
		return SG_EFORMAT;
	return backend_kind_of(settings->url)->open(settings, out);
}

void backend_close(struct backend **backend)
{
	struct backend *b = *backend;

	*backend = NULL;
	if (b != NULL)
		b->kind->close(b);
}

int backend_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	return backend->kind->connect(backend, loop, out);
}

const struct event_counts *backend_counts(const struct backend *backend)
{
	return backend->counts;
}

bool backend_is_shared(const struct backend *backend)
{
	return backend->shared;
}
