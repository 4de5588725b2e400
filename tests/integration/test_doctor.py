"""What a gateway finds of PHP-FPM behind it (docs/doctor.md)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import php_fpm
from harness.admin import Admin
from harness.process import wait_until

SESSION = "<?php session_start(); $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; echo $_SESSION['n'];\n"
PLAIN = "<?php echo 'nothing';\n"
SLOW = "<?php while (!file_exists(__DIR__ . '/released')) { usleep(20000); clearstatcache(); } echo 'done';\n"


@pytest.fixture
def started(chain):
    """started(page, …the application's settings…): PHP-FPM with one process, the gateway and nginx; a visitor."""

    def start(page, **settings):
        chain.serve("php-fpm", php_fpm.argv(chain.directory, children=1), f"unix:{chain.path('php.sock')}")
        params = {"SCRIPT_FILENAME": chain.write("page.php", page)}
        shop = {"servers": [f"unix:{chain.path('php.sock')}"], "adapter": "php", "params": params, **settings}
        local = f"unix:{chain.path('admin.sock')}"
        visitor = chain.start({"shop": shop}, routes=[{"path": "/", "application": "shop"}], admin={"listen": local})
        chain.admin = Admin(local)
        return visitor

    return start


def found(chain, check):
    """[(level, detail)] of the application."""
    reply = chain.admin.get("/api/v1/doctor", application="shop").json
    return [(finding["level"], finding["detail"]) for finding in reply["findings"] if finding["check"] == check and finding["subject"] == "shop"]


def test_an_adapter_that_is_in_place(chain, started):
    visitor = started(SESSION)
    assert found(chain, "application.adapter") == [("note", "no session yet, in 0 responses")]
    assert visitor.ask("/", status=200).body == b"1"
    assert visitor.ask("/", status=200).body == b"2"
    assert found(chain, "application.adapter") == [("pass", "it uses sessions of the gateway")]


def test_pages_without_sessions(chain, started):
    visitor = started(PLAIN)
    for _ in range(20):
        assert visitor.ask("/", status=200).body == b"nothing"
    assert found(chain, "application.adapter") == [("warn", "none of its first 20 responses used a session")]


def test_an_adapter_that_php_cannot_load(chain, started):
    visitor = started(SESSION, adapter={"php": {"file": chain.path("sessiongate.php")}})
    assert visitor.ask("/").status == 500
    wait_until(lambda: found(chain, "application.adapter")[0][0] == "fail", what="what PHP says of it to be heard")
    ((_, detail),) = found(chain, "application.adapter")
    assert detail.startswith("PHP could not load the adapter")


def test_fewer_processes_than_connections(chain, started):
    visitor = started(SLOW, idle_connections=0)
    try:
        with ThreadPoolExecutor(3) as pool:
            pages = [pool.submit(visitor.ask, "/") for _ in range(3)]
            try:
                told = "2 connections wait in its listen queue while 1 requests are served"
                wait_until(lambda: any(told in detail for _, detail in found(chain, "application.processes")), what="two to be seen waiting")
            finally:
                chain.write("released", "")
            assert [page.result().body for page in pages] == [b"done"] * 3
    finally:
        chain.write("released", "")
