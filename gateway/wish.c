/* wish.c - see wish.h. */
#include "gateway/wish.h"

#include "gateway/login_from.h"

static void wish_log_in(struct wish *w, struct slice user, bool remember)
{
	w->user_goes = WISH_USER_LOGS_IN;
	w->user = user;
	w->remember = remember;
}

/* Its attributes tell of another user than before. */
static int wish_read_login_from(struct wish *w, const struct config_route *route,
				const struct session *session, struct arena *arena)
{
	const char *path = route->application->login_from;
	struct login_from from;
	int rc;

	if (path[0] == '\0' || w->change_count == 0 || w->user_goes != WISH_USER_STAYS)
		return 0;
	rc = login_from_read(slice_from(path), session, w->changes, w->change_count, arena, &from);
	if (rc != 0 || slice_equal(from.before, from.after))
		return rc;
	if (from.after.len > 0)
		wish_log_in(w, from.after, false);
	else if (session != NULL && session_authenticated(session))
		w->user_goes = WISH_USER_LEAVES;
	return 0;
}

/* Is the secret so old that this request replaces it, or has somebody asked for that? One that was replaced, and whose
 * successor got lost, is. */
static bool wish_rotation_due(const struct config_route *route, const struct lookup *lookup,
			      int64_t now_ms)
{
	int64_t rotate_ms = route->realm->lifetime.rotate_ms;

	if (rotate_ms == 0 && !lookup->session->rotation_asked)
		return false;
	return session_may_rotate(lookup->session, lookup->secret, now_ms) &&
	       (lookup->session->rotation_asked || lookup->secret == SECRET_OLD ||
		now_ms - lookup->session->rotated_ms >= rotate_ms);
}

static enum wish_secret wish_choose_secret(const struct wish *w, const struct lookup *lookup,
					   const struct directives *directives, int64_t now_ms)
{
	bool rotates = directives->rotate || directives->rotate_grace;

	if (w->user_goes != WISH_USER_STAYS)
		return WISH_SECRET_RENEWED;
	if (!rotates || !session_may_rotate(lookup->session, lookup->secret, now_ms))
		return WISH_SECRET_STAYS;
	return directives->rotate ? WISH_SECRET_RENEWED : WISH_SECRET_ROTATES;
}

static bool wish_secret_arrived(const struct lookup *lookup)
{
	return !lookup->renewed && lookup->secret == SECRET_CURRENT &&
	       session_unseen(lookup->session);
}

/* Of a request whose token was replaced a moment ago nothing counts but a Login. */
static int wish_make_stale(const struct directives *directives, struct wish *out)
{
	out->asked = directives->login;
	if (directives->login)
		wish_log_in(out, directives->user, directives->remember);
	return 0;
}

void wish_nothing(const struct lookup *lookup, struct wish *out)
{
	*out = (struct wish){ .user_goes = WISH_USER_STAYS };
	if (lookup->session != NULL)
		out->arrived = wish_secret_arrived(lookup);
}

int wish_make(const struct config_route *route, const struct lookup *lookup,
	      const struct directives *directives, struct arena *arena, int64_t now_ms,
	      struct wish *out)
{
	const struct session *session = lookup->session;
	int rc;

	wish_nothing(lookup, out);
	if (route->session != ROUTE_SESSION_ON)
		return 0;
	if (lookup->stale)
		return wish_make_stale(directives, out);
	out->logout = directives->logout;
	out->logout_others = directives->logout_others;
	out->changes = directives->changes;
	out->change_count = directives->change_count;
	out->stores = directives->stores;
	out->idle_ms = directives->idle_ms;
	out->asked = directives->any;
	if (directives->login)
		wish_log_in(out, directives->user, directives->remember);
	if ((rc = wish_read_login_from(out, route, session, arena)) != 0 || session == NULL)
		return rc;
	out->secret = wish_choose_secret(out, lookup, directives, now_ms);
	return 0;
}

void wish_grow_old(const struct config_route *route, const struct lookup *lookup, int64_t now_ms,
		   struct wish *w)
{
	if (route->session == ROUTE_SESSION_ON && lookup->session != NULL &&
	    w->secret == WISH_SECRET_STAYS && wish_rotation_due(route, lookup, now_ms))
		w->secret = WISH_SECRET_ROTATES;
}
