"""A MariaDB of a test's own: in a folder, on a Unix socket, gone with the chain that it belongs to."""

import os
import subprocess

from .process import PATIENCE_S

SERVER = "/usr/sbin/mariadbd"
TABLES = ("mysql_system_tables", "mysql_performance_tables")

# the system's configuration is not ours; nothing here outlives a test, so nothing is worth a sync
SPARE = """
--innodb-log-file-size=4M --innodb-buffer-pool-size=8M --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=0
--sync-frm=0 --aria-log-file-size=8M --skip-networking --performance-schema=OFF --skip-log-bin
""".split()


def start(chain, sql):
    """Its socket's path; sql is run first."""
    socket, folder = chain.path("db.sock"), chain.path("db")
    # tmpdir: each that starts removes the temporary tables that it finds there, also another one's
    argv = [SERVER, "--no-defaults", f"--datadir={folder}", f"--tmpdir={chain.folder('db-tmp')}", *SPARE]
    argv += ["--user=root"] if os.geteuid() == 0 else []
    chain.folder("db")
    _make_tables(argv)
    first = chain.write("db.sql", sql)
    chain.serve("mariadb", [*argv, f"--socket={socket}", f"--init-file={first}", f"--pid-file={chain.path('db.pid')}"], f"unix:{socket}")
    return socket


def _make_tables(argv):
    tables = "".join(_read(name) for name in TABLES)
    said = f"CREATE DATABASE mysql;\nUSE mysql;\n{tables}"
    made = subprocess.run([*argv, "--bootstrap"], input=said, text=True, capture_output=True, timeout=4 * PATIENCE_S)
    assert made.returncode == 0, made.stderr[-4000:]


def _read(name):
    with open(f"/usr/share/mysql/{name}.sql") as sql:
        return sql.read()
