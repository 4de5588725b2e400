"""When a peer fails: the X cases of the FastCGI notes, each named by its id."""

import json
import select
import signal
import socket
import time
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.application import Application, echo
from harness.fastcgi import get, post, request
from harness.problem import problem
from harness.process import SOON_S, wait_until


def seen(answer):
    assert (answer.status, answer.protocol_status) == (200, 0)
    return json.loads(answer.body)


@pytest.mark.parametrize("how", ["missing socket", "refused unix", "refused tcp"])
def test_X01_nobody_listens(start, directory, how):
    path = f"{directory}/nobody.sock"
    if how == "refused unix":
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
    server = f"127.0.0.1:{free_port()}" if how == "refused tcp" else f"unix:{path}"
    front = start(application={"servers": [server]}).front()
    asked = time.monotonic()
    assert problem(front.ask()) == (503, "application-unavailable")
    assert time.monotonic() - asked < SOON_S


def test_X01_another_server_takes_over(start, app, directory):
    gateway = start(application={"servers": [f"unix:{directory}/nobody.sock", app.address], "balance": "round-robin"})
    for _ in range(4):
        seen(gateway.ask())


def test_X01_it_is_tried_again_when_it_comes_back(start, app, directory):
    address = f"unix:{directory}/later.sock"
    gateway = start(application={"servers": [address]})
    assert gateway.ask().status == 503
    later = Application(address)
    try:
        wait_until(lambda: gateway.ask().status == 200)
    finally:
        later.close()


def test_X02_a_connect_that_hangs_is_504(start):
    """A full TCP backlog: the handshake's first packet is dropped in silence."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [_connect_without_waiting(address) for _ in range(4)]
        time.sleep(0.1)
        gateway = start(application={"servers": ["127.0.0.1:%d" % address[1]], "connect_timeout": "500ms"})
        asked = time.monotonic()
        assert problem(gateway.ask()) == (504, "application-timeout")
        assert 0.4 < time.monotonic() - asked < 0.5 + 2 * SOON_S
        for filler in fillers:
            filler.close()


def _connect_without_waiting(address):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(address)
    return s


@pytest.mark.against_the_clock(0.5)
@pytest.mark.parametrize("where", ["application", "route"])
def test_X03_a_silent_application_is_504(start, app, where):
    app.play = lambda exchange: (exchange.read_body(), exchange.connection.record())
    front = start(**{where: {"read_timeout": "500ms"}}).front()
    asked = time.monotonic()
    assert problem(front.ask()) == (504, "application-timeout")
    assert 0.4 < time.monotonic() - asked < 0.5 + SOON_S
    assert app.connections[0].closed_by_peer.wait(SOON_S)
    app.play = echo
    front.assert_alive()


@pytest.mark.against_the_clock(0.5)
def test_X04_silence_in_the_middle_of_the_body_is_cut(start, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(b"X-A: b\r\n\r\nhalf")
        exchange.connection.record()

    app.play = play
    front = start(application={"read_timeout": "500ms"}).front()
    answer = front.ask()
    assert answer.cut and answer.body == b"half"
    assert app.connections[0].closed_by_peer.wait(SOON_S)


@pytest.mark.against_the_clock(0.5)
def test_X04_every_byte_of_an_answer_renews_the_deadline(start, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(b"X-A: b\r\n\r\n")
        for _ in range(6):
            time.sleep(0.4)
            exchange.out(b"x")
        exchange.end()

    app.play = play
    answer = start(application={"read_timeout": "2s"}).ask()
    assert (answer.body, answer.cut) == (b"x" * 6, False)


HALF = fastcgi.record(fastcgi.STDOUT, 1, b"X-A: b\r\n\r\nsome of the body")


@pytest.mark.parametrize("at", range(0, len(HALF), 3))
def test_X08_the_application_dies_inside_a_record(front, app, at):
    def play(exchange):
        exchange.read_body()
        exchange.raw(HALF[:at])
        exchange.close()

    app.play = play
    answer = front.ask()
    if at < fastcgi.HEADER_BYTES + len(b"X-A: b\r\n\r\n"):
        assert problem(answer) == (502, "bad-response")
        assert answer.protocol_status == 0
    elif answer.stdout:
        assert answer.cut or answer.status == 502
        assert b"some of the body".startswith(answer.body) or answer.status == 502
    app.play = echo


def test_X08_dead_before_the_blank_line(front, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(b"Status: 200 OK\r\nX-A: b\r\n")
        exchange.close()

    app.play = play
    assert problem(front.ask()) == (502, "bad-response")


def test_X08_an_end_without_the_blank_line(front, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(b"Status: 200 OK\r\nX-A: b\r\n")
        exchange.end()

    app.play = play
    assert problem(front.ask()) == (502, "bad-response")
    app.play = echo
    front.assert_alive()


@pytest.mark.parametrize("end_stdout", [True, False])
def test_X08_an_end_without_any_header(front, app, end_stdout):
    """Apache would turn it into 200, HAProxy would hang: never an end without a header block."""

    def play(exchange):
        exchange.read_body()
        exchange.end(close_stdout=end_stdout)

    app.play = play
    assert problem(front.ask()) == (502, "bad-response")


def test_X09_sigterm_while_50_requests_run(start, app):
    go = Event()

    def play(exchange):
        exchange.read_body()
        if exchange.params["REQUEST_URI"] == "/held":
            exchange.wait(go)
        exchange.reply("X-A: b", body="done")

    app.play = play
    gateway = start(shutdown_grace="60s")
    front = gateway.front()
    ids = range(1, 51)
    front.send(b"".join(request(get("/held"), id=id) for id in ids))
    wait_until(lambda: len(app.exchanges) == 50)
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: _refused(gateway), SOON_S, "the listener to close")
    front.send(request(get(), id=99))
    assert problem(front.answer(99)) == (503, "draining")
    go.set()
    assert [front.answer(id).body for id in ids] == [b"done"] * 50
    assert gateway.process.wait(SOON_S) == 0


def test_X09_nobody_else_has_the_sessions_in_memory(start, held):
    """So who comes is told, in an answer; where others have them he is refused (tests/stores/test_leaving.py)."""
    gateway = start(store={"url": "memory:"}, shutdown_grace="60s")
    front = gateway.front()
    front.send(request(get("/slow")))
    held.until()
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: "draining" in gateway.log, what="the gateway to drain")
    wait_until(lambda: gateway.ask().status == 503, what="a new connection to be told")
    assert problem(gateway.ask()) == (503, "draining")
    held.release()
    assert front.answer().status == 200
    assert gateway.process.wait() == 0


def _refused(gateway):
    """Nobody listens, the connection is closed, or the answer is 503."""
    try:
        answer = gateway.ask()
    except OSError:
        return True
    return answer.cut or answer.status == 503


def test_X09_the_grace_has_an_end(start, app):
    app.play = lambda exchange: exchange.connection.record()
    gateway = start(shutdown_grace="1s")
    front = gateway.front()
    front.send(request(get()))
    wait_until(lambda: app.exchanges)
    gateway.process.signal(signal.SIGTERM)
    answer = front.answer()
    assert answer.cut or answer.status == 503
    assert gateway.process.wait(SOON_S) == 0


def test_X09_the_grace_ends_for_several_on_one_connection(start, app):
    """The one that has begun its answer has to be cut, and that cuts the others of its connection."""
    app.play = _begin_some_answers
    gateway = start(shutdown_grace="1s")
    front = gateway.front()
    uris = {1: "/started", 3: "/silent", 5: "/started", 7: "/silent"}
    for id, uri in uris.items():
        front.send(request(get(uri), id=id))
        wait_until(lambda: len(app.exchanges) > id // 2)
    for id in (1, 5):
        wait_until(lambda: _begun(front, id))
    gateway.process.signal(signal.SIGTERM)
    for id, uri in uris.items():
        answer = front.answer(id)
        assert answer.cut or (uri == "/silent" and problem(answer) == (503, "draining"))
    assert gateway.process.wait(SOON_S) == 0


def _begin_some_answers(exchange):
    exchange.read_body()
    if exchange.params["REQUEST_URI"] == "/started":
        exchange.out(b"X-A: b\r\n\r\nhalf")
    exchange.connection.record()


def _begun(front, id):
    """Has some of the answer come?"""
    if not front.answers[id].stdout:
        front.note(front.record())
    return front.answers[id].stdout


def test_X09_sigterm_while_sessions_are_swept(start, app):
    """Giving back kept connections takes turns of the loop, in which nothing else may run any more."""
    for n in range(20):
        gateway = start(
            store={"url": "memory:", "sweep_interval": "10ms"}, workers=4, application={"idle_connections": 8}
        )
        assert [gateway.ask().status for _ in range(8)] == [200] * 8
        time.sleep(n % 5 * 0.003)
        gateway.process.signal(signal.SIGTERM)
        time.sleep(0.005)
        gateway.process.signal(signal.SIGTERM)
        assert gateway.process.wait() == 0


def test_X09_a_second_sigterm_ends_at_once(start, app):
    app.play = lambda exchange: exchange.connection.record()
    gateway = start(shutdown_grace="30s")
    front = gateway.front()
    front.send(request(get()))
    wait_until(lambda: app.exchanges)
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: "draining" in gateway.log, what="the first to be heard: two that are pending are one")
    assert gateway.process.running()
    gateway.process.signal(signal.SIGTERM)
    assert gateway.process.wait(SOON_S) == 0


def test_X10_sighup_under_load_fails_no_request(start, app):
    gateway = start()
    statuses, stop = [], Event()

    def load():
        front = gateway.front()
        while not stop.is_set():
            statuses.append(front.ask().status)

    threads = [Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for count in range(1, 11):
        gateway.reload()
        asked = len(statuses)
        wait_until(lambda: gateway.log.count("configuration reloaded") == count and len(statuses) > asked + 5, what="the reload")
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}


def test_X10_new_requests_have_the_new_settings(start, app):
    gateway = start()
    front = gateway.front()
    assert front.ask(get("/x")).status == 200
    config = json.loads(json.dumps(gateway.config))
    config["routes"] = [{"path": "/only/", "application": "app"}]
    gateway.reload(config)
    wait_until(lambda: front.ask(get("/x")).status == 404)
    assert front.ask(get("/only/x")).status == 200


def test_X10_a_running_request_ends_with_the_old_settings(start, app):
    go = Event()

    def play(exchange):
        if exchange.params["REQUEST_URI"] == "/held":
            exchange.wait(go)
        echo(exchange)

    app.play = play
    gateway = start()
    front = gateway.front()
    front.send(request(get("/held", TEST_SAY="X-Session-Set: a=b")))
    wait_until(lambda: app.exchanges)
    config = json.loads(json.dumps(gateway.config))
    config["routes"] = [{"path": "/only/", "application": "app"}]
    gateway.reload(config)
    wait_until(lambda: gateway.ask(get("/x")).status == 404)
    go.set()
    answer = front.answer()
    assert answer.status == 200 and answer.header("Set-Cookie")


def test_X10_an_invalid_file_changes_nothing(start, app):
    gateway = start()
    gateway.reload({**gateway.config, "routs": []})
    wait_until(lambda: "routs" in gateway.log)
    assert gateway.ask().status == 200


@pytest.mark.parametrize("when", ["in PARAMS", "in STDIN", "before the answer", "in the answer"])
def test_X12_the_web_server_goes_away(gateway, app, when):
    """Only its own request ends."""
    go = Event()
    other = gateway.front()
    other.send(fastcgi.begin())

    def play(exchange):
        exchange.read_body()
        if exchange.params["REQUEST_URI"] != "/gone":
            return echo(exchange)
        exchange.out(b"X-A: b\r\n\r\n")
        if when == "in the answer":
            for _ in range(100):
                exchange.out(b"x" * 65536)
        exchange.wait(go)
        exchange.end()

    app.play = play
    whole = request(post(b"x" * 3000, "/gone"), b"x" * 3000)
    front = gateway.front()
    if when == "in PARAMS":
        front.send(whole[:100])
    elif when == "in STDIN":
        front.send(whole[:-2000])
    else:
        front.send(whole)
        wait_until(lambda: app.exchanges)
    time.sleep(0.1)
    front.close()
    go.set()
    other.send(request(get())[len(fastcgi.begin()) :])
    seen(other.answer())
    other.assert_alive()


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_X12_the_web_server_goes_away_while_its_upload_is_held(start, app, directory, kind):
    """Nobody reads from it then, and still its application must learn of it."""
    go = Event()
    app.play = lambda exchange: exchange.wait(go)
    listen = f"unix:{directory}/held.sock" if kind == "unix" else f"127.0.0.1:{free_port()}"
    front = start(listen=[listen], application={"buffer_request": 0}).front()
    body = bytes(20_000_000)
    front.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        front.send(request(post(body), body))
    wait_until(lambda: app.connections, what="the application to be asked")
    front.close()
    look = select.poll()
    look.register(app.connections[0].socket, select.POLLRDHUP)
    closed = look.poll(SOON_S * 1000)
    go.set()
    assert closed, "the application works on for nobody"


@pytest.mark.against_the_clock(0.5)
def test_X03_a_slow_upload_is_not_the_applications_silence(start, app):
    """It waits for the web server, and has said all that it can."""
    front = start(application={"read_timeout": "500ms", "buffer_request": 0}).front()
    body = b"slowly"
    whole = request(post(body), body, size=1)
    rest = len(body) * 9 + fastcgi.HEADER_BYTES
    front.send(whole[:-rest])
    for at in range(len(whole) - rest, len(whole) - fastcgi.HEADER_BYTES, 9):
        time.sleep(0.7)
        front.send(whole[at : at + 9])
    front.send(whole[-fastcgi.HEADER_BYTES :])
    assert seen(front.answer())["bytes"] == len(body)
