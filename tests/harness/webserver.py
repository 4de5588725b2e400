"""Web servers, each run with what --print-snippet says: only ports, folders and what a test is about are put in."""

import os
from dataclasses import dataclass

WWW = "/srv/www"  # the folder that the snippets name

NGINX = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log stderr warn;
{as_root}
events {{ worker_connections 1024; }}
http {{
access_log off; client_max_body_size 64m;
client_body_temp_path {dir}/t1; fastcgi_temp_path {dir}/t2; proxy_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
{snippet}
}}
"""

APACHE = """
ServerRoot {dir}
DefaultRuntimeDir {dir}
PidFile {dir}/apache.pid
ErrorLog /dev/stderr
ServerName localhost
Listen 127.0.0.1:{port}
{as_root}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_fcgi_module {modules}/mod_proxy_fcgi.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule authnz_fcgi_module {modules}/mod_authnz_fcgi.so
LoadModule setenvif_module {modules}/mod_setenvif.so
LoadModule headers_module {modules}/mod_headers.so
ServerLimit 1
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 64
KeepAliveTimeout 1
{snippet}
"""

LIGHTTPD = """
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{dir}"
server.upload-dirs = ( "{dir}" )
server.max-keep-alive-idle = 1
{snippet}
"""

CADDY = """
{{
	admin off
	auto_https off
	http_port {port}
	default_bind 127.0.0.1
	grace_period 1s
}}
{snippet}
"""

HAPROXY = """
global
	maxconn 1000
	log stderr local0 notice
defaults
	log global
	timeout client 60s
{snippet}
"""


@dataclass(frozen=True)
class Kind:
    frame: str  # what an administrator has around the snippet
    port: tuple  # how the snippet says "port 80", and how that is said of another port of loopback
    argv: tuple
    as_root: str = ""


KINDS = {
    "nginx": Kind(
        NGINX,
        ("listen 80", "listen 127.0.0.1:{port}"),
        ("/usr/sbin/nginx", "-c", "{file}", "-p", "{dir}", "-e", "stderr"),
        as_root="user root root;",
    ),
    "apache": Kind(
        APACHE,
        ("<VirtualHost *:80>", "<VirtualHost *:{port}>"),
        ("/usr/sbin/apache2", "-f", "{file}", "-DFOREGROUND"),
        as_root="User www-data\nGroup www-data",
    ),
    "lighttpd": Kind(LIGHTTPD, None, ("/usr/sbin/lighttpd", "-D", "-f", "{file}")),
    "caddy": Kind(CADDY, (":80 {", ":{port} {"), ("/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", "{file}")),
    "haproxy": Kind(HAPROXY, ("bind :80", "bind 127.0.0.1:{port}"), ("/usr/sbin/haproxy", "-db", "-f", "{file}")),
}


@dataclass(frozen=True)
class WebServer:
    """One of KINDS; edits are (as printed, as run) in its snippet."""

    kind: str
    edits: tuple = ()

    def configuration(self, snippet, directory, port):
        kind = KINDS[self.kind]
        for printed, run in self.edits:
            snippet = _put(snippet, printed, run)
        if kind.port is not None:
            snippet = _put(snippet, kind.port[0], kind.port[1].replace("{port}", str(port)))
        return kind.frame.format(
            dir=directory,
            port=port,
            snippet=snippet.replace(WWW, directory),
            modules="/usr/lib/apache2/modules",
            as_root=kind.as_root if os.geteuid() == 0 else "",
        )

    def argv(self, file, directory):
        return [word.format(file=file, dir=directory) for word in KINDS[self.kind].argv]


def _put(snippet, printed, run):
    assert printed in snippet, f"the snippet no longer says {printed!r}:\n{snippet}"
    return snippet.replace(printed, run)


def nginx(keep_conn="on", buffering="on", request_buffering="on"):
    said = f"fastcgi_keep_conn {keep_conn};\n\tfastcgi_buffering {buffering};\n\tfastcgi_request_buffering {request_buffering};\n"
    edits = (("fastcgi_keep_conn on;\n", said),)
    if keep_conn == "off":  # else nginx without buffering keeps all the same what we were told to close, and asks there again
        edits += (("\tkeepalive 16;", "\t"),)
    return WebServer("nginx", edits)


def nginx_php(root, index="index.php", php_value=""):
    """Serves the files of a PHP application, and asks the gateway for its scripts; what is neither is index's."""
    said = f"""index {index};
	location / {{ try_files $uri $uri/ /{index}$is_args$args; }}
	location /.session {{ fastcgi_pass sessiongate; }}
	location ~ \\.php$ {{ fastcgi_pass sessiongate; }}"""
    edits = ((f"root {WWW};", f"root {root};"), ('location "/" { fastcgi_pass sessiongate; }', said))
    if php_value:
        edits += (("fastcgi_param REQUEST_METHOD", f'fastcgi_param PHP_VALUE "{php_value}";\n\tfastcgi_param REQUEST_METHOD'),)
    return WebServer("nginx", edits)


def apache(reuse=True):
    return WebServer("apache", () if reuse else ((" enablereuse=on", ""),))


def lighttpd(stream=False):
    """stream: bodies pass while they come, both ways; else each is gathered first."""
    said = "server.stream-request-body = 2\nserver.stream-response-body = 2\n"
    return WebServer("lighttpd", (("server.modules +=", said + "server.modules +="),) if stream else ())


def caddy():
    return WebServer("caddy")


def haproxy(keep_conn=True, multiplex=0):
    """multiplex: so many requests at once on one connection to the gateway."""
    edits = []
    if not keep_conn:
        edits.append(("option keep-conn", "no option keep-conn"))
    if multiplex:
        edits.append(("option keep-conn", f"option keep-conn\n\toption mpxs-conns\n\toption max-reqs {multiplex}"))
        edits.append(("\tuse-fcgi-app", "\thttp-reuse always\n\tuse-fcgi-app"))
    return WebServer("haproxy", tuple(edits))
