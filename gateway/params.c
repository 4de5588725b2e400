/* params.c - a request's params: read once from the pair bytes into an array. */
#include "gateway/params.h"

#include "base/word.h"
#include "gateway/fcgi.h"
#include "gateway/fold.h"

enum {
	PARAMS_ROOM_TO_ADD = 24, /* SESSION_*, an application's own params: rarely more */
	PARAMS_USUAL_BYTES = 32, /* of a param; with shorter ones there will be more of them */
	PARAMS_MIN_SLOTS = 64,
	PARAMS_WRITE_BYTES = 1024,    /* SESSION_* with some small attributes */
	PARAMS_TEXT_FIRST = '\r' + 1, /* what would break something is below it; and tabs */
};

struct reading {
	struct params *p;
	const struct config *config;
	size_t pairs, bytes; /* so far; bytes: of names and values */
	/* Names that were told apart before are not told apart again: as long as each is what it was in an
	 * earlier request there can be no duplicates. Then a hash table finds them: index in items plus
	 * one, 0 for a free slot. */
	bool as_before, doubled, remembered;
	/* nothing that fits all of PARAMS is over a limit, and the configuration drops no name */
	bool roomy;
	uint32_t *slots, mask; /* mask: slots less one */
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

static bool params_has_name(const struct param *item, struct slice name)
{
	return item->name.len == name.len && word_equal(item->name.ptr, name.ptr, name.len);
}

/* --- the table --- */

/* The slot of name, or the free one where it belongs. */
static uint32_t *params_slot(const struct reading *r, struct slice name, uint32_t hash)
{
	uint32_t at = hash & r->mask;

	while (r->slots[at] != 0 && !params_has_name(&r->p->items[r->slots[at] - 1], name))
		at = (at + 1) & r->mask;
	return &r->slots[at];
}

/* A table that is a quarter full, of all that there is by now; sized by that and not by limits.params, since
 * it is cleared, and most requests have 30 params. */
static int params_index(struct reading *r)
{
	const struct params *p = r->p;
	size_t slots = PARAMS_MIN_SLOTS;

	while (slots < 4 * p->count)
		slots *= 2;
	if ((r->slots = arena_alloc(p->arena, slots * sizeof(*r->slots))) == NULL)
		return SG_ENOMEM;
	r->mask = (uint32_t)(slots - 1);
	for (size_t i = 0; i < p->count; i++)
		*params_slot(r, p->items[i].name, param_name_hash(p->items[i].name)) =
			(uint32_t)i + 1;
	return 0;
}

static int params_grow(struct params *p)
{
	size_t room = 2 * p->room + PARAMS_ROOM_TO_ADD;
	struct param *items = arena_room(p->arena, room * sizeof(*items));

	if (items == NULL)
		return SG_ENOMEM;
	if (p->count > 0)
		memcpy(items, p->items, p->count * sizeof(*items));
	p->items = items;
	p->room = room;
	return 0;
}

/* --- reading --- */

static int params_check_size(struct reading *r, const struct param *pair)
{
	const struct config_limits *limits = &r->config->limits;

	r->bytes += pair->name.len + pair->value.len;
	if (r->pairs == limits->params)
		return params_too_much(r, "more params than limits.params");
	if (r->bytes > limits->params_bytes)
		return params_too_much(r, "params over limits.params_size");
	if (pairs_size(pair->name, pair->value) > FCGI_CONTENT_MAX)
		return params_too_much(r, "a param that no FastCGI record holds");
	return 0;
}

/* NUL anywhere; and what would end a header in one of a header's. */
static bool params_word_breaks(uint64_t word, bool http)
{
	return word_has(word, '\0') || (http && (word_has(word, '\r') || word_has(word, '\n')));
}

static bool params_value_breaks(struct slice value, bool http)
{
	bool breaks = false;
	size_t at = 0;

	for (; value.len - at >= WORD_BYTES; at += WORD_BYTES)
		breaks |= params_word_breaks(word_load(value.ptr + at), http);
	if (at > 0) /* the rest, with some of what was seen already */
		return breaks ||
		       params_word_breaks(word_load(value.ptr + value.len - WORD_BYTES), http);
	for (; at < value.len; at++)
		breaks |= value.ptr[at] == '\0' ||
			  (http && (value.ptr[at] == '\r' || value.ptr[at] == '\n'));
	return breaks;
}

static int params_check_value(struct reading *r, const struct param_name *name, struct slice value)
{
	if (params_value_breaks(value, name->http))
		return params_refuse(r, name->http ? "NUL, CR or LF in the value of an HTTP_ param"
						   : "NUL in a param's value");
	if (name->script && slice_has_control(value))
		return params_refuse(r, "control bytes in the script's name or path");
	return 0;
}

static bool params_drops(const struct config *config, struct slice name)
{
	for (size_t i = 0; i < config->drop_param_count; i++)
		if (fold_equal(name, config->drop_params[i]))
			return true;
	return false;
}

/* Those that programs decide by: which of two values counts would differ from one to the next. */
static bool params_must_agree(struct slice name)
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

static bool params_borrows(const struct params *p, struct slice value)
{
	return value.ptr >= p->bytes.ptr && value.ptr <= p->bytes.ptr + p->bytes.len;
}

/* So large is the memory of a joined value: a header that comes a thousand times must not cost the square
 * of it. */
static size_t params_joined_room(size_t bytes)
{
	size_t room = 256;

	while (room < bytes)
		room *= 2;
	return room;
}

/* Memory of our own for the joined value. */
static int params_own_value(struct params *p, struct param *held, size_t bytes)
{
	char *memory;

	if (!params_borrows(p, held->value) && bytes <= params_joined_room(held->value.len))
		return 0;
	if ((memory = arena_room(p->arena, params_joined_room(bytes))) == NULL)
		return SG_ENOMEM;
	memcpy(memory, held->value.ptr, held->value.len);
	held->value.ptr = memory;
	held->head_bytes = 0;
	return 0;
}

static int params_join(struct reading *r, struct param *held, struct slice more)
{
	bool cookie = slice_equal(held->name, SLICE("HTTP_COOKIE"));
	size_t bytes = held->value.len + 2 + more.len;
	char *end;
	int rc;

	if (pairs_size(held->name, slice_of(NULL, bytes)) > FCGI_CONTENT_MAX)
		return params_too_much(r, "a header that no FastCGI record holds once joined");
	if ((rc = params_own_value(r->p, held, bytes)) != 0)
		return rc;
	end = (char *)held->value.ptr + held->value.len;
	memcpy(end, cookie ? "; " : ", ", 2);
	memcpy(end + 2, more.ptr, more.len);
	held->value.len = bytes;
	return 0;
}

static int params_again(struct reading *r, struct param *held, const struct param *pair, bool http)
{
	r->doubled = true;
	if (http)
		return params_join(r, held, pair->value);
	if (!slice_equal(held->value, pair->value) && params_must_agree(held->name))
		return params_refuse(r, "a param that came twice, with different values");
	*held = *pair;
	return 0;
}

static inline void params_keep(struct params *p, const struct param_name *name, struct param pair)
{
	p->items[p->count++] = pair;
	p->known[name->known] = (uint32_t)p->count;
}

/* The so many-th pair: kept, joined to one that is kept, or left out. */
static int params_take(struct reading *r, const struct param *pair, size_t place)
{
	const struct param_name *name = param_name(pair->name, place);
	struct params *p = r->p;
	uint32_t *slot;
	int rc;

	r->remembered &= name->remembered;
	if (r->as_before && !name->as_before) {
		r->as_before = false;
		if ((rc = params_index(r)) != 0)
			return rc;
	}
	if (name->flaw != NULL)
		return params_refuse(r, name->flaw);
	if ((rc = params_check_value(r, name, pair->value)) != 0)
		return rc;
	if (name->ours)
		return 0;
	if (params_drops(r->config, pair->name)) {
		r->remembered = false; /* another configuration may keep it, and find it twice */
		return 0;
	}
	p->odd |= name->odd;
	if (!r->as_before) {
		slot = params_slot(r, pair->name, name->hash);
		if (*slot != 0)
			return params_again(r, &p->items[*slot - 1], pair, name->http);
		*slot = (uint32_t)p->count + 1;
	}
	if (p->count == p->room && (rc = params_grow(p)) != 0)
		return rc;
	params_keep(p, name, *pair);
	return r->as_before || 2 * p->count < r->mask ? 0 : params_index(r);
}

/* No byte that breaks anything, whatever it is the value of, or some that may. */
static bool params_value_is_text(const char *value, size_t len)
{
	size_t at;

	if (len < WORD_BYTES)
		return len == 0 || !word_has_below(word_load_few(value, len), PARAMS_TEXT_FIRST);
	for (at = 0; at + WORD_BYTES < len; at += WORD_BYTES)
		if (word_has_below(word_load(value + at), PARAMS_TEXT_FIRST))
			return false;
	return !word_has_below(word_load(value + len - WORD_BYTES), PARAMS_TEXT_FIRST);
}

/* Is there nothing to be said of a pair but that it is kept? Its name is the one that stood there before, of which
 * that is known. */
static bool params_is_usual(const struct param_name *name, const struct param *pair)
{
	return name->as_before && name->plain && name->len == pair->name.len &&
	       word_equal(name->bytes, pair->name.ptr, pair->name.len) &&
	       params_value_is_text(pair->value.ptr, pair->value.len);
}

/* The pairs at the front that are usual and have lengths of a byte each: nearly always all of them. The rest is for
 * params_take(). */
static void params_take_run(struct reading *r, struct slice *pairs)
{
	const char *at = pairs->ptr, *end;
	size_t place = r->pairs, most = place + r->p->room - r->p->count;

	if (!r->roomy || !r->as_before || pairs->len == 0)
		return;
	end = at + pairs->len;
	if (most > r->config->limits.params)
		most = r->config->limits.params;
	for (; place < most && end - at >= 2; place++) {
		const struct param_name *name = param_name_at(place);
		size_t name_len = (uint8_t)at[0], value_len = (uint8_t)at[1];
		struct param pair = { { at + 2, name_len }, { at + 2 + name_len, value_len }, 2 };

		if ((name_len | value_len) > PAIR_SHORT_MAX ||
		    (size_t)(end - at) < 2 + name_len + value_len || !params_is_usual(name, &pair))
			break;
		params_keep(r->p, name, pair);
		at += 2 + name_len + value_len;
	}
	r->pairs = place;
	*pairs = slice_of(at, (size_t)(end - at));
}

/* Room for what that many bytes usually are, and for those that will be added; more than the limit are
 * refused anyway. */
static int params_prepare(struct reading *r)
{
	const struct config_limits *limits = &r->config->limits;
	struct params *p = r->p;
	size_t usual = p->bytes.len / PARAMS_USUAL_BYTES;

	r->roomy = p->bytes.len <= FCGI_CONTENT_MAX && p->bytes.len <= limits->params_bytes &&
		   r->config->drop_param_count == 0;
	if (usual > limits->params)
		usual = limits->params;
	p->room = usual + PARAMS_ROOM_TO_ADD;
	p->items = arena_room(p->arena, p->room * sizeof(*p->items));
	return p->items != NULL ? 0 : SG_ENOMEM;
}

int params_read(struct slice pairs, const struct config *config, struct arena *arena,
		struct params *out, const char **reason)
{
	struct params p = { .arena = arena, .bytes = pairs };
	struct reading r = { .p = &p, .config = config, .as_before = true, .remembered = true };
	struct param pair;
	int rc = params_prepare(&r), more;

	while (rc == 0) {
		params_take_run(&r, &pairs);
		if ((more = pairs_next(&pairs, &pair)) == 0)
			break;
		if (more < 0)
			rc = params_refuse(&r, "a param's length points past the end of PARAMS");
		else if ((rc = params_check_size(&r, &pair)) == 0)
			rc = params_take(&r, &pair, r.pairs++);
	}
	if (rc == 0 && r.remembered && !r.as_before && !r.doubled)
		param_name_told_apart(r.pairs);
	if (rc == 0)
		*out = p;
	else if (rc != SG_ENOMEM)
		*reason = r.reason;
	return rc;
}

/* Some twenty lengths are looked at: no table would be quicker to make and to ask. */
static struct param *params_find(const struct params *p, struct slice name)
{
	for (size_t i = 0; i < p->count; i++)
		if (params_has_name(&p->items[i], name))
			return &p->items[i];
	return NULL;
}

struct slice params_get(const struct params *p, struct slice name)
{
	struct param *found = params_find(p, name);

	return found != NULL ? found->value : slice_of(NULL, 0);
}

/* --- changing --- */

static int params_add(struct params *p, enum param_known known, struct slice name,
		      struct slice value)
{
	int rc;

	if (p->count == p->room && (rc = params_grow(p)) != 0)
		return rc;
	p->items[p->count++] = (struct param){ .name = name, .value = value };
	p->known[known] = (uint32_t)p->count;
	return 0;
}

int params_make_room(struct params *p, size_t bytes)
{
	size_t room = bytes > PARAMS_WRITE_BYTES ? bytes : PARAMS_WRITE_BYTES;
	int rc;

	if (p->count == p->room && (rc = params_grow(p)) != 0)
		return rc;
	if (bytes <= (size_t)(p->end - p->at))
		return 0;
	if ((p->at = arena_room(p->arena, room)) == NULL) {
		p->end = NULL;
		return SG_ENOMEM;
	}
	p->end = p->at + room;
	return 0;
}

int params_add_new(struct params *p, struct slice name, struct slice value)
{
	return params_add(p, PARAM_OTHER, name, value);
}

int params_set(struct params *p, struct slice name, struct slice value)
{
	struct param *found = params_find(p, name);

	if (found != NULL) {
		*found = (struct param){ .name = name, .value = value };
		return 0;
	}
	return params_add(p, param_name_known(name), name, value);
}

int params_set_known(struct params *p, enum param_known known, struct slice value)
{
	struct slice name = param_known_name(known);

	if (p->known[known] == 0)
		return params_add(p, known, name, value);
	p->items[p->known[known] - 1] = (struct param){ .name = name, .value = value };
	return 0;
}

static void param_remove(struct param *item)
{
	*item = (struct param){ .head_bytes = 0 };
}

void params_remove(struct params *p, struct slice name)
{
	struct param *found = params_find(p, name);

	if (found != NULL)
		param_remove(found);
}

static bool param_passes_for(const struct param *item, struct slice name)
{
	return !slice_equal(item->name, name) &&
	       fold_equal(param_name_before_redirect(item->name), name);
}

void params_remove_respelled(struct params *p, struct slice name, params_judge_fn *judge)
{
	for (size_t i = 0; p->odd && i < p->count; i++)
		if (param_passes_for(&p->items[i], name) &&
		    (judge == NULL || judge(p->items[i].value)))
			param_remove(&p->items[i]);
}
