/* redis_url.c - the URL of a Redis: what is read is within its bounds, and what a log may have of it holds no password.
 * Then the same bytes as what a Cluster's node says, and as a key.
 * Input: the URL. */
#include "backends/redis_url.h"
#include "backends/redis_slot.h"

#include "base/url.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

enum { EFFORT_MS = 1000 };

/* An endpoint reads back as what it was, but for what only a server says. */
static void read_back(const struct redis_endpoint *e)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];
	struct redis_endpoint again;
	const char *reason;

	redis_endpoint_text(e, text);
	if (redis_endpoint_is_unix(e))
		CLAIM(e->host[0] == '/');
	else
		CLAIM(redis_endpoint_read(slice_from(text), 1, &again, &reason) == 0 &&
			      redis_endpoint_equal(e, &again),
		      "%s", text);
}

static void check(const struct redis_url *url)
{
	CLAIM(url->count > 0 && url->count <= REDIS_URL_ENDPOINTS);
	CLAIM(url->deployment != REDIS_ALONE || url->count == 1);
	CLAIM(url->deployment != REDIS_CLUSTER || url->database == 0);
	CLAIM((url->deployment == REDIS_SENTINEL) == (url->master[0] != '\0'));
	CLAIM(url->credentials.user[0] == '\0' || url->credentials.password[0] != '\0');
	for (size_t i = 0; i < url->count; i++)
		read_back(&url->endpoints[i]);
}

/* What is between the first :// and the last @, behind a colon, is gone, and the rest is there in its order. */
static void mask(struct slice text)
{
	struct buffer out = { 0 };
	struct url before, after;

	CLAIM(url_mask(text, &out) == 0);
	if (url_split(text, &before) == 0 && before.has_password) {
		CLAIM(url_split(buffer_content(&out), &after) == 0);
		CLAIM(slice_equal(after.password, SLICE("***")), "%.*s",
		      SLICE_ARGS(buffer_content(&out)));
	}
	buffer_fini(&out);
}

static void redirect(struct slice text)
{
	static const struct redis_endpoint from = { "127.0.0.1", 1 };
	struct redis_redirect r;

	CLAIM(redis_slot_of(text) < REDIS_SLOTS);
	if (redis_redirect_read(text, &from, &r) != 0)
		return;
	CLAIM(r.slot < REDIS_SLOTS && r.to.port != 0 && r.to.host[0] != '\0');
	CLAIM(strlen(r.to.host) < sizeof(r.to.host));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(input_copy(slice_of((const char *)data, size)), size);
	struct effort effort = effort_begin();
	struct redis_url *url = NULL;
	const char *reason = NULL;
	int rc = redis_url_read(text, &url, &reason);

	CLAIM((rc == 0) == (url != NULL) && (rc == 0) == (reason == NULL));
	if (rc == 0)
		check(url);
	redis_url_free(&url);
	mask(text);
	redirect(text);
	free((char *)text.ptr);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
