/* expose.c - a session spelled as params. */
#include "gateway/expose.h"

#include "base/base64url.h"
#include "base/decimal.h"
#include "base/percent.h"
#include "gateway/php_array.h"
#include "gateway/session_json.h"
#include "session/value.h"

enum {
	EXPOSED_NAME_CHARS = 64,     /* of an attribute in the form "each" */
	EXPOSED_VALUE_BYTES = 60000, /* a pair must fit one FastCGI record, for PHP's sake */
	/* Of so many it costs next to nothing to be there in both forms, for who looks at the object. The adapter knows
	 * that number as well (Visit.php). */
	EXPOSED_TWICE_BYTES = 1024,
	MS = 1000, /* in a second */
};

static int expose_put(struct params *p, struct slice name, struct slice value)
{
	return params_write(p, SLICE(""), name, value);
}

static int expose_number(struct params *p, struct slice name, int64_t number)
{
	char text[DECIMAL_BYTES];

	return expose_put(p, name, decimal_text(number, text));
}

static int expose_seconds(struct params *p, struct slice name, int64_t ms)
{
	return expose_number(p, name, ms / MS);
}

static int expose_csrf(struct params *p, const struct session *session)
{
	char text[BASE64URL_CHARS(SESSION_CSRF_BYTES)];

	base64url_encode(session->csrf, SESSION_CSRF_BYTES, text);
	return expose_put(p, SLICE("SESSION_CSRF"), slice_of(text, sizeof(text)));
}

static int expose_none(struct params *p, enum expose_reason reason, struct slice next_id)
{
	static const char *const reasons[] = {
		[REASON_MALFORMED] = "malformed",
		[REASON_UNKNOWN] = "unknown",
		[REASON_EXPIRED] = "expired",
		[REASON_UNAVAILABLE] = "unavailable",
	};
	int rc = expose_put(p, SLICE("SESSION_STATE"), SLICE("none"));

	if (rc == 0 && reason != REASON_NONE)
		rc = expose_put(p, SLICE("SESSION_REASON"), slice_from(reasons[reason]));
	if (rc == 0 && next_id.len > 0)
		rc = expose_put(p, SLICE("SESSION_NEXT_ID"), next_id);
	return rc;
}

static int expose_user(struct params *p, const struct session *session)
{
	int rc;

	if (!session_authenticated(session))
		return expose_put(p, SLICE("SESSION_STATE"), SLICE("anonymous"));
	if ((rc = expose_put(p, SLICE("SESSION_STATE"), SLICE("authenticated"))) != 0 ||
	    (rc = expose_put(p, SLICE("SESSION_USER"), session->user)) != 0)
		return rc;
	return expose_seconds(p, SLICE("SESSION_LOGIN"), session->login_ms);
}

static int expose_id(struct params *p, const struct session *s)
{
	return expose_put(p, SLICE("SESSION_ID"), slice_of(s->id, TOKEN_ID_CHARS));
}

static int expose_record(struct params *p, const struct session *s)
{
	int rc;

	if ((rc = expose_user(p, s)) != 0 || (rc = expose_id(p, s)) != 0 ||
	    (rc = expose_seconds(p, SLICE("SESSION_CREATED"), s->created_ms)) != 0 ||
	    (rc = expose_seconds(p, SLICE("SESSION_LAST_SEEN"), s->seen_ms)) != 0 ||
	    (rc = expose_seconds(p, SLICE("SESSION_EXPIRES"), s->expires_ms)) != 0 ||
	    (rc = expose_seconds(p, SLICE("SESSION_IDLE_TIMEOUT"), s->idle_ms)) != 0 ||
	    (rc = expose_number(p, SLICE("SESSION_VERSION"), (int64_t)s->version)) != 0)
		return rc;
	return expose_csrf(p, s);
}

/* The attributes on their way into the params. */
struct exposing {
	struct params *p;
	const struct session *session;
	struct buffer omitted; /* names whose values are not there */
	bool php;              /* the whole is there as PHP reads it */
	bool tells;            /* for others than the adapter as well */
};

/* Does the application look at more than what its adapter makes of the session? */
static bool expose_tells(const struct config_route *route)
{
	const struct config_application *app = route->application;

	return app == NULL || app->adapter.kind == ADAPTER_NONE || app->adapter.params;
}

/* keep: as percent_encode() */
static int expose_list(struct exposing *e, struct slice name, const char *keep)
{
	int rc;

	/* the list has to fit a record itself: as many as it holds */
	if (buffer_len(&e->omitted) + sizeof(",") + 3 * name.len > EXPOSED_VALUE_BYTES)
		return 0;
	rc = buffer_len(&e->omitted) > 0 ? buffer_append(&e->omitted, ",", 1) : 0;
	return rc == 0 ? percent_encode(&e->omitted, name, keep) : rc;
}

static int expose_omit(struct exposing *e, struct slice name)
{
	return expose_list(e, name, "");
}

/* By a name that none of the attributes is listed by. */
static int expose_omit_object(struct exposing *e)
{
	return expose_list(e, SLICE("*"), "*");
}

bool expose_is_name(struct slice name)
{
	return name.len > 0 && name.len <= EXPOSED_NAME_CHARS && base64url_is_text(name) &&
	       memchr(name.ptr, '-', name.len) == NULL;
}

int expose_text(struct arena *arena, struct slice value, struct slice *out)
{
	char *text;

	*out = value;
	if (!value_is_string(value))
		return 0;
	if (memchr(value.ptr, '\\', value.len) == NULL) {
		*out = slice_of(value.ptr + 1, value.len - 2);
		return 0;
	}
	if ((text = arena_room(arena, value.len)) == NULL)
		return SG_ENOMEM;
	*out = slice_of(text, value_unquote(value, text));
	return 0;
}

static int expose_shown(struct exposing *e, struct slice name, struct slice value)
{
	return params_write(e->p, SLICE("SESSION_ATTR_"), name, value);
}

static int expose_attribute(struct exposing *e, const struct attribute *attribute)
{
	struct slice value = attribute->value;
	int rc;

	if (attribute->plain && attribute->name.len <= EXPOSED_NAME_CHARS &&
	    value.len <= EXPOSED_VALUE_BYTES)
		return expose_shown(e, attribute->name, slice_of(value.ptr + 1, value.len - 2));
	if (value.len <= EXPOSED_VALUE_BYTES && !expose_is_name(attribute->name))
		return 0;
	if ((rc = expose_text(e->p->arena, attribute->value, &value)) != 0)
		return rc;
	if (value.len > EXPOSED_VALUE_BYTES)
		return expose_omit(e,
				   attribute->name); /* whatever its name: the session API has it */
	if (!expose_is_name(attribute->name) || slice_has_control(value))
		return 0;
	return expose_shown(e, attribute->name, value);
}

static int expose_each(struct exposing *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < e->session->attribute_count; i++)
		rc = expose_attribute(e, &e->session->attributes[i]);
	return rc;
}

static int expose_object(struct exposing *e)
{
	struct buffer json = { 0 };
	int rc;

	/* Not built at all where it cannot fit. */
	if (e->session->attribute_bytes > EXPOSED_VALUE_BYTES)
		return expose_omit_object(e);
	if ((rc = session_json_attributes(e->session, &json)) == 0)
		rc = buffer_len(&json) > EXPOSED_VALUE_BYTES
			     ? expose_omit_object(e)
			     : expose_put(e->p, SLICE("SESSION_ATTRIBUTES"), buffer_content(&json));
	buffer_fini(&json);
	return rc;
}

/* As the object, and only where PHP would make the same of it. */
static int expose_php(struct exposing *e)
{
	struct slice array;
	int rc;

	if (!php_array_write(e->session, EXPOSED_VALUE_BYTES, e->p->arena, &array))
		return 0;
	rc = params_add_new(e->p, SLICE("SESSION_PHP"), array);
	e->php = rc == 0;
	return rc;
}

/* Is one form enough? An adapter that knows no other finds the object by the session API. */
static bool expose_php_alone(const struct exposing *e, unsigned forms)
{
	return e->php && forms & EXPOSE_PHP_ALONE &&
	       e->session->attribute_bytes > EXPOSED_TWICE_BYTES;
}

/* That the object is not there is of interest to whoever looks for it. */
static int expose_nothing_but_php(struct exposing *e)
{
	return e->tells ? expose_omit_object(e) : 0;
}

static int expose_attributes(struct params *p, unsigned forms, bool reads_php, bool tells,
			     const struct session *session)
{
	struct exposing e = { .p = p, .session = session, .tells = tells };
	int rc = 0;

	if (forms & EXPOSE_EACH)
		rc = expose_each(&e);
	if (rc == 0 && forms & EXPOSE_PHP)
		rc = expose_php(&e);
	if (rc == 0 && forms & EXPOSE_OBJECT)
		rc = reads_php && expose_php_alone(&e, forms) ? expose_nothing_but_php(&e)
							      : expose_object(&e);
	if (rc == 0 && buffer_len(&e.omitted) > 0)
		rc = expose_put(p, SLICE("SESSION_OMITTED"), buffer_content(&e.omitted));
	buffer_fini(&e.omitted);
	return rc;
}

int expose_session(struct params *p, const struct config_route *route, bool reads_php,
		   const struct session *session, enum expose_reason reason, struct slice next_id)
{
	bool tells;
	int rc;

	if (session == NULL)
		return expose_none(p, reason, next_id);
	tells = expose_tells(route);
	if ((rc = tells ? expose_record(p, session) : expose_id(p, session)) != 0)
		return rc;
	return expose_attributes(p, route->expose, reads_php, tells, session);
}

int expose_session_api(struct params *p, const char *socket, struct slice ticket)
{
	int rc = expose_put(p, SLICE("SESSION_SOCKET"), slice_from(socket));

	return rc == 0 ? expose_put(p, SLICE("SESSION_TICKET"), ticket) : rc;
}

int expose_remote_user(struct params *p, const struct config_route *route,
		       const struct session *session)
{
	bool known = session != NULL && session_authenticated(session);
	struct slice user;

	if (route->remote_user == REMOTE_USER_PASS ||
	    (route->remote_user == REMOTE_USER_PREFER_SESSION && !known))
		return 0;
	params_remove_respelled(p, param_known_name(PARAM_REMOTE_USER), NULL);
	if (route->remote_user == REMOTE_USER_DROP || !known) {
		params_remove_known(p, PARAM_REMOTE_USER);
		return 0;
	}
	/* a call of the session API leaves the request with another record, and the params may be given once more */
	user = arena_copy(p->arena, session->user);
	return user.ptr == NULL ? SG_ENOMEM : params_set_known(p, PARAM_REMOTE_USER, user);
}
