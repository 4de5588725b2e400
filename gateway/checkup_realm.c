/* checkup_realm.c - a realm's cookie, and how long its sessions last (checkup.h). */
#include "gateway/checkup.h"

#include "base/quantity.h"

static struct finding realm_finding(const struct config_realm *realm, const char *check,
				    enum finding_level level, const char *advice)
{
	return (struct finding){
		.check = check,
		.level = level,
		.subject = slice_from(realm->name),
		.advice = advice,
	};
}

/* --- the cookie --- */

static bool realm_has_cookies(const struct config *config, const struct config_realm *realm)
{
	for (size_t i = 0; i < config->route_count; i++)
		if (config->routes[i].realm == realm && config->routes[i].token != TOKEN_HEADER &&
		    config_route_has_sessions(&config->routes[i]))
			return true;
	return false;
}

static void realm_check_secure(const struct config_realm *realm, struct findings *out)
{
	const struct finding never = realm_finding(
		realm, "cookie.secure", FINDING_WARN,
		"set cookie.secure to always, or to auto where the site is served by both");

	if (realm->cookie.secure == SECURE_NEVER)
		findings_add(out, &never,
			     "secure: never: browsers send the cookie over http too, where anybody "
			     "on the way can read it");
}

static void realm_check_http_only(const struct config_realm *realm, struct findings *out)
{
	const struct finding open = realm_finding(
		realm, "cookie.http-only", FINDING_WARN,
		"set cookie.http_only: true; scripts can ask SESSION_CSRF and the self-service instead");

	if (!realm->cookie.http_only)
		findings_add(out, &open,
			     "http_only: false: whatever script gets into a page takes the token "
			     "along");
}

static bool realm_is_guarded(const struct config *config, const struct config_realm *realm)
{
	for (size_t i = 0; i < config->route_count; i++)
		if (config->routes[i].realm == realm && config->routes[i].csrf != CSRF_CHECK &&
		    config->routes[i].token != TOKEN_HEADER &&
		    config_route_has_sessions(&config->routes[i]))
			return false;
	return true;
}

static void realm_check_same_site(const struct config *config, const struct config_realm *realm,
				  struct findings *out)
{
	const struct finding none =
		realm_finding(realm, "cookie.same-site", FINDING_WARN,
			      "set csrf: check on these routes, or cookie.same_site to lax");

	if (realm->cookie.same_site == SAME_SITE_NONE && !realm_is_guarded(config, realm))
		findings_add(out, &none,
			     "same_site: none, and not all routes have csrf: check: pages of other "
			     "sites can act for who is logged in here");
}

static void realm_check_domain(const struct config_realm *realm, struct findings *out)
{
	const struct finding wide =
		realm_finding(realm, "cookie.domain", FINDING_NOTE,
			      "without cookie.domain only the host that has set it gets it");

	if (realm->cookie.domain[0] != '\0')
		findings_add(out, &wide,
			     "every host below %s gets the cookie, and can set another one in its "
			     "place",
			     realm->cookie.domain);
}

/* A browser takes it from nobody but this very host then. */
static void realm_check_prefix(const struct config_realm *realm, struct findings *out)
{
	const struct config_cookie *c = &realm->cookie;
	const struct finding could = realm_finding(
		realm, "cookie.name", FINDING_NOTE,
		"begin cookie.name with __Host-, or leave it to auto; with another name everybody "
		"has to log in again");

	if (c->name != NULL && !slice_starts_nocase(slice_from(c->name), SLICE("__Host-")) &&
	    c->domain[0] == '\0' && strcmp(c->path, "/") == 0 && c->secure == SECURE_ALWAYS)
		findings_add(out, &could,
			     "%s could begin with __Host-: then no other host of the domain could "
			     "set it",
			     c->name);
}

/* --- how long --- */

static void realm_check_idle(const struct config_realm *realm, const char *which, int64_t idle_ms,
			     int64_t absolute_ms, struct findings *out)
{
	const struct finding longer =
		realm_finding(realm, "session.timeouts", FINDING_WARN,
			      "make the idle timeout shorter than the absolute one");
	struct buffer idle = { 0 }, absolute = { 0 };

	if (idle_ms > absolute_ms && quantity_print_duration(&idle, (uint64_t)idle_ms) == 0 &&
	    quantity_print_duration(&absolute, (uint64_t)absolute_ms) == 0)
		findings_add(out, &longer,
			     "%s of %.*s never comes: sessions end after %.*s in any case", which,
			     SLICE_ARGS(buffer_content(&idle)),
			     SLICE_ARGS(buffer_content(&absolute)));
	buffer_fini(&idle);
	buffer_fini(&absolute);
}

static void realm_check_lifetime(const struct config_realm *realm, struct findings *out)
{
	const struct session_lifetime *life = &realm->lifetime;

	realm_check_idle(realm, "idle_timeout", life->idle_ms, life->absolute_ms, out);
	if (life->anonymous_idle_ms != life->idle_ms) /* which it is without a word */
		realm_check_idle(realm, "anonymous_idle_timeout", life->anonymous_idle_ms,
				 life->absolute_ms, out);
	realm_check_idle(realm, "remember_idle_timeout", life->remember_idle_ms,
			 life->remember_absolute_ms, out);
}

void checkup_realm(const struct config *config, const struct config_realm *realm,
		   struct findings *out)
{
	const struct finding fine = realm_finding(realm, "cookie", FINDING_PASS, NULL);
	size_t before = out->count;

	if (realm_has_cookies(config, realm)) {
		realm_check_secure(realm, out);
		realm_check_http_only(realm, out);
		realm_check_same_site(config, realm, out);
		realm_check_domain(realm, out);
		realm_check_prefix(realm, out);
		if (out->count == before)
			findings_add(out, &fine,
				     "%s over https, %s over http: flags are as they should be",
				     realm->cookie.https_name, realm->cookie.http_name);
	}
	realm_check_lifetime(realm, out);
}
