"""The application's side: the U cases of the FastCGI notes, each named by its id."""

import json
import os
import socket
import time
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.application import Application, echo
from harness.fastcgi import get, post, request
from harness.process import wait_until

SOON_S = 1.0
HEAD = b"Content-Type: text/plain\r\nX-One: 1\r\n\r\n"
BODY = b"the body of the answer"


def seen(answer):
    assert (answer.status, answer.protocol_status) == (200, 0)
    return json.loads(answer.body)


def slug(answer):
    return json.loads(answer.body)["type"].rpartition(":")[2]


def whole(exchange):
    exchange.read_body()
    exchange.out(HEAD + BODY)
    exchange.end()


def test_U01_pool_off_a_new_connection_for_each_request(start, app):
    gateway = start(application={"idle_connections": 0})
    front = gateway.front()
    answers = [seen(front.ask(get())) for _ in range(3)]
    assert [answer["connection"] for answer in answers] == [1, 2, 3]
    assert {answer["flags"] for answer in answers} == {0}


def test_U01_pool_on_the_second_request_reuses(front):
    answers = [seen(front.ask(get())) for _ in range(3)]
    assert {answer["connection"] for answer in answers} == {1}
    assert {answer["flags"] for answer in answers} == {fastcgi.KEEP_CONN}


def test_U01_an_idle_connection_is_closed_after_its_time(start, app):
    gateway = start(application={"idle_connections": 2, "idle_timeout": "300ms"})
    gateway.ask()
    assert app.connections[0].closed_by_peer.wait(5)
    assert seen(gateway.ask())["connection"] == 2


@pytest.mark.parametrize("connections", [1, 64])
def test_U02_never_two_requests_on_one_connection(start, app, connections):
    def play(exchange):
        exchange.read_body()
        time.sleep(0.2)
        exchange.reply("X-Connection: %d" % exchange.connection.number)

    app.play = play
    gateway = start(application={"idle_connections": 1, "max_connections": connections})
    front = gateway.front()
    front.send(b"".join(request(get(), id=id) for id in (1, 2, 3)))
    numbers = {front.answer(id).header("X-Connection") for id in (1, 2, 3)}
    assert len(numbers) == (1 if connections == 1 else 3)


def test_U03_params_of_200_kb_in_whole_pairs(front, app):
    """The framing itself is checked after every test."""
    params = get(**{f"HTTP_X_{n}": "v" * 4000 for n in range(50)})
    front.send(request(params, size=1000))
    answer = seen(front.answer())
    assert all(answer["params"][name] == value for name, value in params.items() if name.startswith("HTTP_X_"))


def test_U03_no_header_block_smuggles_a_record(front, app):
    inner = fastcgi.begin(1) + fastcgi.record(fastcgi.STDIN, 1)
    answer = seen(front.ask(post(inner * 5000), inner * 5000))
    assert answer["bytes"] == len(inner) * 5000
    assert len(app.exchanges) == 1


@pytest.mark.parametrize("way", ["one byte a write", "padded", "one byte records"])
def test_U05_the_answer_in_pieces(gateway, app, way):
    app.play = whole
    wanted = gateway.ask()

    def play(exchange):
        exchange.read_body()
        data = HEAD + BODY
        if way == "one byte a write":
            exchange.out(data, step=1)
        elif way == "padded":
            exchange.raw(fastcgi.stream(fastcgi.STDOUT, 1, data, size=3, padding=255, close=False))
        else:
            exchange.raw(fastcgi.stream(fastcgi.STDOUT, 1, data, size=1, close=False))
        exchange.end()

    app.play = play
    answer = gateway.ask()
    assert answer.body == wanted.body == BODY
    assert _stable(answer) == _stable(wanted)


def _stable(answer):
    return [(name, value) for name, value in answer.headers if name != "x-request-id"]


def test_U05_the_header_split_at_every_byte(gateway, app):
    data = HEAD + BODY

    def play(exchange):
        exchange.read_body()
        at = int(exchange.params["AT"])
        exchange.out(data[:at])
        time.sleep(0.002)
        exchange.out(data[at:])
        exchange.end()

    app.play = play
    front = gateway.front()
    for at in range(1, len(HEAD) + 2):
        answer = front.ask(get(AT=str(at)))
        assert (answer.header("X-One"), answer.body) == ("1", BODY), f"split at {at}"


@pytest.mark.parametrize("count, status", [(3, 200), (16, 200), (17, 502)])
def test_interim_answers_are_dropped_and_counted(front, app, count, status):
    """An application that says nothing but 1xx is no answer, however long it goes on."""

    def play(exchange):
        exchange.read_body()
        exchange.out(b"Status: 103 Early Hints\r\nX-Early: 1\r\n\r\n" * count)
        exchange.out(HEAD + BODY)
        exchange.end()

    app.play = play
    answer = front.ask()
    assert answer.status == status
    assert (answer.body == BODY) == (status == 200)
    assert answer.header("X-Early") is None
    app.play = echo
    front.assert_alive()


def test_U06_stderr_is_logged_past_a_nul(gateway, app):
    def play(exchange):
        exchange.read_body()
        exchange.err("one\0two")
        exchange.reply("X-A: b")

    app.play = play
    assert gateway.ask().status == 200
    wait_until(lambda: "one\\x00two" in gateway.log)


def test_U06_stderr_anywhere_stays_out_of_the_body(gateway, app):
    def play(exchange):
        exchange.read_body()
        exchange.err("before\n")
        exchange.out(HEAD[:10])
        exchange.err("inside \x1b[31m the header\n")
        exchange.out(HEAD[10:] + BODY[:5])
        exchange.err("in the body\n")
        exchange.out(BODY[5:])
        exchange.end()

    app.play = play
    answer = gateway.ask()
    assert (answer.header("X-One"), answer.body, answer.stderr) == ("1", BODY, b"")
    log = wait_until(lambda: gateway.log if "in the body" in gateway.log else None)
    assert "before" in log and "the header" in log
    assert "\x1b" not in log


@pytest.mark.parametrize("where, forwarded, logged", [("forward", True, False), ("both", True, True)])
def test_U06_stderr_is_forwarded_by_option(start, app, where, forwarded, logged):
    def play(exchange):
        exchange.read_body()
        exchange.err("hear, hear")
        exchange.reply("X-A: b")

    app.play = play
    gateway = start(application={"stderr": where})
    answer = gateway.ask()
    assert (answer.stderr == b"hear, hear") == forwarded
    gateway.stop()
    assert ("hear, hear" in gateway.log) == logged


@pytest.mark.parametrize("close_stdout", [False, True], ids=["as PHP", "as libfcgi"])
def test_U08_the_end_with_and_without_an_empty_stdout(front, app, close_stdout):
    def play(exchange):
        exchange.read_body()
        exchange.out(HEAD + BODY)
        exchange.end(close_stdout=close_stdout)

    app.play = play
    for _ in range(2):
        answer = front.ask()
        assert (answer.body, answer.closed_stdout, answer.protocol_status) == (BODY, True, 0)
    assert len(app.connections) == 1


@pytest.mark.parametrize(
    "bytes",
    [
        pytest.param(fastcgi.record(fastcgi.STDOUT, 9, HEAD), id="another id"),
        pytest.param(fastcgi.record(fastcgi.STDOUT, 1, HEAD, version=2), id="version 2"),
        pytest.param(fastcgi.record(fastcgi.STDOUT, 0, HEAD), id="id 0 with an application type"),
    ],
)
def test_U10_a_connection_that_speaks_otherwise_is_dead(front, app, bytes):
    def play(exchange):
        exchange.read_body()
        exchange.raw(bytes)
        exchange.out(HEAD + BODY)
        exchange.end()

    app.play = play
    answer = front.ask()
    assert (answer.status, slug(answer)) == (502, "bad-response")
    assert app.connections[0].closed_by_peer.wait(SOON_S)
    app.play = echo
    assert seen(front.ask())["connection"] == 2


@pytest.mark.parametrize(
    "bytes",
    [
        pytest.param(fastcgi.record(42, 1, b"what"), id="type 42"),
        pytest.param(fastcgi.record(fastcgi.UNKNOWN_TYPE, 0, b"\x09" + bytes(7)), id="management"),
    ],
)
def test_U10_unknown_types_and_management_are_ignored(front, app, bytes):
    def play(exchange):
        exchange.read_body()
        exchange.raw(bytes)
        exchange.out(HEAD)
        exchange.raw(bytes)
        exchange.out(BODY)
        exchange.end()

    app.play = play
    assert front.ask().body == BODY


def test_U11_the_application_status_reaches_the_front(front, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(HEAD + BODY)
        exchange.end(app_status=7)

    app.play = play
    answer = front.ask()
    assert (answer.status, answer.app_status, answer.protocol_status, answer.body) == (200, 7, 0, BODY)


@pytest.mark.parametrize("refusal", [fastcgi.CANT_MPX_CONN, fastcgi.OVERLOADED])
def test_U13_a_refusal_goes_to_the_next_server(start, app, directory, refusal):
    second = Application(f"unix:{directory}/second.sock")
    app.play = lambda exchange: (exchange.read_body(), exchange.end(protocol_status=refusal, close_stdout=False))
    try:
        gateway = start(application={"servers": [app.address, second.address], "balance": "round-robin"})
        for _ in range(4):
            seen(gateway.ask())
        assert len(second.exchanges) == 4
        assert app.exchanges, "the refusing server was never asked"
    finally:
        second.close()
    second.assert_framing()


@pytest.mark.parametrize("refusal", [fastcgi.CANT_MPX_CONN, fastcgi.OVERLOADED])
def test_U13_refused_by_the_only_server(front, app, refusal):
    app.play = lambda exchange: (exchange.read_body(), exchange.end(protocol_status=refusal, close_stdout=False))
    answer = front.ask()
    assert (answer.status, slug(answer)) == (503, "application-unavailable")
    assert answer.header("Retry-After")


def test_U13_unknown_role_without_an_answer(front, app):
    app.play = lambda exchange: (
        exchange.read_body(),
        exchange.end(protocol_status=fastcgi.UNKNOWN_ROLE, close_stdout=False),
    )
    answer = front.ask()
    assert (answer.status, slug(answer)) == (502, "bad-response")


def test_U14_an_idle_connection_that_the_application_closed(front, app):
    assert seen(front.ask())["connection"] == 1
    app.connections[0].close()
    time.sleep(0.1)
    assert seen(front.ask())["connection"] == 2


def test_U14_bytes_on_an_idle_connection_make_it_useless(front, app):
    def play(exchange):
        echo(exchange)
        time.sleep(0.05)
        exchange.raw(fastcgi.record(fastcgi.STDERR, exchange.id, b"late"))

    app.play = play
    assert seen(front.ask())["connection"] == 1
    time.sleep(0.3)
    assert seen(front.ask())["connection"] == 2


def _die_on_reuse(exchange):
    """The first request of a connection is answered, the second finds it dead: PHP's max_requests at its worst."""
    if exchange.connection.number == 1 and len(exchange.connection.records) > 6:
        exchange.close()
    else:
        echo(exchange)


def test_U15_a_stale_connection_is_retried_once_for_a_get(front, app):
    app.play = _die_on_reuse
    assert seen(front.ask())["connection"] == 1
    assert seen(front.ask())["connection"] == 2
    assert len(app.exchanges) == 3


def test_U15_a_post_that_was_written_is_not_repeated(front, app):
    app.play = _die_on_reuse
    assert seen(front.ask())["connection"] == 1
    answer = front.ask(post(b"once"), b"once")
    assert (answer.status, slug(answer)) == (502, "bad-response")
    assert len(app.exchanges) == 2


def test_U15_a_fresh_connection_that_dies_is_not_retried(front, app):
    app.play = lambda exchange: exchange.close()
    assert front.ask().status == 502
    assert len(app.exchanges) == 1


def test_U15_after_a_first_byte_there_is_no_retry(front, app):
    def play(exchange):
        exchange.read_body()
        if len(app.exchanges) == 1:
            echo(exchange)
        else:
            exchange.err("I was here\n")
            exchange.close()

    app.play = play
    seen(front.ask())
    assert front.ask().status == 502
    assert len(app.exchanges) == 2


def test_U15_half_a_header_is_a_first_byte_too(front, app):
    def play(exchange):
        exchange.read_body()
        if len(app.exchanges) == 1:
            echo(exchange)
        else:
            exchange.raw(fastcgi.end()[:3])
            exchange.close()

    app.play = play
    seen(front.ask())
    answer = front.ask()
    assert (answer.status, slug(answer)) == (502, "bad-response")
    assert len(app.exchanges) == 2


def test_U17_closed_without_end_but_the_content_length_is_satisfied(front, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(b"Content-Length: %d\r\n" % len(BODY) + HEAD + BODY)
        exchange.close()

    app.play = play
    answer = front.ask()
    assert (answer.status, answer.body, answer.protocol_status) == (200, BODY, 0)


@pytest.mark.parametrize("flags", [0, fastcgi.KEEP_CONN])
def test_U17_closed_without_end_and_without_length_is_cut(front, app, flags):
    def play(exchange):
        exchange.read_body()
        exchange.out(HEAD + BODY)
        exchange.close()

    app.play = play
    answer = front.ask(flags=flags)
    assert answer.cut and front.closes_within(SOON_S)


@pytest.mark.parametrize("software, flags, cut", [("", 1, True), ("Apache/2.4", 0, True), ("nginx/1.22", 0, False)])
@pytest.mark.parametrize("ends", [True, False], ids=["with END", "closed"])
def test_U17_shorter_than_its_content_length(front, app, software, flags, cut, ends):
    """Cut where the web server sees it: nginx without keep-conn takes a bare close for the end."""

    def play(exchange):
        exchange.read_body()
        exchange.out(b"Content-Length: 1000\r\n" + HEAD + BODY)
        exchange.end() if ends else exchange.close()

    app.play = play
    answer = front.ask(get(SERVER_SOFTWARE=software), flags=flags)
    assert (answer.header("Content-Length"), answer.body) == ("1000", BODY)
    assert answer.cut == cut
    assert front.closes_within(SOON_S)


def test_U17_longer_than_its_content_length_is_cut_to_it(front, app):
    def play(exchange):
        exchange.read_body()
        exchange.out(b"Content-Length: 5\r\n" + HEAD + BODY)
        exchange.end()

    app.play = play
    answer = front.ask()
    assert (answer.body, answer.protocol_status) == (BODY[:5], 0)
    app.play = echo
    front.assert_alive()


@pytest.mark.parametrize("how", ["abort", "close"])
def test_U20_front_gone_while_the_application_works(start, app, how):
    started, gone = Event(), Event()

    def play(exchange):
        if exchange.params["REQUEST_URI"] != "/slow":
            return echo(exchange)
        exchange.read_body()
        started.set()
        assert exchange.connection.record() is None
        gone.set()

    app.play = play
    gateway = start(application={"idle_connections": 1, "max_connections": 1})
    front = gateway.front()
    front.send(request(get("/slow")))
    assert started.wait(5)
    if how == "abort":
        front.send(fastcgi.record(fastcgi.ABORT, 1))
        answer = front.answer()
        assert (answer.app_status, answer.protocol_status) == (0, 0)
    else:
        front.close()
    assert gone.wait(SOON_S), "the application's connection stays open"
    assert seen(gateway.ask())["connection"] == 2, "the slot is free, the connection is not reused"


def test_U20_abort_before_the_params_end(front, app):
    front.send(fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, 1, fastcgi.pairs(get())) + fastcgi.record(fastcgi.ABORT, 1))
    answer = front.answer()
    assert (answer.stdout, answer.protocol_status) == (b"", 0)
    front.assert_alive()
    assert len(app.exchanges) == 1


def test_U21_a_full_backlog_waits_and_then_says_503(start, directory):
    """connect() says EAGAIN on a full Unix backlog: the gateway waits in its own queue, without spinning."""
    path = f"{directory}/full.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        fillers = _fill_backlog(path)
        gateway = start(application={"servers": [f"unix:{path}"], "queue": {"size": 10, "timeout": "1s"}})
        cpu, asked = gateway.process.cpu_s(), time.monotonic()
        answer = gateway.ask()
        assert answer.status == 503 and answer.header("Retry-After")
        assert time.monotonic() - asked > 0.8
        assert gateway.process.cpu_s() - cpu < 0.5
        for filler in fillers:
            filler.close()


def _fill_backlog(path):
    fillers = []
    while True:
        filler = socket.socket(socket.AF_UNIX)
        filler.setblocking(False)
        fillers.append(filler)
        try:
            filler.connect(path)
        except BlockingIOError:
            return fillers


def test_U21_the_queue_is_served_when_a_connection_is_free(start, app):
    def play(exchange):
        exchange.read_body()
        time.sleep(0.05)
        exchange.reply("X-A: b")

    app.play = play
    gateway = start(application={"max_connections": 2})
    answers = []
    threads = [Thread(target=lambda: answers.append(gateway.ask().status)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 20
    # two at a time; on a busy machine the fairness of architecture.md may exchange one for another
    assert len(app.connections) <= 5


def test_U21_a_full_queue_and_a_long_wait_are_503(start, app):
    release = Event()
    app.play = lambda exchange: (exchange.read_body(), exchange.wait(release), exchange.reply("X-A: b"))
    gateway = start(application={"idle_connections": 1, "max_connections": 1, "queue": {"size": 1, "timeout": "500ms"}})
    front = gateway.front()
    front.send(request(get("/held"), id=1))
    wait_until(lambda: app.exchanges)
    front.send(request(get("/queued"), id=2) + request(get("/too-many"), id=3))
    asked = time.monotonic()
    too_many = front.answer(3)
    assert too_many.status == 503 and too_many.header("Retry-After")
    assert time.monotonic() - asked < 0.45, "a full queue does not wait"
    assert front.answer(2).status == 503
    release.set()
    assert front.answer(1).status == 200


def test_U22_what_no_application_is_sent(front, app):
    """GET_VALUES, a pipelined BEGIN, padded terminators: conftest checks for them after every test; here with a mix."""
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, fastcgi.pairs([("FCGI_MAX_REQS", "")])))
    for id in (1, 2, 3):
        front.send(request(post(b"x" * 70000), b"x" * 70000, id=id, padding=200, size=999))
    for id in (1, 2, 3):
        seen(front.answer(id))
    app.assert_framing()


def test_least_connections_prefers_the_idle_server(start, app, directory):
    release = Event()
    second = Application(f"unix:{directory}/second.sock")
    app.play = lambda exchange: (exchange.read_body(), exchange.wait(release), exchange.reply("X-A: b"))
    second.play = app.play
    try:
        gateway = start(application={"servers": [app.address, second.address]})
        front = gateway.front()
        for id in range(1, 5):
            front.send(request(get(), id=id))
            wait_until(lambda: len(app.exchanges) + len(second.exchanges) == id)
        release.set()
        assert [front.answer(id).status for id in range(1, 5)] == [200] * 4
        assert (len(app.exchanges), len(second.exchanges)) == (2, 2)
    finally:
        second.close()


def test_params_of_the_application_are_added_or_replaced(start, app):
    gateway = start(application={"params": {"SCRIPT_FILENAME": "/srv/index.php", "HTTP_X_MINE": "new"}})
    params = seen(gateway.ask(get(SCRIPT_FILENAME="/old.php", HTTP_X_MINE="old")))["params"]
    assert (params["SCRIPT_FILENAME"], params["HTTP_X_MINE"]) == ("/srv/index.php", "new")


def test_a_socket_without_permission_is_named_in_the_log(start, directory):
    """As root every socket may be used, so only the missing one can be shown here."""
    gateway = start(application={"servers": [f"unix:{directory}/missing.sock"]})
    assert gateway.ask().status == 503
    wait_until(lambda: "missing.sock" in gateway.log)
    assert not os.path.exists(f"{directory}/missing.sock")
