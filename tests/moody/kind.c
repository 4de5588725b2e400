/* kind.c - see kind.h. */
#include "tests/moody/kind.h"

#include "backends/memory.h"
#include "tests/moody/control.h"
#include "tests/moody/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOODY_URL_BYTES = 200 };

struct moody {
	struct backend backend;
	struct backend *behind;
	struct moods moods;
	struct control *control;
};

/* What a URL says; false: it cannot be read. */
static bool moody_parse(struct slice url, enum mood_name *mood, char path[MOODY_URL_BYTES])
{
	char text[MOODY_URL_BYTES];
	char *colon;

	url = slice_after(url, strlen(moody_kind.scheme));
	if (url.len >= sizeof(text))
		return false;
	memcpy(text, url.ptr, url.len);
	text[url.len] = '\0';
	colon = strchr(text, ':');
	*mood = MOOD_FINE;
	if (colon != NULL) {
		*colon = '\0';
		if (!moods_name(text, mood))
			return false;
	}
	strcpy(path, colon != NULL ? colon + 1 : text);
	return path[0] == '/';
}

static bool moody_knows(struct slice url, const char **reason)
{
	char path[MOODY_URL_BYTES];
	enum mood_name mood;

	if (moody_parse(url, &mood, path))
		return true;
	*reason = "moody:/path of the socket for commands, or moody:MOOD:/path";
	return false;
}

static void moody_close(struct backend *backend)
{
	struct moody *m = (struct moody *)backend;

	control_close(&m->control);
	backend_close(&m->behind);
	moods_fini(&m->moods);
	free(m);
}

static int moody_open(const struct backend_settings *settings, struct backend **out)
{
	const struct backend_settings behind = { .url = SLICE("memory:"), .now = settings->now };
	char path[MOODY_URL_BYTES];
	enum mood_name mood;
	struct moody *m;
	int rc;

	if (!moody_parse(settings->url, &mood, path))
		return SG_EFORMAT;
	m = calloc(1, sizeof(*m));
	assert(m != NULL);
	m->backend.kind = &moody_kind;
	moods_init(&m->moods);
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++)
		moods_tell(&m->moods, (enum moody_kind)i, mood, 0, 0);
	if ((rc = backend_open(&behind, &m->behind)) != 0 ||
	    (rc = control_open(path, &m->moods, m->behind, &m->control)) != 0)
		moody_close(&m->backend);
	else {
		m->backend.counts = backend_counts(m->behind);
		*out = &m->backend;
	}
	return rc;
}

static int moody_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	struct moody *m = (struct moody *)backend;
	struct store *behind;
	int rc = backend_connect(m->behind, loop, &behind);

	if (rc == 0)
		*out = moody_store_open(behind, loop, &m->moods);
	return rc;
}

const struct backend_kind moody_kind = {
	.scheme = "moody:",
	.knows = moody_knows,
	.open = moody_open,
	.close = moody_close,
	.connect = moody_connect,
};

/* In the place of backends/kinds.c. */
const struct backend_kind *const backend_kinds[] = { &memory_kind, &moody_kind, NULL };
