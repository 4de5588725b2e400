/* params.c - a request's params: read once from the pair bytes, duplicates found by a small hash
 * table that lives for the length of the reading. */
#include "gateway/params.h"

#include "gateway/fcgi.h"
#include "gateway/fold.h"

enum {
	PARAM_NAME_BYTES = 256,
	HTTP_CHARS = 5,   /* of "HTTP_" */
	ROOM_TO_ADD = 32, /* SESSION_*, an application's own params: rarely more */
};

/* One slot of the table. A collision made on purpose costs limits.params steps a param, no more. */
struct slot {
	uint32_t hash;
	uint32_t item; /* index in items plus one; 0: a free slot */
	uint32_t room; /* bytes behind a joined value; 0: the value is borrowed */
};

struct reading {
	struct params *p;
	const struct config *config;
	struct slot *slots;
	uint32_t mask;
	const char *reason;
};

static int params_refuse(struct reading *r, const char *reason)
{
	r->reason = reason;
	return SG_EFORMAT;
}

static int params_too_much(struct reading *r, const char *reason)
{
	r->reason = reason;
	return SG_ELIMIT;
}

/* The lengths of all pairs against the bytes and the limits, before a byte of them is believed. */
static int params_count(struct reading *r, struct slice pairs, size_t *count)
{
	struct param pair;
	size_t bytes = 0;
	int rc;

	*count = 0;
	while ((rc = pairs_next(&pairs, &pair)) == 1) {
		bytes += pair.name.len + pair.value.len;
		if (++*count > r->config->limits.params)
			return params_too_much(r, "more params than limits.params");
		if (bytes > r->config->limits.params_bytes)
			return params_too_much(r, "params over limits.params_size");
		if (pairs_size(pair.name, pair.value) > FCGI_CONTENT_MAX)
			return params_too_much(r, "a param that no FastCGI record holds");
	}
	return rc == 0 ? 0 : params_refuse(r, "a param's length points past the end of PARAMS");
}

/* Room for count params and those that will be added, and a table that stays half empty. Sized by
 * what came, not by limits.params: the arena clears it, and most requests have 30 params, not 1000. */
static int params_reserve(struct reading *r, size_t count)
{
	struct params *p = r->p;
	size_t slots = 16;

	while (slots < 2 * count)
		slots *= 2;
	p->room = count + ROOM_TO_ADD;
	p->items = arena_alloc(p->arena, p->room * sizeof(*p->items));
	r->slots = arena_alloc(p->arena, slots * sizeof(*r->slots));
	r->mask = (uint32_t)(slots - 1);
	return p->items != NULL && r->slots != NULL ? 0 : SG_ENOMEM;
}

/* Check a name and hash it (FNV-1a) on the way. */
static int params_check_name(struct reading *r, struct slice name, uint32_t *hash)
{
	uint32_t h = 2166136261u;

	if (name.len == 0)
		return params_refuse(r, "a param without a name");
	if (name.len > PARAM_NAME_BYTES)
		return params_refuse(r, "a param's name is longer than 256 bytes");
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = (uint8_t)name.ptr[i];

		if (c == '\0' || c == '\r' || c == '\n' || c == '=')
			return params_refuse(r, "NUL, CR, LF or = in a param's name");
		h = (h ^ c) * 16777619u;
	}
	*hash = h;
	return 0;
}

static bool has_byte(struct slice s, char c)
{
	return s.len > 0 && memchr(s.ptr, c, s.len) != NULL;
}

static bool names_a_script(struct slice name)
{
	return slice_equal(name, SLICE("SCRIPT_NAME")) || slice_equal(name, SLICE("PATH_INFO")) ||
	       slice_equal(name, SLICE("SCRIPT_FILENAME"));
}

static int params_check_value(struct reading *r, const struct param *pair, bool http)
{
	if (has_byte(pair->value, '\0'))
		return params_refuse(r, "NUL in a param's value");
	if (http && (has_byte(pair->value, '\r') || has_byte(pair->value, '\n')))
		return params_refuse(r, "CR or LF in the value of an HTTP_ param");
	if (names_a_script(pair->name) && slice_has_control(pair->value))
		return params_refuse(r, "control bytes in the script's name or path");
	return 0;
}

/* What no client, and no web server, may tell an application through us. */
static bool params_unwanted(const struct config *config, struct slice name, bool http)
{
	if (fold_starts(name, SLICE("SESSION_")))
		return true;
	if (http && (fold_starts(slice_after(name, HTTP_CHARS), SLICE("X_SESSION_")) ||
		     fold_equal(name, SLICE("HTTP_PROXY"))))
		return true;
	for (size_t i = 0; i < config->drop_param_count; i++)
		if (fold_equal(name, config->drop_params[i]))
			return true;
	return false;
}

/* The slot of name, or the free one where it belongs. */
static struct slot *params_slot(struct reading *r, struct slice name, uint32_t hash)
{
	uint32_t at = hash & r->mask;

	for (; r->slots[at].item != 0; at = (at + 1) & r->mask)
		if (r->slots[at].hash == hash &&
		    slice_equal(r->p->items[r->slots[at].item - 1].name, name))
			break;
	return &r->slots[at];
}

/* Those that programs decide by: which of two values counts would differ from one to the next. */
static bool must_agree(struct slice name)
{
	static const struct slice names[] = {
		{ "CONTENT_LENGTH", 14 },  { "REQUEST_METHOD", 14 }, { "SCRIPT_NAME", 11 },
		{ "SCRIPT_FILENAME", 15 }, { "PATH_INFO", 9 },       { "HTTPS", 5 },
		{ "REMOTE_USER", 11 },     { "REMOTE_ADDR", 11 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal(name, names[i]))
			return true;
	return false;
}

/* Make the joined value's memory ours, twice as large as needed: a header that comes a thousand
 * times must not cost the square of it. */
static int params_own_value(struct reading *r, struct slot *slot, struct param *held, size_t bytes)
{
	char *memory;

	if (bytes <= slot->room)
		return 0;
	if ((memory = arena_alloc(r->p->arena, 2 * bytes)) == NULL)
		return SG_ENOMEM;
	memcpy(memory, held->value.ptr, held->value.len);
	held->value.ptr = memory;
	slot->room = (uint32_t)(2 * bytes);
	return 0;
}

static int params_join(struct reading *r, struct slot *slot, struct param *held, struct slice more)
{
	bool cookie = slice_equal(held->name, SLICE("HTTP_COOKIE"));
	size_t bytes = held->value.len + 2 + more.len;
	char *end;
	int rc;

	if (pairs_size(held->name, slice_of(NULL, bytes)) > FCGI_CONTENT_MAX)
		return params_too_much(r, "a header that no FastCGI record holds once joined");
	if ((rc = params_own_value(r, slot, held, bytes)) != 0)
		return rc;
	end = (char *)held->value.ptr + held->value.len;
	memcpy(end, cookie ? "; " : ", ", 2);
	memcpy(end + 2, more.ptr, more.len);
	held->value.len = bytes;
	return 0;
}

static int params_again(struct reading *r, struct slot *slot, struct slice value, bool http)
{
	struct param *held = &r->p->items[slot->item - 1];

	if (http)
		return params_join(r, slot, held, value);
	if (!slice_equal(held->value, value) && must_agree(held->name))
		return params_refuse(r, "a param that came twice, with different values");
	held->value = value;
	return 0;
}

static int params_take(struct reading *r, const struct param *pair)
{
	bool http = fold_starts(pair->name, SLICE("HTTP_"));
	struct slot *slot;
	uint32_t hash;
	int rc;

	if ((rc = params_check_name(r, pair->name, &hash)) != 0 ||
	    (rc = params_check_value(r, pair, http)) != 0)
		return rc;
	if (params_unwanted(r->config, pair->name, http))
		return 0;
	slot = params_slot(r, pair->name, hash);
	if (slot->item != 0)
		return params_again(r, slot, pair->value, http);
	r->p->items[r->p->count++] = *pair;
	*slot = (struct slot){ .hash = hash, .item = (uint32_t)r->p->count };
	return 0;
}

int params_read(struct slice pairs, const struct config *config, struct arena *arena,
		struct params *out, const char **reason)
{
	struct params p = { .arena = arena };
	struct reading r = { .p = &p, .config = config };
	struct param pair;
	size_t count;
	int rc;

	if ((rc = params_count(&r, pairs, &count)) == 0)
		rc = params_reserve(&r, count);
	while (rc == 0 && pairs_next(&pairs, &pair) == 1)
		rc = params_take(&r, &pair);
	if (rc == 0)
		*out = p;
	else if (rc != SG_ENOMEM)
		*reason = r.reason;
	return rc;
}

static struct param *params_find(const struct params *p, struct slice name)
{
	for (size_t i = 0; i < p->count; i++)
		if (slice_equal(p->items[i].name, name))
			return &p->items[i];
	return NULL;
}

struct slice params_get(const struct params *p, struct slice name)
{
	struct param *found = params_find(p, name);

	return found != NULL ? found->value : slice_of(NULL, 0);
}

static int params_grow(struct params *p)
{
	size_t room = 2 * p->room + ROOM_TO_ADD;
	struct param *items = arena_alloc(p->arena, room * sizeof(*items));

	if (items == NULL)
		return SG_ENOMEM;
	if (p->count > 0)
		memcpy(items, p->items, p->count * sizeof(*items));
	p->items = items;
	p->room = room;
	return 0;
}

int params_add(struct params *p, struct slice name, struct slice value)
{
	int rc;

	if (p->count == p->room && (rc = params_grow(p)) != 0)
		return rc;
	p->items[p->count++] = (struct param){ name, value };
	return 0;
}

int params_set(struct params *p, struct slice name, struct slice value)
{
	struct param *found = params_find(p, name);

	if (found == NULL)
		return params_add(p, name, value);
	found->value = value;
	return 0;
}

void params_remove(struct params *p, struct slice name)
{
	struct param *found = params_find(p, name);

	if (found == NULL)
		return;
	p->count--;
	memmove(found, found + 1, (size_t)(p->items + p->count - found) * sizeof(*found));
}

void params_remove_respelled(struct params *p, struct slice name)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++)
		if (!fold_equal(p->items[i].name, name) || slice_equal(p->items[i].name, name))
			p->items[kept++] = p->items[i];
	p->count = kept;
}
