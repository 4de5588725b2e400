"""compose.yaml as it is: nginx, two gateways, PHP-FPM and Redis, each in a container of its own."""

import os
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from harness.address import free_port
from harness.browser import Browser
from harness.containers import ROOT
from harness.fastcgi import get, request
from harness.front import Front
from harness.process import PATIENCE_S, wait_until

GATEWAYS = ("gateway1", "gateway2")


class Site:
    def __init__(self, containers, files):
        self.containers = containers
        self.project = f"sg{os.getpid()}"
        self.files = files
        self.port = free_port()
        containers.environment["PORT"] = str(self.port)
        self.url = f"http://127.0.0.1:{self.port}/"

    def compose(self, *argv, **how):
        return self.containers.compose(*argv, files=self.files, project=self.project, **how)

    def up(self):
        self.compose("up", "-d", "--no-build")
        for name in GATEWAYS:
            wait_until(lambda name=name: self.healthy(name), what=f"{name} to be healthy")
        wait_until(self._answers, what="the site to answer")

    def down(self):
        self.compose("down", "-v", "-t", "5", check=False)

    def _answers(self):
        try:
            return Visitor(self).look()
        except (OSError, urllib.error.URLError):
            return False

    def container(self, service):
        return f"{self.project}_{service}_1"

    def pid(self, service):
        return self.containers.inspect(self.container(service), ".State.Pid")

    def log(self, service):
        return self.containers.log(self.container(service))

    def requests(self, service):
        """How many its access log has."""
        return self.log(service).count(" method=")

    def networks(self, service):
        return list(self.containers.inspect(self.container(service), ".NetworkSettings.Networks"))

    def listening(self, service):
        """Ports of TCP that it listens on, as its own network sees them; what the engine does for names is left out."""
        found = []
        for family in ("tcp", "tcp6"):
            with open(f"/proc/{self.pid(service)}/net/{family}") as table:
                rows = [line.split() for line in table][1:]
            found += [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"]
        return found

    def healthy(self, service):
        return self.containers.podman("healthcheck", "run", self.container(service), check=False).returncode == 0

    def front(self, service):
        """The gateway's socket itself, past nginx. By a short path: where volumes are is a long one."""
        link = self.containers.short / "front"
        if not link.exists():
            volume = self.containers.podman("volume", "inspect", f"{self.project}_front", "--format", "{{.Mountpoint}}")
            link.symlink_to(volume.strip())
        return Front(f"unix:{link}/{service}.sock")


class Visitor:
    """At nginx, with a cookie jar; whatever is not 200 raises."""

    def __init__(self, site):
        self.site = site
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def _page(self, data=None):
        with self.opener.open(self.site.url, data, timeout=PATIENCE_S) as answer:
            found = re.search(r"Visit <b>(\d+)</b>. Your note: <i>(.*?)</i>", answer.read().decode())
        return int(found[1]), found[2]

    def look(self):
        """How many visits, and the note."""
        return self._page()

    def note(self, text):
        return self._page(urllib.parse.urlencode({"note": text}).encode())


@pytest.fixture(scope="module")
def site(containers):
    whole = Site(containers, [ROOT / "docker" / "compose.yaml", ROOT / "tests" / "image" / "pages.yaml"])
    try:
        whole.up()
        yield whole
    except BaseException:
        for name in ("web", "php", "redis", *GATEWAYS):
            print(f"--- {name}\n{whole.log(name)[-2000:]}")
        raise
    finally:
        whole.down()


class Door:
    """Past nginx, to one of the gateways."""

    def __init__(self, site, service):
        self.site, self.service, self.tokens = site, service, set()

    def ask(self, params):
        return self.site.front(self.service).ask(params)


@pytest.fixture
def doors(site):
    return [Door(site, service) for service in GATEWAYS]


def test_a_session_of_one_gateway_is_there_at_the_other(doors):
    browser = Browser(doors[0])
    for visits, door in enumerate((doors[0], doors[1], doors[0], doors[1]), 1):
        browser.gateway = door
        seen = browser.visit("/", SCRIPT_FILENAME="/srv/www/index.php")
        assert f"Visit <b>{visits}</b>".encode() in seen.body
        assert len(seen.set_cookies) == (visits == 1)


def test_what_php_writes_after_the_header_goes_by_the_session_api(doors):
    """A socket in a volume that both have, at the same path."""
    browser = Browser(doors[0])
    for door, written, found in ((doors[0], "by-one", b"nothing"), (doors[1], "by-two", b"by-one"), (doors[0], "", b"by-two")):
        browser.gateway = door
        seen = browser.visit(f"/late?write={written}", SCRIPT_FILENAME="/srv/test/late.php")
        assert seen.body == b"late: " + found


def test_nginx_takes_both_in_turn(site):
    visitor = Visitor(site)
    before = [site.requests(name) for name in GATEWAYS]
    assert visitor.note("a note") == (2, "a note")
    assert [visitor.look() for _ in range(6)] == [(visits, "a note") for visits in range(3, 9)]
    wait_until(lambda: all(site.requests(name) >= was + 3 for name, was in zip(GATEWAYS, before)), what="both to have served")


class Crowd:
    """Visitors who read and write, one request after the other, each of whom must find what he wrote and no visit lost."""

    def __init__(self, site, size=3):
        self.over = threading.Event()
        self.visits, self.troubles = 0, []
        self.threads = [threading.Thread(target=self._come_and_go, args=(site, number)) for number in range(size)]

    def _come_and_go(self, site, number):
        try:
            visitor, visits = Visitor(site), 0
            while not self.over.is_set():
                note = f"{number}-{visits}"
                visits += 2  # the POST, and the page that it leads to
                assert visitor.note(note) == (visits, note)
                visits += 1
                assert visitor.look() == (visits, note)
                self.visits += 1
        except Exception as trouble:
            self.troubles.append(trouble)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE_S)

    def goes_on(self, visits=30):
        until = self.visits + visits
        wait_until(lambda: self.troubles or self.visits >= until, what="the crowd to go on")
        assert self.troubles == []


def test_one_gateway_is_restarted_and_nobody_notices(site):
    """Also while a request that runs keeps it from ending."""
    before = site.pid("gateway1")
    front = site.front("gateway1")
    front.send(request(get("/slow?seconds=2", SCRIPT_FILENAME="/srv/test/slow.php")))
    with Crowd(site) as crowd:
        crowd.goes_on()
        site.compose("restart", "-t", "35", "gateway1")
        crowd.goes_on()
        wait_until(lambda: site.healthy("gateway1"), what="it to be healthy again")
        served = site.requests("gateway1")
        crowd.goes_on()
        wait_until(lambda: site.requests("gateway1") > served, what="it to be asked again")
    assert crowd.troubles == []
    assert front.answer().body == b"done"
    assert site.pid("gateway1") != before


def test_redis_and_the_application_are_out_of_reach_for_others(site):
    """Redis has a network of the gateways' alone; PHP-FPM and the gateways listen nowhere but in volumes."""
    listening = {service: site.listening(service) for service in ("php", *GATEWAYS)}
    assert listening == {"php": [], "gateway1": [], "gateway2": []}
    assert site.networks("redis") == site.networks("gateway1") == [f"{site.project}_store"]
    assert f"{site.project}_store" not in site.networks("web") + site.networks("php")


def test_nobody_is_root_but_who_has_to_be(site):
    for service in ("web", "php", *GATEWAYS):
        with open(f"/proc/{site.pid(service)}/status") as status:
            facts = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        assert facts["Uid"].split()[0] != "0", service
        assert facts["CapBnd"].strip("0") == "", service
