/* redis_record.c - see redis_record.h. */
#include "backends/redis_record.h"

#include "base/decimal.h"
#include "session/value.h"

#include <stdio.h>
#include <stdlib.h>

/* In the order in which redis_record_add() writes them, which is nearly that in which they come back. */
/* clang-format off */
#define RECORD_FIELDS(X)						\
	X(hash) X(epoch) X(csrf) X(version) X(saves)			\
	X(realm) X(app) X(user)						\
	X(idle) X(touch) X(chosen) X(remembered) X(asked)		\
	X(bytes) X(count)						\
	X(host) X(transport) X(first_ip) X(last_ip) X(agent) X(listed)	\
	X(created) X(rotated) X(seen) X(expires) X(login)		\
	X(old1) X(good1) X(stale1) X(old2) X(good2) X(stale2)
/* clang-format on */

enum record_field {
#define RECORD_FIELD(name) RECORD_##name,
	RECORD_FIELDS(RECORD_FIELD)
#undef RECORD_FIELD
		RECORD_FIELD_COUNT
};

static const struct slice record_names[] = {
#define RECORD_NAME(name) { #name, sizeof(#name) - 1 },
	RECORD_FIELDS(RECORD_NAME)
#undef RECORD_NAME
};

static const struct slice record_attribute = { "a:", 2 };
static const struct slice record_header = { "header", 6 };

/* --- writing --- */

static void record_add(struct redis_call *call, enum record_field field, struct slice value)
{
	if (value.len == 0)
		return;
	redis_call_add(call, record_names[field]);
	redis_call_add(call, value);
}

static void record_add_number(struct redis_call *call, enum record_field field, int64_t number)
{
	char text[DECIMAL_BYTES];

	record_add(call, field, decimal_text(number, text));
}

static void record_add_u64(struct redis_call *call, enum record_field field, uint64_t number)
{
	redis_call_add(call, record_names[field]);
	redis_call_add_u64(call, number);
}

static void record_add_attribute(struct redis_call *call, const struct attribute *a)
{
	char name[sizeof("a:") + SESSION_NAME_BYTES];

	memcpy(name, record_attribute.ptr, record_attribute.len);
	memcpy(name + record_attribute.len, a->name.ptr, a->name.len);
	redis_call_add(call, slice_of(name, record_attribute.len + a->name.len));
	redis_call_add(call, a->value);
}

static struct slice record_bytes(const uint8_t *bytes, size_t len)
{
	return slice_of((const char *)bytes, len);
}

static void record_add_saves(struct redis_call *call, const struct session *s)
{
	char text[SESSION_SAVE_IDS * (DECIMAL_BYTES + 1)];
	size_t len = 0;

	for (unsigned i = 0; i < s->save_count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llu", i > 0 ? " " : "",
					(unsigned long long)s->save_ids[i]);
	record_add(call, RECORD_saves, slice_of(text, len));
}

void redis_record_add(struct redis_call *call, const struct session *s, struct slice listed)
{
	record_add(call, RECORD_hash, record_bytes(s->hash, sizeof(s->hash)));
	record_add_u64(call, RECORD_epoch, s->epoch);
	record_add(call, RECORD_csrf, record_bytes(s->csrf, sizeof(s->csrf)));
	record_add_u64(call, RECORD_version, s->version);
	record_add_saves(call, s);
	record_add(call, RECORD_realm, s->realm);
	record_add(call, RECORD_app, s->application);
	record_add(call, RECORD_user, s->user);
	record_add_number(call, RECORD_idle, s->idle_ms);
	record_add_number(call, RECORD_touch, s->touch_ms);
	record_add(call, RECORD_chosen, s->idle_chosen ? SLICE("1") : SLICE(""));
	record_add(call, RECORD_remembered, s->remembered ? SLICE("1") : SLICE(""));
	record_add_number(call, RECORD_bytes, (int64_t)s->attribute_bytes);
	record_add_number(call, RECORD_count, (int64_t)s->attribute_count);
	record_add(call, RECORD_host, s->host);
	record_add(call, RECORD_transport,
		   s->transport == SESSION_BY_HEADER ? record_header : SLICE(""));
	record_add(call, RECORD_first_ip, s->device.first_ip);
	record_add(call, RECORD_last_ip, s->device.last_ip);
	record_add(call, RECORD_agent, s->device.user_agent);
	record_add(call, RECORD_listed, listed);
	for (size_t i = 0; i < s->attribute_count; i++)
		record_add_attribute(call, &s->attributes[i]);
}

static void record_add_until(struct redis_call *call, enum record_field field, int64_t until_ms)
{
	if (until_ms == SESSION_UNSEEN)
		record_add(call, field, SLICE("unseen"));
	else
		record_add_number(call, field, until_ms);
}

static const enum record_field record_replaced[SESSION_REPLACED][3] = {
	{ RECORD_old1, RECORD_good1, RECORD_stale1 },
	{ RECORD_old2, RECORD_good2, RECORD_stale2 },
};

static void record_add_replaced(struct redis_call *call, const struct session *s)
{
	for (unsigned i = 0; i < SESSION_REPLACED && i < s->replaced_count; i++) {
		const struct session_replaced *r = &s->replaced[i];

		record_add(call, record_replaced[i][0], record_bytes(r->hash, sizeof(r->hash)));
		record_add_until(call, record_replaced[i][1], r->good_until_ms);
		record_add_until(call, record_replaced[i][2], r->stale_until_ms);
	}
}

void redis_record_add_whole(struct redis_call *call, const struct session *s)
{
	redis_record_add(call, s, SLICE(""));
	record_add_number(call, RECORD_created, s->created_ms);
	record_add_number(call, RECORD_rotated, s->rotated_ms);
	record_add_number(call, RECORD_seen, s->seen_ms);
	record_add_number(call, RECORD_expires, s->expires_ms);
	record_add_number(call, RECORD_login, s->login_ms);
	record_add(call, RECORD_asked, s->rotation_asked ? SLICE("1") : SLICE(""));
	record_add_replaced(call, s);
}

/* --- reading --- */

/* What a reply says of a session, still as text. */
struct fields {
	struct slice values[RECORD_FIELD_COUNT];
	bool wrong; /* a number is none, a text is too long, what every session has is missing */
};

void redis_record_room_fini(struct redis_record_room *room)
{
	free(room->attributes);
	*room = (struct redis_record_room){ 0 };
}

/* What is handed to applications must be JSON, whoever has written it. */
static bool room_is_json(const struct redis_record_room *room, size_t attributes)
{
	for (size_t i = 0; i < attributes; i++) {
		struct slice rest = room->attributes[i].value, value;

		if (value_scan(&rest, &value) != 0 || value.len != room->attributes[i].value.len)
			return false;
	}
	return true;
}

static int room_need(struct redis_record_room *room, size_t count)
{
	struct attribute *attributes;

	if (count <= room->room)
		return 0;
	attributes = reallocarray(room->attributes, count, sizeof(*attributes));
	if (attributes == NULL)
		return SG_ENOMEM;
	room->attributes = attributes;
	room->room = count;
	return 0;
}

/* Fields come nearly in one order: where the last one was is a good place to begin. */
static void fields_take(struct fields *f, struct slice name, struct slice value, size_t *next)
{
	for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
		size_t field = (*next + i) % RECORD_FIELD_COUNT;

		if (!slice_equal(name, record_names[field]))
			continue;
		f->values[field] = value;
		*next = field + 1;
		return;
	}
}

/* The name in the name of its field. */
static struct slice fields_attribute(struct fields *f, struct slice field)
{
	struct slice name = slice_after(field, record_attribute.len);

	if (name.len == 0 || name.len > SESSION_NAME_BYTES)
		f->wrong = true;
	return name;
}

static int fields_read(struct fields *f, const struct redis_reply *reply, size_t item,
		       struct redis_record_room *room, size_t *attributes)
{
	size_t count = redis_reply_elements(reply, item) / 2, next = 0;
	int rc = room_need(room, count);

	*f = (struct fields){ 0 };
	*attributes = 0;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct slice name = redis_reply_text(reply, item + 1 + 2 * i);
		struct slice value = redis_reply_text(reply, item + 2 + 2 * i);

		if (!slice_starts(name, record_attribute)) {
			fields_take(f, name, value, &next);
			continue;
		}
		room->attributes[(*attributes)++] =
			(struct attribute){ fields_attribute(f, name), value, false };
	}
	return rc;
}

static uint64_t field_u64(struct fields *f, enum record_field field)
{
	uint64_t number = 0;

	if (!slice_number(f->values[field], UINT64_MAX, &number))
		f->wrong = true;
	return number;
}

/* Beyond what we count with: as far as we count. 0 for what is not there. */
static int64_t field_ms(struct fields *f, enum record_field field)
{
	if (f->values[field].len == 0)
		return 0;
	return field_u64(f, field) > INT64_MAX ? INT64_MAX : (int64_t)field_u64(f, field);
}

static int64_t field_until(struct fields *f, enum record_field field)
{
	return slice_equal(f->values[field], SLICE("unseen")) ? SESSION_UNSEEN : field_ms(f, field);
}

static struct slice field_text(struct fields *f, enum record_field field, size_t max)
{
	if (f->values[field].len > max)
		f->wrong = true;
	return f->values[field];
}

static void field_bytes(struct fields *f, enum record_field field, uint8_t *out, size_t len)
{
	if (f->values[field].len != len)
		f->wrong = true;
	else
		memcpy(out, f->values[field].ptr, len);
}

static bool field_is(const struct fields *f, enum record_field field, struct slice value)
{
	return slice_equal(f->values[field], value);
}

static void fields_read_saves(struct fields *f, struct redis_record_room *room, struct session *s)
{
	struct slice saves = f->values[RECORD_saves], id;

	s->save_ids = room->save_ids;
	while (s->save_count < SESSION_SAVE_IDS && saves.len > 0) {
		slice_cut(&saves, ' ', &id);
		if (!slice_number(id, UINT64_MAX, &room->save_ids[s->save_count++]))
			f->wrong = true;
	}
}

static void fields_read_replaced(struct fields *f, struct redis_record_room *room,
				 struct session *s)
{
	s->replaced = room->replaced;
	for (unsigned i = 0; i < SESSION_REPLACED && f->values[record_replaced[i][0]].len > 0;
	     i++) {
		struct session_replaced *r = &room->replaced[i];

		field_bytes(f, record_replaced[i][0], r->hash, sizeof(r->hash));
		r->good_until_ms = field_until(f, record_replaced[i][1]);
		r->stale_until_ms = field_until(f, record_replaced[i][2]);
		s->replaced_count = i + 1;
	}
}

enum {
	RECORD_NAME_BYTES = 32
}; /* of realms and applications: the configuration has no longer ones */

static void fields_read_texts(struct fields *f, struct session *s)
{
	if (f->values[RECORD_realm].len == 0)
		f->wrong = true;
	s->realm = field_text(f, RECORD_realm, RECORD_NAME_BYTES);
	s->application = field_text(f, RECORD_app, RECORD_NAME_BYTES);
	s->user = field_text(f, RECORD_user, SESSION_USER_BYTES);
	s->host = field_text(f, RECORD_host, SESSION_HOST_BYTES);
	s->device.first_ip = field_text(f, RECORD_first_ip, DEVICE_IP_BYTES);
	s->device.last_ip = field_text(f, RECORD_last_ip, DEVICE_IP_BYTES);
	s->device.user_agent = field_text(f, RECORD_agent, DEVICE_AGENT_BYTES);
}

static void fields_read_secrets(struct fields *f, struct redis_record_room *room, struct session *s)
{
	field_bytes(f, RECORD_hash, s->hash, sizeof(s->hash));
	field_bytes(f, RECORD_csrf, s->csrf, sizeof(s->csrf));
	s->epoch = field_u64(f, RECORD_epoch);
	fields_read_saves(f, room, s);
	fields_read_replaced(f, room, s);
}

static void fields_read_rest(struct fields *f, struct session *s)
{
	fields_read_texts(f, s);
	s->version = field_u64(f, RECORD_version);
	s->created_ms = field_ms(f, RECORD_created);
	s->rotated_ms = field_ms(f, RECORD_rotated);
	s->login_ms = field_ms(f, RECORD_login);
	s->seen_ms = field_ms(f, RECORD_seen);
	s->expires_ms = field_ms(f, RECORD_expires);
	s->idle_ms = field_ms(f, RECORD_idle);
	s->touch_ms = field_ms(f, RECORD_touch);
	s->attribute_bytes = (size_t)field_ms(f, RECORD_bytes);
	s->idle_chosen = field_is(f, RECORD_chosen, SLICE("1"));
	s->remembered = field_is(f, RECORD_remembered, SLICE("1"));
	s->rotation_asked = field_is(f, RECORD_asked, SLICE("1"));
	s->transport = field_is(f, RECORD_transport, record_header) ? SESSION_BY_HEADER
								    : SESSION_BY_COOKIE;
}

/* All but its attributes, which are in room. */
static int record_read_fields(const struct redis_reply *reply, size_t item, struct slice id,
			      struct redis_record_room *room, struct session *s, size_t *attributes)
{
	struct fields f;
	int rc;

	if (redis_reply_type(reply, item) != REDIS_ARRAY)
		return SG_EFORMAT;
	if ((rc = fields_read(&f, reply, item, room, attributes)) != 0)
		return rc;
	*s = (struct session){ .replaced_count = 0 };
	memcpy(s->id, id.ptr, TOKEN_ID_CHARS);
	fields_read_secrets(&f, room, s);
	fields_read_rest(&f, s);
	return f.wrong ? SG_EFORMAT : 0;
}

int redis_record_read(const struct redis_reply *reply, size_t item, struct slice id,
		      struct redis_record_room *room, const struct session **out)
{
	struct session s;
	size_t count;
	int rc = record_read_fields(reply, item, id, room, &s, &count);

	if (rc == 0 && !room->opaque && !room_is_json(room, count))
		rc = SG_EFORMAT;
	return rc == 0 ? session_restore(&s, room->attributes, count, out) : rc;
}

int redis_record_read_unvalued(const struct redis_reply *reply, size_t item, struct slice id,
			       struct redis_record_room *room, const struct session **out)
{
	struct session s;
	size_t count;
	int rc = record_read_fields(reply, item, id, room, &s, &count);

	return rc == 0 ? session_restore_outline(&s, room->attributes, count, out) : rc;
}

int redis_record_of_birth(const struct session *born, int64_t now_ms,
			  struct redis_record_room *room, const struct session **out)
{
	struct session s = *born;
	int rc = room_need(room, s.attribute_count);

	if (rc != 0)
		return rc;
	if (s.attribute_count > 0)
		memcpy(room->attributes, s.attributes, s.attribute_count * sizeof(*s.attributes));
	s.expires_ms += now_ms - s.created_ms;
	s.created_ms = s.rotated_ms = s.seen_ms = now_ms;
	s.login_ms = session_authenticated(&s) ? now_ms : 0;
	return session_restore(&s, room->attributes, s.attribute_count, out);
}

/* --- outlines --- */

/* The first of them tell show.lua what the session is, the eighth whether it has attributes. */
static const struct slice outline_state[] = {
	{ "layout", 6 },
	{ "ended", 5 },
	{ "forgotten", 9 },
};
static const enum record_field outline_fields[] = {
	RECORD_seen,    RECORD_idle,       RECORD_touch,   RECORD_expires,   RECORD_count,
	RECORD_bytes,   RECORD_version,    RECORD_realm,   RECORD_app,       RECORD_user,
	RECORD_chosen,  RECORD_remembered, RECORD_host,    RECORD_transport, RECORD_first_ip,
	RECORD_last_ip, RECORD_agent,      RECORD_created, RECORD_rotated,   RECORD_login,
};
enum {
	OUTLINE_STATE = sizeof(outline_state) / sizeof(outline_state[0]),
	OUTLINE_FIELDS = sizeof(outline_fields) / sizeof(outline_fields[0]),
};

void redis_record_add_outline(struct redis_call *call)
{
	for (size_t i = 0; i < OUTLINE_STATE; i++)
		redis_call_add(call, outline_state[i]);
	for (size_t i = 0; i < OUTLINE_FIELDS; i++)
		redis_call_add(call, record_names[outline_fields[i]]);
}

/* Behind the values of the fields the names of attributes'. */
static int outline_read(struct fields *f, const struct redis_reply *reply, size_t item,
			struct redis_record_room *room, size_t *attributes)
{
	size_t count = redis_reply_elements(reply, item), at = item + 1 + OUTLINE_STATE;
	int rc;

	if (count < OUTLINE_STATE + OUTLINE_FIELDS)
		return SG_EFORMAT;
	count -= OUTLINE_STATE + OUTLINE_FIELDS;
	if ((rc = room_need(room, count)) != 0)
		return rc;
	*f = (struct fields){ 0 };
	for (size_t i = 0; i < OUTLINE_FIELDS; i++)
		f->values[outline_fields[i]] = redis_reply_text(reply, at + i);
	at += OUTLINE_FIELDS;
	for (size_t i = 0; i < count; i++)
		room->attributes[i] = (struct attribute){
			.name = fields_attribute(f, redis_reply_text(reply, at + i))
		};
	*attributes = count;
	return 0;
}

int redis_record_read_outline(const struct redis_reply *reply, size_t item, struct slice id,
			      struct redis_record_room *room, const struct session **out)
{
	struct session s = { .replaced_count = 0 };
	struct fields f;
	size_t count;
	int rc = outline_read(&f, reply, item, room, &count);

	if (rc != 0)
		return rc;
	memcpy(s.id, id.ptr, TOKEN_ID_CHARS);
	fields_read_rest(&f, &s);
	return f.wrong ? SG_EFORMAT : session_restore_outline(&s, room->attributes, count, out);
}

bool redis_record_field(const struct redis_reply *reply, size_t item, struct slice field,
			struct slice *value)
{
	size_t count = redis_reply_elements(reply, item) / 2;

	for (size_t i = 0; i < count; i++) {
		if (!slice_equal(redis_reply_text(reply, item + 1 + 2 * i), field))
			continue;
		*value = redis_reply_text(reply, item + 2 + 2 * i);
		return true;
	}
	return false;
}
