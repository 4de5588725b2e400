"""adapter: php: $_SESSION of an unmodified script is the gateway's session."""

import json
import shutil
from threading import Thread

import pytest

from harness.chain import PAGES


@pytest.fixture
def page(chain):
    def start(adapter="php", **route):
        shutil.copy(PAGES / "php_session.php", chain.path("php_session.php"))
        shop = chain.php(children=8, adapter=adapter)
        shop["params"] = {"SCRIPT_FILENAME": chain.path("php_session.php")}
        return chain.start({"shop": shop}, routes=[{"path": "/", "application": "shop", **route}])

    return start


def ask(visitor, do, **query):
    reply = visitor.ask("/?" + "&".join(f"{n}={v}" for n, v in {"do": do, **query}.items()))
    assert reply.status == 200, reply.body
    return reply.body.decode("latin-1")


def test_a_session_counts(page):
    visitor = page()
    assert [ask(visitor, "count") for _ in range(3)] == ["1", "2", "3"]


def test_a_page_without_a_session_makes_none(page):
    visitor = page()
    ask(visitor, "none")
    assert visitor.cookie is None


def test_the_session_is_there_from_session_start_on_with_one_id(page):
    visitor = page()
    id = ask(visitor, "id")
    assert visitor.cookie.partition("=")[2].startswith(id)
    assert ask(visitor, "id") == id


def test_lazily_it_is_there_from_the_first_value_on(page):
    visitor = page({"php": {"create": "lazy"}})
    ask(visitor, "id")
    assert visitor.cookie is None
    ask(visitor, "count")
    assert ask(visitor, "count") == "2"


def test_20_parallel_writers_of_different_keys_lose_nothing(page):
    visitor = page()
    ask(visitor, "count")
    threads = [Thread(target=ask, args=(visitor.twin(), "set"), kwargs={"key": f"k{i}", "value": i}) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(ask(visitor, "show")) == {"n": 1, **{f"k{i}": str(i) for i in range(20)}}


def test_regenerate_makes_a_new_token_and_keeps_the_id(page):
    visitor = page()
    id = ask(visitor, "id")
    before = visitor.twin()
    assert ask(visitor, "regenerate") == id
    assert visitor.cookie != before.cookie
    assert json.loads(ask(visitor, "show")) == {"rotated": True}
    assert json.loads(ask(before, "show")) == []


def test_destroy_ends_it(page):
    visitor = page()
    ask(visitor, "count")
    before = visitor.twin()
    ask(visitor, "destroy")
    assert visitor.cookie is None
    assert ask(before, "count") == "1"


def test_destroyed_and_begun_anew_it_is_empty_and_under_a_new_token(page):
    visitor = page()
    ask(visitor, "count")
    before = visitor.twin()
    assert json.loads(ask(visitor, "anew")) == {"anew": 1}
    assert json.loads(ask(visitor, "show")) == {"anew": 1}
    assert json.loads(ask(before, "show")) == []


def test_values_that_are_no_json_come_back(page):
    visitor = page()
    ask(visitor, "object")
    shown = ask(visitor, "objects")
    assert "object(ArrayObject)" in shown and "NULL" in shown and "float(1)" in shown and 'string(2)' in shown


def test_what_is_written_after_the_header_is_saved(page):
    visitor = page()
    ask(visitor, "late")
    assert json.loads(ask(visitor, "show")) == {"late": 1}
