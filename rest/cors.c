/* cors.c - see cors.h. */
#include "rest/cors.h"

#include "rest/call_answer.h"

bool cors_admit(struct call *c)
{
	const struct settings *s = c->settings;

	for (size_t i = 0; c->head.origin.ptr != NULL && i < s->cors_origin_count; i++) {
		if (!slice_equal(c->head.origin, s->cors_origins[i]))
			continue;
		call_add_field(c, "Access-Control-Allow-Origin", "%.*s",
			       SLICE_ARGS(c->head.origin));
		call_add_field(c, "Access-Control-Expose-Headers",
			       "ETag, Link, Retry-After, WWW-Authenticate, X-Request-Id");
		call_add_field(c, "Vary", "Origin");
		return true;
	}
	return false;
}

void cors_answer_preflight(struct call *c, const char *methods)
{
	call_add_field(c, "Access-Control-Allow-Methods", "%s", methods);
	call_add_field(
		c, "Access-Control-Allow-Headers",
		"Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, X-Request-Id");
	call_add_field(c, "Access-Control-Max-Age", "600");
	call_answer_empty(c, 204);
}

bool cors_is_origin(struct slice text)
{
	struct slice https = SLICE("https://"), http = SLICE("http://");
	bool secure = slice_starts(text, https);

	if (!secure && !slice_starts(text, http))
		return false;
	text = slice_after(text, secure ? https.len : http.len);
	for (size_t i = 0; i < text.len; i++) {
		char ch = text.ptr[i];

		if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') &&
		    strchr(".-:[]", ch) == NULL)
			return false;
	}
	return text.len > 0;
}
