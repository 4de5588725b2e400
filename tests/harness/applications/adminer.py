"""Adminer: MariaDB in a browser. Writes its session after the header."""

from .. import mariadb
from .site import Site


class Adminer(Site):
    name = "adminer"
    index = "adminer.php"
    session_name = "adminer_sid"

    def set_up(self):
        self.socket = mariadb.start(self.chain, f"CREATE DATABASE shop;\nGRANT ALL ON *.* TO alice@localhost IDENTIFIED BY '{self.password}';\n")
        self.pool = {"upload_tmp_dir": self.chain.folder("tmp")}
        self.home = f"/adminer.php?server=localhost%3A{self.socket}&username=alice"

    def log_in(self, person, password=None):
        page = person.get("/adminer.php")
        auth = {"auth[driver]": "server", "auth[server]": f"localhost:{self.socket}", "auth[username]": "alice", "auth[password]": password or self.password}
        return person.submit(page, "auth[username]", auth)

    def log_out(self, person):
        page = person.get(self.home)
        person.submit(page, "token", {"logout": "Logout"})

    def logged_in(self, person):
        return "MariaDB" in person.get(self.home).text

    def work(self, person):
        assert "12345" in self.query(person, "SELECT 12300 + 45").text

    def query(self, person, sql):
        page = person.get(f"{self.home}&db=shop&sql=")
        return person.submit(page, "query", {"query": sql})

    def history(self, person):
        """The page that lists the queries of this session."""
        return person.get(f"{self.home}&db=shop&sql=").text
