"""Roundcube: mail in a browser, from a dovecot of the test's own; with PHP's sessions."""

import grp
import os
import pwd
import re
import sqlite3
from contextlib import closing

from ..address import free_port
from .site import Site

ROOT = os.geteuid() == 0

CONFIG = """<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///{dir}/roundcube.db?mode=0640';
$config['imap_host'] = 'localhost:{port}';
$config['smtp_host'] = 'localhost:{port}';
$config['session_storage'] = '{storage}';
$config['des_key'] = '0123456789abcdef01234567';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['log_driver'] = 'file';
$config['log_dir'] = '{dir}/logs/';
$config['temp_dir'] = '{dir}/temp/';
$config['enable_spellcheck'] = false;
$config['drafts_mbox'] = 'Drafts';
"""

DOVECOT = """
protocols = imap
base_dir = {dir}/run
state_dir = {dir}/run
log_path = /dev/stderr
listen = 127.0.0.1
auth_failure_delay = 0
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{dir}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox Drafts {{
    auto = create
  }}
}}
"""


class Roundcube(Site):
    name = "roundcube"
    session_name = "roundcube_sessid"
    login_from = "username"
    storage = "php"  # of sessions

    def set_up(self):
        chain, port = self.chain, free_port()
        for name in ("conf", "logs", "temp", "mail", "run"):
            chain.folder(name)
        self.root = "/var/lib/roundcube/public_html"
        self.params = {"ROUNDCUBE_CONFIG_DIR": chain.path("conf")}
        chain.write("conf/config.inc.php", CONFIG.format(dir=chain.directory, port=port, storage=self.storage))
        os.symlink("/etc/roundcube/defaults.inc.php", chain.path("conf/defaults.inc.php"))
        os.symlink("/etc/roundcube/mimetypes.php", chain.path("conf/mimetypes.php"))
        self._make_tables(chain.path("roundcube.db"))
        self._dovecot(port)

    @staticmethod
    def _make_tables(file):
        with open("/usr/share/roundcube/SQL/sqlite.initial.sql") as sql, closing(sqlite3.connect(file)) as database:
            database.executescript(sql.read())

    def _dovecot(self, port):
        """As root it wants users of its own, who are in its packages, and another one for the mail."""
        me = pwd.getpwuid(os.geteuid())
        mail = pwd.getpwnam("mail") if ROOT else me
        os.chown(self.chain.path("mail"), mail.pw_uid, mail.pw_gid)
        internal, login = ("dovecot", "dovenull") if ROOT else (me.pw_name, me.pw_name)
        group = grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name
        conf = DOVECOT.format(
            dir=self.chain.directory, port=port, password=self.password, uid=mail.pw_uid, gid=mail.pw_gid, internal=internal, login=login, group=group
        )
        file = self.chain.write("dovecot.conf", conf)
        self.chain.serve("dovecot", ["/usr/sbin/dovecot", "-F", "-c", file], f"127.0.0.1:{port}")

    def log_in(self, person, password=None):
        return person.submit(person.get("/"), "_user", {"_user": "alice", "_pass": password or self.password})

    def log_out(self, person):
        page = person.get("/?_task=mail")
        person.get("/?_task=logout&_token=" + re.search(r'"request_token":"(\w+)"', page.text).group(1))

    def logged_in(self, person):
        text = person.get("/?_task=mail").text
        assert ("_user" in text) != ("_task=logout" in text), text[:3000]
        return "_task=logout" in text

    def work(self, person):
        draft = self.compose(person)
        self.save(person, draft, "a draft")
        assert "a draft" in self.drafts(person)

    def compose(self, person):
        """A new message's page: what is known of it is kept in the session under a key of its own."""
        return person.get("/?_task=mail&_action=compose")

    def save(self, person, page, subject):
        return person.submit(page, "_id", {"_subject": subject, "_message": "x", "_draft": "1", "_to": "bob@example.org"})

    def drafts(self, person):
        return person.get("/?_task=mail&_action=list&_mbox=Drafts&_remote=1").text


class RoundcubeItself(Roundcube):
    """As it comes: its sessions are in its own database."""

    storage = "db"

    def age_sessions(self):
        """All of them were last used so long ago that Roundcube takes note of the next use."""
        self._database("UPDATE session SET changed = datetime(changed, '-400 seconds')")

    def aged_sessions(self):
        return self._database("SELECT sess_id FROM session WHERE changed < datetime('now', 'localtime', '-300 seconds')")

    def _database(self, sql):
        with closing(sqlite3.connect(self.chain.path("roundcube.db"))) as database, database:
            return database.execute(sql).fetchall()
