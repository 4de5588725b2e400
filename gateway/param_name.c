/* param_name.c - see param_name.h. */
#include "gateway/param_name.h"

#include "base/random.h"
#include "base/word.h"
#include "gateway/fold.h"

enum {
	PARAM_NAME_BYTES = 256,
	PARAM_NAME_HTTP_CHARS = 5, /* of "HTTP_" */
	PARAM_NAME_PLACES = 64,    /* twice what a browser's request has */
	PARAM_NAME_REMEMBERED = 32 /* bytes; few are longer */
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

static bool param_name_is_ours(struct slice name, bool http)
{
	if (!http)
		return fold_starts(name, SLICE("SESSION_"));
	return fold_starts(slice_after(name, PARAM_NAME_HTTP_CHARS), SLICE("X_SESSION_")) ||
	       fold_equal(name, SLICE("HTTP_PROXY"));
}

static bool param_name_is_script(struct slice name)
{
	return slice_equal(name, SLICE("SCRIPT_NAME")) || slice_equal(name, SLICE("PATH_INFO")) ||
	       slice_equal(name, SLICE("SCRIPT_FILENAME"));
}

static void param_name_learn(struct param_name *n, struct slice name)
{
	n->odd = !fold_keeps(name);
	n->flaw = param_name_flaw(name, n->odd);
	if (n->flaw != NULL)
		return;
	n->hash = param_name_hash(name);
	n->http = fold_starts(name, SLICE("HTTP_"));
	n->ours = param_name_is_ours(name, n->http);
	n->script = param_name_is_script(name);
}

/* --- by its place --- */

static _Thread_local struct {
	struct {
		struct param_name told;
		uint8_t len; /* 0: nothing yet */
		char bytes[PARAM_NAME_REMEMBERED];
	} places[PARAM_NAME_PLACES];
	size_t apart; /* so many of the first are known to be different ones */
} param_names;

const struct param_name *param_name(struct slice name, size_t place)
{
	static _Thread_local struct param_name other;
	struct param_name *told = &param_names.places[place < PARAM_NAME_PLACES ? place : 0].told;

	if (place >= PARAM_NAME_PLACES || name.len > PARAM_NAME_REMEMBERED || name.len == 0) {
		param_name_learn(&other, name);
		return &other;
	}
	if (param_names.places[place].len != name.len ||
	    !word_equal(param_names.places[place].bytes, name.ptr, name.len)) {
		param_name_learn(told, name);
		param_names.places[place].len = (uint8_t)name.len;
		memcpy(param_names.places[place].bytes, name.ptr, name.len);
		if (param_names.apart > place)
			param_names.apart = place;
	}
	told->remembered = true;
	told->as_before = place < param_names.apart;
	return told;
}

void param_name_told_apart(size_t places)
{
	param_names.apart = places;
}
