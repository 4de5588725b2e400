"""adapter: php, from within real PHP-FPM behind nginx: $_SESSION is the gateway's session."""

import hashlib
import json
import os
from threading import Thread

import pytest

from harness import php_fpm
from harness.process import wait_until


@pytest.fixture
def php(chain):
    """php(…settings of the adapter…): a visitor whose run(code) has PHP run these lines, and gives their answer."""

    def start(split="keys", pool=None, route=None, **settings):
        argv = php_fpm.argv(chain.directory, children=4, settings=pool or {})
        chain.serve("php-fpm", argv, f"unix:{chain.path('php.sock')}")
        application = {
            "servers": [f"unix:{chain.path('php.sock')}"],
            "adapter": {"php": {"split": split, **settings}},
        }
        visitor = chain.start({"shop": application}, routes=[{"path": "/", "application": "shop", **(route or {})}])
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
