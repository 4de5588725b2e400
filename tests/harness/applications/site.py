"""What each of the applications here has: how it is set up, and what somebody does there."""

import os
import shutil


class Site:
    name = ""  # as Debian has it, and as the gateway's configuration names it
    index = "index.php"
    session_name = ""
    user, password = "alice", "a-secret-of-its-own"
    login_from = ""  # the user within $_SESSION; "": the application keeps it elsewhere

    def __init__(self, chain):
        self.chain = chain
        self.root, self.php_value, self.pool, self.params = f"/usr/share/{self.name}", "", {}, {}
        self.set_up()

    # Each application's own.

    def set_up(self):
        """root, where the pages are; php_value, pool and params, what an administrator says to PHP."""
        raise NotImplementedError

    def install(self, person):
        """What its first visitor has to do."""

    def log_in(self, person, password=None):
        """With the right password unless another is given."""
        raise NotImplementedError

    def log_out(self, person):
        raise NotImplementedError

    def logged_in(self, person):
        """Is a page shown that only those who are logged in get?"""
        raise NotImplementedError

    def work(self, person):
        """What the application is for; asserts that it came about."""
        raise NotImplementedError

    def copy(self, moved=(), places=(), linked=()):
        """The package in a folder of the chain, where that names other places than the system's.

        moved: {the place that its code names: the place here}; places: {a link of the package's own: where it leads here};
        linked: folders without code, large ones.
        """
        source, copy = f"/usr/share/{self.name}", self.chain.path(self.name)
        places = {**dict(places), **{name: f"{source}/{name}" for name in linked}}
        shutil.copytree(source, copy, symlinks=True, ignore=lambda at, _: places if at == source else ())
        for name, leads_to in places.items():
            os.symlink(leads_to, f"{copy}/{name}")
        for at, _, files in os.walk(copy if moved else ""):
            for file in (os.path.join(at, name) for name in files if name.endswith(".php")):
                self._move(file, moved)
        return copy

    @staticmethod
    def _move(file, moved):
        if os.path.islink(file):
            return
        with open(file, "rb") as source:
            text = before = source.read()
        for old, new in moved.items():
            text = text.replace(old.encode(), new.encode())
        if text != before:
            with open(file, "wb") as copy:
                copy.write(text)
