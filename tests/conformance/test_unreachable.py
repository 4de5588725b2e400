"""Servers of an application that cannot be reached, each in its way: alone, beside others, under load, and when they come back."""

import os
import shutil
import socket
import stat
import time
from threading import Event, Thread

import pytest

from harness.address import free_port
from harness.application import Application, echo
from harness.fastcgi import CANT_MPX_CONN, OVERLOADED, get, request
from harness.gateway import PROGRAM, sanitized
from harness.problem import problem
from harness.process import SOON_S, Process, wait_until

NOBODY = 65534


class Bad:
    """A server of one of these kinds, until it is closed."""

    KINDS = ("missing", "refused unix", "refused tcp", "backlog full", "no answer to SYN", "overloaded", "cannot multiplex")

    def __init__(self, kind, directory):
        self.kind, self.sockets, self.application = kind, [], None
        self.address = f"unix:{directory}/bad.sock"
        if kind == "refused unix":
            self._socket(socket.AF_UNIX).bind(self.address.removeprefix("unix:"))
            self.close()
        elif kind == "refused tcp":
            self.address = f"127.0.0.1:{free_port()}"
        elif kind == "backlog full":
            self._fill(socket.AF_UNIX, self.address.removeprefix("unix:"))
        elif kind == "no answer to SYN":
            self.address = "127.0.0.1:%d" % self._fill(socket.AF_INET, ("127.0.0.1", 0))[1]
        elif kind in ("overloaded", "cannot multiplex"):
            status = OVERLOADED if kind == "overloaded" else CANT_MPX_CONN
            self.application = Application(self.address)
            self.application.play = lambda exchange: (exchange.read_body(), exchange.end(protocol_status=status))

    def _socket(self, family):
        self.sockets.append(socket.socket(family))
        return self.sockets[-1]

    def _fill(self, family, address):
        """A listener that nobody accepts from, and so many in its queue that it takes no more."""
        listener = self._socket(family)
        listener.bind(address)
        listener.listen(0)
        address = listener.getsockname()
        while True:
            filler = self._socket(family)
            filler.settimeout(0.3)
            try:
                filler.connect(address)
            except (BlockingIOError, TimeoutError):
                return address

    def close(self):
        for s in self.sockets:
            s.close()
        if self.application:
            self.application.close()


@pytest.fixture
def bad(directory):
    made = []

    def make(kind):
        made.append(Bad(kind, directory))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def good(directory):
    """Two more applications that echo."""
    servers = [Application(f"unix:{directory}/good{n}.sock") for n in range(2)]
    yield servers
    for server in servers:
        server.close()
        server.assert_framing()


ALONE = {
    "backlog full": ((503, "application-unavailable"), 0.5),
    "no answer to SYN": ((504, "application-timeout"), 0.5),
}


@pytest.mark.parametrize("kind", Bad.KINDS)
def test_alone(start, bad, kind):
    """Each time anew: that it was down a moment ago answers nothing."""
    server = bad(kind)
    gateway = start(application={"servers": [server.address], "connect_timeout": "500ms", "queue": {"timeout": "500ms"}})
    right, seconds = ALONE.get(kind, ((503, "application-unavailable"), 0))
    front = gateway.front()
    for _ in range(2):
        asked = time.monotonic()
        assert problem(front.ask()) == right
        assert seconds - 0.1 < time.monotonic() - asked < seconds + SOON_S


@pytest.mark.parametrize("balance", ["round-robin", "least-connections"])
@pytest.mark.parametrize("kind", Bad.KINDS)
def test_beside_others_nobody_is_refused(start, app, bad, good, kind, balance):
    servers = [bad(kind).address, *(server.address for server in good)]
    gateway = start(application={"servers": servers, "balance": balance, "connect_timeout": "500ms"})
    fronts = [gateway.front() for _ in range(10)]
    for _ in range(5):
        for front in fronts:
            front.send(request(get()))
        assert {front.answer().status for front in fronts} == {200}
    assert all(server.exchanges for server in good)


@pytest.mark.against_the_clock(1)
def test_one_request_finds_out_for_all_whether_a_server_is_back(start, app, bad):
    """Else every other visitor would wait for connect_timeout, again and again."""
    servers = [bad("no answer to SYN").address, app.address]
    gateway = start(application={"servers": servers, "balance": "round-robin", "connect_timeout": "2s"})
    asked = time.monotonic()
    assert gateway.ask().status == 200
    assert time.monotonic() - asked > 1.8, "the bad server was not asked first"
    time.sleep(1.1)  # as long as it is avoided altogether
    assert _slow_ones(gateway, 12, 1.8) <= 1


@pytest.mark.against_the_clock(1)
def test_a_busy_server_is_waited_for_rather_than_one_that_is_down(start, app, bad):
    def play(exchange):
        exchange.read_body()
        time.sleep(0.02)
        exchange.reply("X-A: b")

    app.play = play
    servers = [bad("no answer to SYN").address, app.address]
    gateway = start(application={"servers": servers, "balance": "round-robin", "max_connections": 4, "connect_timeout": "1500ms"})
    assert gateway.ask().status == 200  # after which one of the two is known to be down
    assert _slow_ones(gateway, 12, 1.4) <= 1


def _slow_ones(gateway, count, seconds):
    """Of so many visitors at once, who all get their answer, how many wait for so long?"""
    waited = []

    def visit(front):
        asked = time.monotonic()
        assert front.ask().status == 200
        waited.append(time.monotonic() - asked)

    threads = [Thread(target=visit, args=(gateway.front(),)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waited) == count
    return sum(wait >= seconds for wait in waited)


def test_a_server_that_is_down_is_named_once(start, bad, good):
    server = bad("refused tcp")
    gateway = start(application={"servers": [server.address, good[0].address], "balance": "round-robin"})
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        assert gateway.ask().status == 200
    back = Application(server.address)
    try:
        wait_until(lambda: gateway.ask().status == 200 and back.exchanges)
        wait_until(lambda: f"{server.address} is back" in gateway.log)
    finally:
        back.close()
    assert gateway.log.count(f"cannot connect to {server.address}") == 1


class Load:
    """Visitors who ask again and again; what each got, and how long the slowest took."""

    def __init__(self, gateway, visitors=8):
        self.statuses, self.slowest = [], 0
        self._stop = Event()
        self._threads = [Thread(target=self._run, args=(gateway.front(),)) for _ in range(visitors)]
        for thread in self._threads:
            thread.start()

    def _run(self, front):
        while not self._stop.is_set():
            asked = time.monotonic()
            self.statuses.append(front.ask().status)
            self.slowest = max(self.slowest, time.monotonic() - asked)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_servers_go_and_come_back_under_load(start, good, directory, kind):
    """With the requests that they have answered and before they are sent others: nobody notices."""
    address = f"unix:{directory}/coming.sock" if kind == "unix" else f"127.0.0.1:{free_port()}"
    gateway = start(application={"servers": [address, good[0].address], "balance": "round-robin", "idle_connections": 0})
    with Load(gateway) as load:
        for _ in range(3):
            coming = Application(address)
            try:
                wait_until(lambda: coming.exchanges)
            finally:
                coming.stop_listening()
                wait_until(lambda: all(connection.socket.fileno() < 0 for connection in coming.connections))
                coming.close()
            if kind == "unix":
                os.unlink(address.removeprefix("unix:"))
            before = len(load.statuses)
            wait_until(lambda: len(load.statuses) > before + 20)
    assert load.statuses.count(200) >= len(load.statuses) - 3 * 8, "more than those that lay in its backlog"
    assert set(load.statuses) <= {200, 502}


def test_the_only_server_is_used_as_soon_as_it_is_back(start, directory):
    address = f"unix:{directory}/only.sock"
    gateway = start(application={"servers": [address]})
    front = gateway.front()
    for _ in range(3):
        assert problem(front.ask()) == (503, "application-unavailable")
        only = Application(address)
        try:
            assert front.ask().status == 200
        finally:
            only.close()
        os.unlink(address.removeprefix("unix:"))


@pytest.mark.parametrize("request_bytes", [0, 8, 1000], ids=["nothing", "a header", "all"])
def test_accepted_and_closed_is_502_and_not_repeated(start, app, directory, request_bytes):
    """It may have been read: only a connection that was kept explains an end without a word."""
    listener, accepted = socket.socket(socket.AF_UNIX), []
    path = f"{directory}/closing.sock"
    listener.bind(path)
    listener.listen(8)

    def serve():
        while True:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            accepted.append(s)
            if request_bytes:
                s.recv(request_bytes)
            s.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    front = start(application={"servers": [f"unix:{path}"]}).front()
    try:
        for count in range(1, 4):
            assert problem(front.ask()) == (502, "bad-response")
            assert len(accepted) == count
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another"])
def test_a_connection_that_meets_itself_is_a_refusal(start, app, beside):
    """On loopback a port that nobody listens on may be given to the very socket that connects to it.

    What is written comes back then, and whoever wants to listen there finds the port in use. A server that returns what it is
    sent looks the same, and needs no luck.
    """
    with socket.create_server(("127.0.0.1", 0)) as mirror:
        Thread(target=_reflect, args=(mirror,), daemon=True).start()
        servers = ["127.0.0.1:%d" % mirror.getsockname()[1], *([app.address] if beside else [])]
        front = start(application={"servers": servers, "balance": "round-robin", "idle_connections": 2}).front()
        for _ in range(4):
            answer = front.ask()
            assert answer.status == 200 if beside else problem(answer) == (503, "application-unavailable")
        mirror.shutdown(socket.SHUT_RDWR)


def _reflect(listener):
    """One connection after the other: the gateway hangs up at once."""
    while True:
        try:
            s, _ = listener.accept()
        except OSError:
            return
        with s:
            try:
                while got := s.recv(1 << 16):
                    s.sendall(got)
            except OSError:
                continue


def test_a_socket_without_permission_says_who_may(start, directory, app):
    """Root may use every socket, so then the gateway runs as nobody."""
    mine = app.address.removeprefix("unix:")
    os.chmod(mine, 0)
    run = f"{directory}/run"
    os.mkdir(run)
    how = {}
    if os.geteuid() == 0:
        os.chmod(directory, 0o755)
        os.chown(run, NOBODY, NOBODY)
        how = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    program = shutil.copy(PROGRAM, f"{run}/sessiongate")  # where it was built may be closed to others
    config = f"{run}/gateway.json"
    front = f"unix:{run}/front.sock"
    with open(config, "w") as out:
        out.write(
            f'{{"listen": ["{front}"], "store": {{"url": "memory:"}}, "applications": {{"app": {{"servers": ["{app.address}"]}}}},'
            ' "routes": [{"path": "/", "application": "app"}]}'
        )
    process = Process("other", [program, "-c", config], directory, **how)
    try:
        wait_until(lambda: os.path.exists(f"{run}/front.sock"), what="the gateway to listen")
        gateway = start()
        wait_until(lambda: _status(gateway, front) == 503)
        user = os.geteuid() or NOBODY
        wait_until(lambda: f"we are user {user}, group" in process.log)
        assert f"of user {os.stat(mine).st_uid}, group {os.stat(mine).st_gid}, mode 0000" in process.log
        assert f"cannot connect to {app.address}: Permission denied" in process.log
        os.chmod(mine, stat.S_IRWXU | stat.S_IRWXO)
        wait_until(lambda: _status(gateway, front) == 200)
    finally:
        process.stop()
    process.assert_clean()


def _status(gateway, address):
    front = gateway.front(address)
    try:
        return front.ask().status
    except OSError:
        return None
    finally:
        front.close()


def test_host_names_are_refused_at_start_and_at_reload(start, app, directory):
    """A name is looked up by a resolver that may hang: addresses only, and the message says so."""
    gateway = start()
    named = {"app": {"servers": ["no-such-host.invalid:9000"]}}
    gateway.reload({**gateway.config, "applications": named})
    wait_until(lambda: "host names are not looked up" in gateway.log)
    assert gateway.ask().status == 200
    check = Process("check", [PROGRAM, "-t", "-c", gateway.file], directory)
    assert check.wait() == 2
    assert "host names are not looked up" in check.log
