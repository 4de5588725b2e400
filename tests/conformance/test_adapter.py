"""adapter: php: what tells PHP to load the adapter, and what the adapter is told (gateway/adapter.h)."""

import json
import os
import re
from pathlib import Path

import pytest

from harness import fastcgi
from harness.application import echo
from harness.browser import Browser
from harness.gateway import PROGRAM
from harness.process import wait_until
from harness.session_api import SessionApi

# Of the tree in which the program was built, which `make mutations` has in another place.
PHP = next(path for path in (parent / "adapters" / "php" for parent in Path(PROGRAM).parents) if path.exists())
FILE = str(PHP / "sessiongate.php")
LOADING = f'auto_prepend_file="{FILE}"'
SETTINGS = {
    "kind": "php",
    "application": "app",
    "mode": "on",
    "create": "start",
    "split": "keys",
    "regenerate": "now",
    "lock": False,
}


def told(page):
    return json.loads(page.seen["SESSION_ADAPTER"])


def test_each_request_tells_it_how_it_is_set(browse):
    browser = browse(application={"adapter": "php"})
    for _ in range(2):
        page = browser.visit(say="X-Session-Set: a=1")
        assert told(page) == SETTINGS and os.path.exists(FILE)
    assert page.seen["SESSION_ATTRIBUTES"] == '{"a":"1"}'
    assert "SESSION_ATTR_a" not in page.seen
    assert {"SESSION_SOCKET", "SESSION_TICKET"} <= page.seen.keys()


def test_what_is_usual_is_known_by_how_it_begins(browse):
    """The adapter then decodes nothing. Its Visit is a part of what each request loads."""
    usual = re.search(r"USUAL = '(.*)';\n.*USUAL_CHARS = (\d+);", (PHP / "Adapter.php").read_text())
    said = browse(application={"adapter": "php"}).visit().seen["SESSION_ADAPTER"]
    assert said.startswith(usual[1]) and len(usual[1]) == int(usual[2])


def test_what_scripts_do_not_look_at_may_be_left_out(browse):
    """Of a session. What the adapter reads is there, and what there is without one."""
    browser = browse(application={"adapter": {"php": {"params": False}}})
    page = browser.visit(say=["X-Session-Adapter: reads SESSION_PHP", 'X-Session-Update: {"$php":{"name":"PHPSESSID"},"a":"%s"}' % ("x" * 2000)])
    assert page.seen["SESSION_STATE"] == "none" and page.seen["SESSION_NEXT_ID"]
    page = browser.visit(say="X-Session-Login: alice")
    told = {name for name in page.seen if name.startswith("SESSION_")}
    assert told == {"SESSION_ID", "SESSION_PHP", "SESSION_ADAPTER", "SESSION_SOCKET", "SESSION_TICKET"}
    page = browser.visit()
    assert page.seen["REMOTE_USER"] == "alice" and "SESSION_USER" not in page.seen


def test_attributes_that_a_route_asks_for_are_there_all_the_same(browse):
    browser = browse(application={"adapter": {"php": {"params": False}}}, route={"expose": ["each", "object"]})
    browser.visit(say='X-Session-Update: {"a":"x","large":"%s"}' % ("x" * 61000))
    seen = browser.visit().seen
    assert seen["SESSION_ATTR_a"] == "x" and seen["SESSION_OMITTED"] == "large,*"


def test_each_connection_loads_it_once(browse):
    """A connection is a process of PHP-FPM, which keeps what it was told."""
    browser = browse(application={"adapter": "php", "idle_connections": 1})
    said = [browser.visit().seen.get("PHP_ADMIN_VALUE") for _ in range(3)]
    assert said == [LOADING, None, None]


def test_each_new_connection_loads_it(browse):
    browser = browse(application={"adapter": "php", "idle_connections": 0})
    assert [browser.visit().seen.get("PHP_ADMIN_VALUE") for _ in range(3)] == [LOADING] * 3


@pytest.mark.parametrize("param", ["PHP_VALUE", "PHP_ADMIN_VALUE"])
@pytest.mark.parametrize("path", ["/", "/off/"])
def test_what_the_web_server_says_meanwhile_may_have_changed_it(browse, param, path):
    """Then it is loaded once more; also when that was on a route that has no sessions."""
    routes = [{"path": "/", "application": "app"}, {"path": "/off/", "application": "app", "session": "off"}]
    browser = browse(application={"adapter": "php", "idle_connections": 1}, routes=routes)
    assert browser.visit().seen["PHP_ADMIN_VALUE"] == LOADING
    assert "PHP_ADMIN_VALUE" not in browser.visit("/off/").seen
    assert "PHP_ADMIN_VALUE" not in browser.visit().seen
    for _ in range(2):
        browser.visit(path, **{param: "auto_prepend_file=/a.php"})
    assert [browser.visit().seen.get("PHP_ADMIN_VALUE") for _ in range(2)] == [LOADING, None]


def test_another_file_is_loaded_on_connections_that_had_the_first(start):
    gateway = start(application={"adapter": {"php": {"file": "/a.php"}}, "idle_connections": 1})
    browser = Browser(gateway)
    assert [browser.visit().seen.get("PHP_ADMIN_VALUE") for _ in range(2)] == ['auto_prepend_file="/a.php"', None]
    gateway.config["applications"]["app"]["adapter"] = {"php": {"file": "/b.php"}}
    gateway.reload(gateway.config)
    wait_until(lambda: "reloaded" in gateway.log, what="the reload")
    pages = [browser.visit() for _ in range(2)]
    assert [page.seen.get("PHP_ADMIN_VALUE") for page in pages] == ['auto_prepend_file="/b.php"', None]
    assert json.loads(pages[0].body)["connection"] == 1


def test_without_an_adapter_nothing_is_loaded(browse):
    seen = browse().visit(PHP_VALUE="auto_prepend_file=/a").seen
    assert seen["PHP_VALUE"] == "auto_prepend_file=/a"
    assert not {"SESSION_ADAPTER", "PHP_ADMIN_VALUE"} & seen.keys()


@pytest.mark.parametrize(
    "route, said",
    [
        ({"session": "peek"}, {"mode": "peek"}),
        ({"session": "observe"}, {"mode": "observe"}),
        ({"lock": "exclusive"}, {"lock": True}),
    ],
    ids=["peek", "observe", "lock"],
)
def test_it_is_told_what_its_route_is_like(browse, route, said):
    page = browse(application={"adapter": "php"}, route=route).visit()
    assert told(page) == {**SETTINGS, **said}
    assert page.seen["PHP_ADMIN_VALUE"] == LOADING


def test_where_there_are_no_sessions_it_is_not_loaded(browse):
    seen = browse(application={"adapter": "php"}, route={"session": "off"}).visit().seen
    assert not {"SESSION_ADAPTER", "PHP_ADMIN_VALUE", "SESSION_SOCKET"} & seen.keys()


def test_what_is_to_be_adopted(browse):
    adopt = {"adopt": "files", "save_path": "/var/lib/php/sessions", "cookie": "OLD", "until": "2999-06-30", "write_back": True}
    page = browse(application={"adapter": {"php": {"create": "lazy", **adopt}}}).visit()
    assert told(page) == {
        **SETTINGS,
        "create": "lazy",
        "adopt": {"from": "files", "save_path": "/var/lib/php/sessions", "cookie": "OLD", "until": 32487782400, "write_back": True},
    }


def test_another_place_and_none(browse):
    seen = browse(application={"adapter": {"php": {"file": "/srv/sessiongate.php"}}}).visit().seen
    assert seen["PHP_ADMIN_VALUE"] == 'auto_prepend_file="/srv/sessiongate.php"'
    seen = browse(application={"adapter": {"php": {"file": ""}}}).visit().seen
    assert "PHP_ADMIN_VALUE" not in seen and "SESSION_ADAPTER" in seen


@pytest.mark.parametrize(
    "params, prepend",
    [
        ({"PHP_ADMIN_VALUE": "memory_limit=1G"}, None),
        ({"PHP_ADMIN_VALUE": "memory_limit=1G\n"}, None),
        ({"PHP_ADMIN_VALUE": "memory_limit=1G ; without an end"}, None),
        ({"PHP_ADMIN_VALUE": "auto_prepend_file=none"}, ""),
        ({"PHP_ADMIN_VALUE": "auto_prepend_file=/a b.php\nmemory_limit=1G"}, "/a b.php"),
        ({"PHP_VALUE": "auto_prepend_file=/a.php"}, "/a.php"),
        ({"PHP_VALUE": "auto_prepend_file=/a.php ; said why"}, "/a.php"),
        ({"PHP_VALUE": "auto_prepend_file=/a.php", "PHP_ADMIN_VALUE": "memory_limit=1G"}, "/a.php"),
        ({"PHP_VALUE": "auto_prepend_file=/a.php", "PHP_ADMIN_VALUE": "auto_prepend_file=/b.php"}, "/b.php"),
        ({"PHP_VALUE": "auto_prepend_file=/a.php", "PHP_ADMIN_VALUE": "auto_prepend_file=none"}, ""),
        ({"PHP_VALUE": 'auto_prepend_file="/ä\\"\\\\.php"'}, '/ä"\\.php'),
    ],
)
def test_the_web_servers_own_settings_stay(browse, params, prepend):
    """Ours is the last line, since that counts; the file that it wanted is the adapter's to run."""
    page = browse(application={"adapter": "php"}).visit(**params)
    before = params.get("PHP_ADMIN_VALUE")
    assert page.seen["PHP_ADMIN_VALUE"] == (LOADING if before is None else f"{before}\n{LOADING}")
    assert page.seen.get("PHP_VALUE") == params.get("PHP_VALUE")
    assert told(page) == (SETTINGS if prepend is None else {**SETTINGS, "prepend": prepend})


def test_an_applications_own_params_are_merged_too(browse):
    page = browse(application={"adapter": "php", "params": {"PHP_ADMIN_VALUE": "auto_prepend_file=/a.php"}}).visit()
    assert page.seen["PHP_ADMIN_VALUE"] == f"auto_prepend_file=/a.php\n{LOADING}"
    assert told(page) == {**SETTINGS, "prepend": "/a.php"}


def test_a_dropped_param_takes_not_ours_along(browse):
    browser = browse(application={"adapter": "php"}, drop_params=["PHP_ADMIN_VALUE", "PHP_VALUE"])
    page = browser.visit(PHP_ADMIN_VALUE="auto_prepend_file=/a.php", PHP_VALUE="auto_prepend_file=/b.php")
    assert (page.seen["PHP_ADMIN_VALUE"], told(page)) == (LOADING, SETTINGS)
    assert "PHP_VALUE" not in page.seen


@pytest.mark.parametrize("name", ["SESSION_ADAPTER", "session_adapter", "SESSION-ADAPTER", "HTTP_X_SESSION_ADAPTER"])
@pytest.mark.parametrize("adapter", ["php", "none"])
def test_nobody_else_can_say_it(browse, adapter, name):
    seen = browse(application={"adapter": adapter}).visit(**{name: '{"kind":"mine"}'}).seen
    assert "mine" not in str(seen.values())
    assert ("SESSION_ADAPTER" in seen) == (adapter == "php")


def test_a_file_that_nobody_but_php_can_name_is_said_once(browse):
    browser = browse(application={"adapter": "php"})
    for _ in range(3):
        assert told(browser.visit(PHP_VALUE="auto_prepend_file=${HOME}/a.php")) == SETTINGS
    browser.gateway.stop()
    assert browser.gateway.log.count("auto_prepend_file is not run") == 1


def test_a_web_server_that_takes_the_pools_place_is_told_of_once(browse):
    browser = browse(application={"adapter": {"php": {"file": ""}}})
    for _ in range(3):
        assert "PHP_ADMIN_VALUE" not in browser.visit(PHP_VALUE="auto_prepend_file=/a.php").seen
    browser.gateway.stop()
    assert browser.gateway.log.count("takes the place of the adapter") == 1


def test_settings_too_long_for_a_record(browse):
    """PHP takes a pair in one record; rather no answer than a request without its adapter."""
    assert browse(application={"adapter": "php"}).visit(PHP_ADMIN_VALUE="a" * 65500).status == 503


# What PHP would unserialize

SERIALIZED = [
    'X-Session-Update: {"a":{"$php":"i:1;"}}',
    'X-Session-Update: {"a":[1,{"b":{"\\u0024p\\u0068p":null}}]}',
    'X-Session-Update: {"$php":{"name":"PHPSESSID"}}',
    "X-Session-Set: %24php=i:1;",
]


@pytest.mark.parametrize("said", SERIALIZED)
def test_only_phps_adapter_writes_what_php_unserializes(browse, said):
    other, php = browse(), browse(application={"adapter": "php"})
    page = other.visit(say=["X-Session-Set: b=1", said])
    assert (page.status, json.loads(page.body)["type"]) == (502, "urn:sessiongate:problem:bad-directive")
    assert "i:1" not in other.gateway.log
    assert other.visit().state == "none"
    assert php.visit(say=said).status == 200
    assert php.visit().state == "anonymous"


def patching(app, **patch):
    """The application says so by the session API in each request; what it was answered."""
    answers = []

    def play(exchange):
        api = SessionApi.of(exchange.params)
        answers.append(api.patch(**patch))
        api.close()
        echo(exchange)

    app.play = play
    return answers


SETTINGS_OF = {"php": {"adapter": "php"}, "none": {"session_api": True}}


@pytest.mark.parametrize("adapter, status", [("php", 204), ("none", 422)])
@pytest.mark.parametrize("update", [{"a": [{"$php": "i:1;"}]}, {"$php": {"name": "PHPSESSID"}}], ids=["value", "name"])
def test_nor_does_anybody_else_by_the_session_api(browse, app, adapter, status, update):
    browser, answers = browse(application=SETTINGS_OF[adapter]), patching(app, update=update)
    assert browser.visit().status == 200
    assert answers[0].status == status
    assert browser.visit().state == ("anonymous" if adapter == "php" else "none")


def test_what_only_looks_like_it_is_anybodys(browse):
    browser = browse(route={"expose": ["object"]})
    browser.visit(say=['X-Session-Update: {"a":"$php","b":["$php"],"c":{"$PHP":1,"$php1":2}}', 'X-Session-Set: d={"$php":1}'])
    seen = json.loads(browser.visit().seen["SESSION_ATTRIBUTES"])
    assert seen == {"a": "$php", "b": ["$php"], "c": {"$PHP": 1, "$php1": 2}, "d": '{"$php":1}'}
    browser.visit(say='X-Session-Update: {"$php":null}')  # what is not there can be removed by anybody


def test_others_of_the_realm_see_it_as_it_is(start, app):
    """As JSON, like any object; the adapter itself reads no SESSION_ATTR_*."""
    servers = [app.address]
    gateway = start(
        applications={"shop": {"servers": servers, "adapter": "php"}, "news": {"servers": servers}},
        routes=[{"path": "/shop/", "application": "shop"}, {"path": "/news/", "application": "news"}],
    )
    browser = Browser(gateway)
    browser.visit("/shop/", say='X-Session-Update: {"cart":{"$php":"O:1:\\"C\\":0:{}"},"$php":{"name":"PHPSESSID"}}')
    seen = browser.visit("/news/").seen
    assert seen["SESSION_ATTR_cart"] == '{"$php":"O:1:\\"C\\":0:{}"}'
    assert not [name for name in seen if "php" in name.lower()]


# Folders in which it has found nothing that is to be run before a script

SHOP = {"SCRIPT_FILENAME": "/srv/shop/index.php", "DOCUMENT_ROOT": "/srv"}
PLAIN = "X-Session-Adapter: plain folder %s"


def is_plain(page):
    """Told so? And where the adapter looks for it, which knows by a letter."""
    said = page.seen["SESSION_ADAPTER"]
    usual = re.search(r"USUAL = '(.*)';", (PHP / "Adapter.php").read_text())[1]
    at = int(re.search(r"NEXT_MEMBER = (\d+);", (PHP / "Adapter.php").read_text())[1])
    plain = told(page) == {**SETTINGS, "plain_folder": True}
    assert said.startswith(usual) and (said[at] == "p") == plain
    return plain


def test_what_it_has_found_of_a_folder_is_told_there(browse):
    browser = browse(application={"adapter": "php"})
    page = browser.visit(say=PLAIN % 300, **SHOP)
    assert (page.status, page.all("X-Session-Adapter"), page.all("Cache-Control"), is_plain(page)) == (200, [], [], False)
    assert is_plain(browser.visit(**SHOP)) and is_plain(browser.visit(**{**SHOP, "SCRIPT_FILENAME": "/srv/shop/cart.php"}))
    for other in ({"SCRIPT_FILENAME": "/srv/index.php"}, {"DOCUMENT_ROOT": "/srv/shop"}, {"SCRIPT_FILENAME": "/srv/shop/a/b.php"}):
        assert not is_plain(browser.visit(**{**SHOP, **other})), other
    assert not is_plain(browser.visit())


def test_what_it_has_found_of_a_folder_is_good_for_so_long(browse):
    browser = browse(application={"adapter": "php"})
    for said in ("0", "-1", "", "long", "1 2", "9" * 30):
        browser.visit(say=PLAIN % said, **SHOP)
        assert not is_plain(browser.visit(**SHOP)), said
    wait_until(lambda: browser.gateway.log.count("unknown word of an adapter") == 5, what="the words in the log")
    browser.visit(say=PLAIN % 2, **SHOP)
    wait_until(lambda: not is_plain(browser.visit(**SHOP)), what="the end of it")


def test_what_the_web_server_names_comes_before_what_was_found_of_a_folder(browse):
    browser = browse(application={"adapter": "php"})
    browser.visit(say=PLAIN % 300, **SHOP)
    page = browser.visit(PHP_VALUE="auto_prepend_file=/a.php", **SHOP)
    assert told(page) == {**SETTINGS, "prepend": "/a.php", "plain_folder": True}


def test_after_a_reload_a_folder_is_looked_at_again(browse):
    browser = browse(application={"adapter": "php"})
    browser.visit(say=PLAIN % 300, **SHOP)
    assert is_plain(browser.visit(**SHOP))
    browser.gateway.reload()
    wait_until(lambda: "reloaded" in browser.gateway.log, what="the reload")
    assert not is_plain(browser.visit(**SHOP))


# Which forms the session comes in

LONG = "x" * 2000
READS = "X-Session-Adapter: reads SESSION_PHP"
FILLING = 'X-Session-Update: {"$php":{"name":"PHPSESSID"},"v":"%s"}'


def forms(page):
    """(is it there as an object, as PHP reads it, what is left out)"""
    return ("SESSION_ATTRIBUTES" in page.seen, "SESSION_PHP" in page.seen, page.seen.get("SESSION_OMITTED"))


BOTH, ALONE = (True, True, None), (False, True, "*")


def test_an_adapter_that_does_not_say_what_it_reads_gets_both_forms(browse):
    browser = browse(application={"adapter": "php"})
    browser.visit(say=FILLING % LONG)
    assert [forms(browser.visit()) for _ in range(3)] == [BOTH] * 3


def test_one_that_says_so_gets_one_form(browse):
    browser = browse(application={"adapter": "php"})
    browser.visit(say=FILLING % LONG)
    page = browser.visit(say=READS)
    assert (page.status, page.all("X-Session-Adapter"), page.all("Cache-Control"), forms(page)) == (200, [], [], BOTH)
    assert [forms(browser.visit()) for _ in range(2)] == [ALONE] * 2
    browser.visit(say=FILLING % "short")
    assert forms(browser.visit()) == BOTH


def test_the_other_one_is_asked_for(browse, app):
    """By an adapter that does not know the form, such as an older one on another host."""
    browser, read = browse(application={"adapter": "php"}), []

    def play(exchange):
        api = SessionApi.of(exchange.params)
        read.append(json.loads(api.get().body)["attributes"])
        api.close()
        echo(exchange)

    browser.visit(say=FILLING % LONG)
    browser.visit(say=READS)
    app.play = play
    assert forms(browser.visit()) == ALONE
    assert read == [{"$php": {"name": "PHPSESSID"}, "v": LONG}]


def test_what_php_would_make_something_else_of_is_an_object(browse):
    browser = browse(application={"adapter": "php"})
    browser.visit(say=FILLING % LONG)
    browser.visit(say=[READS, 'X-Session-Update: {"o":{"$php":"O:1:\\"C\\":0:{}"}}'])
    assert forms(browser.visit()) == (True, False, None)


def test_an_object_that_the_file_asks_for_is_there(browse):
    browser = browse(application={"adapter": "php"}, route={"expose": ["object"]})
    browser.visit(say=FILLING % LONG)
    assert [forms(browser.visit(say=READS)) for _ in range(3)] == [BOTH] * 3


def test_each_application_says_it_for_itself(start, app):
    shop = {"servers": [app.address], "adapter": "php"}
    gateway = start(
        applications={"shop": shop, "news": shop},
        routes=[{"path": "/shop/", "application": "shop"}, {"path": "/news/", "application": "news"}],
    )
    browser = Browser(gateway)
    browser.visit("/shop/", say=FILLING % LONG)
    browser.visit("/shop/", say=READS)
    assert (forms(browser.visit("/shop/")), forms(browser.visit("/news/"))) == (ALONE, BOTH)


def test_after_a_reload_it_is_asked_again(browse):
    browser = browse(application={"adapter": "php"})
    browser.visit(say=FILLING % LONG)
    browser.visit(say=READS)
    assert forms(browser.visit()) == ALONE
    browser.gateway.reload()
    wait_until(lambda: "reloaded" in browser.gateway.log, what="the reload")
    assert forms(browser.visit(say=READS)) == BOTH
    assert forms(browser.visit()) == ALONE


def test_only_an_adapter_can_do_without_the_object(browse):
    browser = browse(application={"session_api": True}, route={"expose": ["object"]})
    browser.visit(say=f"X-Session-Set: v={LONG}")
    browser.visit(say=READS)
    assert forms(browser.visit()) == (True, False, None)


# What is said of an application once

HINT = "0 of 20 responses of application app used a session; did you mean adapter: php?"


def hints(gateway, visits):
    browser = Browser(gateway)
    for say in visits:
        browser.visit(say=say)
        browser.cookies.clear()
    gateway.stop()
    return gateway.log.count("did you mean adapter")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_application_that_uses_no_session_is_pointed_to_the_adapter_once(start, workers):
    gateway = start(workers=workers)
    for _ in range(30):
        assert gateway.ask(fastcgi.get("/")).status == 200
    gateway.reload()
    wait_until(lambda: "reloaded" in gateway.log, what="the reload")
    for _ in range(30):
        assert gateway.ask(fastcgi.get("/")).status == 200
    gateway.stop()
    assert gateway.log.count(HINT) == 1


def test_nineteen_are_no_sign(start):
    assert hints(start(), [()] * 19) == 0
    assert hints(start(), [()] * 20) == 1


@pytest.mark.parametrize("said", ["X-Session-Set: a=1", "X-Session-Unset: a", "X-Session-Logout: self"])
@pytest.mark.parametrize("when", [0, 19])
def test_one_that_speaks_of_sessions_is_not(start, said, when):
    visits = [()] * 30
    visits[when] = said
    assert hints(start(), visits) == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"application": {"adapter": "php"}},
        {"application": {"session_api": True}},
        {"route": {"session": "off"}},
        {"route": {"session": "observe"}},
        {"route": {"session": "peek"}},
    ],
    ids=["adapter", "session api", "off", "observe", "peek"],
)
def test_where_that_is_no_wonder_nothing_is_said(start, settings):
    assert hints(start(**settings), [()] * 30) == 0


def test_a_session_that_others_made_is_used(start):
    browser = Browser(start())
    browser.visit(say="X-Session-Set: a=1")
    gateway = browser.gateway
    for _ in range(30):
        browser.visit()
    gateway.stop()
    assert "did you mean adapter" not in gateway.log


def test_sessions_that_go_past_the_gateway_are_said_once(browse):
    browser = browse(application={"adapter": "php"})
    for reason in ("a handler of its own: Shop%5CHandler%0A", "another"):
        page = browser.visit(say=f"X-Session-Adapter: bypassed {reason}")
        assert (page.status, page.all("X-Session-Adapter"), page.all("Cache-Control")) == (200, [], [])
    browser.gateway.stop()
    said = [line for line in browser.gateway.log.splitlines() if "do not go through" in line]
    assert len(said) == 1 and "sessions of app do not go through the gateway: a handler of its own: Shop\\" in said[0]


def test_only_an_adapter_says_so(browse):
    browser = browse()
    assert browser.visit(say="X-Session-Adapter: bypassed x").all("X-Session-Adapter") == []
    browser.gateway.stop()
    assert "do not go through" not in browser.gateway.log
    assert "unknown directive X-Session-Adapter dropped" in browser.gateway.log


def test_other_words_of_an_adapter_are_dropped(browse):
    browser = browse(application={"adapter": "php"})
    assert browser.visit(say="X-Session-Adapter: whatever").status == 200
    assert browser.visit(say="X-Session-Adapter: %zz").status == 502
    browser.gateway.stop()
    assert "unknown word of an adapter" in browser.gateway.log


@pytest.mark.parametrize("word", ["bypassed a handler of its own", "whatever", ""])
@pytest.mark.parametrize("adapter", ["php", "none"])
def test_an_adapter_says_so_by_the_session_api_too(browse, app, adapter, word):
    browser, answers = browse(application=SETTINGS_OF[adapter]), patching(app, adapter=word)
    for _ in range(2):
        browser.visit()
    known = adapter == "php" and word != "whatever"  # to say nothing is to say nothing wrong
    assert [answer.status for answer in answers] == [204 if known else 422] * 2
    browser.gateway.stop()
    said = browser.gateway.log.count("sessions of app do not go through the gateway: a handler of its own")
    assert said == (adapter == "php" and word.startswith("bypassed"))
