/* redis_script.c - see redis_script.h. */
#include "backends/redis_script.h"

#include "backends/backend.h"
#include "backends/redis_clock.h"
#include "base/buffer.h"

#include <openssl/evp.h>
#include <stdio.h>

/* The texts of backends/redis/, which the Makefile puts into the program. */
extern const char redis_lua_common[], redis_lua_events[], redis_lua_ends[], redis_lua_user[],
	redis_lua_line[], redis_lua_heads[];
#define SCRIPT_TEXT(name, parts) extern const char redis_lua_##name[];
REDIS_SCRIPTS(SCRIPT_TEXT)
#undef SCRIPT_TEXT

static struct redis_script scripts[REDIS_SCRIPT_COUNT];

/* "local OK, NOT_FOUND, … = 0, 1, …": scripts name statuses as we do. */
static int script_append_statuses(struct buffer *text)
{
	static const char *const names[] = {
#define SCRIPT_STATUS(name, text) #name,
		STORE_STATUSES(SCRIPT_STATUS)
#undef SCRIPT_STATUS
	};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < sizeof(names) / sizeof(names[0]); i++)
		rc = buffer_printf(text, "local %s = %u\n", names[i], i);
	return rc;
}

static int script_append_parts(struct buffer *text, unsigned parts)
{
	static const char *const texts[] = { redis_lua_user, redis_lua_events, redis_lua_ends,
					     redis_lua_line, redis_lua_heads };
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parts >> i & 1)
			rc = buffer_append_slice(text, slice_from(texts[i]));
	return rc;
}

static int script_append(struct buffer *text, unsigned parts, const char *script)
{
	int rc;

	if ((rc = script_append_statuses(text)) != 0 ||
	    (rc = buffer_append_slice(text, slice_from(redis_clock_lua))) != 0 ||
	    (rc = buffer_append_slice(text, slice_from(redis_lua_common))) != 0 ||
	    (rc = script_append_parts(text, parts)) != 0)
		return rc;
	return buffer_append_slice(text, slice_from(script));
}

static int script_hash(struct redis_script *script)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned bytes;

	if (EVP_Digest(script->text.ptr, script->text.len, hash, &bytes, EVP_sha1(), NULL) != 1)
		return SG_ENOMEM;
	for (size_t i = 0; i < bytes; i++)
		snprintf(script->hash + 2 * i, 3, "%02x", hash[i]);
	return 0;
}

/* Its text is there for as long as the program runs. */
static int script_make(struct redis_script *script, unsigned parts, const char *own)
{
	struct buffer text = { 0 };
	int rc = script_append(&text, parts, own);

	script->tells = (parts & REDIS_PART_EVENTS) != 0;
	if (rc == 0) {
		script->text = buffer_content(&text);
		rc = script_hash(script);
	}
	if (rc != 0) {
		script->text = (struct slice){ NULL, 0 };
		buffer_fini(&text);
	}
	return rc;
}

int redis_script_prepare(void)
{
	static const struct {
		unsigned parts;
		const char *own;
	} made_of[REDIS_SCRIPT_COUNT] = {
#define SCRIPT_MADE_OF(name, parts) { parts, redis_lua_##name },
		REDIS_SCRIPTS(SCRIPT_MADE_OF)
#undef SCRIPT_MADE_OF
	};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < REDIS_SCRIPT_COUNT; i++)
		if (scripts[i].text.ptr == NULL)
			rc = script_make(&scripts[i], made_of[i].parts, made_of[i].own);
	return rc;
}

const struct redis_script *redis_script(enum redis_script_name name)
{
	return &scripts[name];
}
