"""A gateway with very many sessions, which came by FastCGI, behind the admin API; some visitors stay and go on asking."""

import re
from collections import Counter

from harness import fastcgi
from harness.admin import Connection
from harness.gateway import Gateway

from .application import Application
from .place import Place
from .stage import Load

WORKERS = 2
APPLICATIONS = ("shop", "forum", "rare", "steady")
CONNECTIONS = 8  # to each of them
COMING, STAYING = 64, 24  # visitors at a time
VISIT = 100  # sessions that begin in one visit
PAUSE_MS = 6  # of one who stays, between two requests
STAYING_SESSIONS = 200
PATIENCE_S = 60  # a dry run may count for 30 s


class Hall(Place):
    def __init__(self, store, turns):
        """store: of the configuration's section; turns: what watches the gateway."""
        super().__init__()
        self.store, self.turns = store, turns

    def _start(self):
        application = self.owns(Application("application", len(APPLICATIONS) * CONNECTIONS, self.directory))
        each = {
            "servers": [application.address],
            "max_connections": CONNECTIONS,
            "idle_connections": CONNECTIONS,
            "queue": {"size": 1024, "timeout": "30s"},
        }
        config = {
            "listen": [f"unix:{self.path('front.sock')}"],
            "workers": WORKERS,
            # whoever is late is seen in the figures
            "store": {"timeout": "10s", **self.store},
            "applications": {name: each for name in APPLICATIONS},
            "routes": [{"path": f"/{name}/", "application": name} for name in APPLICATIONS],
            "admin": {"listen": f"unix:{self.path('admin.sock')}"},
            "log": {"level": "warn", "access": False},
        }
        self.gateway = self.owns(Gateway(config, self.directory, under=self.turns.under))
        self.admin = Connection(f"unix:{self.path('admin.sock')}", patience_s=PATIENCE_S)
        self.undo.callback(self.admin.close)
        self._let_stay()

    def _let_stay(self):
        answers = [self.gateway.ask(fastcgi.get("/steady/start")) for _ in range(STAYING_SESSIONS)]
        with open(self.path("cookies"), "w") as out:
            out.writelines(answer.header("Set-Cookie").partition(";")[0] + "\n" for answer in answers)

    def fill(self, sessions):
        """That many, or up to a hundred more; what became of their requests."""
        kinds = ("enter", "enter-forum", "enter-rare")
        return self.owns(Load(self, kinds, {"visits": -(-sessions // VISIT), "at_once": COMING})).result()

    def staying(self):
        """Visitors who go on asking until their result is wanted."""
        return self.owns(Load(self, ["get"], {"cookies": self.path("cookies"), "at_once": STAYING, "pause": PAUSE_MS, "open": 1}))

    def resident_bytes(self):
        return self.gateway.process.resident_kib() << 10

    def worker_turns(self, phases):
        """How many turns of its loop each of them did, by name."""
        turned = Counter()
        for name in self.turns.threads().values():
            if re.fullmatch(r"worker \d+", name):
                turned[name] += self.turns.of(name, *phases).turns
        return turned
