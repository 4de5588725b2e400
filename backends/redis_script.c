/* redis_script.c - see redis_script.h. */
#include "backends/redis_script.h"

#include "backends/backend.h"
#include "backends/redis_clock.h"
#include "base/buffer.h"

#include <openssl/evp.h>
#include <stdio.h>

/* The texts of backends/redis/, which the Makefile puts into the program. */
extern const char redis_lua_common[], redis_lua_events[], redis_lua_ends[], redis_lua_user[];
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

static int script_make(struct redis_script *script, const char *const parts[])
{
	struct buffer text = { 0 };
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned hash_bytes;
	int rc = script_append_statuses(&text);

	for (; rc == 0 && *parts != NULL; parts++)
		rc = buffer_append_slice(&text, slice_from(*parts));
	if (rc == 0 && EVP_Digest(buffer_content(&text).ptr, buffer_len(&text), hash, &hash_bytes,
				  EVP_sha1(), NULL) != 1)
		rc = SG_ENOMEM;
	if (rc != 0) {
		buffer_fini(&text);
		return rc;
	}
	for (unsigned i = 0; i < hash_bytes; i++)
		snprintf(script->hash + 2 * (size_t)i, 3, "%02x", hash[i]);
	script->text = buffer_content(&text); /* for as long as the program runs */
	return 0;
}

int redis_script_prepare(void)
{
	static const char *const parts[REDIS_SCRIPT_COUNT][6] = {
#define SCRIPT_PARTS(name, others) \
	{ redis_clock_lua, redis_lua_common, others redis_lua_##name, NULL },
#define EVENTS redis_lua_events,
#define ENDS   redis_lua_ends,
#define USER   redis_lua_user,
		REDIS_SCRIPTS(SCRIPT_PARTS)
#undef SCRIPT_PARTS
#undef EVENTS
#undef ENDS
#undef USER
	};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < REDIS_SCRIPT_COUNT; i++)
		if (scripts[i].text.ptr == NULL)
			rc = script_make(&scripts[i], parts[i]);
	return rc;
}

const struct redis_script *redis_script(enum redis_script_name name)
{
	return &scripts[name];
}
