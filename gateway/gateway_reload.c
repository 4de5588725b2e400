/* gateway_reload.c - see gateway_reload.h. */
#include "gateway/gateway_reload.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/descriptors.h"
#include "gateway/gateway_parts.h"
#include "gateway/in_force.h"
#include "gateway/notify.h"

#include <errno.h>
#include <string.h>

#define NOBODY "" /* the actor where a signal asks: nobody waits for an answer */

/* One configuration on its way, for a signal or a caller of the API. */
struct loading {
	struct reload *asked;
	bool dry_run;
};

/* What one only tries is told to him alone. */
static int loading_on_complaint(void *ctx, const struct config_complaint *complaint)
{
	const struct loading *l = ctx;
	int rc;

	if (!l->dry_run)
		log_line(complaint->warning ? LOG_WARN : LOG_ERROR, "", "%.*s",
			 SLICE_ARGS(complaint->line));
	if (complaint->warning)
		return 0;
	if ((rc = buffer_append_slice(&l->asked->errors, complaint->setting)) != 0 ||
	    (rc = buffer_append(&l->asked->errors, "", 1)) != 0 ||
	    (rc = buffer_append_slice(&l->asked->errors, complaint->line)) != 0)
		return rc;
	return buffer_append(&l->asked->errors, "", 1);
}

static int loading_complain_of_log(struct loading *l, const struct config *next)
{
	struct config_complaint complaint = { .setting = SLICE("log.to") };
	struct buffer line = { 0 };
	int rc = buffer_printf(&line, "log.to: cannot open %s: %s", next->log.to, strerror(errno));

	if (rc == 0) {
		complaint.line = buffer_content(&line);
		rc = loading_on_complaint(l, &complaint);
	}
	buffer_fini(&line);
	return rc == 0 ? SG_ECONFIG : rc;
}

/* What next would change, to whom it may concern. */
static int gateway_compare(const struct gateway *g, const struct config *next,
			   struct buffer *changed, struct buffer *restart)
{
	struct in_force *now;
	int rc = in_force_new(g->config, g->started, g->session_sockets.config, &now);

	if (rc == 0) {
		rc = in_force_difference(now, next, changed, restart);
		in_force_free(&now);
	}
	return rc;
}

static void gateway_warn_of_restart(const struct buffer *paths)
{
	if (buffer_len(paths) > 0)
		log_warn("", "these settings need a restart: %.*s",
			 SLICE_ARGS(buffer_content(paths)));
}

static void gateway_reload_admin(struct gateway *g)
{
	struct admin_terms terms;

	if (in_force_terms(g->config, g->started, g->session_sockets.config, g->generation,
			   &terms) == 0)
		admin_reload(g->admin, &terms);
	else
		log_error("", "admin: out of memory: keeps its settings");
}

static void gateway_tell(const struct gateway *g, enum event_type type, const struct reload *asked,
			 struct slice reason)
{
	const struct session_event e = {
		.type = type,
		.at_ms = clock_wall_ms(),
		.actor = slice_from(asked->actor),
		.reason = reason,
	};

	outbox_put(g->outbox, &e);
}

static void gateway_use(struct gateway *g, const struct config *config)
{
	unsigned i;

	config_unref(&g->config);
	g->config = config;
	g->generation++;
	atomic_store(&g->tally.descriptors, descriptors_share(config, g->started));
	block_limit(config->limits.memory_bytes);
	for (i = 0; i < g->started->workers; i++)
		worker_reload(g->workers[i], config, g->generation,
			      session_sockets_of(&g->session_sockets, i));
	if (g->admin != NULL)
		gateway_reload_admin(g);
	observe_socket_open(&g->observe_socket, g->loop, config, config_file(g->arguments),
			    g->observer);
}

/* What is opened before it is used, so that a failure changes nothing. */
static int gateway_open_next(struct gateway *g, struct loading *l, const struct config *next)
{
	int rc = session_sockets_open(&g->session_sockets, next, g->started->workers);

	if (rc != 0)
		return rc;
	rc = log_open(next->log.to, next->log.level, next->log.format);
	return rc == SG_ESYSTEM ? loading_complain_of_log(l, next) : rc;
}

/* When all workers go by it: whoever is told finds it so. */
static void gateway_note_reload(struct gateway *g, const struct reload *asked)
{
	tally_count(&g->tally.reloads);
	log_info("", "configuration reloaded");
	gateway_tell(g, EVENT_CONFIG_RELOADED, asked, SLICE(""));
	if (!g->draining)
		notify("READY=1");
}

static void gateway_note_refusal(struct gateway *g, const struct reload *asked, int rc)
{
	tally_count(&g->tally.reloads_rejected);
	log_error("", "reload refused, everything stays as it was: %s", error_text(rc));
	gateway_tell(g, EVENT_CONFIG_REJECTED, asked, SLICE("the log says what is wrong with it"));
	notify("READY=1");
}

/* changed and restart: by what it differs from what was in force before. */
static int gateway_load(struct gateway *g, struct loading *l, struct buffer *changed,
			struct buffer *restart)
{
	const struct config *next;
	int rc = config_load_telling(g->arguments, loading_on_complaint, l, &next);

	if (rc != 0)
		return rc;
	rc = gateway_compare(g, next, changed, restart);
	if (rc == 0 && !l->dry_run)
		rc = gateway_open_next(g, l, next);
	if (rc == 0 && !l->dry_run)
		gateway_use(g, next);
	else
		config_unref(&next);
	return rc;
}

static int gateway_reload(struct gateway *g, struct loading *l)
{
	struct reload *asked = l->asked;
	int rc;

	if (l->dry_run)
		return gateway_load(g, l, &asked->changed, &asked->restart);
	notify("RELOADING=1");
	rc = gateway_load(g, l, &asked->changed, &asked->restart);
	if (rc == 0)
		gateway_warn_of_restart(&asked->restart);
	else
		gateway_note_refusal(g, asked, rc);
	return rc;
}

static void gateway_carry_out(struct gateway *g, struct reload *asked)
{
	struct loading l = { asked, asked->dry_run };
	int rc = gateway_reload(g, &l);

	asked->end = rc == 0 ? RELOAD_DONE : rc == SG_ECONFIG ? RELOAD_INVALID : RELOAD_FAILED;
}

void gateway_reload_by_signal(struct gateway *g)
{
	struct reload *asked = reload_new(false, NOBODY);

	if (asked == NULL) {
		log_error("", "reload refused, everything stays as it was: out of memory");
		return;
	}
	gateway_carry_out(g, asked);
	asked->generation = g->generation;
	reloads_done(&g->reloads, asked);
}

static void gateway_on_reload_asked(void *ctx, struct reload *asked)
{
	struct gateway *g = ctx;

	if (g->draining)
		asked->end = RELOAD_DRAINING;
	else if (config_file(g->arguments) == NULL)
		asked->end = RELOAD_NO_FILE;
	else
		gateway_carry_out(g, asked);
	asked->generation = g->generation;
	reloads_done(&g->reloads, asked);
}

static void gateway_on_reload_settled(void *ctx, struct reload *asked)
{
	struct gateway *g = ctx;

	if (asked->end == RELOAD_DONE && !asked->dry_run)
		gateway_note_reload(g, asked);
	if (asked->actor[0] != '\0')
		admin_reloaded(g->admin, asked);
	else
		reload_free(&asked);
}

static bool gateway_goes_by(void *ctx, unsigned long generation)
{
	const struct gateway *g = ctx;

	for (unsigned i = 0; i < g->started->workers; i++)
		if (worker_generation(g->workers[i]) < generation)
			return false;
	return true;
}

int gateway_reload_open(struct gateway *g)
{
	g->reloads.run = gateway_on_reload_asked;
	g->reloads.settled = gateway_goes_by;
	g->reloads.answer = gateway_on_reload_settled;
	g->reloads.ctx = g;
	return reloads_open(&g->reloads, g->loop);
}
