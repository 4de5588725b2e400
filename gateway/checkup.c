/* checkup.c - see checkup.h: what is none of a realm's and none of an application's, and who is looked at. */
#include "gateway/checkup.h"

#include "base/clock.h"
#include "gateway/in_force.h"

enum { CHECKUP_EXPIRY_DAYS = 14, CHECKUP_DAY_MS = 86400000 };

static bool checkup_is_tls(const struct config *config)
{
	const char *certificate = config->admin.tls.certificate;

	return certificate != NULL && certificate[0] != '\0';
}

/* --- the admin API --- */

static void checkup_admin_transport(const struct config *config, struct findings *out)
{
	static const struct finding plain = {
		.check = "admin.transport",
		.level = FINDING_WARN,
		.advice = "set admin.tls, or listen on a unix: socket or a loopback address",
	};

	for (size_t i = 0; i < config->admin.listen_count; i++) {
		const struct address *a = &config->admin.listen[i].address;

		if (a->kind == ADDRESS_TCP && !address_is_loopback(a) && !checkup_is_tls(config))
			findings_add(out, &plain,
				     "the admin API listens on %s without TLS: whoever sees the "
				     "packets has the tokens",
				     a->text);
	}
}

static void checkup_token(const struct grant *token, int64_t now_ms, struct findings *out)
{
	struct finding f = {
		.check = "admin.tokens",
		.level = FINDING_WARN,
		.subject = slice_from(token->name),
		.advice =
			"make another with sessionctl token new, give it to whoever uses this one, "
			"and take this entry out",
	};
	int64_t days = (token->not_after_ms - now_ms) / CHECKUP_DAY_MS;

	if (token->not_after_ms == 0 || days >= CHECKUP_EXPIRY_DAYS)
		return;
	if (token->not_after_ms <= now_ms)
		findings_add(out, &f, "the token has expired: whoever uses it is refused");
	else
		findings_add(out, &f, "the token expires in %lld days", (long long)days);
}

static void checkup_admin_tokens(const struct config *config, struct findings *out)
{
	static const struct finding lasting = {
		.check = "admin.tokens",
		.level = FINDING_NOTE,
		.advice = "not_after makes a token end that was lost and that nobody misses",
	};
	const struct config_admin *admin = &config->admin;
	unsigned lasts = 0;

	for (size_t i = 0; i < admin->token_count; i++) {
		checkup_token(&admin->tokens[i], clock_wall_ms(), out);
		lasts += admin->tokens[i].not_after_ms == 0 && admin->tokens[i].sha256 != NULL;
	}
	if (lasts > 0)
		findings_add(out, &lasting, "%u of %zu tokens never expire", lasts,
			     admin->token_count);
}

static void checkup_admin_audit(const struct config *config, struct findings *out)
{
	static const struct finding none = {
		.check = "admin.audit",
		.level = FINDING_NOTE,
		.advice = "set admin.audit_file to a path, or to syslog",
	};
	const char *file = config->admin.audit_file;

	if (file == NULL || file[0] == '\0')
		findings_add(out, &none,
			     "what administrators do is kept in memory alone, and gone with the "
			     "process");
}

/* --- what the configuration says in other places --- */

static void checkup_warnings(const struct config *config, struct findings *out)
{
	static const struct finding warned = {
		.check = "config.warnings",
		.level = FINDING_WARN,
		.advice = "change the setting, so that sessiongate --check says nothing",
	};
	struct slice rest = config->warnings, line;

	while (rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		if (line.len > 0)
			findings_add(out, &warned, "%.*s", SLICE_ARGS(line));
	}
}

/* IPv4 lies in the last 32 bits of 128. */
static bool checkup_is_everybody(const struct network *n)
{
	static const uint8_t v4[NETWORK_HOST_BYTES] = { [10] = 0xff, [11] = 0xff };

	return n->bits == 0 || (n->bits == 96 && memcmp(n->prefix, v4, sizeof(v4)) == 0);
}

static void checkup_proxies(const struct config *config, struct findings *out)
{
	static const struct finding all = {
		.check = "config.trusted-proxies",
		.level = FINDING_WARN,
		.advice = "name the networks of your proxies in trusted_proxies, and no others",
	};

	for (size_t i = 0; i < config->trusted_proxy_count; i++) {
		if (!checkup_is_everybody(&config->trusted_proxies[i]))
			continue;
		findings_add(out, &all,
			     "every address is a trusted proxy: visitors say themselves where they "
			     "come from, and whether by https");
		return;
	}
}

static void checkup_values(const struct config *config, struct findings *out)
{
	static const struct finding plain = {
		.check = "store.encryption",
		.level = FINDING_NOTE,
		.advice = "with store.encryption_keys whoever reads the store reads no values",
	};

	if (!slice_starts(slice_from(config->store.url), SLICE("memory:")) &&
	    config->store.encryption_key_count == 0)
		findings_add(out, &plain, "the values of attributes are in the store as they are");
}

/* --- who is looked at --- */

/* Does a visitor of that application (NULL: of any) bring this realm's token? */
static bool checkup_is_served(const struct config *config, const struct config_realm *realm,
			      const struct config_application *application)
{
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *r = &config->routes[i];

		if (r->realm == realm && config_route_has_sessions(r) &&
		    (application == NULL || r->application == application))
			return true;
	}
	return false;
}

static const struct config_application *checkup_find(const struct config *config, struct slice name)
{
	for (size_t i = 0; i < config->application_count; i++)
		if (slice_equal(slice_from(config->applications[i].name), name))
			return &config->applications[i];
	return NULL;
}

bool checkup_examine(void *ctx, const void *owner, struct slice application, struct findings *out)
{
	const struct config *config = in_force_newest(owner);
	const struct config_application *one =
		application.len > 0 ? checkup_find(config, application) : NULL;

	if (application.len > 0 && one == NULL)
		return false;
	for (size_t i = 0; i < config->realm_count; i++)
		if (checkup_is_served(config, &config->realms[i], one))
			checkup_realm(config, &config->realms[i], out);
	for (size_t i = 0; i < config->application_count; i++)
		if (one == NULL || one == &config->applications[i])
			checkup_application(config, &config->applications[i], ctx, one != NULL,
					    out);
	checkup_values(config, out);
	if (one != NULL)
		return true;
	checkup_proxies(config, out);
	checkup_admin_transport(config, out);
	checkup_admin_tokens(config, out);
	checkup_admin_audit(config, out);
	checkup_warnings(config, out);
	return true;
}
