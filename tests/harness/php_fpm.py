"""PHP-FPM with one pool: a fixed number of processes."""

import os

CONF = """
[global]
daemonize = no
error_log = {file}.log
[site]
{user}
listen = {file}.sock
pm = static
pm.max_children = {children}
pm.max_requests = {max_requests}
{settings}
"""


def argv(directory, name="php", children=4, max_requests=0, settings=(), values=()):
    """What starts it, listening on NAME.sock there; settings: {directive: value} of php.ini, for this pool; values: as
    these, and programs may change them."""
    root = os.geteuid() == 0
    conf = CONF.format(
        file=os.path.join(directory, name),
        user="user = root\ngroup = root" if root else "",
        children=children,
        max_requests=max_requests,
        settings=_directives("php_admin_value", settings) + _directives("php_value", values),
    )
    path = os.path.join(directory, f"{name}.conf")
    with open(path, "w") as out:
        out.write(conf)
    return ["/usr/sbin/php-fpm8.2", "--nodaemonize", "--fpm-config", path, *(["--allow-to-run-as-root"] if root else [])]


def _directives(kind, settings):
    return "".join(f'{kind}[{key}] = "{value}"\n' for key, value in dict(settings).items())
