"""The gateway between the load generator and its applications: one that nothing happens to, one that fails, and one
that is not there."""

import json
import os
import re
import subprocess

from harness import fastcgi
from harness.gateway import ROOT, Gateway
from harness.process import die_with_parent

from .application import Application
from .place import Place

PROGRAM = os.path.abspath(os.environ.get("BENCH_LOAD", ROOT / "build/bench/load/load"))
STEADY_PROCESSES, FAULTY_PROCESSES = 16, 8
SESSIONS = 200


class Stage(Place):
    """limits: of the configuration's section."""

    def __init__(self, **limits):
        super().__init__()
        self.limits = limits

    def _start(self):
        self.steady = self.owns(Application("steady", STEADY_PROCESSES, self.directory))
        self.faulty = self.owns(Application("faulty", FAULTY_PROCESSES, self.directory))
        self.config = {
            "listen": [f"unix:{self.path('front.sock')}"],
            "store": {"url": "memory:"},
            "applications": {
                "steady": _servers(self.steady.address, STEADY_PROCESSES, queue={"size": 16384, "timeout": "30s"}),
                "faulty": _servers(self.faulty.address, FAULTY_PROCESSES, read_timeout="1s"),
                "gone": _servers(f"unix:{self.path('gone.sock')}", 1),
            },
            "routes": [{"path": f"/{name}/", "application": name} for name in ("steady", "faulty", "gone")],
            "limits": {"spool_dir": self.directory, "spool_size": "2g", **self.limits},
            "log": {"to": "/dev/null"},
        }
        self.gateway = self.owns(Gateway(self.config, self.directory))
        self._start_sessions()

    def _start_sessions(self):
        """No others will come: sessions are memory, too."""
        answers = [self.gateway.ask(fastcgi.get("/steady/start")) for _ in range(SESSIONS)]
        cookies = [answer.header("Set-Cookie").partition(";")[0] for answer in answers]
        with open(self.path("cookies"), "w") as out:
            out.write("".join(cookie + "\n" for cookie in cookies))

    def load(self, *kinds, **settings):
        return self.owns(Load(self, kinds, {"cookies": self.path("cookies"), **settings}))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gateway.process.pid}/fd"))

    def resident_kib(self):
        return self.gateway.process.resident_kib()

    def forget_peak(self):
        with open(f"/proc/{self.gateway.process.pid}/clear_refs", "w") as refs:
            refs.write("5")

    def peak_kib(self):
        with open(f"/proc/{self.gateway.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


def _servers(address, processes, **more):
    return {"servers": [address], "max_connections": processes, "idle_timeout": "1s", **more}


class Load:
    """The load generator as it runs; the result says what became of the requests."""

    def __init__(self, place, kinds, settings):
        argv = [PROGRAM, place.path("front.sock"), ",".join(kinds)]
        self.popen = subprocess.Popen(
            [*argv, *(f"{name}={value}" for name, value in settings.items())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent,
        )

    def running(self):
        return self.popen.poll() is None

    def until_held(self):
        line = self.popen.stdout.readline()
        assert line.startswith("holding"), f"the load generator said {line!r}"

    def result(self):
        said = self.popen.communicate()[0]
        assert self.popen.returncode in (0, 1), f"the load generator ended with {self.popen.returncode}"
        return Result(json.loads(said.splitlines()[-1]))

    def stop(self):
        if self.running():
            self.popen.kill()
            self.popen.communicate()


class Result:
    """What became of how many requests, by kind and outcome."""

    def __init__(self, counted):
        self.visits, self.bad, self.kinds = counted["visits"], counted["bad"], counted["kinds"]
        self.errors = counted["bad"] + counted["closed_while_held"]
        self.delays = counted["delays"]

    def total(self, outcome):
        return sum(outcomes.get(outcome, 0) for outcomes in self.kinds.values())

    @property
    def all(self):
        return sum(sum(outcomes.values()) for outcomes in self.kinds.values())
