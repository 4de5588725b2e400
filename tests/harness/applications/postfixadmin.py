"""PostfixAdmin: a mail server's domains and mailboxes, in SQLite. Destroys the session and starts the next in one request."""

import shutil

from .site import Site

SETUP = "setup-Passw0rd-12"

DATABASE = "<?php $dbtype = 'sqlite'; $dbname = '{file}'; $dbserver = $dbuser = $dbpass = '';\n"
LOCAL = """<?php
$CONF['setup_password'] = password_hash('{setup}', PASSWORD_DEFAULT, ['cost' => 4]);
$CONF['emailcheck_resolve_domain'] = 'NO';
"""


class PostfixAdmin(Site):
    name = "postfixadmin"
    session_name = "postfixadmin_session"
    user, password = "alice@example.org", "a-Secret-of-1ts-0wn"
    login_from = "sessid.username"

    def set_up(self):
        chain = self.chain
        chain.folder("conf")
        shutil.copy("/etc/postfixadmin/config.inc.php", chain.path("conf"))
        chain.write("conf/dbconfig.inc.php", DATABASE.format(file=chain.path("conf/postfixadmin.db")))
        chain.write("conf/config.local.php", LOCAL.format(setup=SETUP))
        chain.write("conf/postfixadmin.db", "")
        places = {"config.inc.php": chain.path("conf/config.inc.php"), "templates_c": chain.folder("templates_c")}
        self.root = self.copy(places=places) + "/public"

    def install(self, person):
        page = person.submit(person.get("/setup.php"), "setup_password", {"setup_password": SETUP, "submit": "setuppw"})
        made = person.submit(page, "username", {"username": self.user, "password": self.password, "password2": self.password, "setup_password": SETUP, "submit": "createadmin"})
        assert "added" in made.text, made.text[-3000:]

    def log_in(self, person, password=None):
        return person.submit(person.get("/login.php"), "fUsername", {"fUsername": self.user, "fPassword": password or self.password})

    def log_out(self, person):
        person.get("/login.php")

    def logged_in(self, person):
        page = person.get("/main.php")
        assert ("fUsername" in page.text) != ("Admin List" in page.text), page.text[:3000]
        return "fUsername" not in page.text

    def work(self, person):
        page = person.get("/edit.php?table=domain")
        person.submit(page, "value[domain]", {"value[domain]": "shop.example"})
        assert "shop.example" in person.get("/list.php?table=domain").text
