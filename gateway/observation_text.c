/* observation_text.c - see observation_text.h. */
#include "gateway/observation_text.h"

#include "base/decimal.h"
#include "base/log.h"
#include "base/percent.h"
#include "base/rfc3339.h"

enum { OBSERVATION_HALF = 50, OBSERVATION_MOST = 95 };

/* --- cells --- */

enum { CELL_BYTES = DECIMAL_BYTES + 2 };

/* A number, or "-" where it is not known. */
static const char *cell(bool known, uint64_t number, char text[CELL_BYTES])
{
	size_t len;

	if (!known)
		return "-";
	len = decimal_write((int64_t)number, text);
	text[len] = '\0';
	return text;
}

static const char *cell_sessions(const struct observation *o, char text[CELL_BYTES])
{
	bool estimated;
	uint64_t number = observation_sessions(o, &estimated);
	size_t len = 0;

	if (estimated)
		text[len++] = '~';
	len += decimal_write((int64_t)number, text + len);
	text[len] = '\0';
	return text;
}

/* Is the application one whose adapter has been heard? */
static bool observation_told(const struct observation *o)
{
	return o->reports > 0;
}

static uint64_t observation_untold(const struct observation *o)
{
	return o->expected > o->reports ? o->expected - o->reports : 0;
}

/* Nobody has the cookie of every framework's session in mind that a row could break on. */
static int text_name(struct buffer *out, struct slice name)
{
	return percent_encode(out, name, "@+:,/!*()'$&;|[]");
}

/* --- the table --- */

/* The name in the table, that in the log, and how it is got. */
/* clang-format off */
#define OBSERVATION_COLUMNS(X)							\
	X("REQUESTS", "requests", cell(true, o->requests, text))			\
	X("WITH-SESSION", "with_session", cell(true, o->with_session, text))		\
	X("SESSIONS", "sessions", cell_sessions(o, text))				\
	X("CREATED", "created", cell(true, o->created, text))				\
	X("PARALLEL", "parallel", cell(true, o->parallel_requests, text))		\
	X("REPORTS", "reports", cell(o->expected > 0 || told, o->reports, text))	\
	X("UNTOLD", "untold", cell(o->expected > 0 || told, observation_untold(o), text)) \
	X("SIZE-HALF", "size_half", cell(told, observation_size(o, OBSERVATION_HALF), text)) \
	X("SIZE-MOST", "size_most", cell(told, observation_size(o, OBSERVATION_MOST), text)) \
	X("SIZE-MAX", "size_max", cell(told, o->max_bytes, text))			\
	X("KEYS-MAX", "keys_max", cell(told, o->most_keys, text))			\
	X("WRITERS", "writers", cell(told, o->writers, text))				\
	X("AFTER-HEADER", "after_header", cell(told, o->late_writers, text))		\
	X("PARALLEL-WRITERS", "parallel_writers", cell(told, o->parallel_writers, text)) \
	X("SAME-KEY", "same_key", cell(told, o->conflicts, text))
/* clang-format on */

int observation_text_head(struct buffer *out)
{
	int rc = buffer_printf(out, "%-16s", "APPLICATION");

#define OBSERVATION_HEAD(name, field, value) \
	if (rc == 0)                         \
		rc = buffer_printf(out, "  %s", name);
	OBSERVATION_COLUMNS(OBSERVATION_HEAD)
#undef OBSERVATION_HEAD
	return rc == 0 ? buffer_append(out, "\n", 1) : rc;
}

int observation_text_row(const struct observed_application *a, struct buffer *out)
{
	const struct observation *o = a->seen;
	bool told = observation_told(o);
	char text[CELL_BYTES];
	int rc = buffer_printf(out, "%-16s", a->name);

#define OBSERVATION_ROW(name, field, value) \
	if (rc == 0)                        \
		rc = buffer_printf(out, "  %*s", (int)sizeof(name) - 1, value);
	OBSERVATION_COLUMNS(OBSERVATION_ROW)
#undef OBSERVATION_ROW
	return rc == 0 ? buffer_append(out, "\n", 1) : rc;
}

void observation_text_log(const struct observed_application *a)
{
	const struct observation *o = a->seen;
	bool told = observation_told(o);
	struct buffer line = { 0 };
	char text[CELL_BYTES];
	int rc = buffer_printf(&line, "observed application=%s", a->name);

#define OBSERVATION_FIELD(name, field, value) \
	if (rc == 0)                          \
		rc = buffer_printf(&line, " " field "=%s", value);
	OBSERVATION_COLUMNS(OBSERVATION_FIELD)
#undef OBSERVATION_FIELD
	if (rc == 0)
		log_info("", "%.*s", SLICE_ARGS(buffer_content(&line)));
	buffer_fini(&line);
}

/* --- keys --- */

static int text_key(struct buffer *out, const struct observation *o, size_t k)
{
	if (k == OBSERVATION_OTHERS)
		return buffer_append_slice(out, SLICE("(others)"));
	return text_name(out, observed_text(&o->keys[k].name));
}

int observation_text_keys(const struct observation *o, uint64_t keys, struct buffer *out)
{
	bool first = true;
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < OBSERVATION_KEYS; k++) {
		if ((keys >> k & 1) == 0)
			continue;
		rc = first ? 0 : buffer_append_slice(out, SLICE(", "));
		if (rc == 0)
			rc = text_key(out, o, k);
		first = false;
	}
	return rc;
}

static int text_key_row(const struct observation *o, size_t k, struct buffer *out)
{
	const struct observed_key *key = &o->keys[k];
	int rc;

	if (key->name.count == 0)
		return 0;
	rc = buffer_printf(out, "  %10llu  %9llu  %12llu  %8llu  %8llu  ",
			   (unsigned long long)key->name.count, (unsigned long long)key->written,
			   (unsigned long long)key->late, (unsigned long long)key->conflicts,
			   (unsigned long long)key->max_bytes);
	if (rc == 0)
		rc = text_key(out, o, k);
	return rc == 0 ? buffer_append(out, "\n", 1) : rc;
}

static int text_key_table(const struct observation *o, struct buffer *out)
{
	int rc = buffer_printf(out, "  %10s  %9s  %12s  %8s  %8s  %s\n", "IN-REQUESTS", "WRITTEN",
			       "AFTER-HEADER", "SAME-KEY", "SIZE-MAX", "KEY");

	for (size_t k = 0; rc == 0 && k < OBSERVATION_KEYS; k++)
		rc = text_key_row(o, k, out);
	return rc;
}

/* --- what it means --- */

static int text_cookies(const char *what, const struct observed_name rows[OBSERVATION_COOKIES],
			struct buffer *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < OBSERVATION_COOKIES && rows[i].len > 0; i++) {
		if ((rc = buffer_printf(out, i == 0 ? "  - %s" : ",%s", i == 0 ? what : "")) == 0 &&
		    (rc = buffer_append(out, " ", 1)) == 0 &&
		    (rc = text_name(out, observed_text(&rows[i]))) == 0)
			rc = buffer_printf(out, " (%llu)", (unsigned long long)rows[i].count);
	}
	return rc == 0 && rows[0].len > 0 ? buffer_append(out, "\n", 1) : rc;
}

static uint64_t observation_conflicting(const struct observation *o)
{
	uint64_t keys = 0;

	for (size_t k = 0; k < OBSERVATION_KEYS; k++)
		if (o->keys[k].conflicts > 0)
			keys |= UINT64_C(1) << k;
	return keys;
}

/* A sentence about a number, unless that is 0. */
static int text_count(struct buffer *out, uint64_t count, const char *sentence)
{
	return count > 0 ? buffer_printf(out, "  - %llu %s\n", (unsigned long long)count, sentence)
			 : 0;
}

static int text_conflicts(const struct observation *o, struct buffer *out)
{
	int rc;

	if (o->parallel_writers > 0 && o->conflicts == 0)
		return buffer_append_slice(
			out,
			SLICE("  - parallel requests changed different keys, which needs no lock with "
			      "split: keys\n"));
	if (o->conflicts == 0)
		return 0;
	if ((rc = buffer_append_slice(out, SLICE("  - keys changed by parallel requests: "))) !=
		    0 ||
	    (rc = observation_text_keys(o, observation_conflicting(o), out)) != 0)
		return rc;
	return buffer_append_slice(out, SLICE(": consider lock: exclusive\n"));
}

static int text_limits(const struct observed_application *a, struct buffer *out)
{
	const struct observation *o = a->seen;
	int rc = 0;

	if (o->max_bytes > a->limits.max_bytes)
		rc = buffer_printf(out, "  - the largest session is over session.max_size (%zu)\n",
				   a->limits.max_bytes);
	if (rc == 0 && o->most_keys > a->limits.max_attributes)
		rc = buffer_printf(out,
				   "  - a session has more keys than session.max_attributes (%zu): "
				   "split: whole, or raise it\n",
				   a->limits.max_attributes);
	for (size_t k = 0; rc == 0 && k < OBSERVATION_KEYS; k++)
		if (o->keys[k].max_bytes > a->limits.max_value) {
			if ((rc = buffer_append_slice(out, SLICE("  - a value is over "
								 "session.max_value: "))) == 0 &&
			    (rc = text_key(out, o, k)) == 0)
				rc = buffer_append(out, "\n", 1);
		}
	return rc;
}

static int text_told(const struct observed_application *a, struct buffer *out)
{
	const struct observation *o = a->seen;
	int rc = 0;

	if (o->handler.len > 0) {
		rc = buffer_append_slice(out, SLICE("  - the application's save handler: "));
		if (rc == 0 && (rc = text_name(out, observed_text(&o->handler))) == 0)
			rc = buffer_append(out, "\n", 1);
	}
	if (rc != 0 || (rc = text_conflicts(o, out)) != 0 || (rc = text_limits(a, out)) != 0 ||
	    (rc = text_count(
		     out, o->late_writers,
		     "requests changed the session after the header of the answer: the adapter "
		     "saves that by the session API")) != 0 ||
	    (rc = text_count(out, o->closed_early,
			     "requests closed the session before their end")) != 0 ||
	    (rc = text_count(out, o->unmeasured,
			     "requests had more in the session than there was time to look at: no "
			     "sizes, no changes")) != 0)
		return rc;
	return text_count(
		out, observation_untold(o),
		"requests were not reported by the adapter: answers that PHP had no part in, "
		"or lost reports");
}

static int text_untold(const struct observation *o, struct buffer *out)
{
	if (o->expected > 0)
		return buffer_append_slice(
			out,
			SLICE("  - the adapter has not been heard: is it loaded? Until then only cookies "
			      "are visible\n"));
	return buffer_append_slice(
		out,
		SLICE("  - without an adapter only cookies are visible: not what is in the sessions, "
		      "their sizes, their keys, nor who writes\n"));
}

int observation_text_details(const struct observed_application *a, struct buffer *out)
{
	const struct observation *o = a->seen;
	char since[RFC3339_CHARS];
	int rc;

	rfc3339_write(a->since_ms, since);
	if ((rc = buffer_printf(out, "\n%s, since %.*s\n", a->name, RFC3339_CHARS, since)) != 0 ||
	    (observation_told(o) && (rc = text_key_table(o, out)) != 0) ||
	    (rc = text_cookies("sessions come by the cookies", o->cookies, out)) != 0 ||
	    (rc = text_cookies("other cookies that scripts cannot read, perhaps a session's:",
			       o->others, out)) != 0)
		return rc;
	return observation_told(o) ? text_told(a, out) : text_untold(o, out);
}
