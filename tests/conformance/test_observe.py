"""session: observe: application.md section 5, and --observe-report: nothing is changed, and what shows is counted."""

import json
import os
import re
import subprocess
from threading import Event

import pytest

from harness import observed
from harness.application import echo
from harness.browser import COOKIE, Browser
from harness.fastcgi import get
from harness.gateway import PROGRAM
from harness.process import PATIENCE_S, Process, wait_until
from harness.session_api import SessionApi

OBSERVE = {"session": "observe"}
STRANGER = "T" * 52


def seen(gateway, application="app"):
    """What the report says of it, but for what only an adapter tells."""
    row = observed.report(gateway).rows.get(application, {})
    return {name.lower(): number for name, number in row.items() if number is not None}


def cookie(browser, **more):
    return browser.visit(say=[f"Set-Cookie: {name}={value}; Path=/" for name, value in more.items()])


# Nothing is changed.

SAID = [
    "Status: 201 Made",
    "Set-Cookie: PHPSESSID=abc; path=/; HttpOnly",
    "Set-Cookie: other=1",
    "X-Session-Set: a=1",
    "X-Session-Login: alice",
    "X-Session-Unknown: x",
    "Cache-Control: no-store, no-cache",
    "Expires: Thu, 19 Nov 1981 08:52:00 GMT",
]


def both_ways(start, app, session, **more):
    """Every byte that the application was sent and that came back, for a few requests."""
    gateway = start(route={"session": session}, **more)
    sent, got = [], []
    for say, cookies in [([], ""), (SAID, ""), ([], "PHPSESSID=abc; other=1"), (SAID, f"a=1; PHPSESSID=abc; {COOKIE}={STRANGER}")]:
        params = get("/x?y=z", HTTP_X_REQUEST_ID="same", HTTP_COOKIE=cookies or None, TEST_SAY="\n".join(say) or None)
        params |= {"REMOTE_USER": "basic", "PHP_VALUE": "a=b", "PHP_ADMIN_VALUE": "c=d", "SESSION_USER": "root"}
        front = gateway.front()
        got.append(re.sub(rb'"connection": \d+', b"", front.ask(params, b"body").stdout))
        sent.append([(record.type, bytes(record.body)) for record in app.exchanges[-1].connection.records])
        front.close()
        app.connections[-1].close()
    return sent, got


def test_not_a_byte_is_other_than_with_off(start, app):
    application = {"idle_connections": 0}
    off = both_ways(start, app, "off", application=application)
    assert both_ways(start, app, "observe", application=application) == off
    assert b"X-Session-Login: alice" in off[1][1] and b"PHPSESSID=abc" in off[1][1]


def test_an_authorizer_is_refused(start):
    gateway = start(route={**OBSERVE, "mode": "authorize", "require": "none"})
    assert gateway.ask(get("/x", HTTP_COOKIE="PHPSESSID=a")).status == 403


# What cookies show.


def test_sessions_by_their_cookies(browse):
    browser = browse(route=OBSERVE)
    browser.visit()
    cookie(browser, PHPSESSID="one")
    browser.visit()
    cookie(browser, PHPSESSID="two")  # the same session by another name
    cookie(browser, PHPSESSID="two")  # which says so once more
    other = Browser(browser.gateway)
    cookie(other, PHPSESSID="three", lang="de")
    assert seen(browser.gateway) == {
        "requests": 6,
        "with-session": 3,
        "sessions": 2,
        "created": 3,
        "parallel": 0,
    }
    said = observed.report(browser.gateway).said["app"]
    assert "sessions come by the cookies PHPSESSID (6)" not in said and "sessions come by the cookies PHPSESSID (5)" in said
    assert any(line.startswith("without an adapter only cookies are visible") for line in said)


@pytest.mark.parametrize("name", ["JSESSIONID", "CGISESSID", "_session_id", "rack.session", "sessionid", "connect.sid", "laravel_session"])
def test_the_usual_names(browse, name):
    browser = browse(route=OBSERVE)
    cookie(browser, **{name: "x"})
    browser.visit()
    row = seen(browser.gateway)
    assert (row["sessions"], row["with-session"], row["created"]) == (1, 1, 1)


def test_other_names_are_offered(browse):
    browser = browse(route=OBSERVE)
    browser.visit(say=["Set-Cookie: who=1; HttpOnly", "Set-Cookie: lang=de"])
    assert seen(browser.gateway)["sessions"] == 0
    assert "other cookies that scripts cannot read, perhaps a session's: who (1)" in observed.report(browser.gateway).said["app"]


def test_parallel_requests_of_one_session(browse, held):
    browser = browse(route=OBSERVE)
    cookie(browser, PHPSESSID="one")
    first = browser.begin("/slow")
    held.until(1)
    browser.visit()
    Browser(browser.gateway, {"PHPSESSID": "two"}).visit()
    assert seen(browser.gateway)["parallel"] == 0
    held.release()
    first()
    assert wait_until(lambda: seen(browser.gateway)["parallel"], what="the slow one to be over") == 1
    browser.visit()
    assert seen(browser.gateway)["parallel"] == 1


def test_routes_of_other_kinds_are_not_observed(browse):
    routes = [{"path": f"/{session}/", "application": "app", "session": session} for session in ("off", "peek", "on", "observe")]
    browser = browse(routes=routes)
    for route in routes:
        browser.visit(route["path"])
    assert seen(browser.gateway)["requests"] == 1


def test_all_workers_count_together(browse):
    browser = browse(route=OBSERVE, workers=3)
    cookie(browser, PHPSESSID="one")
    for _ in range(29):
        browser.visit()
    row = seen(browser.gateway)
    assert (row["requests"], row["sessions"]) == (30, 1)


def test_many_sessions_are_an_estimate(browse):
    browser = browse(route=OBSERVE)
    front = browser.gateway.front()
    for n in range(4500):
        front.ask(get("/", HTTP_COOKIE=f"PHPSESSID=visitor{n}"), flags=1)
    text = observed.report(browser.gateway).text
    number = text.splitlines()[3].split()[3]
    assert number.startswith("~") and 4000 < int(number[1:]) < 5000


# Who is told.


def test_nobody_answers(directory, browse):
    browser = browse()  # no route is observed
    done = observed.ask(browser.gateway.file)
    assert (done.returncode, done.stdout) == (1, "")
    assert browser.gateway.file in done.stderr
    done = observed.ask(f"{directory}/missing.yaml")
    assert done.returncode == 2 and f"{directory}/missing.yaml: No such file" in done.stderr
    done = subprocess.run([PROGRAM, "--listen", "unix:x", "--app", "unix:y", "--observe-report"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2


def test_a_reload_begins_it(browse):
    browser = browse()
    gateway = browser.gateway
    gateway.reload({**gateway.config, "routes": [{"path": "/", "application": "app", **OBSERVE}]})
    wait_until(lambda: "configuration reloaded" in gateway.log, what="the reload")
    browser.visit()
    assert seen(gateway)["requests"] == 1
    gateway.reload({**gateway.config, "routes": [{"path": "/", "application": "app"}]})
    wait_until(lambda: gateway.log.count("configuration reloaded") == 2, what="the reload")
    browser.visit()
    assert seen(gateway)["requests"] == 1, "what was seen stays"


def test_all_gateways_of_one_file(browse, directory):
    browser = browse(route=OBSERVE)
    file = browser.gateway.file
    browser.visit()
    second = Process("second", [PROGRAM, "-c", file, "--listen", f"unix:{directory}/second.sock"], directory)
    try:
        wait_until(lambda: observed.ask(file).stdout.count("Observed by process") == 2, what="both to be asked")
    finally:
        second.stop()
    second.assert_clean()
    link = f"{directory}/link.yaml"
    os.symlink(file, link)
    assert observed.ask(link).stdout.count("Observed by process") == 1, "whatever way the file is named"


@pytest.mark.parametrize("user", [None, *([65534] if os.geteuid() == 0 else [])])
def test_root_and_the_same_user_are_told(browse, directory, user):
    browser = browse(route=OBSERVE)
    browser.visit()
    os.chmod(directory, 0o755)
    program = os.open(PROGRAM, os.O_RDONLY)
    try:
        done = observed.ask(browser.gateway.file, program=f"/proc/self/fd/{program}", user=user, pass_fds=[program])
    finally:
        os.close(program)
    if user is None:
        assert done.returncode == 0
    else:
        assert (done.returncode, done.stdout) == (1, "") and "nobody but root" in done.stderr


def test_the_log_tells_it_too_and_no_id(browse):
    browser = browse(route=OBSERVE)
    cookie(browser, PHPSESSID="verysecret")
    browser.visit()
    gateway = browser.gateway
    gateway.process.signal(10)
    line = wait_until(
        lambda: [line for line in gateway.log.splitlines() if "observed application=app" in line], what="the totals"
    )[0]
    assert "requests=2 with_session=1 sessions=1 created=1 parallel=0 reports=-" in line
    assert "verysecret" not in gateway.log and "verysecret" not in observed.report(gateway).text


# What an adapter tells.

PHP = {"adapter": "php"}


def tell(page_or_params, said, **how):
    params = page_or_params.seen if hasattr(page_or_params, "seen") else page_or_params
    api = SessionApi.of(params)
    return api.ask("POST", json.dumps(said) if isinstance(said, dict) else said, **{"path": "/observation", **how})


def test_with_an_adapter_nothing_but_its_own_params_is_added(browse):
    browser = browse(application=PHP, route=OBSERVE)
    seen = browser.visit(HTTP_COOKIE="PHPSESSID=a").seen
    assert {name for name in seen if name.startswith("SESSION_")} == {"SESSION_ADAPTER", "SESSION_SOCKET", "SESSION_TICKET"}
    assert seen["HTTP_COOKIE"] == "PHPSESSID=a"
    page = browser.visit(say=SAID)
    off = browse(route={"session": "off"}).visit(say=SAID)
    kept = [[line for line in p.headers if line[0] not in ("x-request-id", "content-length")] for p in (page, off)]
    assert kept[0] == kept[1]


def test_reports_are_counted(browse):
    browser = browse(application=PHP, route=OBSERVE)
    gateway = browser.gateway
    uses = [
        {"session": "a", "keys": {"user": [10, 1, 0], "cart": [20, 1, 0]}},
        {"session": "a", "from": "a", "keys": {"user": [10, 1, 0], "cart": [20, 2, 1]}, "late": True},
        {"session": "a", "from": "a", "keys": {"user": [10, 1, 0], "cart": [20, 2, 0]}, "closed": True, "handler": "redis"},
        {"session": "\u00e4", "unmeasured": True, "somewhat": {"newer": [1]}},
        {},
    ]
    for said in uses:
        assert tell(browser.visit(), said).status == 204
    browser.visit()
    report = observed.report(gateway)
    row = report.rows["app"]
    assert (row["REQUESTS"], row["REPORTS"], row["UNTOLD"], row["SESSIONS"], row["WRITERS"], row["AFTER-HEADER"]) == (6, 5, 1, 2, 2, 1)
    assert (row["SIZE-MAX"], row["KEYS-MAX"], row["PARALLEL-WRITERS"]) == (30, 2, 0)
    assert report.keys["app"]["cart"] == {"IN-REQUESTS": 3, "WRITTEN": 2, "AFTER-HEADER": 1, "SAME-KEY": 0, "SIZE-MAX": 20}
    assert "the application's save handler: redis" in report.said["app"]


@pytest.fixture
def beside_each_other(browse, app):
    """beside_each_other(slow=…, quick=…): the report after two requests of one session, of which the slow one began before
    the quick one, and told what it holds after it."""

    def play(slow, quick):
        browser = browse(application=PHP, route=OBSERVE)
        tell(browser.visit(), {"session": "a", "keys": {"cart": [1, 1, 0], "user": [1, 1, 0]}})
        began, go = Event(), Event()

        def work(exchange):
            if exchange.params["REQUEST_URI"] == "/slow":
                began.set()
                exchange.wait(go)
                assert tell(exchange.params, {"session": "a", "from": "a", "keys": slow}).status == 204
            echo(exchange)

        app.play = work
        first = browser.begin("/slow")
        assert began.wait(PATIENCE_S)
        tell(browser.visit(), {"session": "a", "from": "a", "keys": quick})
        go.set()
        first()
        return browser.gateway, observed.report(browser.gateway)

    return play


def test_parallel_writers_are_told_by_when_their_requests_began(beside_each_other):
    user = {"user": [1, 1, 0]}
    gateway, report = beside_each_other(slow={"cart": [1, 3, 0], **user}, quick={"cart": [1, 2, 0], **user})
    assert (report.rows["app"]["PARALLEL-WRITERS"], report.rows["app"]["SAME-KEY"]) == (1, 1)
    assert "keys changed by parallel requests: cart: consider lock: exclusive" in report.said["app"]
    wait_until(lambda: "session keys changed by parallel requests: cart" in gateway.log, what="the log to say so")


def test_parallel_writers_of_different_keys_are_no_conflict(beside_each_other):
    """The slow one opened its session when the quick one had written its own: had it done so before, it would undo that."""
    quick = {"cart": [1, 2, 0], "user": [1, 1, 0]}
    _, report = beside_each_other(slow={**quick, "user": [1, 2, 0]}, quick=quick)
    row = report.rows["app"]
    assert (row["WRITERS"], row["PARALLEL-WRITERS"], row["SAME-KEY"]) == (3, 1, 0)


@pytest.mark.parametrize("said", ["", "x", "[]", "{}x", '{"session":"a"', '{"session":1}', '{"keys":{"a":1}}', '{"session":"' + "x" * 600 + '"}'])
def test_what_is_no_report_is_not_counted(browse, said):
    browser = browse(application=PHP, route=OBSERVE)
    answer = tell(browser.visit(), said)
    assert (answer.status, answer.slug) == (422, "bad-directive")
    assert observed.report(browser.gateway).rows["app"]["REPORTS"] == 0


def test_only_tickets_of_observed_routes_are_good_for_it_and_for_nothing_else(browse, app):
    browser = browse(application=PHP, routes=[{"path": "/on/", "application": "app"}, {"path": "/", "application": "app", **OBSERVE}])
    assert tell(browser.visit("/on/"), {}).status == 404
    page = browser.visit()
    assert tell({**page.seen, "SESSION_TICKET": "T" * 43}, {}).status == 401
    answer = SessionApi.of(page.seen).ask("GET", path="/observation")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    answers = []

    def curious(exchange):
        answers.append(SessionApi.of(exchange.params).get().status)
        answers.append(SessionApi.of(exchange.params).patch(update={"a": 1}).status)
        echo(exchange)

    app.play = curious
    page = browser.visit()
    assert answers[0] == 404 and answers[1] >= 400 and page.all("Set-Cookie") == []


def test_keys_are_shown_as_text(browse):
    browser = browse(application=PHP, route=OBSERVE)
    tell(browser.visit(), {"session": "a", "keys": {"\u001b[2J": [1, 1, 0], "a b\nc": [1, 1, 0], "x" * 65: [1, 1, 0]}})
    report = observed.report(browser.gateway)
    assert set(report.keys["app"]) == {"%1B[2J", "a%20b%0Ac", "(others)"}
