/* config_check_admin.c - the rules of the admin API: who may call it from where; and the settings that it gets. */
#include "gateway/config_checking.h"

#include <arpa/inet.h>

static void check_admin_listener(const struct checking *c, const struct config_listen *listen,
				 const struct node *item)
{
	const struct config_admin *admin = &c->config->admin;
	const struct address *a = &listen->address;

	checking_socket_details(c, listen, item);
	if (a->text[0] == '\0' || a->kind == ADDRESS_UNIX)
		return;
	if (admin->token_count == 0)
		report_value(
			c->report, item,
			"without admin.tokens nobody could call: only a unix: socket needs none");
	if (a->kind == ADDRESS_TCP && !address_is_loopback(a) && !admin->allow_plaintext &&
	    !checking_given(admin->tls.certificate))
		report_value(c->report, item,
			     "other machines reach this address, and tokens would travel in clear: "
			     "admin.tls prevents that, admin.allow_plaintext allows it");
}

static bool check_has_realm(const struct checking *c, struct slice name)
{
	for (size_t i = 0; i < c->config->realm_count; i++)
		if (slice_equal(name, slice_from(c->config->realms[i].name)))
			return true;
	return false;
}

static bool check_has_application(const struct checking *c, struct slice name)
{
	for (size_t i = 0; i < c->config->application_count; i++)
		if (slice_equal(name, slice_from(c->config->applications[i].name)))
			return true;
	return false;
}

/* What is in the files is looked at when they are used. */
static void check_admin_tls(const struct checking *c)
{
	const struct node *node = checking_find(c->root, "admin", "tls");
	const struct credentials_files *tls = &c->config->admin.tls;

	if (node == NULL)
		return;
	checking_readable(c, node, "certificate", tls->certificate);
	checking_readable(c, node, "key", tls->key);
	checking_readable(c, node, "client_ca", tls->client_ca);
	if (checking_given(tls->key) && !checking_given(tls->certificate))
		report_value(c->report, checking_find(node, "key", ""),
			     "a key without its certificate");
	if (checking_given(tls->client_ca) && !checking_given(tls->certificate))
		report_value(c->report, checking_find(node, "client_ca", ""),
			     "clients show certificates where the API has one");
}

/* By what its holder is known. */
static void check_token_credential(const struct checking *c, const struct grant *grant,
				   const struct node *item)
{
	const struct node *san = node_get(item, SLICE("certificate_san"));
	const struct node *sha256 = node_get(item, SLICE("sha256"));

	if (san == NULL && sha256 == NULL)
		report_missing(c->report, item, "sha256", "missing, or certificate_san");
	else if (san != NULL && sha256 != NULL)
		report_value(c->report, san, "an entry has sha256 or certificate_san, not both");
	else if (san != NULL && grant->certificate_san != NULL &&
		 !checking_given(c->config->admin.tls.client_ca))
		report_value(c->report, san,
			     "without admin.tls.client_ca nobody shows a certificate");
}

static void check_token(const struct checking *c, struct grant *grant, const struct node *item)
{
	const struct node *realms = checking_find(item, "realms", "");
	const struct node *applications = checking_find(item, "applications", "");

	check_token_credential(c, grant, item);
	if (grant->sha256 != NULL && !grant_read_hash(slice_from(grant->sha256), grant->hash))
		return; /* it was reported */
	if (grant->scopes == 0)
		report_value(c->report, checking_find(item, "scopes", ""), "an empty list");
	for (size_t i = 0; i < grant->realm_count; i++)
		if (grant->realms[i].ptr != NULL && !check_has_realm(c, grant->realms[i]))
			report_value(c->report, checking_item(realms, i), "there is no such realm");
	for (size_t i = 0; i < grant->application_count; i++)
		if (grant->applications[i].ptr != NULL &&
		    !check_has_application(c, grant->applications[i]))
			report_value(c->report, checking_item(applications, i),
				     "there is no such application");
}

static void check_derive_settings(const struct checking *c)
{
	struct settings *s = &c->config->admin.settings;
	struct settings_realm *realms = checking_alloc(c, c->config->realm_count, sizeof(*realms));
	struct slice rest = slice_from(c->config->store.url), scheme;

	slice_cut(&rest, ':', &scheme);
	*s = (struct settings){
		.grants = c->config->admin.tokens,
		.grant_count = c->config->admin.token_count,
		.realms = realms,
		.realm_count = realms != NULL ? c->config->realm_count : 0,
		.webhooks = c->config->admin.webhooks,
		.webhook_count = c->config->admin.webhook_count,
		.node = c->config->node,
		.store = arena_text(&c->config->arena, scheme),
		.layout = "native",
		.store_timeout_ms = c->config->store.timeout_ms,
		.connections = c->config->limits.max_connections,
		.requests = c->config->limits.requests,
		.cors_origins = c->config->admin.cors_origins,
		.cors_origin_count = c->config->admin.cors_origin_count,
	};
	if (s->store == NULL)
		c->report->no_memory = true;
	for (size_t i = 0; i < s->realm_count; i++) {
		const struct config_realm *realm = &c->config->realms[i];

		realms[i] = (struct settings_realm){ realm->name, realm->lifetime, realm->limits,
						     realm->quota };
	}
}

void config_check_admin(const struct checking *c)
{
	const struct node *section = node_get(c->root, SLICE("admin"));
	const struct node *listen = checking_find(c->root, "admin", "listen");
	const struct node *tokens = node_get(section, SLICE("tokens"));
	const struct config_admin *admin = &c->config->admin;

	for (size_t i = 0; i < admin->listen_count; i++)
		check_admin_listener(c, &admin->listen[i], checking_item(listen, i));
	check_admin_tls(c);
	for (size_t i = 0; i < admin->token_count; i++)
		check_token(c, &admin->tokens[i], checking_item(tokens, i));
	check_derive_settings(c);
}
