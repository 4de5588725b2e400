/* config.h - the settings as the program uses them: one immutable snapshot for each load.
 * Owner    shared: config_ref/config_unref; a request keeps the snapshot that it began with, so a
 *          reload never changes the rules under it.
 * Borrow   everything inside lasts as long as the reference. Text is NUL-terminated.
 * Units    names end in _ms or _bytes; 0 means "no limit" only where said.
 * Thread   references may be taken and given up on any thread; the rest never changes. */
#ifndef SG_CONFIG_H
#define SG_CONFIG_H

#include "base/arena.h"
#include "base/log.h"
#include "base/network.h"
#include "gateway/address.h"
#include "rest/credentials.h"
#include "rest/settings.h"
#include "session/device.h"
#include "session/limits.h"

struct config_listen {
	struct address address;
	int mode;                  /* of a unix socket; -1: as the umask has it */
	const char *owner, *group; /* NULL: ours */
};

enum same_site { SAME_SITE_LAX, SAME_SITE_STRICT, SAME_SITE_NONE };
enum cookie_secure { SECURE_AUTO, SECURE_ALWAYS, SECURE_NEVER };

struct config_cookie {
	const char *name; /* NULL: auto */
	const char *path;
	const char *domain; /* "" for none */
	enum same_site same_site;
	enum cookie_secure secure;
	bool http_only, partitioned;
	/* derived: what is read and written for each scheme */
	const char *https_name, *http_name;
};

struct config_header {
	const char *name; /* "X-Auth-Token" */
	bool bearer;      /* derived: the name is Authorization */
};

struct config_realm {
	const char *name;
	struct session_lifetime lifetime;
	struct session_limits limits;
	struct session_quota quota;
	enum device_policy device;
	struct config_cookie cookie;
	struct config_header header;
};

enum balance { BALANCE_LEAST_CONNECTIONS, BALANCE_ROUND_ROBIN };
enum stderr_to { STDERR_LOG, STDERR_FORWARD, STDERR_BOTH };

/* What an application may say, as bits. */
/* clang-format off */
#define CONFIG_DIRECTIVES(X)						\
	X(SET, "set") X(UNSET, "unset") X(UPDATE, "update") X(LOGIN, "login")	\
	X(LOGOUT, "logout") X(ROTATE, "rotate") X(IDLE_TIMEOUT, "idle-timeout")
/* clang-format on */
enum config_directive_index {
#define CONFIG_DIRECTIVE_INDEX(name, text) DIRECTIVE_INDEX_##name,
	CONFIG_DIRECTIVES(CONFIG_DIRECTIVE_INDEX)
#undef CONFIG_DIRECTIVE_INDEX
};
enum config_directive {
#define CONFIG_DIRECTIVE_BIT(name, text) DIRECTIVE_##name = 1u << DIRECTIVE_INDEX_##name,
	CONFIG_DIRECTIVES(CONFIG_DIRECTIVE_BIT)
#undef CONFIG_DIRECTIVE_BIT
	/* derived, with adapter: php: values that hold PHP's own serialized text (value_has_php()) */
	DIRECTIVE_SERIALIZED = 1u << 30
};

struct config_param {
	struct slice name, value;
};

enum adapter_kind { ADAPTER_NONE, ADAPTER_PHP };
enum adapter_create { ADAPTER_CREATE_START, ADAPTER_CREATE_LAZY };
enum adapter_split { ADAPTER_SPLIT_KEYS, ADAPTER_SPLIT_WHOLE };
enum adapter_regenerate { ADAPTER_REGENERATE_NOW, ADAPTER_REGENERATE_GRACE };
enum adapter_adopt { ADOPT_NONE, ADOPT_FILES, ADOPT_REDIS, ADOPT_MEMCACHED };

/* How the sessions of an application's own language become ours: see adapter.h. */
struct config_adapter {
	enum adapter_kind kind; /* with NONE the rest says nothing */
	enum adapter_create create;
	enum adapter_split split;
	enum adapter_regenerate regenerate;
	enum adapter_adopt adopt;
	const char *save_path; /* "": where PHP's own settings say */
	const char *cookie;
	int64_t until_ms; /* the end of the last day; 0: none was given */
	bool write_back;
	bool params;      /* scripts are told of the session in $_SERVER, too */
	const char *file; /* as PHP finds it; "": the application loads it by itself */
	/* derived: the line that makes PHP load it, empty with file "", and the number by which a connection knows that it has
	 * been said there; no other configuration of this process has it */
	struct slice loading;
	unsigned imprint;
};

/* An exchange notes in 64 bits which servers it has tried. */
enum { CONFIG_SERVERS_MAX = 64 };

struct config_application {
	const char *name;
	struct address *servers;
	size_t server_count;
	enum balance balance;
	int idle_connections; /* for the whole process; auto is resolved already */
	int64_t idle_timeout_ms;
	unsigned max_connections; /* per server for the whole process */
	unsigned queue_size;
	int64_t queue_timeout_ms;
	int64_t connect_timeout_ms;
	int64_t read_timeout_ms;
	size_t buffer_request_bytes;
	unsigned directives;    /* enum config_directive bits */
	const char *login_from; /* a dotted path into the attributes; "": none */
	bool session_api;
	enum stderr_to stderr_to;
	struct config_param *params; /* added or replaced */
	size_t param_count;
	struct config_adapter adapter;
};

enum route_mode { MODE_RESPOND, MODE_AUTHORIZE };
enum route_session {
	ROUTE_SESSION_OFF,
	ROUTE_SESSION_OBSERVE,
	ROUTE_SESSION_PEEK,
	ROUTE_SESSION_ON
};
enum route_require { REQUIRE_NONE, REQUIRE_SESSION, REQUIRE_LOGIN };
enum route_token { TOKEN_COOKIE, TOKEN_HEADER, TOKEN_EITHER };
/* Bits. Two are derived: PHP, beside the object in the form that PHP's adapter reads quickest, and PHP_ALONE, nobody has
 * asked for the object but on behalf of the adapter. */
enum route_expose { EXPOSE_EACH = 1, EXPOSE_OBJECT = 2, EXPOSE_PHP = 4, EXPOSE_PHP_ALONE = 8 };
enum route_remote_user {
	REMOTE_USER_SESSION,
	REMOTE_USER_PREFER_SESSION,
	REMOTE_USER_PASS,
	REMOTE_USER_DROP
};
enum route_csrf { CSRF_OFF, CSRF_CHECK };
enum route_store_failure { STORE_FAILURE_FAIL, STORE_FAILURE_ANONYMOUS };
enum route_save_failure { SAVE_FAILURE_FAIL, SAVE_FAILURE_DELIVER };
enum route_lock { LOCK_NONE, LOCK_EXCLUSIVE };
enum route_private { PRIVATE_AUTO, PRIVATE_ALWAYS, PRIVATE_NEVER };

struct config_route {
	const char *name;      /* "" when it has none; logs then say the path */
	struct slice host;     /* lower case; empty: any. "*.example.org" is kept with its "*" */
	struct slice path;     /* a prefix */
	struct slice *methods; /* none: any */
	size_t method_count;
	enum route_mode mode;
	const struct config_application *application; /* NULL: none, with mode: authorize */
	const struct config_realm *realm;
	enum route_session session;
	enum route_require require;
	enum route_require authorizer_require; /* derived: of requests that an authorizer decides */
	struct slice *allow_users;             /* none: any */
	size_t allow_user_count;
	int64_t max_login_age_ms; /* 0: any */
	const char *login_url;    /* NULL: none */
	const char *logout_url;   /* NULL: none */
	enum route_token token;
	unsigned expose; /* enum route_expose bits */
	enum route_remote_user remote_user;
	enum route_csrf csrf;
	struct slice self_service; /* a path; empty: none */
	enum route_private private_;
	enum route_store_failure on_store_failure;
	enum route_save_failure on_save_failure;
	enum route_lock lock; /* of each request that brings a session; NONE where none is saved */
	int64_t lock_wait_ms; /* 0: not at all */
	int64_t lock_lease_ms;
	int64_t read_timeout_ms; /* 0: the application's */
	uint64_t body_bytes;     /* -1 as UINT64_MAX: as limits */
	struct slice
		adapter; /* derived: what the application's adapter is told; empty: it has none, or no session here */
	struct slice adapter_plain_folder; /* derived: the same, in a plain folder (adapter.h) */
};

/* Is anything of ours looked up or interpreted there? Not with session: off and observe. */
static inline bool config_route_has_sessions(const struct config_route *route)
{
	return route->session == ROUTE_SESSION_PEEK || route->session == ROUTE_SESSION_ON;
}

struct config_limits {
	unsigned max_connections;
	unsigned requests;
	unsigned requests_per_connection;
	uint64_t memory_bytes;
	unsigned params;
	size_t params_bytes;
	uint64_t body_bytes;   /* 0: the web server's limit is enough */
	const char *spool_dir; /* "": bodies of unknown length are refused */
	uint64_t spool_bytes;  /* one body */
	uint64_t spool_total_bytes;
	size_t response_header_bytes;
	int64_t header_timeout_ms;
	uint64_t body_rate;      /* bytes per second; 0: any */
	uint64_t unknown_tokens; /* a minute and address; 0: any number */
};

/* How a store spells sessions: each store has ours. */
enum store_layout { LAYOUT_NATIVE };

struct config_store_tls {
	const char *ca, *certificate, *key; /* files; "": none */
	bool verify;
};

struct config_store {
	const char *url;
	enum store_layout layout;
	const char *namespace;
	unsigned confirm_replicas;
	struct config_store_tls tls;
	struct slice *encryption_keys; /* base64; none: values are stored as they are */
	size_t encryption_key_count;
	int64_t timeout_ms;
	int64_t sweep_interval_ms;
};

struct config_log {
	enum log_level level;
	enum log_format format;
	const char *to; /* "stderr", "syslog" or a path */
	bool access;
};

/* The admin API (rest/). */
struct config_admin {
	struct config_listen *listen; /* none: there is no such API */
	size_t listen_count;
	bool allow_plaintext;
	struct credentials_files tls;
	struct slice *cors_origins;
	size_t cors_origin_count;
	struct grant *tokens;
	size_t token_count;
	struct settings_webhook *webhooks;
	size_t webhook_count;
	unsigned events_kept;
	const char *audit_file;   /* NULL or "": none; "syslog" */
	struct settings settings; /* derived */
};

struct config {
	struct arena arena; /* of all below */
	struct config_listen *listen;
	size_t listen_count;
	struct config_listen
		*listen_session_api; /* one; its path is that of each worker's without the number */
	size_t listen_session_api_count; /* 0: the gateway finds a place */
	const char *node;
	unsigned workers; /* auto is resolved already */
	int64_t shutdown_grace_ms;
	struct network *trusted_proxies;
	size_t trusted_proxy_count;
	struct slice *drop_params;
	size_t drop_param_count;
	struct config_realm *realms; /* the first is "default" */
	size_t realm_count;
	struct config_store store;
	struct config_application *applications;
	size_t application_count;
	struct config_route *routes; /* in the order of the file */
	size_t route_count;
	struct config_limits limits;
	struct config_admin admin;
	struct config_log log;

	/* derived: realms as they were written, where -1 is what follows from another setting */
	struct config_realm *written_realms;
	/* derived: what is taken out of every request, whatever its route */
	struct slice *cookie_names; /* of all realms, both schemes, no name twice */
	size_t cookie_name_count;
	/* "HTTP_X_AUTH_TOKEN" of all realms; Authorization is not among them: it is ours only when
	 * it bears a token */
	struct slice *token_params;
	size_t token_param_count;
	bool bearer;           /* some realm reads Authorization */
	struct slice warnings; /* of the load, a line each; maybe none */
	/* of all realms: what a store must have been whole for before a miss is trusted */
	int64_t longest_idle_ms;
	int references; /* atomic; config.c's own */
};

/* What the command line says. Beside a file listen, store, admin and verbose replace the file's settings,
 * apps and php are refused. Borrowed for the call. */
struct config_arguments {
	const char *file; /* NULL: none named */
	const char **listen;
	size_t listen_count;
	const char **apps; /* servers of the one application */
	size_t app_count;
	bool php;          /* the one application has adapter: php */
	const char *store; /* NULL: the file's, or the default */
	const char *admin; /* where the admin API listens; NULL: where the file says */
	bool verbose;      /* -v: log.level debug */
};

/* The file that they name, or the one that is read without a name; NULL: with listen or apps given and no file named,
 * no file is read at all. */
const char *config_file(const struct config_arguments *arguments);
/* What is said of a configuration; borrowed for the call. */
struct config_complaint {
	bool warning;         /* it may stay as it is */
	struct slice setting; /* its path, "routes[0].host"; empty: it is about a file */
	struct slice
		line; /* "file:line:column: path: message", "file:line:column: warning: path: message" */
};
/* SG_ENOMEM. */
typedef int config_complain_fn(void *ctx, const struct config_complaint *complaint);

/* Read, check and derive everything. All errors and warnings are told, in the order of files and lines; SG_ECONFIG when
 * there was an error, SG_ENOMEM. One reference, the caller's. */
SG_MUST_CHECK int config_load_telling(const struct config_arguments *arguments,
				      config_complain_fn *complain, void *ctx,
				      const struct config **out);
/* The same, and the lines are appended to *report. */
SG_MUST_CHECK int config_load(const struct config_arguments *arguments, struct buffer *report,
			      const struct config **out);

const struct config *config_ref(const struct config *c);
void config_unref(const struct config **c);

/* The reference page (Markdown) and the JSON Schema, both from the one table of options. */
SG_MUST_CHECK int config_print_options(struct buffer *out);
SG_MUST_CHECK int config_print_schema(struct buffer *out);

#endif
