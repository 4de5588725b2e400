/* param_name.c - see param_name.h. */
#include "gateway/param_name.h"

#include "base/random.h"
#include "base/word.h"
#include "gateway/fold.h"

enum {
	PARAM_NAME_BYTES = 256,
	PARAM_NAME_HTTP_CHARS = 5, /* of "HTTP_" */
};

/* --- the hash --- */

/* Chosen before main(): what has been hashed by another would not be found again. */
static uint64_t param_name_seed = 0x9e3779b97f4a7c15u;

__attribute__((constructor)) static void param_name_choose_seed(void)
{
	uint64_t seed;

	/* without entropy there are no sessions either; a collision costs limits.params steps a param */
	if (random_u64(&seed) == 0)
		param_name_seed ^= seed;
}

/* Both halves of the product depend on all bits of both factors. */
static uint64_t param_name_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time, the last eight overlapping. */
uint32_t param_name_hash(struct slice name)
{
	const uint64_t factor = 0xd6e8feb86659fd93u;
	uint64_t hash, word = 0;
	size_t at;

	hash = param_name_seed ^ name.len;
	for (at = 0; at + WORD_BYTES < name.len; at += WORD_BYTES)
		hash = param_name_mix(hash ^ word_load(name.ptr + at), factor);
	if (name.len >= WORD_BYTES)
		word = word_load(name.ptr + name.len - WORD_BYTES);
	for (; name.len < WORD_BYTES && at < name.len; at++)
		word = word << 8 | (uint8_t)name.ptr[at];
	return (uint32_t)param_name_mix(hash ^ word, factor);
}

/* --- what it tells --- */

static const char *param_name_flaw(struct slice name, bool odd)
{
	if (name.len == 0)
		return "a param without a name";
	if (name.len > PARAM_NAME_BYTES)
		return "a param's name is longer than 256 bytes";
	for (size_t i = 0; odd && i < name.len; i++)
		if (strchr("\r\n=", name.ptr[i]) != NULL) /* NUL too */
			return "NUL, CR, LF or = in a param's name";
	return NULL;
}

struct slice param_name_before_redirect(struct slice name)
{
	while (fold_starts(name, SLICE("REDIRECT_")))
		name = slice_after(name, SLICE("REDIRECT_").len);
	return name;
}

static bool param_name_is_ours(struct slice name)
{
	if (!fold_starts(name, SLICE("HTTP_")))
		return fold_starts(name, SLICE("SESSION_"));
	return fold_starts(slice_after(name, PARAM_NAME_HTTP_CHARS), SLICE("X_SESSION_")) ||
	       fold_equal(name, SLICE("HTTP_PROXY"));
}

/* What was left of another name, but for the one that PHP wants and web servers send with each request. */
static bool param_name_is_redirected(struct slice name, struct slice original)
{
	return original.len < name.len && !slice_equal(name, SLICE("REDIRECT_STATUS"));
}

static bool param_name_is_script(struct slice name)
{
	return slice_equal(name, SLICE("SCRIPT_NAME")) || slice_equal(name, SLICE("PATH_INFO")) ||
	       slice_equal(name, SLICE("SCRIPT_FILENAME"));
}

static const struct slice param_known_names[PARAM_KNOWN_COUNT] = {
#define PARAM_KNOWN_NAME(name) [PARAM_##name] = { #name, sizeof(#name) - 1 },
	PARAMS_KNOWN(PARAM_KNOWN_NAME)
#undef PARAM_KNOWN_NAME
};

struct slice param_known_name(enum param_known known)
{
	return param_known_names[known];
}

enum param_known param_name_known(struct slice name)
{
	enum param_known known = PARAM_KNOWN_COUNT;

	while (--known > PARAM_OTHER && !slice_equal(param_known_names[known], name))
		;
	return known;
}

static void param_name_learn(struct param_name *n, struct slice name)
{
	struct slice original = param_name_before_redirect(name);

	*n = (struct param_name){ .known = param_name_known(name) };
	n->odd = !fold_keeps(name);
	n->flaw = param_name_flaw(name, n->odd);
	if (n->flaw != NULL)
		return;
	n->odd |= param_name_is_redirected(name, original);
	n->hash = param_name_hash(name);
	n->http = fold_starts(name, SLICE("HTTP_"));
	n->ours = param_name_is_ours(original);
	n->script = param_name_is_script(name);
	n->plain = !n->odd && !n->ours && !n->script;
}

/* --- by its place --- */

_Thread_local struct param_name param_names[PARAM_NAME_PLACES + 1];
static _Thread_local size_t param_names_apart; /* so many of the first are as_before */

static void param_name_forget_from(size_t place)
{
	while (param_names_apart > place)
		param_names[--param_names_apart].as_before = false;
}

static bool param_name_is_at(struct slice name, const struct param_name *told)
{
	return told->len == name.len && word_equal(told->bytes, name.ptr, name.len);
}

const struct param_name *param_name(struct slice name, size_t place)
{
	struct param_name *told =
		&param_names[place < PARAM_NAME_PLACES ? place : PARAM_NAME_PLACES];

	if (place >= PARAM_NAME_PLACES || name.len > PARAM_NAME_REMEMBERED || name.len == 0) {
		told = &param_names[PARAM_NAME_PLACES];
		param_name_learn(told, name);
	} else if (!param_name_is_at(name, told)) {
		param_name_forget_from(place);
		param_name_learn(told, name);
		told->remembered = true;
		told->len = (uint8_t)name.len;
		memcpy(told->bytes, name.ptr, name.len);
	}
	return told;
}

void param_name_told_apart(size_t places)
{
	for (size_t i = 0; i < places; i++)
		param_names[i].as_before = true;
	param_names_apart = places;
}
