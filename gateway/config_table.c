/* config_table.c - the rows. Their order is that of the reference. */
#include "gateway/config_table.h"

#include "session/event.h"

#define MS(n)      UINT64_C(n)
#define SECONDS(n) (UINT64_C(n) * 1000)
#define DAYS(n)    (UINT64_C(n) * 86400000)
#define KIB(n)     (UINT64_C(n) << 10)
#define MIB(n)     (UINT64_C(n) << 20)
#define GIB(n)     (UINT64_C(n) << 30)

#define FIELD(type, field) .offset = offsetof(type, field), .bytes = sizeof(((type *)NULL)->field)
#define LIST_FIELD(type, field, length) \
	.offset = offsetof(type, field), .count_offset = offsetof(type, length)
#define TABLE(rows, ...)                                                                  \
	{                                                                                 \
		.options = (rows), .count = sizeof(rows) / sizeof((rows)[0]), __VA_ARGS__ \
	}

const char *option_type_text(enum option_type type)
{
	static const char *const texts[] = {
#define OPTION_TYPE_TEXT(name, text) [OPTION_##name] = (text),
		OPTION_TYPES(OPTION_TYPE_TEXT)
#undef OPTION_TYPE_TEXT
	};

	return texts[type];
}

/* clang-format off */
static const struct option_word device_words[] = {
	{ "full", DEVICE_FULL }, { "truncated", DEVICE_TRUNCATED }, { "off", DEVICE_OFF }, { 0 },
};
static const struct option_word same_site_words[] = {
	{ "lax", SAME_SITE_LAX }, { "strict", SAME_SITE_STRICT }, { "none", SAME_SITE_NONE }, { 0 },
};
static const struct option_word secure_words[] = {
	{ "auto", SECURE_AUTO }, { "always", SECURE_ALWAYS }, { "never", SECURE_NEVER }, { 0 },
};
static const struct option_word on_limit_words[] = {
	{ "evict-oldest", SESSION_EVICT_OLDEST }, { "evict-idlest", SESSION_EVICT_IDLEST },
	{ "deny", SESSION_DENY }, { 0 },
};
static const struct option_word balance_words[] = {
	{ "least-connections", BALANCE_LEAST_CONNECTIONS }, { "round-robin", BALANCE_ROUND_ROBIN }, { 0 },
};
static const struct option_word stderr_words[] = {
	{ "log", STDERR_LOG }, { "forward", STDERR_FORWARD }, { "both", STDERR_BOTH }, { 0 },
};
static const struct option_word adapter_words[] = {
	{ "none", ADAPTER_NONE }, { "php", ADAPTER_PHP }, { 0 },
};
static const struct option_word layout_words[] = {
	{ "native", LAYOUT_NATIVE }, { 0 },
};
static const struct option_word create_words[] = {
	{ "start", ADAPTER_CREATE_START }, { "lazy", ADAPTER_CREATE_LAZY }, { 0 },
};
static const struct option_word split_words[] = {
	{ "keys", ADAPTER_SPLIT_KEYS }, { "whole", ADAPTER_SPLIT_WHOLE }, { 0 },
};
static const struct option_word regenerate_words[] = {
	{ "now", ADAPTER_REGENERATE_NOW }, { "grace", ADAPTER_REGENERATE_GRACE }, { 0 },
};
static const struct option_word adopt_words[] = {
	{ "none", ADOPT_NONE }, { "files", ADOPT_FILES }, { "redis", ADOPT_REDIS },
	{ "memcached", ADOPT_MEMCACHED }, { 0 },
};
static const struct option_word directive_words[] = {
#define DIRECTIVE_WORD(name, text) { text, DIRECTIVE_##name },
	CONFIG_DIRECTIVES(DIRECTIVE_WORD)
#undef DIRECTIVE_WORD
	{ 0 },
};
static const struct option_word mode_words[] = {
	{ "respond", MODE_RESPOND }, { "authorize", MODE_AUTHORIZE }, { 0 },
};
static const struct option_word session_words[] = {
	{ "off", ROUTE_SESSION_OFF }, { "observe", ROUTE_SESSION_OBSERVE }, { "peek", ROUTE_SESSION_PEEK },
	{ "on", ROUTE_SESSION_ON }, { 0 },
};
static const struct option_word require_words[] = {
	{ "none", REQUIRE_NONE }, { "session", REQUIRE_SESSION }, { "login", REQUIRE_LOGIN }, { 0 },
};
static const struct option_word token_words[] = {
	{ "cookie", TOKEN_COOKIE }, { "header", TOKEN_HEADER }, { "either", TOKEN_EITHER }, { 0 },
};
static const struct option_word expose_words[] = {
	{ "each", EXPOSE_EACH }, { "object", EXPOSE_OBJECT }, { 0 },
};
static const struct option_word remote_user_words[] = {
	{ "session", REMOTE_USER_SESSION }, { "prefer-session", REMOTE_USER_PREFER_SESSION },
	{ "pass", REMOTE_USER_PASS }, { "drop", REMOTE_USER_DROP }, { 0 },
};
static const struct option_word csrf_words[] = {
	{ "off", CSRF_OFF }, { "check", CSRF_CHECK }, { 0 },
};
static const struct option_word private_words[] = {
	{ "auto", PRIVATE_AUTO }, { "always", PRIVATE_ALWAYS }, { "never", PRIVATE_NEVER }, { 0 },
};
static const struct option_word store_failure_words[] = {
	{ "fail", STORE_FAILURE_FAIL }, { "anonymous", STORE_FAILURE_ANONYMOUS }, { 0 },
};
static const struct option_word save_failure_words[] = {
	{ "fail", SAVE_FAILURE_FAIL }, { "deliver", SAVE_FAILURE_DELIVER }, { 0 },
};
static const struct option_word lock_words[] = {
	{ "none", LOCK_NONE }, { "exclusive", LOCK_EXCLUSIVE }, { 0 },
};
static const struct option_word scope_words[] = {
#define SCOPE_WORD(name, text) { text, SCOPE_##name },
	SCOPES(SCOPE_WORD)
#undef SCOPE_WORD
	{ "*", SCOPE_ALL }, { 0 },
};
static const struct option_word level_words[] = {
#define LEVEL_WORD(name, text) { text, LOG_##name },
	LOG_LEVELS(LEVEL_WORD)
#undef LEVEL_WORD
	{ 0 },
};
static const struct option_word format_words[] = {
	{ "text", LOG_TEXT }, { "json", LOG_JSON }, { 0 },
};

static const struct option listen_options[] = {
	{ .name = "address", .type = OPTION_ADDRESS, .flags = OPTION_REQUIRED | OPTION_RESTART,
	  FIELD(struct config_listen, address),
	  .text = "`unix:/path`, `127.0.0.1:9000`, `[::1]:9000`; `fd:0` is a socket that was inherited, "
		  "`fd:NAME` one that systemd passes. Host names are not looked up." },
	{ .name = "mode", .type = OPTION_MODE, .flags = OPTION_RESTART, .unset = -1, .max = 0777,
	  .shown = "as the umask has it", FIELD(struct config_listen, mode),
	  .text = "Permissions of a Unix socket." },
	{ .name = "owner", .type = OPTION_TEXT, .flags = OPTION_RESTART, .syntax = syntax_system_user,
	  .shown = "the gateway's user", FIELD(struct config_listen, owner),
	  .text = "User that a Unix socket belongs to." },
	{ .name = "group", .type = OPTION_TEXT, .flags = OPTION_RESTART, .syntax = syntax_system_group,
	  .shown = "the gateway's group", FIELD(struct config_listen, group),
	  .text = "Group that a Unix socket belongs to." },
};
static const struct option_table listen_table =
	TABLE(listen_options, .bytes = sizeof(struct config_listen), .brief = "address");

static const struct option session_options[] = {
	{ .name = "idle_timeout", .type = OPTION_DURATION, .fallback = "30m", .min = MS(1), .max = DAYS(3650),
	  FIELD(struct config_realm, lifetime.idle_ms),
	  .text = "How long after its last request a session ends; the effective touch interval is added." },
	{ .name = "absolute_timeout", .type = OPTION_DURATION, .fallback = "12h", .min = MS(1), .max = DAYS(3650),
	  FIELD(struct config_realm, lifetime.absolute_ms),
	  .text = "How long after its creation, or the last login, a session ends, whatever happens in it." },
	{ .name = "anonymous_idle_timeout", .type = OPTION_DURATION, .unset = -1, .min = MS(1), .max = DAYS(3650),
	  .shown = "as `idle_timeout`", FIELD(struct config_realm, lifetime.anonymous_idle_ms),
	  .text = "`idle_timeout` of sessions without a user." },
	{ .name = "remember_idle_timeout", .type = OPTION_DURATION, .unset = -1, .min = MS(1), .max = DAYS(3650),
	  .shown = "`30d`", FIELD(struct config_realm, lifetime.remember_idle_ms),
	  .text = "`idle_timeout` of sessions whose login is remembered. A cookie whose session the store does not know is "
		  "cleared when the store has lost nothing for as long as the longest idle timeout; this one counts if it is written." },
	{ .name = "remember_absolute_timeout", .type = OPTION_DURATION, .fallback = "90d", .min = MS(1), .max = DAYS(3650),
	  FIELD(struct config_realm, lifetime.remember_absolute_ms),
	  .text = "`absolute_timeout` of sessions whose login is remembered; their cookie lasts as long, but no longer than 400 days." },
	{ .name = "touch_interval", .type = OPTION_DURATION, .fallback = "60s", .max = DAYS(365),
	  FIELD(struct config_realm, lifetime.touch_ms),
	  .text = "A request that changes nothing moves the time of the last request in the store at most "
		  "this often, and at least ten times within the idle timeout. 0: every request does." },
	{ .name = "rotate_every", .type = OPTION_DURATION, .fallback = "0", .max = DAYS(3650),
	  FIELD(struct config_realm, lifetime.rotate_ms),
	  .text = "How old a session's secret becomes before a request replaces it. 0: only at login and on request." },
	{ .name = "rotation_grace", .type = OPTION_DURATION, .fallback = "10s", .max = DAYS(1),
	  FIELD(struct config_realm, lifetime.grace_ms),
	  .text = "How long the old secret stays good after the new one was first presented; until then it is good anyway." },
	{ .name = "per_user_limit", .type = OPTION_COUNT, .fallback = "0", .max = 1000000,
	  FIELD(struct config_realm, quota.sessions),
	  .text = "Sessions that one user may have at a time. 0: any number." },
	{ .name = "on_limit", .type = OPTION_WORD, .fallback = "evict-oldest", .words = on_limit_words,
	  FIELD(struct config_realm, quota.on_limit),
	  .text = "What a login beyond `per_user_limit` does: it ends the user's session that was created first, "
		  "or the one that was seen last longest ago, or it is refused with 403." },
	{ .name = "max_size", .type = OPTION_SIZE, .fallback = "1m", .min = 1, .max = GIB(1),
	  FIELD(struct config_realm, limits.max_bytes),
	  .text = "Bytes of one session: of all names and the JSON text of all values." },
	{ .name = "max_value", .type = OPTION_SIZE, .fallback = "512k", .min = 1, .max = GIB(1),
	  FIELD(struct config_realm, limits.max_value), .text = "Bytes of one value's JSON text." },
	{ .name = "max_attributes", .type = OPTION_COUNT, .fallback = "256", .min = 1, .max = 65536,
	  FIELD(struct config_realm, limits.max_attributes), .text = "Attributes of one session." },
	{ .name = "device", .type = OPTION_WORD, .fallback = "full", .words = device_words,
	  FIELD(struct config_realm, device),
	  .text = "What a session remembers of where it comes from: first and last address and the user agent; "
		  "`truncated`: addresses without the last octet (of IPv6: the last 80 bits), the user agent's "
		  "family only; `off`: nothing. Holds for what is written from then on." },
};
static const struct option_table session_table = TABLE(session_options, .bytes = sizeof(struct config_realm));

static const struct option cookie_options[] = {
	{ .name = "name", .type = OPTION_TEXT, .flags = OPTION_AUTO, .fallback = "auto", .syntax = syntax_cookie_name,
	  FIELD(struct config_realm, cookie.name),
	  .text = "`auto`: `__Host-sg_session` when the request came by https (`__Secure-sg_session` with a "
		  "`domain` or another `path` than `/`), else `sg_session`. A name is used for both schemes." },
	{ .name = "path", .type = OPTION_TEXT, .fallback = "/", .syntax = syntax_cookie_path,
	  FIELD(struct config_realm, cookie.path), .text = "Path attribute." },
	{ .name = "domain", .type = OPTION_TEXT, .flags = OPTION_LOWER, .fallback = "\"\"",
	  .syntax = syntax_cookie_domain, FIELD(struct config_realm, cookie.domain),
	  .text = "Domain attribute; empty: the cookie is for the request's own host alone." },
	{ .name = "same_site", .type = OPTION_WORD, .fallback = "lax", .words = same_site_words,
	  FIELD(struct config_realm, cookie.same_site), .text = "SameSite attribute." },
	{ .name = "secure", .type = OPTION_WORD, .fallback = "auto", .words = secure_words,
	  FIELD(struct config_realm, cookie.secure),
	  .text = "Secure attribute; `auto`: when the request came by https." },
	{ .name = "http_only", .type = OPTION_FLAG, .fallback = "true", FIELD(struct config_realm, cookie.http_only),
	  .text = "HttpOnly attribute: scripts in the browser cannot read the cookie." },
	{ .name = "partitioned", .type = OPTION_FLAG, .fallback = "false",
	  FIELD(struct config_realm, cookie.partitioned), .text = "Partitioned attribute." },
};
static const struct option_table cookie_table = TABLE(cookie_options, .bytes = sizeof(struct config_realm));

static const struct option header_options[] = {
	{ .name = "name", .type = OPTION_TEXT, .fallback = "X-Auth-Token", .syntax = syntax_header_name,
	  FIELD(struct config_realm, header.name),
	  .text = "Header field that carries tokens on routes with `token: header` or `either`: the bare token, in "
		  "requests and, when it is new, in answers; an ended session is an empty value. `Authorization` "
		  "means `Bearer <token>`, answered in `X-Auth-Token`; whatever else it says goes to the application. "
		  "No application gets a token by any realm's header, and none may answer one." },
};
static const struct option_table header_table = TABLE(header_options, .bytes = sizeof(struct config_realm));

static const struct option realm_options[] = {
	{ .name = "session", .type = OPTION_SECTION, .table = &session_table,
	  .text = "As `session`, for this realm." },
	{ .name = "cookie", .type = OPTION_SECTION, .table = &cookie_table, .text = "As `cookie`, for this realm." },
	{ .name = "header", .type = OPTION_SECTION, .table = &header_table, .text = "As `header`, for this realm." },
};
static const struct option_table realm_table =
	TABLE(realm_options, .bytes = sizeof(struct config_realm), .name_offset = offsetof(struct config_realm, name));

static const struct option store_tls_options[] = {
	{ .name = "ca", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "", FIELD(struct config_store, tls.ca),
	  .text = "A file (PEM) with the certificates of the authorities that may have signed the server's. None: those that "
		  "the system trusts." },
	{ .name = "certificate", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "",
	  FIELD(struct config_store, tls.certificate),
	  .text = "A file (PEM) with the certificate that the gateway shows, and the chain behind it, where the server asks "
		  "for one." },
	{ .name = "key", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "", FIELD(struct config_store, tls.key),
	  .text = "The certificate's key (PEM). None: it is in the file of `certificate`." },
	{ .name = "verify", .type = OPTION_FLAG, .flags = OPTION_RESTART, .fallback = "true",
	  FIELD(struct config_store, tls.verify),
	  .text = "The server's certificate must be signed by one of `ca`, and be for the host or the address of the URL. "
		  "`false` takes whoever answers for the server: for tests alone." },
};
static const struct option_table store_tls_table = TABLE(store_tls_options, .bytes = sizeof(struct config_store));

static const struct option store_options[] = {
	{ .name = "url", .type = OPTION_TEXT, .flags = OPTION_RESTART, .secret = SECRET_PASSWORD, .fallback = "memory:",
	  .syntax = syntax_store_url, FIELD(struct config_store, url),
	  .text = "Where sessions live. `memory:` is this process: they end with it. `redis:`, `rediss:`, `redis+unix:`, "
		  "`redis+sentinel:` and `redis+cluster:` are [Redis](redis-servers.md), which any number of gateways share." },
	{ .name = "layout", .type = OPTION_WORD, .flags = OPTION_RESTART, .fallback = "native", .words = layout_words,
	  FIELD(struct config_store, layout), .text = "How sessions are spelled there: `native` is [ours](redis.md)." },
	{ .name = "namespace", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "sessiongate",
	  .syntax = syntax_namespace, FIELD(struct config_store, namespace),
	  .text = "What keys begin with in a store that others may use too. Gateways that share sessions have the same; "
		  "up to 64 printable characters, no space and no brace." },
	{ .name = "timeout", .type = OPTION_DURATION, .fallback = "1s", .min = MS(1), .max = SECONDS(3600),
	  FIELD(struct config_store, timeout_ms),
	  .text = "For loading a session, and for saving it, repeated tries included; then the store counts as "
		  "failed for this request. A mere touch is waited for no longer than 50 ms." },
	{ .name = "confirm_replicas", .type = OPTION_COUNT, .flags = OPTION_RESTART, .fallback = "0", .max = 100,
	  FIELD(struct config_store, confirm_replicas),
	  .text = "Of Redis: an end, a login and a new secret are answered when so many replicas have them too (`WAIT`), so "
		  "that a failover undoes none of them. When fewer do within half of `timeout` the answer is 503, and what "
		  "was done stands. 0: nothing waits for replicas." },
	{ .name = "tls", .type = OPTION_SECTION, .flags = OPTION_RESTART, .table = &store_tls_table,
	  .text = "Of a store whose URL says that its connections are TLS (`rediss:`)." },
	{ .name = "encryption_keys", .type = OPTION_TEXTS, .flags = OPTION_RESTART, .secret = SECRET_ALL, .fallback = "[]",
	  .syntax = syntax_encryption_key, LIST_FIELD(struct config_store, encryption_keys, encryption_key_count),
	  .text = "What the values of attributes are encrypted with before the store gets them: base64 of 32 bytes, as "
		  "`openssl rand -base64 32` prints them, best from the environment (`[\"${SESSION_KEY}\"]`) or a file that "
		  "is included. The first encrypts, all decrypt; none: values are stored as they are. The store has names, "
		  "users and times in clear all the same, and a session whose key is missing is unknown until it is back: "
		  "[how they are replaced](security.md#encryption-at-rest)." },
	{ .name = "sweep_interval", .type = OPTION_DURATION, .fallback = "10s", .min = MS(10), .max = DAYS(1),
	  FIELD(struct config_store, sweep_interval_ms), .text = "How often sessions whose time has come are ended." },
};
static const struct option_table store_table = TABLE(store_options, .bytes = sizeof(struct config_store));

static const struct option queue_options[] = {
	{ .name = "size", .type = OPTION_COUNT, .fallback = "1024", .max = 1000000,
	  FIELD(struct config_application, queue_size),
	  .text = "Requests that wait for a connection; beyond it they are answered 503. 0: none wait." },
	{ .name = "timeout", .type = OPTION_DURATION, .fallback = "5s", .min = MS(1), .max = DAYS(1),
	  FIELD(struct config_application, queue_timeout_ms), .text = "How long one waits; then 503." },
};
static const struct option_table queue_table = TABLE(queue_options, .bytes = sizeof(struct config_application));

static const struct option php_options[] = {
	{ .name = "create", .type = OPTION_WORD, .fallback = "start", .words = create_words,
	  FIELD(struct config_application, adapter.create),
	  .text = "When a session comes into being: at `session_start()`, as PHP has it and applications expect that tie "
		  "cookies of their own to `session_id()`; or, `lazy`, when the first value is stored." },
	{ .name = "split", .type = OPTION_WORD, .fallback = "keys", .words = split_words,
	  FIELD(struct config_application, adapter.split),
	  .text = "`keys`: each top-level key of `$_SESSION` is an attribute, so parallel requests that change different "
		  "keys lose nothing. `whole`: all of it is the one attribute `_SESSION`, for applications whose objects are "
		  "shared between keys." },
	{ .name = "regenerate", .type = OPTION_WORD, .fallback = "now", .words = regenerate_words,
	  FIELD(struct config_application, adapter.regenerate),
	  .text = "What `session_regenerate_id()` does: a new secret, the old one dead at once (`X-Session-Rotate: 1`), or, "
		  "`grace`, good for `rotation_grace` longer. `session_id()` stays the same." },
	{ .name = "adopt", .type = OPTION_WORD, .fallback = "none", .words = adopt_words,
	  FIELD(struct config_application, adapter.adopt),
	  .text = "Where the sessions of before are: who comes with one of them and no token of ours goes on with it, once. "
		  "Needs `until`." },
	{ .name = "save_path", .type = OPTION_TEXT, .secret = SECRET_QUERY, .fallback = "\"\"", .shown = "PHP's own `session.save_path`",
	  .syntax = syntax_save_path, FIELD(struct config_application, adapter.save_path),
	  .text = "With `adopt`: where, as PHP's `session.save_path` would say it." },
	{ .name = "cookie", .type = OPTION_TEXT, .fallback = "PHPSESSID", .syntax = syntax_cookie_name,
	  FIELD(struct config_application, adapter.cookie),
	  .text = "With `adopt`: the cookie that names an old session (`session.name`)." },
	{ .name = "until", .type = OPTION_DATE, .shown = "none", .min = DAYS(1), .max = DAYS(2932897), FIELD(struct config_application, adapter.until_ms),
	  .text = "With `adopt`: the last day on which sessions are taken over, in UTC. So long it is remembered which ones "
		  "were; afterwards nobody looks." },
	{ .name = "write_back", .type = OPTION_FLAG, .fallback = "false", FIELD(struct config_application, adapter.write_back),
	  .text = "With `adopt`: the old session and its cookie are kept, and kept up to date, so that going back logs "
		  "nobody out. Else both are removed when a session has been taken over." },
	{ .name = "params", .type = OPTION_FLAG, .fallback = "true", FIELD(struct config_application, adapter.params),
	  .text = "Whether scripts find in `$_SERVER` what else there is to know of a session: `SESSION_STATE`, `SESSION_USER`, its times, "
		  "`SESSION_VERSION`, `SESSION_CSRF` and, where the adapter reads `SESSION_PHP` alone, `SESSION_OMITTED`. `false`, for applications "
		  "that look at nothing but `$_SESSION`, spares PHP-FPM these entries in each request of a visitor who has a session: 6 % of its "
		  "instructions on a page that does little. `SESSION_ID` and what the adapter itself needs are there, and `REMOTE_USER`." },
	{ .name = "file", .type = OPTION_TEXT, .flags = OPTION_AUTO, .fallback = "auto", .syntax = syntax_adapter_file,
	  FIELD(struct config_application, adapter.file),
	  .text = "Where PHP finds `sessiongate.php`, which the gateway names to it as `auto_prepend_file` on each connection. `auto`: where it "
		  "was installed with this program. A path is passed on as it is: of another machine, or of a chroot. "
		  "`\"\"`: nothing is passed on, the pool's configuration loads it (see `sessiongate --print-snippet php-fpm`)." },
};
static const struct option_table php_table = TABLE(php_options, .bytes = sizeof(struct config_application));

static const struct option adapter_options[] = {
	{ .name = "php", .type = OPTION_SECTION, .table = &php_table,
	  .text = "As `adapter: php`, with settings." },
};
static const struct option_table adapter_table =
	TABLE(adapter_options, .bytes = sizeof(struct config_application));

static const struct option application_options[] = {
	{ .name = "servers", .type = OPTION_ADDRESSES, .flags = OPTION_REQUIRED | OPTION_CONNECT | OPTION_NOT_EMPTY,
	  LIST_FIELD(struct config_application, servers, server_count),
	  .text = "Where the application listens: equal servers, `unix:/path`, `127.0.0.1:9000` or `[::1]:9000`." },
	{ .name = "adapter", .type = OPTION_CHOICE, .fallback = "none", .words = adapter_words, .table = &adapter_table,
	  FIELD(struct config_application, adapter.kind),
	  .text = "`php`: an unmodified PHP application's `$_SESSION` is the gateway's session, see [php.md](php.md). Implies "
		  "`session_api: true`, and `expose: [object]` on routes that do not say otherwise. The object is passed once "
		  "more as PHP reads it quickest (`SESSION_PHP`), where `$_SESSION` is made of it as it is. Once the adapter has "
		  "said that it reads that, an object over 1 KiB that no route's `expose` asks for is left out, and "
		  "`SESSION_OMITTED` is `*`." },
	{ .name = "balance", .type = OPTION_WORD, .fallback = "least-connections", .words = balance_words,
	  FIELD(struct config_application, balance), .text = "Which of several servers takes a request." },
	{ .name = "idle_connections", .type = OPTION_COUNT, .flags = OPTION_AUTO, .fallback = "auto", .unset = -1,
	  .max = 65535, FIELD(struct config_application, idle_connections),
	  .text = "Connections kept per server for the whole process, divided among the workers. An idle one pins "
		  "a process of most applications. `auto`: 2 with one worker, else 0." },
	{ .name = "idle_timeout", .type = OPTION_DURATION, .fallback = "5s", .min = MS(1), .max = DAYS(1),
	  FIELD(struct config_application, idle_timeout_ms), .text = "How long an idle connection is kept." },
	{ .name = "max_connections", .type = OPTION_COUNT, .fallback = "64", .min = 1, .max = 65535,
	  FIELD(struct config_application, max_connections),
	  .text = "Per server for the whole process, divided among the workers; beyond it requests wait in the queue." },
	{ .name = "queue", .type = OPTION_SECTION, .table = &queue_table,
	  .text = "Requests that wait for a connection." },
	{ .name = "connect_timeout", .type = OPTION_DURATION, .fallback = "2s", .min = MS(1), .max = DAYS(1),
	  FIELD(struct config_application, connect_timeout_ms), .text = "For a connection to be made; then 504." },
	{ .name = "read_timeout", .type = OPTION_DURATION, .fallback = "60s", .min = MS(1), .max = DAYS(30),
	  FIELD(struct config_application, read_timeout_ms),
	  .text = "How long the application may be silent, and how long its header block may take from the first byte "
		  "on; then 504, or a cut answer." },
	{ .name = "buffer_request", .type = OPTION_SIZE, .fallback = "64k", .max = GIB(1),
	  FIELD(struct config_application, buffer_request_bytes),
	  .text = "Up to here the body is read before a connection is taken; beyond it streams. 0: it streams at once." },
	{ .name = "session_api", .type = OPTION_FLAG, .fallback = "false", .shown = "`false`; `true` with an `adapter`",
	  FIELD(struct config_application, session_api),
	  .text = "The application may speak to the gateway while it works on a request: read its session, large values "
		  "too, and change it, also when its header has gone out. Each request gets the params `SESSION_SOCKET` "
		  "and `SESSION_TICKET`; see [session-api.md](session-api.md)." },
	{ .name = "login_from", .type = OPTION_TEXT, .fallback = "\"\"", .syntax = syntax_attribute_path,
	  FIELD(struct config_application, login_from),
	  .text = "Dotted path to the attribute that holds the user, for an application that cannot be changed: when its value "
		  "(a string or an integer) changes, that is a login as that user; without it the session is anonymous." },
	{ .name = "directives", .type = OPTION_WORDS, .words = directive_words,
	  .fallback = "[set, unset, update, login, logout, rotate, idle-timeout]",
	  FIELD(struct config_application, directives),
	  .text = "What the application may say in `X-Session-*` headers; anything else is dropped and logged." },
	{ .name = "stderr", .type = OPTION_WORD, .fallback = "log", .words = stderr_words,
	  FIELD(struct config_application, stderr_to),
	  .text = "Where what the application writes to stderr goes: our log (8 KiB of each request, 128 KiB a second), the web server, or both." },
	{ .name = "params", .type = OPTION_PARAMS, .secret = SECRET_NAMED, .fallback = "{}", .syntax = syntax_own_param_name,
	  LIST_FIELD(struct config_application, params, param_count),
	  .text = "FastCGI params that are added or replaced in each request." },
};
static const struct option_table application_table =
	TABLE(application_options, .bytes = sizeof(struct config_application),
	      .name_offset = offsetof(struct config_application, name));

static const struct option route_options[] = {
	{ .name = "name", .type = OPTION_TEXT, .fallback = "\"\"", .shown = "none", .syntax = syntax_name,
	  FIELD(struct route_draft, route.name),
	  .text = "Shown in logs, and chosen by the param `SESSIONGATE_ROUTE`." },
	{ .name = "host", .type = OPTION_TEXT, .flags = OPTION_LOWER, .shown = "any", .syntax = syntax_route_host,
	  FIELD(struct route_draft, route.host),
	  .text = "`www.example.org`, or `*.example.org` for all below it; without a port." },
	{ .name = "path", .type = OPTION_TEXT, .flags = OPTION_REQUIRED, .syntax = syntax_route_path,
	  FIELD(struct route_draft, route.path),
	  .text = "A prefix of the decoded path; the longest one wins." },
	{ .name = "methods", .type = OPTION_TEXTS, .flags = OPTION_NOT_EMPTY, .shown = "any", .syntax = syntax_method,
	  LIST_FIELD(struct route_draft, route.methods, route.method_count),
	  .text = "Only requests with one of these methods take this route." },
	{ .name = "application", .type = OPTION_TEXT, .flags = OPTION_REQUIRED,
	  .unless_name = "mode", .unless_value = "authorize",
	  FIELD(struct route_draft, application), .text = "Name of the application that answers." },
	{ .name = "mode", .type = OPTION_WORD, .fallback = "respond", .words = mode_words,
	  FIELD(struct route_draft, route.mode),
	  .text = "`authorize`: no application is asked, the gateway itself says 200, 401 or 403 to a web server that asks "
		  "before it serves something: nginx's `auth_request`, Caddy's and Traefik's `forward_auth`. Who asks in "
		  "FastCGI's role of an Authorizer (lighttpd, Apache's mod_authnz_fcgi) is answered so on every route. See "
		  "[authorizer.md](authorizer.md)." },
	{ .name = "realm", .type = OPTION_TEXT, .fallback = "default", FIELD(struct route_draft, realm),
	  .text = "Name of the realm whose sessions count here." },
	{ .name = "session", .type = OPTION_WORD, .fallback = "on", .words = session_words,
	  FIELD(struct route_draft, route.session),
	  .text = "`off`: nothing is looked up or interpreted. `observe`: as `off`, and what the application's own "
		  "sessions do is counted for a report, see [observe.md](observe.md). `peek`: looked up without a touch, directives are "
		  "dropped: for polling and assets." },
	{ .name = "require", .type = OPTION_WORD, .fallback = "none", .words = require_words,
	  FIELD(struct route_draft, route.require),
	  .shown = "`none`; `login` with `mode: authorize` and for whoever asks as an Authorizer",
	  .text = "Without it the visitor gets 401, or is sent to `login_url`." },
	{ .name = "allow_users", .type = OPTION_TEXTS, .flags = OPTION_NOT_EMPTY, .shown = "any", .syntax = syntax_user,
	  LIST_FIELD(struct route_draft, route.allow_users, route.allow_user_count),
	  .text = "Other users get 403." },
	{ .name = "max_login_age", .type = OPTION_DURATION, .fallback = "0", .max = DAYS(3650),
	  FIELD(struct route_draft, route.max_login_age_ms),
	  .text = "Older logins get 401; implies `require: login`. 0: any age." },
	{ .name = "login_url", .type = OPTION_TEXT, .shown = "none", .syntax = syntax_login_url,
	  FIELD(struct route_draft, route.login_url),
	  .text = "A path or URL that a browser without the required session is sent to, the original path in `next`, unless that makes it longer than 3 KiB." },
	{ .name = "logout_url", .type = OPTION_TEXT, .shown = "none", .syntax = syntax_login_url,
	  FIELD(struct route_draft, route.logout_url),
	  .text = "A path or URL that a browser is sent to after `POST logout` of `self_service`, if it asked for `text/html`." },
	{ .name = "token", .type = OPTION_WORD, .fallback = "cookie", .words = token_words,
	  FIELD(struct route_draft, route.token),
	  .text = "What carries the session's token: the realm's cookie, its header (for programs), or `either`: "
		  "then a header that came counts, and the cookie only without one; a token is answered the way it "
		  "came, a first one as a cookie." },
	{ .name = "expose", .type = OPTION_WORDS, .fallback = "[each]", .words = expose_words,
	  .shown = "`[each]`; `[object]` where the application has an `adapter`; none with `mode: authorize`",
	  FIELD(struct route_draft, route.expose),
	  .text = "How the application sees attributes: `each` as `SESSION_ATTR_<name>`, `object` as one JSON "
		  "object in `SESSION_ATTRIBUTES`." },
	{ .name = "remote_user", .type = OPTION_WORD, .fallback = "session", .words = remote_user_words,
	  FIELD(struct route_draft, route.remote_user),
	  .text = "`REMOTE_USER`: the session's user alone, or else what the web server sent (which may be "
		  "unverified: warned about), or the web server's always, or none." },
	{ .name = "csrf", .type = OPTION_WORD, .fallback = "off", .words = csrf_words,
	  FIELD(struct route_draft, route.csrf),
	  .text = "`check`: a request whose method changes something (all but GET, HEAD, OPTIONS and TRACE) gets 403 "
		  "unless it says `Sec-Fetch-Site: same-origin`, or in `Origin` the scheme, host and port that it is for, "
		  "or in `X-CSRF-Token` the session's `SESSION_CSRF`. A token in a header is sign enough." },
	{ .name = "self_service", .type = OPTION_TEXT, .shown = "none", .syntax = syntax_service_path,
	  FIELD(struct route_draft, route.self_service),
	  .text = "A path such as `/.session`, which begins with the route's own. Below it the gateway itself tells "
		  "visitors of their sessions, and ends them: see [self-service.md](self-service.md)." },
	{ .name = "private", .type = OPTION_WORD, .fallback = "auto", .words = private_words,
	  FIELD(struct route_draft, route.private_),
	  .text = "When `Cache-Control: no-store` and `Vary` are put on a response: where it sets or clears a token "
		  "or carried directives, always with a session, or never." },
	{ .name = "on_store_failure", .type = OPTION_WORD, .fallback = "fail", .words = store_failure_words,
	  FIELD(struct route_draft, route.on_store_failure),
	  .text = "When a session cannot be loaded, or not within `store.timeout`: `fail` answers 503; `anonymous` goes on "
		  "without one, which the application sees as `SESSION_REASON=unavailable`, and refuses with 503 what "
		  "answers directives. Only where nobody is asked for a session: `require: none`, `csrf: off`. With "
		  "`allow_users` it is 503 all the same: who is not known is not refused as a stranger." },
	{ .name = "on_save_failure", .type = OPTION_WORD, .fallback = "fail", .words = save_failure_words,
	  FIELD(struct route_draft, route.on_save_failure),
	  .text = "When a session's changes cannot be saved, or nobody knows whether they were, until `store.timeout`: "
		  "`fail` answers 503 in the place of the application's response; `deliver` lets that out, without a new "
		  "token, and logs and counts it. A login, logout or rotation that fails is 503 always, the mere time of the last "
		  "request never." },
	{ .name = "lock", .type = OPTION_WORD, .fallback = "none", .words = lock_words,
	  FIELD(struct route_draft, route.lock),
	  .text = "`exclusive`: the requests of one session on such routes run one after the other, first come first served, "
		  "whichever gateway they come to: each sees what the one before it has saved. Only who has the session's "
		  "token can hold it up. The lock is held from before the body is read until the session is saved; requests on "
		  "other routes neither wait nor are waited for. Who waits holds no connection to the application. "
		  "An application that asks the gateway for another such page of the same visitor waits for itself." },
	{ .name = "lock_wait", .type = OPTION_DURATION, .fallback = "5s", .max = DAYS(1),
	  FIELD(struct route_draft, route.lock_wait_ms),
	  .text = "With `lock: exclusive`: who waits longer gets 503 `session-busy`. 0: nobody waits. Who waits counts "
		  "as a request in flight (`limits.requests`)." },
	{ .name = "lock_lease", .type = OPTION_DURATION, .fallback = "60s", .min = MS(1), .max = DAYS(1),
	  FIELD(struct route_draft, route.lock_lease_ms),
	  .text = "With `lock: exclusive`: after so long the next request is let in although the one before it has not "
		  "ended, and what that saves later is dropped. To be longer than the slowest request, its body included." },
	{ .name = "read_timeout", .type = OPTION_DURATION, .fallback = "0", .shown = "the application's",
	  .max = DAYS(30), FIELD(struct route_draft, route.read_timeout_ms),
	  .text = "How long the application may be silent; 0: the application's own setting." },
	{ .name = "body_size", .type = OPTION_SIZE, .unset = -1, .shown = "as `limits.body_size`", .max = GIB(1048576),
	  FIELD(struct route_draft, route.body_bytes),
	  .text = "Largest request body; beyond it 413. 0: the web server's limit is enough." },
};
static const struct option_table route_table = TABLE(route_options, .bytes = sizeof(struct route_draft));

static const struct option token_options[] = {
	{ .name = "name", .type = OPTION_TEXT, .flags = OPTION_REQUIRED, .syntax = syntax_name,
	  FIELD(struct grant, name),
	  .text = "Who calls with it, in answers and logs. Two entries may have one name: the old token and the new one." },
	{ .name = "sha256", .type = OPTION_TEXT, .secret = SECRET_ALL, .shown = "none", .syntax = syntax_sha256,
	  FIELD(struct grant, sha256),
	  .text = "SHA-256 of the whole token, in hex: `printf %s \"$TOKEN\" | sha256sum`. The token itself stands nowhere. "
		  "It is `sga_<name>_` and 32 random bytes as base64url." },
	{ .name = "certificate_san", .type = OPTION_TEXT, .shown = "none", FIELD(struct grant, certificate_san),
	  .text = "In the place of `sha256`: a name (subjectAltName) of a client's certificate that one of `admin.tls.client_ca` has "
		  "signed: a DNS name, an e-mail address, a URI or an IP address." },
	{ .name = "scopes", .type = OPTION_WORDS, .flags = OPTION_REQUIRED | OPTION_NOT_EMPTY, .words = scope_words,
	  FIELD(struct grant, scopes), .text = "What may be done with it; `*` is everything." },
	{ .name = "not_after", .type = OPTION_TIME, .shown = "never", .max = DAYS(2932897), FIELD(struct grant, not_after_ms),
	  .text = "When it ends." },
	{ .name = "networks", .type = OPTION_NETWORKS, .fallback = "[]", LIST_FIELD(struct grant, networks, network_count),
	  .text = "Addresses and networks that it is good from; none: any." },
	{ .name = "realms", .type = OPTION_TEXTS, .fallback = "[]", .syntax = syntax_name,
	  LIST_FIELD(struct grant, realms, realm_count),
	  .text = "Its holder sees and changes sessions and users of these realms alone; none: of any." },
	{ .name = "applications", .type = OPTION_TEXTS, .fallback = "[]", .syntax = syntax_name,
	  LIST_FIELD(struct grant, applications, application_count),
	  .text = "The same of the applications that sessions were created by." },
	{ .name = "users", .type = OPTION_TEXTS, .fallback = "[]", .syntax = syntax_user,
	  LIST_FIELD(struct grant, users, user_count), .text = "The same of users." },
};
static const struct option_table token_table = TABLE(token_options, .bytes = sizeof(struct grant));

static const struct option admin_tls_options[] = {
	{ .name = "certificate", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "\"\"",
	  FIELD(struct config_admin, tls.certificate),
	  .text = "A file (PEM) with the API's certificate, and the chain behind it. With it every address but Unix sockets is https." },
	{ .name = "key", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "\"\"", FIELD(struct config_admin, tls.key),
	  .text = "The certificate's key (PEM). None: it is in the file of `certificate`." },
	{ .name = "client_ca", .type = OPTION_TEXT, .flags = OPTION_RESTART, .fallback = "\"\"",
	  FIELD(struct config_admin, tls.client_ca),
	  .text = "A file (PEM) with the certificates of the authorities that may have signed those of clients: see `certificate_san`. "
		  "Clients without one need a token." },
};
static const struct option_table admin_tls_table = TABLE(admin_tls_options, .bytes = sizeof(struct config_admin));

static const struct option_word event_words[] = {
#define EVENT_WORD(name, text) { text, 1 << EVENT_##name },
	EVENT_TYPES(EVENT_WORD)
#undef EVENT_WORD
	{ 0 },
};

static const struct option webhook_options[] = {
	{ .name = "url", .type = OPTION_TEXT, .flags = OPTION_REQUIRED, .secret = SECRET_QUERY, .syntax = syntax_webhook_url,
	  FIELD(struct settings_webhook, url), .text = "`http://…` or `https://…`; a redirection is not followed." },
	{ .name = "secret", .type = OPTION_TEXT, .flags = OPTION_REQUIRED, .secret = SECRET_ALL, .syntax = syntax_webhook_secret,
	  FIELD(struct settings_webhook, secret),
	  .text = "What the signature is made with: `Sessiongate-Signature: t=<unix>,v1=<hex HMAC-SHA256 of \"t.body\">`." },
	{ .name = "types", .type = OPTION_WORDS, .shown = "all", .words = event_words,
	  FIELD(struct settings_webhook, types), .text = "Which events." },
};
static const struct option_table webhook_table = TABLE(webhook_options, .bytes = sizeof(struct settings_webhook));

static const struct option admin_options[] = {
	{ .name = "listen", .type = OPTION_SECTIONS, .flags = OPTION_RESTART, .table = &listen_table, .shown = "none",
	  LIST_FIELD(struct config_admin, listen, listen_count),
	  .text = "Where the [admin API](admin-api.md) is: `127.0.0.1:9180` or `unix:/run/sessiongate/admin.sock`, plain or with "
		  "details, or a list of them. Without it there is none. On a Unix socket root and the gateway's own user "
		  "need no token." },
	{ .name = "allow_plaintext", .type = OPTION_FLAG, .flags = OPTION_RESTART, .fallback = "false",
	  FIELD(struct config_admin, allow_plaintext),
	  .text = "An address that other machines reach: whoever can listen on the way has the tokens." },
	{ .name = "tls", .type = OPTION_SECTION, .flags = OPTION_RESTART, .table = &admin_tls_table,
	  .text = "For addresses that other machines reach." },
	{ .name = "cors_origins", .type = OPTION_TEXTS, .fallback = "[]", .syntax = syntax_origin,
	  LIST_FIELD(struct config_admin, cors_origins, cors_origin_count),
	  .text = "Origins such as `https://admin.example.org` whose pages may call from a browser, with a token; none: no other site's." },
	{ .name = "tokens", .type = OPTION_SECTIONS, .table = &token_table, .fallback = "[]",
	  LIST_FIELD(struct config_admin, tokens, token_count),
	  .text = "Who may call. A TCP address needs at least one." },
	{ .name = "webhooks", .type = OPTION_SECTIONS, .table = &webhook_table, .fallback = "[]",
	  LIST_FIELD(struct config_admin, webhooks, webhook_count),
	  .text = "Servers that events are posted to, as JSON, by the gateway that told them: at least once, and again after 1 s to 10 minutes "
		  "for an hour until it is answered 2xx. Up to 10,000 wait for each. When the process ends each that waits is tried once more, within "
		  "`shutdown_grace`; the log says how many are given up." },
	{ .name = "audit_file", .type = OPTION_TEXT, .flags = OPTION_RESTART, .shown = "none", .syntax = syntax_audit_file,
	  FIELD(struct config_admin, audit_file),
	  .text = "Where a line of JSON is written for each change that an administrator makes or tries to make, and each time he reads "
		  "values of attributes: an absolute path, which is appended to and reopened at SIGUSR1, or `syslog` (facility "
		  "authpriv). The last 10,000 are at `GET /api/v1/audit` in any case, until the process ends." },
	{ .name = "events_kept", .type = OPTION_COUNT, .flags = OPTION_RESTART, .fallback = "10000", .min = 1, .max = 1000000,
	  FIELD(struct config_admin, events_kept),
	  .text = "How many of the last events are kept in memory, for `GET /api/v1/events` and for readers of the stream who come "
		  "back. Some 300 bytes each." },
};
static const struct option_table admin_table = TABLE(admin_options, .bytes = sizeof(struct config_admin));

static const struct option limit_options[] = {
	{ .name = "max_connections", .type = OPTION_COUNT, .fallback = "10000", .min = 1, .max = 1000000,
	  FIELD(struct config_limits, max_connections), .text = "From the web server. One more makes the connection that has been idle longest close, if "
		  "that is `header_timeout` at least; else it waits to be accepted." },
	{ .name = "requests", .type = OPTION_COUNT, .fallback = "4096", .min = 1, .max = 1000000,
	  FIELD(struct config_limits, requests),
	  .text = "In flight in the whole process; beyond it 503 `overloaded`." },
	{ .name = "requests_per_connection", .type = OPTION_COUNT, .fallback = "128", .min = 1, .max = 65535,
	  FIELD(struct config_limits, requests_per_connection), .text = "Multiplexed at once." },
	{ .name = "memory", .type = OPTION_SIZE, .fallback = "512m", .min = MIB(1), .max = GIB(1024),
	  FIELD(struct config_limits, memory_bytes),
	  .text = "Of request and response buffers in the whole process; below eight times `params_size` the largest requests have no room. From three quarters "
		  "of it on whoever wants more than 16 KiB is refused with 503 `overloaded`, or waits, "
		  "while small requests go on; at all of it everything new is refused." },
	{ .name = "params", .type = OPTION_COUNT, .fallback = "1000", .min = 1, .max = 100000,
	  FIELD(struct config_limits, params), .text = "How many in one request; beyond it 431." },
	{ .name = "params_size", .type = OPTION_SIZE, .fallback = "256k", .min = 64, .max = MIB(64),
	  FIELD(struct config_limits, params_bytes), .text = "Names and values of one request together; beyond it 431." },
	{ .name = "body_size", .type = OPTION_SIZE, .fallback = "0", .max = GIB(1048576),
	  FIELD(struct config_limits, body_bytes),
	  .text = "Largest request body; beyond it 413. 0: the web server's limit is enough." },
	{ .name = "spool_dir", .type = OPTION_TEXT, .fallback = "/var/tmp", .syntax = syntax_folder,
	  FIELD(struct config_limits, spool_dir),
	  .text = "Where bodies of unknown length wait, which are refused with 411 if it is empty, and "
		  "those that would keep other requests of their connection waiting." },
	{ .name = "spool_size", .type = OPTION_SIZE, .fallback = "256m", .min = 1, .max = GIB(1048576),
	  FIELD(struct config_limits, spool_bytes), .text = "One body: of unknown length 413 beyond it, else 503." },
	{ .name = "spool_total", .type = OPTION_SIZE, .fallback = "4g", .min = 1, .max = GIB(1048576),
	  FIELD(struct config_limits, spool_total_bytes), .text = "All of them together." },
	{ .name = "response_header_size", .type = OPTION_SIZE, .fallback = "64k", .min = 64, .max = MIB(16),
	  FIELD(struct config_limits, response_header_bytes),
	  .text = "The application's header block without directives; beyond it 502." },
	{ .name = "header_timeout", .type = OPTION_DURATION, .fallback = "10s", .min = MS(1), .max = DAYS(1),
	  FIELD(struct config_limits, header_timeout_ms),
	  .text = "From the first byte (on a kept connection: of the next request) to the end of PARAMS." },
	{ .name = "body_rate", .type = OPTION_SIZE, .fallback = "100", .max = GIB(1),
	  FIELD(struct config_limits, body_rate),
	  .text = "Bytes per second that a body must bring, over the whole of it, judged after its first 10 s. 0: any." },
	{ .name = "unknown_tokens", .type = OPTION_COUNT, .fallback = "600", .max = 1000000,
	  FIELD(struct config_limits, unknown_tokens),
	  .text = "So many different tokens that the store has never heard of may come from one address (IPv6: one /64) "
		  "within a minute, on each worker; beyond it requests with such a token get 429, the others go on. "
		  "Expired ones do not count, nor does any while the store may have lost data. 0: any number." },
};
static const struct option_table limit_table = TABLE(limit_options, .bytes = sizeof(struct config_limits));

static const struct option log_options[] = {
	{ .name = "level", .type = OPTION_WORD, .fallback = "info", .words = level_words,
	  FIELD(struct config_log, level), .text = "What is written, from the least to the most important." },
	{ .name = "format", .type = OPTION_WORD, .fallback = "text", .words = format_words,
	  FIELD(struct config_log, format), .text = "One line an event, as text or JSON." },
	{ .name = "to", .type = OPTION_TEXT, .fallback = "stderr", .syntax = syntax_log_target,
	  FIELD(struct config_log, to), .text = "`stderr`, `syslog`, or a file's path; SIGUSR1 opens the file anew, and writes into it how often what has "
	          "happened to sessions." },
	{ .name = "access", .type = OPTION_FLAG, .fallback = "true", FIELD(struct config_log, access),
	  .text = "A line for each request, written in batches, at the latest after 100 ms." },
};
static const struct option_table log_table = TABLE(log_options, .bytes = sizeof(struct config_log));

static const struct option file_options[] = {
	{ .name = "include", .type = OPTION_INCLUDE,
	  .text = "Files or globs, relative to the including file. Sections merge, lists append; a setting that is "
		  "given twice is an error. A glob without a match is fine, a missing file is not." },
	{ .name = "listen", .type = OPTION_SECTIONS, .flags = OPTION_REQUIRED | OPTION_RESTART | OPTION_NOT_EMPTY,
	  .table = &listen_table, LIST_FIELD(struct config_draft, config.listen, config.listen_count),
	  .text = "Where the web server connects: a plain address, one with details, or a list of them." },
	{ .name = "listen_session_api", .type = OPTION_SECTIONS, .flags = OPTION_RESTART | OPTION_NOT_EMPTY,
	  .table = &listen_table, .shown = "a folder of its own in `$RUNTIME_DIRECTORY`, `/run`, `$TMPDIR` or `/tmp`",
	  LIST_FIELD(struct config_draft, config.listen_session_api, config.listen_session_api_count),
	  .text = "Where applications with `session_api` connect: one `unix:/path`, plain or with details. Each worker adds its "
		  "number: `unix:/run/sessiongate/app.sock` becomes `app.sock.0`, `app.sock.1` and so on. Only used when an "
		  "application has `session_api`. Give it the applications' user or group: then the mode is 0660, unless you say "
		  "another. Without them it is 0666, there as in the gateway's own folder: open to every local user, and "
		  "guarded by the tickets alone." },
	{ .name = "node", .type = OPTION_TEXT, .flags = OPTION_RESTART, .syntax = syntax_name,
	  .shown = "the host's name", FIELD(struct config_draft, config.node), .text = "Name of this gateway in events and metrics." },
	{ .name = "workers", .type = OPTION_COUNT, .flags = OPTION_AUTO | OPTION_RESTART, .fallback = "1",
	  .min = 1, .max = 256, FIELD(struct config_draft, config.workers),
	  .text = "Threads; `auto`: one for each core." },
	{ .name = "shutdown_grace", .type = OPTION_DURATION, .fallback = "30s", .max = DAYS(1),
	  FIELD(struct config_draft, config.shutdown_grace_ms),
	  .text = "How long running requests may take after SIGTERM." },
	{ .name = "trusted_proxies", .type = OPTION_NETWORKS, .fallback = "[]",
	  LIST_FIELD(struct config_draft, config.trusted_proxies, config.trusted_proxy_count),
	  .text = "Addresses and networks whose `X-Forwarded-For`, `-Proto` and `-Host` are believed: the last address of "
		  "the chain that is none of these is the visitor's, the last scheme and host count. They decide cookies, "
		  "routes, limits and what is logged; the params that applications get stay as they came." },
	{ .name = "drop_params", .type = OPTION_TEXTS, .fallback = "[]", .syntax = syntax_param_name,
	  LIST_FIELD(struct config_draft, config.drop_params, config.drop_param_count),
	  .text = "Params of the web server that no application gets, such as `PHP_VALUE`." },
	{ .name = "session", .type = OPTION_SECTION, .table = &session_table,
	  .offset = offsetof(struct config_draft, standard),
	  .text = "Lifetime and size of sessions in the realm `default`; other realms start from it." },
	{ .name = "cookie", .type = OPTION_SECTION, .table = &cookie_table,
	  .offset = offsetof(struct config_draft, standard),
	  .text = "The cookie of the realm `default`. Refused: `__Host-` with a domain, another path than `/` or "
		  "`secure: never`; `__Secure-`, `same_site: none` or `partitioned` with `secure: never`." },
	{ .name = "header", .type = OPTION_SECTION, .table = &header_table,
	  .offset = offsetof(struct config_draft, standard), .text = "The token header of the realm `default`." },
	{ .name = "realms", .type = OPTION_NAMED, .flags = OPTION_INHERIT, .table = &realm_table, .syntax = syntax_name, .shown = "none",
	  LIST_FIELD(struct config_draft, realms, realm_count),
	  .text = "Worlds of their own: applications of one realm share sessions, those of different realms never "
		  "do. Two realms need two cookie names unless no host has both and neither sets a domain." },
	{ .name = "store", .type = OPTION_SECTION, .flags = OPTION_RESTART, .table = &store_table,
	  .offset = offsetof(struct config_draft, config.store), .text = "Where sessions sleep between requests." },
	{ .name = "applications", .type = OPTION_NAMED, .flags = OPTION_REQUIRED | OPTION_NOT_EMPTY,
	  .table = &application_table, .syntax = syntax_name,
	  LIST_FIELD(struct config_draft, config.applications, config.application_count),
	  .text = "FastCGI programs that answer requests, by name." },
	{ .name = "routes", .type = OPTION_SECTIONS, .flags = OPTION_REQUIRED | OPTION_NOT_EMPTY, .table = &route_table,
	  LIST_FIELD(struct config_draft, routes, route_count),
	  .text = "Which request goes to which application, and what session rules hold: the longest path among "
		  "the routes of the matching host." },
	{ .name = "limits", .type = OPTION_SECTION, .table = &limit_table,
	  .offset = offsetof(struct config_draft, config.limits), .text = "What one peer may ask of the gateway." },
	{ .name = "admin", .type = OPTION_SECTION, .flags = OPTION_RESTART, .table = &admin_table,
	  .offset = offsetof(struct config_draft, config.admin),
	  .text = "The API for administrators: sessions and users, listed, searched and ended." },
	{ .name = "log", .type = OPTION_SECTION, .table = &log_table,
	  .offset = offsetof(struct config_draft, config.log), .text = "Lines for the operator." },
};
/* clang-format on */

const struct option_table config_options =
	TABLE(file_options, .bytes = sizeof(struct config_draft));
