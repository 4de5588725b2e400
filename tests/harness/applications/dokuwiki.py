"""DokuWiki: pages in files. Ties a cookie of its own to session_id()."""

import hashlib
import html
import re

from .site import Site

ACL = "# <?php exit()?>\n*\t@ALL\t0\n*\t@user\t8\n"
LOCAL = """<?php
$conf['title'] = 'Test';
$conf['useacl'] = 1;
$conf['superuser'] = '@admin';
$conf['savedir'] = '{data}';
$conf['breadcrumbs'] = 30;
$conf['securecookie'] = 0; // else the port, another one each time, is part of a key of the session
"""
# what Debian's inc/preload.php leaves to the administrator: where this wiki's configuration is
PREPEND = "<?php define('DOKU_CONF', '{conf}/');\n"

FOLDERS = ("pages", "attic", "media", "media_attic", "meta", "media_meta", "cache", "index", "locks", "tmp", "log")


class DokuWiki(Site):
    name = "dokuwiki"
    index = "doku.php"
    session_name = "DokuWiki"
    login_from = f"DW{hashlib.md5(b'/').hexdigest()}.auth.user"

    def set_up(self):
        conf = self.chain.folder("conf")
        for name in FOLDERS:
            self.chain.folder(f"data/{name}")
        self.chain.write("conf/local.php", LOCAL.format(data=self.chain.path("data")))
        self.chain.write("conf/acl.auth.php", ACL)
        password = hashlib.md5(self.password.encode()).hexdigest()
        self.chain.write("conf/users.auth.php", f"alice:{password}:Alice:alice@example.org:user\n")
        self.php_value = f"auto_prepend_file={self.chain.write('prepend.php', PREPEND.format(conf=conf))}"

    def log_in(self, person, password=None):
        page = person.get("/doku.php?id=start&do=login")
        return person.submit(page, "u", {"u": "alice", "p": password or self.password, "r": None})

    def log_out(self, person):
        page = person.get("/doku.php?id=start")
        person.get(html.unescape(re.search(r'href="([^"]*do=logout[^"]*)"', page.text).group(1)))

    def logged_in(self, person):
        return "do=logout" in person.get("/doku.php?id=start").text

    def work(self, person):
        page = person.get("/doku.php?id=work&do=edit")
        saved = person.submit(page, "wikitext", {"wikitext": "We **work** here.", "do[save]": "Save"})
        assert "<strong>work</strong>" in saved.text, saved.text[:3000]

    def trail(self, person):
        """The ids of the pages that were visited in this session, as the page says."""
        page = person.get("/doku.php?id=start")
        return set(re.findall(r'title="([^"]+)"', page.text.partition('class="trace"')[2].partition("</div>")[0]))
