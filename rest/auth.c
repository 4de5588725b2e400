/* auth.c - see auth.h. */
#include "rest/auth.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <unistd.h>

/* The token of a Bearer header (RFC 6750 section 2.1). False: of another scheme, or no header at all. */
static bool auth_bearer(struct slice authorization, struct slice *token)
{
	struct slice scheme = SLICE("Bearer");

	if (!slice_starts_nocase(authorization, scheme))
		return false;
	*token = slice_after(authorization, scheme.len);
	if (token->len > 0 && token->ptr[0] != ' ')
		return false;
	*token = slice_trim(*token);
	return true;
}

static bool auth_holds(const struct grant *g, const struct auth_peer *peer, int64_t wall_ms)
{
	return (g->not_after_ms == 0 || wall_ms < g->not_after_ms) &&
	       (g->network_count == 0 ||
		network_any_holds(g->networks, g->network_count, slice_from(peer->address)));
}

/* All of them are looked at in any case, so that nobody learns from the time it takes how near he is. */
static const struct grant *auth_find(const struct settings *s, const struct auth_peer *peer,
				     struct slice token, int64_t wall_ms)
{
	const struct grant *found = NULL;
	uint8_t hash[GRANT_HASH_BYTES];

	SHA256((const uint8_t *)token.ptr, token.len, hash);
	for (size_t i = 0; i < s->grant_count; i++) {
		const struct grant *g = &s->grants[i];

		if (g->certificate_san == NULL && CRYPTO_memcmp(g->hash, hash, sizeof(hash)) == 0 &&
		    auth_holds(g, peer, wall_ms))
			found = g;
	}
	return found;
}

bool auth_peer_is_local(const struct auth_peer *peer)
{
	return strncmp(peer->address, "127.", 4) == 0 || strcmp(peer->address, "::1") == 0;
}

static bool auth_has_name(const struct auth_peer *peer, const char *name)
{
	for (const char *own = peer->names; own[0] != '\0'; own += strlen(own) + 1)
		if (strcmp(own, name) == 0)
			return true;
	return false;
}

static const struct grant *auth_find_certificate(const struct settings *s,
						 const struct auth_peer *peer, int64_t wall_ms)
{
	for (size_t i = 0; i < s->grant_count; i++) {
		const struct grant *g = &s->grants[i];

		if (g->certificate_san != NULL && auth_has_name(peer, g->certificate_san) &&
		    auth_holds(g, peer, wall_ms))
			return g;
	}
	return NULL;
}

static bool auth_trusts_peer(const struct auth_peer *peer)
{
	return peer->known && (peer->uid == 0 || peer->uid == geteuid());
}

static void auth_grant_peer(struct auth *auth, const struct auth_peer *peer)
{
	snprintf(auth->own_name, sizeof(auth->own_name), "uid:%u", peer->uid);
	auth->own = (struct grant){ .name = auth->own_name, .scopes = SCOPE_ALL };
	auth->grant = &auth->own;
	auth->via = "peer";
}

/* Without a token: by what the connection itself tells. */
static enum auth_verdict auth_judge_connection(struct auth *auth, const struct settings *settings,
					       const struct auth_peer *peer, int64_t wall_ms)
{
	auth->grant = auth_find_certificate(settings, peer, wall_ms);
	if (auth->grant != NULL)
		auth->via = "certificate";
	else if (auth_trusts_peer(peer))
		auth_grant_peer(auth, peer);
	else
		return AUTH_NONE;
	return AUTH_GRANTED;
}

enum auth_verdict auth_judge(struct auth *auth, const struct settings *settings,
			     struct failures *failures, const struct auth_peer *peer,
			     struct slice authorization, int64_t wall_ms, int64_t mono_ms)
{
	struct slice token;

	if (!auth_bearer(authorization, &token))
		return auth_judge_connection(auth, settings, peer, wall_ms);
	auth->grant = auth_find(settings, peer, token, wall_ms);
	if (auth->grant != NULL) {
		auth->via = "bearer";
		return AUTH_GRANTED;
	}
	auth->retry_ms =
		failures == NULL ? 0 : failures_add(failures, slice_from(peer->address), mono_ms);
	return auth->retry_ms > 0 ? AUTH_LIMITED : AUTH_BAD;
}
