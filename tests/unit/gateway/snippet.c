#include "gateway/snippet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char file_text[] =
	"listen: %s\n"
	"applications:\n"
	"  app: {servers: 127.0.0.1:9000}\n"
	"  shop: {servers: [unix:/s, 127.0.0.1:9000], adapter: php, max_connections: 5}\n"
	"  more: {servers: [unix:/s, \"[::1]:9\"], adapter: {php: {file: /there.php}}}\n"
	"routes:\n"
	"  - {path: /, application: app}\n"
	"  - {path: /api/, application: app, read_timeout: 100s}\n"
	"  - {host: www.example.org, path: \"/a b/\", application: app}\n"
	"  - {path: /members/, name: members, mode: authorize, login_url: /in}\n"
	"  - {path: /members/app/, application: app}\n"
	"  - {path: \"/c d/\", mode: authorize}\n";

static const struct config *load(const char *listen)
{
	char path[] = "/tmp/snippetXXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	const struct config_arguments arguments = { .file = path };
	const struct config *config = NULL;
	struct buffer report = { 0 };

	fprintf(file, file_text, listen);
	fclose(file);
	cr_assert_eq(config_load(&arguments, &report, &config), 0, "%.*s",
		     SLICE_ARGS(buffer_content(&report)));
	buffer_fini(&report);
	unlink(path);
	return config;
}

static const struct {
	const char *server, *listen, *says;
} rows[] = {
	{ "nginx", "unix:/run/front.sock", "server unix:/run/front.sock;" },
	{ "nginx", "127.0.0.1:9100", "server 127.0.0.1:9100;" },
	{ "nginx", "0.0.0.0:9100", "server 127.0.0.1:9100;" },
	{ "nginx", "\"[::]:9100\"", "server [::1]:9100;" },
	{ "nginx", "unix:/f", "fastcgi_param HTTP_PROXY \"\";" },
	{ "nginx", "unix:/f", "keepalive 16;" },
	{ "nginx", "unix:/f", "location \"/api/\" { fastcgi_pass sessiongate; }" },
	{ "nginx", "unix:/f", "location \"/a b/\"" },
	{ "nginx", "unix:/f", "server_name www.example.org;" },
	{ "nginx", "unix:/f", "fastcgi_read_timeout 110s;" },
	{ "nginx", "fd:0", "inherits its socket" },
	{ "apache", "unix:/f",
	  "<Proxy \"unix:/f|fcgi://sessiongate/\" enablereuse=on timeout=110>" },
	{ "apache", "unix:/f", "ProxyPass \"/api/\" \"unix:/f|fcgi://sessiongate/api/\"" },
	{ "apache", "127.0.0.1:9100", "ProxyPass \"/\" \"fcgi://127.0.0.1:9100/\"" },
	{ "lighttpd", "unix:/f", "\"/api/\" => (( \"socket\" => \"/f\"" },
	{ "lighttpd", "127.0.0.1:9100", "\"host\" => \"127.0.0.1\", \"port\" => 9100" },
	{ "lighttpd", "unix:/f", "$HTTP[\"host\"] == \"www.example.org\" {" },
	{ "caddy", "unix:/f", "reverse_proxy unix//f {" },
	{ "lighttpd", "\"[::1]:9100\"", "\"host\" => \"::1\", \"port\" => 9100" },
	{ "caddy", "unix:/f", "http://www.example.org {" },
	{ "caddy", "unix:/f", "handle \"/api/*\" {" },
	{ "caddy", "unix:/f", "handle \"/a b/*\" {" },
	{ "caddy", "unix:/f", "request_header -Proxy" },
	{ "nginx", "unix:/f", "fastcgi_param SESSIONGATE_ROUTE members;" },
	{ "nginx", "unix:/f", "fastcgi_param REQUEST_URI /c%20d/;" },
	{ "nginx", "unix:/f", "auth_request /.sessiongate/members;" },
	{ "nginx", "unix:/f", "location = /.sessiongate/_5 {" },
	{ "nginx", "unix:/f",
	  "location @sessiongate-login-members { return 302 $session_login; }" },
	{ "apache", "[unix:/f, 127.0.0.1:9100]", "authnz sessiongate fcgi://127.0.0.1:9100/" },
	{ "apache", "[unix:/f, \"[::]:9100\"]", "authnz sessiongate fcgi://[::1]:9100/" },
	{ "apache", "unix:/f", "# It asks over TCP only" },
	{ "apache", "unix:/f", "\tProxyPass \"/members/\" \"!\"\n" },
	{ "apache", "unix:/f", "\".\" SESSIONGATE_ROUTE=members\n" },
	{ "apache", "unix:/f", "\".\" !SESSIONGATE_ROUTE\n" },
	{ "apache", "unix:/f",
	  "<Location \"/members/app/\">\n\t\tAuthnzFcgiCheckAuthnProvider None" },
	{ "lighttpd", "unix:/f", "$HTTP[\"url\"] =^ \"/members/\" {" },
	{ "lighttpd", "unix:/f", "\"mode\" => \"authorizer\"" },
	{ "lighttpd", "unix:/f", "( \"SESSIONGATE_ROUTE\" => \"members\" )" },
	{ "caddy", "unix:/f", "env SESSIONGATE_ROUTE members" },
	{ "caddy", "unix:/f", "env REQUEST_URI /c%20d/" },
	{ "caddy", "unix:/f", "redir {rp.header.X-Session-Login-Redirect}" },
	{ "haproxy", "unix:/f", "It cannot ask before it serves" },
	{ "haproxy", "unix:/f", "server gateway unix@/f proto fcgi" },
	{ "haproxy", "unix:/f", "{ path,url_dec -m beg \"/a b/\" }" },
	{ "haproxy", "unix:/f", "option http-buffer-request" },
	{ "php-fpm", "unix:/f", "[shop]\nuser = www-data\ngroup = www-data\nlisten = /s\n" },
	{ "php-fpm", "unix:/f", "pm.max_children = 69\n" },
	{ "php-fpm", "unix:/f", "/adapters/php/sessiongate.php\"\n" },
	{ "php-fpm", "fd:0",
	  "[shop-2]\nuser = www-data\ngroup = www-data\nlisten = 127.0.0.1:9000\n" },
	{ "php-fpm", "unix:/f", "[more-2]\nuser = www-data\ngroup = www-data\nlisten = [::1]:9\n" },
	{ "php-fpm", "unix:/f", "php_admin_value[auto_prepend_file] = \"/there.php\"\n" },
};

Test(snippet, names_our_own_addresses_hosts_and_paths)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct config *config = load(rows[i].listen);
		struct buffer out = { 0 };

		cr_assert_eq(snippet_print(slice_from(rows[i].server), config, &out), 0);
		cr_assert_eq(buffer_append(&out, "", 1), 0);
		cr_expect_not_null(strstr(buffer_content(&out).ptr, rows[i].says), "%s lacks %s",
				   rows[i].server, rows[i].says);
		buffer_fini(&out);
		config_unref(&config);
	}
}

Test(snippet, knows_no_other_server)
{
	const struct config *config = load("unix:/f");
	struct buffer out = { 0 };

	cr_expect_eq(snippet_print(SLICE("iis"), config, &out), SG_EFORMAT);
	cr_expect_eq(snippet_print(SLICE(""), config, &out), SG_EFORMAT);
	cr_expect_eq(buffer_len(&out), 0);
	config_unref(&config);
}
