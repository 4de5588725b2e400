"""phpMyAdmin: MariaDB in a browser. Starts its session more than once a request and writes it after the header."""

from .. import mariadb
from .site import Site

CONFIG = """<?php
$cfg['blowfish_secret'] = '0123456789abcdef0123456789abcdef';
$cfg['TempDir'] = '{tmp}';
$cfg['VersionCheck'] = false;
$cfg['Servers'][1]['auth_type'] = 'cookie';
$cfg['Servers'][1]['host'] = 'localhost';
$cfg['Servers'][1]['socket'] = '{socket}';
"""


class PhpMyAdmin(Site):
    name = "phpmyadmin"
    session_name = "phpMyAdmin"

    def set_up(self):
        socket = mariadb.start(self.chain, f"CREATE DATABASE shop;\nGRANT ALL ON *.* TO alice@localhost IDENTIFIED BY '{self.password}';\n")
        config = self.chain.write("config.inc.php", CONFIG.format(tmp=self.chain.folder("tmp"), socket=socket))
        self.root = self.copy(moved={"/etc/phpmyadmin/config.inc.php": config}, linked=("js", "doc", "locale", "themes", "sql"))

    def log_in(self, person, password=None):
        return person.submit(person.get("/index.php"), "pma_username", {"pma_username": "alice", "pma_password": password or self.password})

    def log_out(self, person):
        token = person.get("/index.php?route=/").form("token").fields["token"]
        person.post("/index.php?route=/logout", {"token": token})

    def logged_in(self, person):
        text = person.get("/index.php?route=/").text
        assert ("pma_username" in text) != ("logged_in:\"1\"" in text or "route=/logout" in text), text[:3000]
        return "pma_username" not in text

    def work(self, person):
        page = person.get("/index.php?route=/server/sql")
        answer = person.submit(page, "sql_query", {"sql_query": "SELECT 12300 + 45", "ajax_request": None})
        assert "12345" in answer.text, answer.text[:3000]
