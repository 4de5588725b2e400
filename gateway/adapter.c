/* adapter.c - see adapter.h. */
#include "gateway/adapter.h"

#include "base/log.h"
#include "gateway/exchange.h"
#include "gateway/fcgi.h"
#include "gateway/php_ini.h"
#include "session/value.h"

#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <unistd.h>

#define ADAPTER_INSTALLED "share/sessiongate/php/sessiongate.php"
#define ADAPTER_IN_TREE   "build/adapters/php/sessiongate.php"

enum { ADAPTER_MS = 1000 };

/* --- where it is --- */

/* The file below that folder, when it is there. */
static int adapter_below(struct arena *arena, struct slice folder, struct slice file,
			 const char **path)
{
	char *text = arena_room(arena, folder.len + file.len + 2);

	if (text == NULL)
		return SG_ENOMEM;
	memcpy(text, folder.ptr, folder.len);
	text[folder.len] = '/';
	memcpy(text + folder.len + 1, file.ptr, file.len);
	text[folder.len + 1 + file.len] = '\0';
	if (access(text, R_OK) == 0)
		*path = text;
	return 0;
}

static struct slice adapter_parent(struct slice path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);

	return slice_of(path.ptr, slash != NULL ? (size_t)(slash - path.ptr) : 0);
}

/* The folder in which build/ lies, the program being below that; empty: it does not. */
static struct slice adapter_tree(struct slice program)
{
	struct slice folder = adapter_parent(program);

	while (folder.len > 0) {
		struct slice above = adapter_parent(folder);

		if (slice_equal(slice_after(folder, above.len), SLICE("/build")))
			return above;
		folder = above;
	}
	return folder;
}

int adapter_find(struct arena *arena, const char **path)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program));
	struct slice whole = slice_of(program, len > 0 ? (size_t)len : 0);
	struct slice tree = adapter_tree(whole);
	int rc = 0;

	*path = NULL;
	if (tree.len > 0)
		rc = adapter_below(arena, tree, SLICE(ADAPTER_IN_TREE), path);
	if (rc == 0 && *path == NULL)
		rc = adapter_below(arena, adapter_parent(adapter_parent(whole)),
				   SLICE(ADAPTER_INSTALLED), path);
	return rc;
}

/* --- what does not change from request to request --- */

/* What the buffer holds, in the arena; the buffer is done with. */
static int adapter_keep(int rc, struct buffer *text, struct arena *arena, struct slice *out)
{
	if (rc == 0) {
		*out = arena_copy(arena, buffer_content(text));
		rc = out->ptr == NULL ? SG_ENOMEM : 0;
	}
	buffer_fini(text);
	return rc;
}

int adapter_loading(struct arena *arena, struct config_adapter *adapter)
{
	static _Atomic unsigned imprints;
	struct buffer line = { 0 };

	adapter->loading = (struct slice){ 0 };
	if (adapter->file[0] == '\0')
		return 0;
	adapter->imprint = atomic_fetch_add(&imprints, 1) + 1;
	return adapter_keep(buffer_printf(&line, "auto_prepend_file=\"%s\"", adapter->file), &line,
			    arena, &adapter->loading);
}

static const char *adapter_mode(enum route_session session)
{
	return session == ROUTE_SESSION_OBSERVE ? "observe"
	       : session == ROUTE_SESSION_PEEK  ? "peek"
						: "on";
}

static int adapter_describe_adopt(struct buffer *json, const struct config_adapter *a)
{
	static const char *const places[] = {
		[ADOPT_FILES] = "files",
		[ADOPT_REDIS] = "redis",
		[ADOPT_MEMCACHED] = "memcached",
	};
	int rc;

	if (a->adopt == ADOPT_NONE)
		return 0;
	if ((rc = buffer_printf(
		     json, ",\"adopt\":{\"from\":\"%s\",\"save_path\":", places[a->adopt])) != 0 ||
	    (rc = value_quote(json, slice_from(a->save_path))) != 0 ||
	    (rc = buffer_append_slice(json, SLICE(",\"cookie\":"))) != 0 ||
	    (rc = value_quote(json, slice_from(a->cookie))) != 0)
		return rc;
	return buffer_printf(json, ",\"until\":%" PRId64 ",\"write_back\":%s}",
			     a->until_ms / ADAPTER_MS, a->write_back ? "true" : "false");
}

int adapter_describe(struct arena *arena, const struct config_route *route, bool plain_folder,
		     struct slice *out)
{
	const struct config_application *app = route->application;
	const struct config_adapter *a = &app->adapter;
	struct buffer json = { 0 };
	int rc = buffer_append_slice(&json, SLICE("{\"kind\":\"php\""));

	if (rc == 0)
		rc = adapter_describe_adopt(&json, a);
	if (rc == 0)
		rc = buffer_printf(
			&json,
			",\"mode\":\"%s\",\"split\":\"%s\",\"lock\":%s%s,\"create\":\"%s\","
			"\"regenerate\":\"%s\",\"application\":\"%s\"}",
			adapter_mode(route->session),
			a->split == ADAPTER_SPLIT_WHOLE ? "whole" : "keys",
			route->lock == LOCK_EXCLUSIVE ? "true" : "false",
			plain_folder ? ",\"plain_folder\":true" : "",
			a->create == ADAPTER_CREATE_LAZY ? "lazy" : "start",
			a->regenerate == ADAPTER_REGENERATE_GRACE ? "grace" : "now", app->name);
	return adapter_keep(rc, &json, arena, out);
}

/* --- what does --- */

/* The web server's configuration is the same for each request: once is enough. */
static void adapter_complain(_Atomic bool *said, const char *what)
{
	if (!atomic_exchange(said, true))
		log_warn("", "the web server's auto_prepend_file %s", what);
}

/* The auto_prepend_file of one param; *found keeps what an earlier one says. */
static int adapter_find_prepend(struct params *p, struct slice value, struct slice *found)
{
	static _Atomic bool said;
	struct slice file = { 0 };
	int rc = php_ini_get(value, SLICE("auto_prepend_file"), p->arena, &file);

	if (rc == SG_ENOMEM)
		return rc;
	if (rc != 0 || !slice_is_utf8(file))
		adapter_complain(
			&said,
			"is not run: PHP_VALUE or PHP_ADMIN_VALUE names it by a variable, or not in UTF-8");
	else if (file.ptr != NULL)
		*found = file;
	return 0;
}

static int adapter_add_prepend(struct params *p, struct slice json, struct slice file,
			       struct slice *out)
{
	static const struct slice member = { "{\"prepend\":", sizeof("{\"prepend\":") - 1 };
	size_t bytes = member.len + value_quoted_bytes(file) + json.len;
	char *text = arena_room(p->arena, bytes), *at = text;

	if (text == NULL)
		return SG_ENOMEM;
	memcpy(at, member.ptr, member.len);
	at = value_put_quoted(at + member.len, file);
	memcpy(at, json.ptr, json.len);
	*at = ',';
	*out = slice_of(text, bytes);
	return 0;
}

static int adapter_set(struct params *p, struct slice name, struct slice value)
{
	return pairs_size(name, value) <= FCGI_CONTENT_MAX ? params_set(p, name, value) : SG_ELIMIT;
}

/* Behind what the web server says: PHP goes by the last line. */
static int adapter_merge(struct params *p, struct slice admin, struct slice loading)
{
	char *text = arena_room(p->arena, admin.len + 1 + loading.len);

	if (text == NULL)
		return SG_ENOMEM;
	memcpy(text, admin.ptr, admin.len);
	text[admin.len] = '\n';
	memcpy(text + admin.len + 1, loading.ptr, loading.len);
	return adapter_set(p, SLICE("PHP_ADMIN_VALUE"),
			   slice_of(text, admin.len + 1 + loading.len));
}

int adapter_load(struct params *p, const struct config_adapter *adapter)
{
	return params_set(p, SLICE("PHP_ADMIN_VALUE"), adapter->loading);
}

/* How the adapter is set for this request; *file: what the web server wants to be loaded. PHP reads PHP_VALUE first. */
static int adapter_tell(struct params *p, struct slice json, struct slice value, struct slice admin,
			struct slice *file)
{
	int rc;

	if ((rc = adapter_find_prepend(p, value, file)) != 0 ||
	    (rc = adapter_find_prepend(p, admin, file)) != 0 ||
	    (file->ptr != NULL && (rc = adapter_add_prepend(p, json, *file, &json)) != 0))
		return rc;
	return adapter_set(p, SLICE("SESSION_ADAPTER"), json);
}

int adapter_expose(struct params *p, const struct config_route *route, bool plain_folder,
		   unsigned *imprint)
{
	static _Atomic bool replaced;
	const struct config_adapter *adapter = &route->application->adapter;
	struct slice value = params_get(p, SLICE("PHP_VALUE"));
	struct slice admin = params_get(p, SLICE("PHP_ADMIN_VALUE")), file = { 0 };
	bool others = value.ptr != NULL || admin.ptr != NULL;
	int rc;

	*imprint = others ? EXCHANGE_IMPRINT_OTHER : 0;
	if (route->adapter.len == 0)
		return 0;
	if ((rc = adapter_tell(p, plain_folder ? route->adapter_plain_folder : route->adapter,
			       value, admin, &file)) != 0)
		return rc;
	if (adapter->loading.len > 0 && !others)
		*imprint = adapter->imprint;
	else if (adapter->loading.len > 0)
		return admin.len > 0 ? adapter_merge(p, admin, adapter->loading)
				     : adapter_load(p, adapter);
	else if (file.ptr != NULL)
		adapter_complain(
			&replaced,
			"takes the place of the adapter that the pool loads: with file: \"\" the web server "
			"must name none");
	return 0;
}
