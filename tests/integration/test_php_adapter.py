"""adapter: php, from within real PHP-FPM behind nginx: $_SESSION is the gateway's session."""

import hashlib
import json
import os
import subprocess
from threading import Thread

import pytest

from harness import php_fpm
from harness.chain import PAGES
from harness.gateway import ROOT
from harness.process import PATIENCE_S, wait_until


@pytest.fixture
def php(chain):
    """php(…settings of the adapter…): a visitor whose run(code) has PHP run these lines, and gives their answer."""

    def start(split="keys", pool=None, route=None, application=None, **settings):
        argv = php_fpm.argv(chain.directory, children=4, settings=pool or {})
        chain.serve("php-fpm", argv, f"unix:{chain.path('php.sock')}")
        shop = {
            "servers": [f"unix:{chain.path('php.sock')}"],
            "adapter": {"php": {"split": split, **settings}},
            **(application or {}),
        }
        visitor = chain.start({"shop": shop}, routes=[{"path": "/", "application": "shop", **(route or {})}])
        return Pages(chain, visitor)

    return start


class Pages:
    def __init__(self, chain, visitor):
        self.chain, self.visitor = chain, visitor

    def run(self, code, visitor=None, query="", **request):
        """The page with this code alone; its reply."""
        name = f"p{hashlib.sha256(code.encode()).hexdigest()}.php"
        if not os.path.exists(self.chain.path(name)):
            self.chain.write(name, "<?php\n" + code)
        return (visitor or self.visitor).ask(f"/{name}?{query}", **request)

    def json(self, code, **request):
        reply = self.run(code, **request)
        assert reply.status == 200, f"{reply.status} {reply.body!r}\n{self.chain.gateway.log}"
        return json.loads(reply.body)


def test_what_is_stored_is_there(php):
    pages = php()
    assert pages.json("session_start(); $_SESSION['a'] = [1, 'x' => 2.0]; echo json_encode(session_id());")
    assert pages.json("session_start(); echo json_encode($_SESSION);") == {"a": {"0": 1, "x": 2.0}}


def stored(pages):
    """$_SESSION as the next request has it."""
    return pages.json("session_start(); echo json_encode($_SESSION);")


def test_only_what_changed_is_written(php):
    pages = php()
    pages.run("session_start(); $_SESSION = ['a' => 1, 'b' => ['x' => 1.5], 'o' => new ArrayObject([1])];")
    version = "session_start(); echo json_encode($_SERVER['SESSION_VERSION']);"
    before = pages.json(version)
    pages.run("session_start(); $_SESSION['a'] = 1; $_SESSION['o']->count();")
    assert pages.json(version) == before
    pages.run("session_start(); $_SESSION['o'][] = 2; unset($_SESSION['a']);")
    assert int(pages.json(version)) == int(before) + 1
    assert pages.json("session_start(); echo json_encode([count($_SESSION['o']), isset($_SESSION['a'])]);") == [2, False]


def test_a_session_exists_from_its_start_on(php):
    pages = php()
    first = pages.json("session_start(); echo json_encode([session_id(), $_COOKIE]);")
    assert first[1] == [] and pages.visitor.cookie
    known = pages.json("echo json_encode([session_id(), $_COOKIE[session_name()]]);")
    assert known == ["", first[0]]
    reply = pages.run("session_start(); echo session_id();")
    assert reply.body.decode() == first[0] and not reply.all("Set-Cookie")
    for sends in ("session_id($_COOKIE[session_name()]);", "unset($_COOKIE[session_name()]);"):
        reply = pages.run(f"{sends} session_start(); echo session_id();")
        assert reply.body.decode() == first[0] and not reply.all("Set-Cookie")


def test_created_lazily_a_session_exists_from_its_first_value_on(php):
    pages = php(create="lazy")
    pages.run("session_start();")
    assert not pages.visitor.cookie
    pages.run("session_start(); $_SESSION['a'] = 1;")
    assert stored(pages) == {"a": 1}


def test_changes_after_the_header(php):
    pages = php()
    late = "session_start(); $_SESSION['a'] = 1; echo str_repeat('x', 200000); $_SESSION['b'] = 2; unset($_SESSION['a']);"
    pages.run(late)
    assert stored(pages) == {"b": 2}


def test_numbers_and_texts_changed_after_the_header(php):
    """Of a session that holds nothing else: said without taking it apart."""
    pages = php(pool={"output_buffering": "0"})
    pages.run("session_start(); $_SESSION = ['a' => 1, 'b' => 'x', 'c' => [1.5], 'd' => true];")
    late = "session_start(); echo 'x'; $_SESSION['a']++; $_SESSION['b'] = '/ä\"'; $_SESSION['d'] = false;"
    assert pages.run(late).body == b"x"
    assert stored(pages) == {"a": 2, "b": '/ä"', "c": [1.5], "d": False}


@pytest.mark.parametrize("how", ["", "exit;", "register_shutdown_function(function () { $_SESSION['a']++; });"], ids=["its end", "exit", "a function at its end"])
def test_of_numbers_and_texts_at_the_scripts_end_nobody_waits_for_an_answer(php, how):
    """The session API is not asked: it could not be."""
    pages = php(pool={"display_errors": "1", "output_buffering": "0"})
    pages.run("session_start(); $_SESSION = ['a' => 1, 'b' => [1.5]];")
    pages.run("session_start(); echo 'x';")  # once an adapter may have another word to say
    code = f"session_start(); echo 'x'; unlink($_SERVER['SESSION_SOCKET']); $_SESSION['a'] = 2; {how}"
    assert pages.run(code).body == b"x"
    assert stored(pages) == {"a": 3 if "++" in how else 2, "b": [1.5]}


def test_without_the_socket_for_that_the_session_api_is_asked(php):
    pages = php(pool={"display_errors": "1", "output_buffering": "0"})
    pages.run("session_start(); $_SESSION['a'] = 1;")
    for n in (2, 3):
        assert pages.run(f"session_start(); echo 'x'; @unlink($_SERVER['SESSION_SOCKET'] . '.notes'); $_SESSION['a'] = {n};").body == b"x"
        assert stored(pages) == {"a": n}


def test_a_session_that_is_closed_before_the_scripts_end_is_saved_then(php):
    """What follows may count on it: here a request of the script's own, by another visitor's window."""
    pages = php(pool={"output_buffering": "0"})
    pages.run("session_start(); $_SESSION['a'] = 1;")
    ready, done = pages.chain.path("ready"), pages.chain.path("done")
    slow = f"session_start(); echo 'x'; $_SESSION['a'] = 2; session_write_close(); touch('{ready}'); while (!file_exists('{done}')) usleep(5000);"
    thread = Thread(target=pages.run, args=(slow, pages.visitor.twin()))
    thread.start()
    try:
        wait_until(lambda: os.path.exists(ready), what="the slow one")
        assert stored(pages) == {"a": 2}
    finally:
        pages.chain.write("done", "")
        thread.join()


def test_a_change_after_the_header_that_is_refused_is_a_warning(php):
    pages = php(pool={"display_errors": "1", "html_errors": "0", "output_buffering": "0"})
    pages.run("session_start(); $_SESSION['a'] = 'x';")
    said = pages.run("session_start(); echo 'x'; $_SESSION['a'] = str_repeat('x', 1 << 21);").body.decode()
    assert "Warning: sessiongate: the session is not saved: 413 over-limit: store less in $_SESSION" in said
    assert stored(pages) == {"a": "x"}


def test_changes_after_fastcgi_finish_request(php):
    pages = php()
    pages.run("session_start(); $_SESSION['a'] = 1; fastcgi_finish_request(); $_SESSION['b'] = 2; session_write_close();")
    wait_until(lambda: stored(pages) == {"a": 1, "b": 2}, what="what came after the answer")


def test_20_parallel_writers_of_different_keys_lose_nothing(php):
    pages = php()
    pages.run("session_start(); $_SESSION['n'] = 1;")
    code = "session_start(); usleep(50000); $_SESSION[$_GET['key']] = $_GET['key'];"
    pages.run(code, query="key=")
    threads = [Thread(target=pages.run, args=(code, pages.visitor.twin()), kwargs={"query": f"key=k{i}"}) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: value for name, value in stored(pages).items() if name} == {"n": 1, **{f"k{i}": f"k{i}" for i in range(20)}}


def test_a_page_without_a_session_makes_none(php):
    pages = php()
    pages.run("echo 'none';")
    assert not pages.visitor.cookie


def test_destroy(php):
    pages = php()
    id = pages.json("session_start(); $_SESSION['a'] = 1; echo json_encode(session_id());")
    pages.run("session_start(); session_destroy();")
    assert not pages.visitor.cookie
    assert pages.json("session_start(); echo json_encode(session_id());") != id
    assert stored(pages) == []


def test_destroy_and_start_again(php):
    """The same id, with nothing in it, and a new secret."""
    pages = php()
    id = pages.json("session_start(); $_SESSION['a'] = 1; echo json_encode(session_id());")
    old = pages.visitor.twin()
    pages.run("session_start(); session_destroy(); session_start(); $_SESSION['b'] = 1;")
    assert pages.visitor.cookie not in (None, old.cookie)
    assert stored(pages) == {"b": 1}
    assert pages.json("session_start(); echo json_encode(session_id());") == id
    assert pages.json("session_start(); echo json_encode($_SESSION);", visitor=old) == []


def test_regenerate(php):
    pages = php()
    id = pages.json("session_start(); $_SESSION['a'] = 1; echo json_encode(session_id());")
    old = pages.visitor.twin()
    renew = "session_start(); session_regenerate_id({}); $_SESSION['b'] = 2; echo json_encode(session_id());"
    for delete in ("true", "false"):
        assert pages.json(renew.format(delete)) == id
        assert pages.visitor.cookie != old.cookie
        assert stored(pages) == {"a": 1, "b": 2}
    assert pages.json("session_start(); echo json_encode($_SESSION);", visitor=old) == []


@pytest.mark.parametrize("end", ["", "exit;", "undefined();", "header('Location: /');", "http_response_code(204);"])
@pytest.mark.parametrize(
    "spoil",
    ["", "while (ob_get_level()) ob_end_clean();", "header_remove();", "header_register_callback(function () {});", "echo 'x'; flush();"],
)
def test_whatever_an_application_does(php, spoil, end):
    pages = php()
    for value in (1, 2):
        pages.run(f"session_start(); {spoil} $_SESSION['a'] = {value}; {end}")
        assert stored(pages) == {"a": value}


SOURCES = sorted((ROOT / "adapters" / "php").glob("*.php"))

# PHP that makes a value, and whether an administrator sees it as JSON
VALUES = {
    "true": ("true", True),
    "zero": ("0", True),
    "the largest integer": ("PHP_INT_MAX", True),
    "the least integer": ("PHP_INT_MIN", True),
    "a whole float": ("1.0", True),
    "a float of all digits": ("0.1 + 0.2", True),
    "a large float": ("1e300", True),
    "minus zero": ("-0.0", True),
    "NaN": ("NAN", False),
    "infinity": ("-INF", False),
    "null": ("null", False),
    "no text": ("''", True),
    "text": ("\"\\u{1F600} \\u{2028} / \\\\ ' \\x7f\"", True),
    "text that looks like a number": ("'007'", True),
    "text with NUL": ("\"a\\0b\"", False),
    "text that is not UTF-8": ("\"\\xff\\xfe\"", False),
    "an empty array": ("[]", True),
    "a list": ("[1, '1', 1.0, null, false, [[]]]", True),
    "a list in another order": ("[1 => 'a', 0 => 'b']", True),
    "an array with gaps": ("[5 => 'a', -3 => 'b', 'x' => 'c']", True),
    "an empty key": ("['' => 1]", True),
    "null within": ("['a' => null]", True),
    "a key with NUL": ("[\"a\\0\" => 1]", False),
    "a key that is not UTF-8": ("[\"\\xff\" => 1]", False),
    "a key of ours": ("['$php' => 'O:8:\"stdClass\":0:{}']", False),
    "a key of ours within": ("[[['$php' => 'i:1;']]]", False),
    "NaN within": ("[[NAN]]", False),
    "an object": ("(object) ['a' => 1]", False),
    "an object within": ("[new ArrayObject([1])]", False),
    "an object of PHP's": ("new DateTimeImmutable('2026-01-01 UTC')", False),
    "600 levels": ("array_reduce(range(1, 600), fn ($in) => [$in], 1)", False),
    "505 levels below 20 others": (
        "array_reduce(range(1, 20), fn ($in) => ['a' => $in, 'n' => NAN], array_reduce(range(1, 505), fn ($in) => ['a' => $in], 1))",
        True,
    ),
}


def same(expression):
    """PHP that says whether what came back is what was stored: to the type, and to the sign of zero."""
    return f"serialize($_SESSION['v']) === serialize({expression}) && gettype($_SESSION['v']) === gettype({expression})"


def test_values_come_back_as_they_were(php):
    pages = php()
    wrong = []
    for name, (expression, plain) in VALUES.items():
        pages.run(f"session_start(); $_SESSION['v'] = {expression};")
        plainly = "strpos($_SERVER['SESSION_ATTRIBUTES'], '\"v\":{\"$php\":') === false"
        got = pages.json(f"session_start(); echo json_encode([{same(expression)}, {plainly}]);")
        if got != [True, plain]:
            wrong.append((name, got))
    assert not wrong


# What came of the session, how long a text in it is, and how many are in an object
CAME = """
session_start();
$_SESSION['v'] .= 'y';
echo json_encode([isset($_SERVER['SESSION_ATTRIBUTES']), $_SERVER['SESSION_OMITTED'] ?? null, strlen($_SESSION['v']), count($_SESSION['o'] ?? [])]);
"""


def test_of_a_large_session_one_form_is_enough(php):
    """Once the adapter has read it; and it is another one where that has objects."""
    pages = php()
    pages.run("session_start(); $_SESSION['v'] = str_repeat('x', 2000);")
    assert [pages.json(CAME) for _ in range(3)] == [[True, None, 2001, 0], [False, "*", 2002, 0], [False, "*", 2003, 0]]
    pages.run("session_start(); $_SESSION['o'] = new ArrayObject([1]);")
    assert pages.json(CAME) == [True, None, 2004, 1]
    pages.run("session_start(); unset($_SESSION['o']);")
    assert pages.json(CAME) == [False, "*", 2005, 0]


def test_what_php_is_told_not_to_read_is_asked_for(php):
    """unserialize_max_depth, of another pool, say: the form that is there is of no use then."""
    pages = php()
    pages.run("session_start(); $_SESSION['v'] = str_repeat('x', 2000); $_SESSION['o'] = [[[1]], 2];")
    assert [pages.json(CAME)[:2] for _ in range(2)] == [[True, None], [False, "*"]]
    shallow = "ini_set('unserialize_max_depth', '1');" + CAME
    assert [pages.json(shallow) for _ in range(2)] == [[False, "*", 2003, 2], [False, "*", 2004, 2]]


def test_the_object_is_there_where_the_file_asks_for_it(php):
    pages = php(route={"expose": ["object"]})
    pages.run("session_start(); $_SESSION['v'] = str_repeat('x', 2000);")
    assert [pages.json(CAME)[:2] for _ in range(3)] == [[True, None]] * 3


OBJECT = '{"$php":"O:8:\\"stdClass\\":0:{}"}'

# PHP that makes a value, and the JSON that an administrator and login_from see of it: no more is serialized than has to be
PARTS = {
    "an object among names": ("['name' => 'alice', 'o' => new stdClass]", '{"name":"alice","o":%s}' % OBJECT),
    "further within": ("['user' => ['name' => 'alice', 'of' => ['o' => new stdClass]], 'n' => null]", '{"user":{"name":"alice","of":{"o":%s}},"n":null}' % OBJECT),
    "a list": ("['name' => 'alice', 'l' => [1, new stdClass]]", '{"name":"alice","l":{"$php":"a:2:{i:0;i:1;i:1;O:8:\\"stdClass\\":0:{}}"}}'),
    "numbers as names": ("[7 => 'alice', 8 => new stdClass]", '{"7":"alice","8":%s}' % OBJECT),
    "NaN": ("['name' => 'alice', 'n' => NAN]", '{"name":"alice","n":{"$php":"d:NAN;"}}'),
    "binary text": ("['name' => 'alice', 'b' => \"\\xff\"]", '{"name":"alice","b":{"$php":"base64:czoxOiL/Ijs="}}'),
    "a key of ours": ("['name' => 'alice', 'k' => ['$php' => 1]]", '{"name":"alice","k":{"$php":"a:1:{s:4:\\"$php\\";i:1;}"}}'),
    "text that looks like an object": ("['name' => 'alice', 'b' => '{O:8:']", '{"name":"alice","b":"{O:8:"}'),
    "an object shared below": (
        "(function () { $o = new stdClass; return ['name' => 'alice', 'of' => ['a' => $o, 'b' => $o]]; })()",
        '{"name":"alice","of":{"$php":"a:2:{s:1:\\"a\\";O:8:\\"stdClass\\":0:{}s:1:\\"b\\";r:2;}"}}',
    ),
    "an object shared": (
        "(function () { $o = new stdClass; return ['a' => $o, 'of' => ['o' => $o]]; })()",
        '{"$php":"a:2:{s:1:\\"a\\";O:8:\\"stdClass\\":0:{}s:2:\\"of\\";a:1:{s:1:\\"o\\";r:2;}}"}',
    ),
    "a reference": (
        "(function () { $v = ['a' => 1]; $v['b'] = &$v['a']; return ['name' => 'alice', 'v' => $v]; })()",
        '{"name":"alice","v":{"$php":"a:2:{s:1:\\"a\\";i:1;s:1:\\"b\\";R:2;}"}}',
    ),
}


@pytest.mark.parametrize("split", ["keys", "whole"])
def test_no_more_is_serialized_than_has_to_be(php, split):
    pages = php(split=split)
    wrong = []
    for name, (expression, seen) in PARTS.items():
        pages.run(f"session_start(); $_SESSION = ['v' => {expression}];")
        got = pages.json(f"session_start(); echo json_encode([{same(expression)}, $_SERVER['SESSION_ATTRIBUTES'], $_SERVER['SESSION_VERSION']]);")
        again = pages.json("session_start(); echo json_encode($_SERVER['SESSION_VERSION']);")
        if got[0] is not True or f'"v":{seen}' not in got[1] or again != got[2]:
            wrong.append((name, got, again))
    assert not wrong


@pytest.mark.parametrize("seed", range(3))
def test_values_of_every_make_come_back(seed):
    argv = ["/usr/bin/php8.2", "-d", "display_errors=stderr", PAGES / "codec.php", "20000", str(seed)]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (run.stdout, run.returncode) == ("same", 0), run.stderr[-2000:]


USERS = "session_start(); echo json_encode($_SERVER['SESSION_USER'] ?? null);"


@pytest.mark.parametrize("split, path", [("keys", "auth.user.name"), ("whole", "_SESSION.auth.user.name")])
def test_the_user_is_found_beside_what_is_serialized(php, split, path):
    pages = php(split=split, application={"login_from": path})
    pages.run("session_start(); $_SESSION['visits'] = 1;")
    before = pages.visitor.cookie
    pages.run("session_start(); $_SESSION['auth'] = ['user' => ['name' => 'alice', 'of' => new ArrayObject(['staff'])]];")
    assert pages.json(USERS) == "alice" and pages.visitor.cookie != before, "a login, with a token of its own"
    pages.run("session_start(); $_SESSION['auth']['user']['of'][] = 'admins'; $_SESSION['visits']++;")
    assert pages.json(USERS) == "alice"
    pages.run("session_start(); unset($_SESSION['auth']);")
    assert pages.json(USERS) is None
    assert stored(pages) == {"visits": 2}


def test_objects_and_references_within_a_key_stay_one(php):
    pages = php()
    pages.run("session_start(); $o = new stdClass; $a = [1, $o, $o]; $a['r'] = &$a[0]; $_SESSION['a'] = $a;")
    pages.run("session_start(); $_SESSION['a']['r'] = 2; $_SESSION['a'][1]->x = 1;")
    assert pages.json("session_start(); echo json_encode([$_SESSION['a'][0], $_SESSION['a'][2]]);") == [2, {"x": 1}]


def test_split_whole_keeps_objects_shared_between_keys(php):
    pages = php(split="whole")
    pages.run("session_start(); $_SESSION['a'] = $_SESSION['b'] = new stdClass;")
    pages.run("session_start(); $_SESSION['a']->x = 1;")
    assert stored(pages) == {"a": {"x": 1}, "b": {"x": 1}}


def test_keys_that_no_attribute_can_have(php):
    pages = php()
    keys = "['', '$php', '$php:x', '_SESSION', \"\\xff\", \"a\\0b\", str_repeat('k', 129), 'a|b', 'ok']"
    pages.run(f"session_start(); foreach ({keys} as $i => $key) $_SESSION[$key] = $i;")
    assert pages.json(f"session_start(); echo json_encode($_SESSION === array_flip({keys}));")
    pages.run(f"session_start(); foreach ({keys} as $key) unset($_SESSION[$key]);")
    assert stored(pages) == []


@pytest.mark.parametrize("name", ["SESSION_ATTRIBUTES", "X-Session-Attributes", "Session_Adapter"])
def test_a_client_cannot_hand_in_serialized_text(php, name):
    pages = php()
    pages.run("session_start(); $_SESSION['a'] = 1;")
    hostile = {name: '{"x":{"$php":"O:11:\\"ArrayObject\\":0:{}"}}', "Cookie": f"{pages.visitor.cookie}; PHPSESSID=O:8:x"}
    assert pages.json("session_start(); echo json_encode($_SESSION);", headers=hostile) == {"a": 1}


def test_text_that_looks_serialized_stays_text(php):
    """In $_SESSION by way of a form, at the top and within."""
    pages = php()
    form = "['$php' => $_GET['x']]"
    pages.run(f"session_start(); $_SESSION['a'] = {form}; $_SESSION['b'] = [{form}];", query="x=O:11:%22ArrayObject%22:0:%7B%7D")
    text = 'O:11:"ArrayObject":0:{}'
    assert stored(pages) == {"a": {"$php": text}, "b": [{"$php": text}]}


@pytest.mark.parametrize("value", ["O:8:\"stdClass\"", "base64:###", "", "x"])
def test_stored_text_that_is_broken_is_left_out_with_a_warning(php, value):
    pages = php(pool={"display_errors": "0", "error_log": ""})
    pages.run(f"session_start(); $_SESSION['a'] = 1; header('X-Session-Set: z=1');")
    pages.run(f"header('X-Session-Update: ' . json_encode(['a' => ['$php' => {json.dumps(value)}], 'b' => 2]));")
    assert pages.json("session_start(); echo json_encode([$_SESSION['b'], $_SESSION['a'] ?? null]);") == [2, None]


@pytest.mark.parametrize(
    "before, after",
    [
        ("", ""),
        ("header_register_callback(static function () {});", ""),
        ("header_register_callback(static function () {});", "echo 'x'; flush();"),
        ("header_register_callback(static function () { echo 'x'; });", "session_write_close(); exit(1);"),
    ],
    ids=["with our callback", "with its own", "and its header out", "and an early end"],
)
def test_sessions_past_the_gateway_are_told_whatever_the_application_takes_for_itself(php, before, after):
    pages = php(pool={"output_buffering": "0"})
    own = "session_set_save_handler(new class extends SessionHandler {}); session_id('sgtest'); session_start(); session_destroy(); session_id('sgtest');"
    for _ in range(3):
        assert pages.run(f"ini_set('session.use_strict_mode', 0); session_save_path(__DIR__); {before} {own} {after}").status == 200
    said = "sessions of shop do not go through the gateway: the application has a handler of its own (session_set_save_handler)"
    wait_until(lambda: said in pages.chain.gateway.log, what="the log to say so")
    assert pages.chain.gateway.log.count("do not go through the gateway") == 1


def test_what_the_gateway_lacks_is_asked_for(php):
    """A session too large for a param."""
    pages = php()
    pages.run("session_name('Big'); session_start(); $_SESSION['a'] = str_repeat('x', 100000); $_SESSION['b'] = 1;")
    assert pages.json("echo json_encode(isset($_COOKIE['Big']));")
    pages.run("session_name('Big'); session_start(); $_SESSION['b'] = strlen($_SESSION['a']);")
    assert pages.json("session_name('Big'); session_start(); echo json_encode($_SESSION['b']);") == 100000


def test_a_large_download_streams(php):
    pages = php(pool={"memory_limit": "8M"})
    size = 100 << 20
    with open(pages.chain.path("large"), "wb") as large:
        large.truncate(size)
    reply = pages.run("session_start(); $_SESSION['a'] = 1; readfile(__DIR__ . '/large');")
    assert len(reply.body) == size and stored(pages) == {"a": 1}


def test_with_opcache(php):
    pages = php(pool={"opcache.enable": "1", "opcache.revalidate_freq": "0"})
    for value in range(3):
        pages.run(f"session_start(); $_SESSION['a'] = {value};")
        assert stored(pages) == {"a": value}


def test_peek_reads_and_keeps_nothing(php):
    pages = php()
    pages.run("session_start(); $_SESSION['a'] = 1;")
    config = pages.chain.gateway.config
    config["routes"][0]["session"] = "peek"
    pages.chain.gateway.reload(config)
    wait_until(lambda: "reloaded" in pages.chain.gateway.log or "configuration" in pages.chain.gateway.log, what="the reload")
    pages.run("session_start(); $_SESSION['b'] = 1; session_regenerate_id(); session_destroy();")
    assert stored(pages) == {"a": 1}
    assert "dropped" not in pages.chain.gateway.log


def faults(*sources):
    argv = ["/usr/bin/php8.2", PAGES / "php_versions.php", *sources]
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=True).stdout


def test_the_sources_are_for_php_7_4_to_8_4():
    assert faults(*SOURCES) == ""


# A line that not every version takes, and what is said of it
NOT_EVERYWHERE = {
    "return match ($a) {default => 1};": "match",
    "$a?->b();": "?->",
    "$a = \"${b}\";": "${",
    "\\str_contains($a, 'b');": "str_contains",
    "utf8_decode($a);": "utf8_decode",
    "error_reporting(\\E_ALL & ~\\E_STRICT);": "E_STRICT",
    "ini_set('session.sid_length', '32');": "session.sid_length",
    "function f(int|string $a) {}": "a type of several",
    "function f(): static {}": "a type of PHP 8",
    "function f(string $a = null) {}": "null makes nullable",
    "function f(?int $a = null, \\A\\B &$b = NULL) {}": "null makes nullable",
    "try {} catch (Exception) {}": "catch without a variable",
    "$a = $b ?? throw new E();": "throw within an expression",
    "trigger_error('x', E_USER_ERROR);": "an error raised by hand",
    "session_set_save_handler($a, $b, $c, $d, $e, $f);": "a session handler of functions",
    "class A implements \\Countable, \\Serializable {}": "a serialization of its own",
    "#[Attribute] class A {}": "an attribute",
}
EVERYWHERE = """<?php
function f(?string $a = null, $c = null, array $d = []): ?array { return [$a ?? null]; }
class A { private ?B $b = null; private array $c = []; }
session_set_save_handler($handler, false);
trigger_error('function f(string $a = null)', \\E_USER_WARNING);
"""


def test_what_not_every_version_takes_is_found(tmp_path):
    for number, line in enumerate(NOT_EVERYWHERE):
        (tmp_path / f"{number}.php").write_text(f"<?php\n{line}\n")
    (tmp_path / "everywhere.php").write_text(EVERYWHERE)
    said = faults(*sorted(tmp_path.glob("*.php"))).splitlines()
    unseen = [
        line
        for number, (line, what) in enumerate(NOT_EVERYWHERE.items())
        if not any(f"/{number}.php:2: " in fault and what in fault for fault in said)
    ]
    assert not unseen and not [fault for fault in said if "everywhere.php" in fault]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_sources_have_no_fault(source):
    found = subprocess.run(["/usr/bin/php8.2", "-d", "display_errors=1", "-d", "error_reporting=-1", "-l", source], stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S)
    assert found.returncode == 0 and "eprecated" not in found.stdout, found.stdout


def test_a_lock_ends_with_an_early_close(php):
    """A request that goes on for long keeps nobody waiting."""
    pages = php(route={"lock": "exclusive", "lock_wait": "60s"})
    pages.run("session_start(); $_SESSION['a'] = 1;")
    done = pages.chain.path("done")
    slow = f"session_start(); $_SESSION['b'] = 2; session_write_close(); while (!file_exists('{done}')) usleep(5000);"
    thread = Thread(target=pages.run, args=(slow, pages.visitor.twin()))
    thread.start()
    try:
        wait_until(lambda: stored(pages) == {"a": 1, "b": 2}, what="what the slow one stored")
    finally:
        pages.chain.write("done", "")
        thread.join()


@pytest.mark.parametrize("key", ["a", "b"], ids=["changed", "added"])
def test_a_session_that_ended_meanwhile_stays_ended(php, key):
    """And its late request, whose visitor has logged out beside it, is not troubled."""
    pages = php(pool={"display_errors": "1", "output_buffering": "0"})
    pages.run("session_start(); $_SESSION['a'] = 1;")
    other = pages.visitor.twin()
    ready, done = pages.chain.path("ready"), pages.chain.path("done")
    slow = f"session_start(); echo 'x'; touch('{ready}'); while (!file_exists('{done}')) usleep(5000); $_SESSION['{key}'] = 2;"
    replies = []
    thread = Thread(target=lambda: replies.append(pages.run(slow, other.twin())))
    thread.start()
    try:
        wait_until(lambda: os.path.exists(ready), what="the slow one")
        pages.run("session_start(); session_destroy();")
    finally:
        pages.chain.write("done", "")
        thread.join()
    assert replies[0].body == b"x"
    assert pages.json("session_start(); echo json_encode($_SESSION);", visitor=other) == []


def test_a_socket_out_of_reach_is_a_warning_that_says_so(php):
    pages = php(pool={"display_errors": "1", "html_errors": "0", "output_buffering": "0"})
    pages.run("session_start(); $_SESSION['a'] = 1;")
    code = "session_start(); echo 'x'; unlink($_SERVER['SESSION_SOCKET']); $_SESSION['a'] = 2; var_dump(session_write_close());"
    said = pages.run(code).body.decode()
    assert "Warning: sessiongate: the session API at" in said and "listen_session_api" in said
    assert "Failed to write session data" in said
    assert stored(pages) == {"a": 1}


def test_auto_start(chain, php):
    """PHP's own handler has started one before us, and made a file."""
    os.mkdir(chain.path("sessions"))
    pages = php(pool={"session.auto_start": "1", "session.save_path": chain.path("sessions")})
    id = pages.json("echo json_encode(session_id());")
    pages.run("$_SESSION['a'] = 1;")
    assert pages.json("echo json_encode([session_id(), $_SESSION]);") == [id, {"a": 1}]
    assert os.listdir(chain.path("sessions")) == []


UPLOAD = (
    '--b\r\nContent-Disposition: form-data; name="PHP_SESSION_UPLOAD_PROGRESS"\r\n\r\nmine\r\n'
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nits text\r\n--b--\r\n'
)


def lets_handlers_be_set(*settings):
    """From 8.2.36 on PHP does not where it is to keep the progress of uploads, which it does not by default any more."""
    asked = ["/usr/bin/php8.2", *settings, "-r", "ini_set('session.lazy_write', '0');"]
    return subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE_S).returncode == 0


def test_the_progress_of_uploads(php):
    pages = php(pool={"session.upload_progress.enabled": "1", "session.upload_progress.cleanup": "0", "display_errors": "1"})
    code = "session_start(); $_SESSION['a'] = 1; echo json_encode([isset($_SESSION['upload_progress_mine']), $_FILES['file']['name']]);"
    reply = pages.run(code, method="POST", body=UPLOAD, headers={"Content-Type": "multipart/form-data; boundary=b"})
    if lets_handlers_be_set("-d", "session.upload_progress.enabled=1"):
        said = "the progress of this upload is not in $_SESSION"
        assert json.loads(reply.body) == [False, "a.txt"]
    else:
        said = "php_admin_flag[session.upload_progress.enabled] = off"
        assert (reply.status, reply.body, reply.all("Set-Cookie")) == (500, b"", [])
    wait_until(lambda: said in pages.chain.gateway.log, what="the log's line")


def test_a_loop_that_waits_sees_what_another_request_stores(php):
    pages = php()
    pages.run("session_start(); $_SESSION['a'] = 1;")
    wait = "do { session_start(); session_write_close(); usleep(5000); } while (!isset($_SESSION['b'])); echo $_SESSION['b'];"
    replies = []
    thread = Thread(target=lambda: replies.append(pages.run(f"header('X-Begun: 1'); touch(__DIR__ . '/begun'); {wait}", pages.visitor.twin())))
    thread.start()
    wait_until(lambda: os.path.exists(pages.chain.path("begun")), what="the loop")
    pages.run("session_start(); $_SESSION['b'] = 2;")
    thread.join()
    assert replies[0].body == b"2"


def test_the_number_of_calls(php):
    """None for a page that stores something; the ticket's socket may be out of reach."""
    pages = php(pool={"display_errors": "1"})
    gone = "unlink($_SERVER['SESSION_SOCKET']);"
    assert pages.run(f"{gone} session_start(); $_SESSION['a'] = str_repeat('x', 50000);").body == b""
    for code in ("$_SESSION['a'] = 2;", "session_regenerate_id(true); $_SESSION['o'] = new stdClass;", "session_destroy();"):
        assert pages.run(f"session_start(); {code} echo 'x';").body == b"x"
