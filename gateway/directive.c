/* directive.c - X-Session-* fields, read into one wish. */
#include "gateway/directive.h"

#include "backends/backend.h"
#include "base/hex.h"
#include "base/percent.h"
#include "gateway/fold.h"
#include "session/user.h"
#include "session/value.h"

#include <stdio.h>

enum { RAW_TIMES = 4 }; /* so much larger than a session may its directives be, encoded */

#define PREFIX "X-Session-"

struct directive_reading {
	struct arena *arena;
	const struct config_realm *realm;
	struct directives *out;
	unsigned allowed; /* enum config_directive */
	const char *who;  /* what the log says before that something was dropped */
	size_t room;      /* of out->changes */
	const char *cause;
};

static int directive_refuse(struct directive_reading *r, const char *cause)
{
	r->cause = cause;
	return SG_EFORMAT;
}

static int directive_too_large(struct directive_reading *r, const char *cause)
{
	r->cause = cause;
	return SG_ELIMIT;
}

static int directive_decode(struct directive_reading *r, struct slice text, struct slice *out)
{
	char *decoded = arena_room(r->arena, text.len);
	size_t len;

	if (decoded == NULL)
		return SG_ENOMEM;
	if (percent_decode(text, decoded, &len) != 0)
		return directive_refuse(r, "not percent-encoded");
	*out = slice_of(decoded, len);
	if (memchr(decoded, '\0', len) != NULL || !slice_is_utf8(*out))
		return directive_refuse(r, "not UTF-8 without NUL");
	return 0;
}

static int directive_check_name(struct directive_reading *r, struct slice name)
{
	if (name.len == 0)
		return directive_refuse(r, "no attribute's name");
	if (name.len > SESSION_NAME_BYTES)
		return directive_too_large(r, "an attribute's name over 128 bytes");
	return 0;
}

static int directive_grow(struct directive_reading *r)
{
	struct directives *out = r->out;
	size_t room = r->room == 0 ? 8 : 2 * r->room;
	struct change *changes = arena_room(r->arena, room * sizeof(*changes));

	if (changes == NULL)
		return SG_ENOMEM;
	if (out->change_count > 0)
		memcpy(changes, out->changes, out->change_count * sizeof(*changes));
	out->changes = changes;
	r->room = room;
	return 0;
}

/* What PHP would unserialize comes from PHP's adapter alone. */
static int directive_check_php(struct directive_reading *r, struct slice name, struct slice value)
{
	if ((r->allowed & DIRECTIVE_SERIALIZED) != 0 || value.ptr == NULL ||
	    (!slice_equal(name, SLICE(VALUE_PHP)) && !value_has_php(value)))
		return 0;
	return directive_refuse(r, "something is named " VALUE_PHP
				   ", which only an application with adapter: php may write");
}

/* Whoever has to do something about it wants to know how large it is. */
static int directive_refuse_value(struct directive_reading *r, size_t bytes)
{
	static const char format[] = "a value over max_value: %zu bytes";
	enum { ROOM = sizeof(format) + 20 };
	char *text = arena_alloc(r->arena, ROOM);

	if (text == NULL)
		return SG_ENOMEM;
	snprintf(text, ROOM, format, bytes);
	return directive_too_large(r, text);
}

/* value.ptr NULL removes. */
static int directive_change(struct directive_reading *r, struct slice name, struct slice value)
{
	struct directives *out = r->out;
	int rc;

	if (value.len > r->realm->limits.max_value)
		return directive_refuse_value(r, value.len);
	if ((rc = directive_check_php(r, name, value)) != 0)
		return rc;
	if (out->change_count == r->room && (rc = directive_grow(r)) != 0)
		return rc;
	out->changes[out->change_count++] = (struct change){ name, value };
	out->stores |= value.ptr != NULL;
	return 0;
}

static int directive_quote(struct directive_reading *r, struct slice text, struct slice *out)
{
	size_t bytes = value_quoted_bytes(text);
	char *room = arena_room(r->arena, bytes);

	if (room == NULL)
		return SG_ENOMEM;
	value_put_quoted(room, text);
	*out = slice_of(room, bytes);
	return 0;
}

/* name=value */
static int directive_read_set(struct directive_reading *r, struct slice text)
{
	struct slice name, value;
	int rc;

	if (!slice_cut(&text, '=', &name))
		return directive_refuse(r, "no =");
	if ((rc = directive_decode(r, name, &name)) != 0 ||
	    (rc = directive_check_name(r, name)) != 0 ||
	    (rc = directive_decode(r, text, &value)) != 0 ||
	    (rc = directive_quote(r, value, &value)) != 0)
		return rc;
	return directive_change(r, name, value);
}

static int directive_read_unset(struct directive_reading *r, struct slice text)
{
	struct slice name;
	int rc;

	if ((rc = directive_decode(r, text, &name)) != 0 ||
	    (rc = directive_check_name(r, name)) != 0)
		return rc;
	return directive_change(r, name, slice_of(NULL, 0));
}

static int directive_read_member(struct directive_reading *r, struct slice name, struct slice value)
{
	char *text = arena_room(r->arena, name.len);
	int rc;

	if (text == NULL)
		return SG_ENOMEM;
	name = slice_of(text, value_unquote(name, text));
	if ((rc = directive_check_name(r, name)) != 0)
		return rc;
	return directive_change(r, name, value_is_null(value) ? slice_of(NULL, 0) : value);
}

typedef int directive_member_fn(struct directive_reading *r, struct slice name, struct slice value);

/* Names and values borrow from the text. */
static int directive_read_members(struct directive_reading *r, struct slice text,
				  directive_member_fn *read)
{
	struct slice name, value;
	bool first = true;
	int rc;

	if (value_object_open(&text) != 0)
		return directive_refuse(r, "not a JSON object");
	while ((rc = value_object_next(&text, first, &name, &value)) == 1) {
		if ((rc = read(r, name, value)) != 0)
			return rc;
		first = false;
	}
	if (rc != 0 || text.len > 0)
		return directive_refuse(r, "not a JSON object");
	return 0;
}

/* {"a":1,"b":null}; the values borrow from the text. */
static int directive_update(struct directive_reading *r, struct slice text)
{
	return directive_read_members(r, text, directive_read_member);
}

static int directive_read_update(struct directive_reading *r, struct slice text)
{
	/* it must outlive the block that it came in */
	if ((text = arena_copy(r->arena, text)).ptr == NULL)
		return SG_ENOMEM;
	return directive_update(r, text);
}

static int directive_log_in(struct directive_reading *r, struct slice user)
{
	struct directives *out = r->out;

	if (user.len > SESSION_USER_BYTES)
		return directive_refuse(r, "a user over 255 bytes");
	if (!user_is_name(user))
		return directive_refuse(r,
					"no user, or one with control characters or outer space");
	if (out->login && !slice_equal(out->user, user))
		return directive_refuse(r, "two different users");
	out->login = true;
	out->user = user;
	return 0;
}

/* "user" or "user; remember" */
static int directive_read_login(struct directive_reading *r, struct slice text)
{
	struct slice user;
	int rc;

	slice_cut(&text, ';', &user);
	text = slice_trim(text);
	if (text.len > 0 && !slice_equal(text, SLICE("remember")))
		return directive_refuse(r, "an unknown parameter");
	if ((rc = directive_decode(r, slice_trim(user), &user)) != 0 ||
	    (rc = directive_log_in(r, user)) != 0)
		return rc;
	r->out->remember |= text.len > 0;
	return 0;
}

static int directive_read_logout(struct directive_reading *r, struct slice text)
{
	bool all = slice_equal(text, SLICE("all"));
	bool others = all || slice_equal(text, SLICE("others"));
	bool self = all || slice_equal(text, SLICE("self")) || slice_equal(text, SLICE("1"));

	if (!self && !others)
		return directive_refuse(r, "neither self nor 1 nor others nor all");
	r->out->logout |= self;
	r->out->logout_others |= others;
	return 0;
}

static int directive_read_rotate(struct directive_reading *r, struct slice text)
{
	bool now = slice_equal(text, SLICE("1"));

	if (!now && !slice_equal(text, SLICE("grace")))
		return directive_refuse(r, "neither 1 nor grace");
	r->out->rotate |= now;
	r->out->rotate_grace |= !now;
	return 0;
}

static int directive_read_idle_timeout(struct directive_reading *r, struct slice text)
{
	struct directives *out = r->out;
	uint64_t seconds;

	if (!slice_number(text, INT64_MAX / 1000, &seconds) || seconds == 0)
		return directive_refuse(r, "not a number of seconds");
	if ((int64_t)seconds * 1000 > r->realm->lifetime.absolute_ms)
		return directive_refuse(r, "longer than the absolute timeout");
	if (out->idle_ms != 0 && out->idle_ms != (int64_t)seconds * 1000)
		return directive_refuse(r, "two different numbers");
	out->idle_ms = (int64_t)seconds * 1000;
	return 0;
}

typedef int directive_read_fn(struct directive_reading *r, struct slice text);

/* --- fields of a response --- */

/* By enum config_directive_index. */
static const struct directive_kind {
	const char *name;
	directive_read_fn *read;
} directive_kinds[] = {
	[DIRECTIVE_INDEX_SET] = { "Set", directive_read_set },
	[DIRECTIVE_INDEX_UNSET] = { "Unset", directive_read_unset },
	[DIRECTIVE_INDEX_UPDATE] = { "Update", directive_read_update },
	[DIRECTIVE_INDEX_LOGIN] = { "Login", directive_read_login },
	[DIRECTIVE_INDEX_LOGOUT] = { "Logout", directive_read_logout },
	[DIRECTIVE_INDEX_ROTATE] = { "Rotate", directive_read_rotate },
	[DIRECTIVE_INDEX_IDLE_TIMEOUT] = { "Idle-Timeout", directive_read_idle_timeout },
};

enum { DIRECTIVE_KINDS = sizeof(directive_kinds) / sizeof(directive_kinds[0]) };

bool directive_named(struct slice text)
{
	return fold_starts(text, SLICE("X_SESSION_"));
}

static bool is_directive(const struct head_field *field)
{
	return directive_named(field->name);
}

/* The field's index in directive_kinds; DIRECTIVE_KINDS for an unknown one. */
static size_t directive_kind(const struct head_field *field)
{
	struct slice name = slice_after(field->name, sizeof(PREFIX) - 1);
	size_t i = slice_starts_nocase(field->name, SLICE(PREFIX)) ? 0 : DIRECTIVE_KINDS;

	while (i < DIRECTIVE_KINDS &&
	       !slice_equal_nocase(name, slice_from(directive_kinds[i].name)))
		i++;
	return i;
}

/* Take the directives out of head, in their order, to out, which has room for them; NULL: to
 * nowhere. */
static void directives_split(struct head *head, struct head_field *out)
{
	size_t kept = 0, taken = 0;

	for (size_t i = 0; i < head->count; i++) {
		if (!is_directive(&head->fields[i]))
			head->fields[kept++] = head->fields[i];
		else if (out != NULL)
			out[taken++] = head->fields[i];
	}
	head->count = kept;
}

size_t directives_max_bytes(const struct config_realm *realm)
{
	size_t max_bytes = realm->limits.max_bytes;

	return max_bytes > SIZE_MAX / RAW_TIMES ? SIZE_MAX : max_bytes * RAW_TIMES;
}

static bool directives_too_large(const struct head_field *fields, size_t count, size_t max_bytes)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += fields[i].name.len + fields[i].value.len;
	return bytes > max_bytes;
}

/* "X-Session-Set: no =" */
static const char *directive_reason(struct directive_reading *r, const struct directive_kind *kind)
{
	size_t bytes = sizeof(PREFIX ": ") + strlen(kind->name) + strlen(r->cause);
	char *text = arena_alloc(r->arena, bytes);

	if (text == NULL)
		return r->cause;
	snprintf(text, bytes, PREFIX "%s: %s", kind->name, r->cause);
	return text;
}

/* Nothing of the session's: what an adapter says of itself. */
static bool directive_is_adapters(const struct directive_reading *r, const struct head_field *field)
{
	return (r->allowed & DIRECTIVE_SERIALIZED) != 0 &&
	       slice_equal_nocase(field->name, SLICE(PREFIX "Adapter"));
}

static int directive_read(struct directive_reading *r, const struct head_field *field,
			  const char **reason)
{
	size_t i = directive_kind(field);
	int rc;

	if (directive_is_adapters(r, field)) {
		rc = directive_decode(r, field->value, &r->out->adapter);
		*reason = PREFIX "Adapter: malformed";
		return rc;
	}
	if (i == DIRECTIVE_KINDS) {
		log_warn(r->who, "unknown directive %.*s dropped", SLICE_ARGS(field->name));
		return 0;
	}
	if ((r->allowed & 1u << i) == 0) {
		log_warn(r->who, "directive " PREFIX "%s dropped: the application may not say it",
			 directive_kinds[i].name);
		return 0;
	}
	r->out->any = true;
	rc = directive_kinds[i].read(r, field->value);
	if (rc == SG_EFORMAT || rc == SG_ELIMIT)
		*reason = directive_reason(r, &directive_kinds[i]);
	return rc;
}

int directives_read(struct head *head, unsigned allowed, const struct config_realm *realm,
		    const char *who, struct directives *out, const char **reason)
{
	struct directive_reading r = {
		.arena = head->arena,
		.realm = realm,
		.allowed = allowed,
		.who = who,
		.out = out,
	};
	struct head_field *fields;
	size_t count = 0;
	int rc = 0;

	*out = (struct directives){ .any = false };
	for (size_t i = 0; i < head->count; i++)
		count += is_directive(&head->fields[i]);
	if (count == 0)
		return 0;
	if ((fields = arena_room(head->arena, count * sizeof(*fields))) == NULL)
		return SG_ENOMEM;
	directives_split(head, fields);
	if (directives_too_large(fields, count, directives_max_bytes(realm))) {
		*reason = PREFIX "*: together over four times max_size";
		return SG_ELIMIT;
	}
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = directive_read(&r, &fields[i], reason);
	return rc;
}

void directives_drop(struct head *head, const char *why, const char *who)
{
	for (size_t i = 0; i < head->count; i++)
		if (is_directive(&head->fields[i]))
			log_info(who, "directive %.*s dropped: %s",
				 SLICE_ARGS(head->fields[i].name), why);
	directives_split(head, NULL);
}

/* --- members of an object --- */

static int directive_string(struct directive_reading *r, struct slice value, struct slice *out)
{
	char *text;

	if (!value_is_string(value))
		return directive_refuse(r, "not a string");
	if ((text = arena_room(r->arena, value.len)) == NULL)
		return SG_ENOMEM;
	*out = slice_of(text, value_unquote(value, text));
	return 0;
}

static int directive_flag(struct directive_reading *r, struct slice value, bool *flag)
{
	bool yes = slice_equal(value, SLICE("true"));

	if (!yes && !slice_equal(value, SLICE("false")))
		return directive_refuse(r, "neither true nor false");
	*flag |= yes;
	return 0;
}

static int directive_member_login(struct directive_reading *r, struct slice value)
{
	struct slice user;
	int rc = directive_string(r, value, &user);

	return rc == 0 ? directive_log_in(r, user) : rc;
}

static int directive_member_remember(struct directive_reading *r, struct slice value)
{
	return directive_flag(r, value, &r->out->remember);
}

static int directive_member_logout(struct directive_reading *r, struct slice value)
{
	struct slice whose;
	int rc = directive_string(r, value, &whose);

	return rc == 0 ? directive_read_logout(r, whose) : rc;
}

static int directive_member_rotate(struct directive_reading *r, struct slice value)
{
	if (slice_equal(value, SLICE("\"grace\""))) {
		r->out->rotate_grace = true;
		return 0;
	}
	if (directive_flag(r, value, &r->out->rotate) != 0)
		return directive_refuse(r, "neither true nor false nor \"grace\"");
	return 0;
}

static int directive_member_release(struct directive_reading *r, struct slice value)
{
	return directive_flag(r, value, &r->out->release);
}

static int directive_member_adopt(struct directive_reading *r, struct slice value)
{
	uint8_t *hash;
	struct slice digits;
	int rc = directive_string(r, value, &digits);

	if (rc != 0)
		return rc;
	if (digits.len != (size_t)2 * STORE_MARK_BYTES)
		return directive_refuse(r, "adopt: not the 64 digits of a SHA-256");
	if ((hash = arena_alloc(r->arena, STORE_MARK_BYTES)) == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < STORE_MARK_BYTES; i++) {
		int high = hex_digit(digits.ptr[2 * i]), low = hex_digit(digits.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return directive_refuse(r, "adopt: not hexadecimal");
		hash[i] = (uint8_t)(high << 4 | low);
	}
	r->out->adopt = hash;
	r->out->any = true;
	return 0;
}

static int directive_member_adapter(struct directive_reading *r, struct slice value)
{
	return directive_string(r, value, &r->out->adapter);
}

enum { DIRECTIVE_MEMBER_ANYONES = DIRECTIVE_KINDS, DIRECTIVE_MEMBER_ADAPTERS };

/* What directive a member is, which an application may be forbidden; or one that none is. */
static const struct directive_member {
	const char *name;
	size_t kind;
	directive_read_fn *read;
} directive_members[] = {
	{ "update", DIRECTIVE_INDEX_UPDATE, directive_update },
	{ "login", DIRECTIVE_INDEX_LOGIN, directive_member_login },
	{ "remember", DIRECTIVE_INDEX_LOGIN, directive_member_remember },
	{ "logout", DIRECTIVE_INDEX_LOGOUT, directive_member_logout },
	{ "rotate", DIRECTIVE_INDEX_ROTATE, directive_member_rotate },
	{ "idle_timeout_s", DIRECTIVE_INDEX_IDLE_TIMEOUT, directive_read_idle_timeout },
	{ "release", DIRECTIVE_MEMBER_ANYONES, directive_member_release },
	{ "adopt", DIRECTIVE_MEMBER_ANYONES, directive_member_adopt },
	{ "adapter", DIRECTIVE_MEMBER_ADAPTERS, directive_member_adapter },
};

static const struct directive_member *directive_member_find(struct slice name)
{
	for (size_t i = 0; i < sizeof(directive_members) / sizeof(directive_members[0]); i++)
		if (slice_equal(name, slice_from(directive_members[i].name)))
			return &directive_members[i];
	return NULL;
}

static int directive_read_one(struct directive_reading *r, struct slice name, struct slice value)
{
	const struct directive_member *member = directive_member_find(name);

	if (member == NULL ||
	    (member->kind == DIRECTIVE_MEMBER_ADAPTERS && (r->allowed & DIRECTIVE_SERIALIZED) == 0))
		return directive_refuse(r, "there is a member that is not known");
	if (member->kind < DIRECTIVE_KINDS) {
		if ((r->allowed & 1u << member->kind) == 0) {
			log_warn(r->who, "%s dropped: the application may not say it",
				 member->name);
			return 0;
		}
		r->out->any = true;
	}
	return member->read(r, value);
}

int directives_read_object(struct slice text, unsigned allowed, const struct config_realm *realm,
			   const char *who, struct arena *arena, struct directives *out,
			   const char **reason)
{
	struct directive_reading r = {
		.arena = arena,
		.realm = realm,
		.allowed = allowed,
		.who = who,
		.out = out,
		.cause = "",
	};
	int rc;

	*out = (struct directives){ .any = false };
	rc = directive_read_members(&r, text, directive_read_one);
	if (rc == 0 && out->remember && !out->login)
		rc = directive_refuse(&r, "remember without a login");
	*reason = r.cause;
	return rc;
}
