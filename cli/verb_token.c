/* verb_token.c - sessionctl token new: a token, which nobody sees again, and what the configuration has of it. Asks
 * nobody. */
#include "cli/verb.h"
#include "cli/vital.h"

#include "base/base64url.h"
#include "base/json.h"
#include "base/random.h"

#include <openssl/evp.h>
#include <stdio.h>

enum {
	TOKEN_SECRET_BYTES = 32,
	TOKEN_NAME_CHARS = 32,
	TOKEN_HASH_BYTES = 32,
	TOKEN_CHARS = (int)sizeof("sga_") + TOKEN_NAME_CHARS + (int)sizeof("_") +
		      BASE64URL_CHARS(TOKEN_SECRET_BYTES),
};

static bool token_name_is_well_formed(struct slice name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return name.len <= TOKEN_NAME_CHARS && strspn(name.ptr, letters) == name.len;
}

/* False: the kernel gives no random bytes. */
static bool token_make(const char *name, char out[TOKEN_CHARS])
{
	uint8_t secret[TOKEN_SECRET_BYTES];
	char text[BASE64URL_CHARS(TOKEN_SECRET_BYTES)];

	if (random_bytes(secret, sizeof(secret)) != 0)
		return false;
	base64url_encode(secret, sizeof(secret), text);
	snprintf(out, TOKEN_CHARS, "sga_%s_%.*s", name, (int)sizeof(text), text);
	return true;
}

static void token_hash(const char *token, char hex[2 * TOKEN_HASH_BYTES + 1])
{
	uint8_t hash[TOKEN_HASH_BYTES];

	vital(EVP_Digest(token, strlen(token), hash, NULL, EVP_sha256(), NULL) == 1 ? 0
										    : SG_ENOMEM);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

/* "a,b" as a list; without any: all. Its names are the gateway's to judge. */
static void token_add_scopes(cJSON *entry, const char *scopes)
{
	struct slice rest = slice_from(scopes != NULL ? scopes : "*"), scope;
	cJSON *list = vital_memory(cJSON_AddArrayToObject(entry, "scopes"));
	bool more, whole = true;

	do {
		more = slice_cut(&rest, ',', &scope);
		scope = slice_trim(scope);
		if (scope.len > 0 && scope.len < JSON_TEXT_BYTES)
			whole = whole && json_append_text(list, scope);
	} while (more);
	vital(whole ? 0 : SG_ENOMEM);
}

/* JSON is YAML, too. */
static char *token_entry(const struct errand *e, const char *token)
{
	char hex[2 * TOKEN_HASH_BYTES + 1];
	cJSON *entry = vital_memory(cJSON_CreateObject());
	char *text;

	token_hash(token, hex);
	vital_memory(cJSON_AddStringToObject(entry, "name", e->words[0]));
	vital_memory(cJSON_AddStringToObject(entry, "sha256", hex));
	token_add_scopes(entry, e->arguments->values[OPTION_SCOPES]);
	text = vital_memory(cJSON_PrintUnformatted(entry));
	cJSON_Delete(entry);
	return text;
}

enum outcome verb_token_new(struct errand *e)
{
	char token[TOKEN_CHARS], *entry;

	if (!token_name_is_well_formed(slice_from(e->words[0]))) {
		screen_complain("%s: a name is 1 to %d of a-z, 0-9 and -", e->words[0],
				TOKEN_NAME_CHARS);
		return OUTCOME_USAGE;
	}
	if (!token_make(e->words[0], token)) {
		screen_complain("%s", error_text(SG_ERANDOM));
		return OUTCOME_ERROR;
	}
	entry = token_entry(e, token);
	if (e->arguments->format == FORMAT_JSON || e->arguments->format == FORMAT_NDJSON)
		printf("{\"token\":\"%s\",\"entry\":%s}\n", token, entry);
	else
		printf("# the token, which nobody can tell you again:\n%s\n"
		       "# its line in the configuration, under admin: tokens:\n- %s\n",
		       token, entry);
	cJSON_free(entry);
	return OUTCOME_OK;
}
