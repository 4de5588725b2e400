"""Applications of Debian's packages, not a line of them changed, whose $_SESSION is the gateway's session."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from harness.applications.adminer import Adminer
from harness.applications.dokuwiki import DokuWiki
from harness.applications.phpmyadmin import PhpMyAdmin
from harness.applications.postfixadmin import PostfixAdmin
from harness.applications.roundcube import Roundcube, RoundcubeItself
from harness.chain import PAGES, temporary_chain, together
from harness.person import Person
from harness.webserver import nginx_php

SITES = {site.name: site for site in (Adminer, DokuWiki, PhpMyAdmin, PostfixAdmin, Roundcube)}
PARALLEL = 20
ONE_AT_A_TIME = {"Host": "locked.example"}  # a route with lock: exclusive

# PHP's own place for sessions: it stays empty
EMPTY = "sessions"


def start(chain, site):
    pool = {"session.save_path": chain.folder(EMPTY), "log_errors": 1, "error_log": chain.path("errors.log"), **site.pool}
    php = {**chain.php(children=8, pool=pool), "params": site.params, "adapter": "php"}
    beside = {**php, "params": {"SCRIPT_FILENAME": str(PAGES / "beside.php")}}
    route = {"path": "/", "application": site.name, "self_service": "/.session"}
    chain.start(
        {site.name: {**php, "login_from": site.login_from}, "beside": beside},
        webserver=nginx_php(site.root, site.index, site.php_value),
        routes=[route, {**route, "host": ONE_AT_A_TIME["Host"], "lock": "exclusive", "lock_wait": "60s"}, {"path": "/beside.php", "application": "beside"}],
    )
    site.install(Person(chain.port))


@contextmanager
def served(kind):
    with temporary_chain() as chain:
        site = kind(chain)
        start(chain, site)
        yield site
        assert os.listdir(chain.path(EMPTY)) == [], "PHP kept a session itself"


@pytest.fixture(scope="module", params=[together(name) for name in SITES])
def site(request):
    with served(SITES[request.param]) as site:
        yield site


def alice_of(site):
    """Somebody who has just logged in, with a browser of her own."""
    person = Person(site.chain.port)
    site.log_in(person)
    assert site.logged_in(person), site.chain.gateway.log[-4000:]
    return person


@pytest.fixture
def alice(site):
    return alice_of(site)


def ask(person, method, what):
    """Of the self-service: the status, and what was told."""
    answer = person.ask(method, f"/.session/{what}", headers={"Accept": "application/json"}, follow=False)
    return answer.status, json.loads(answer.body) if answer.status == 200 else None


def me(person):
    status, told = ask(person, "GET", "me")
    assert status == 200
    return told


def sessions(person):
    return [session["id"] for session in ask(person, "GET", "list")[1]["sessions"]]


def at_once(job, count=PARALLEL):
    """What job(0) … job(count - 1) give, all of them under way together."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(job, range(count)))


def test_log_in_and_work(site, alice):
    site.work(alice)
    assert alice.cookie("sg_session"), alice.cookies
    assert alice.cookie(site.session_name) is None, "PHP's own cookie went out"


def test_a_restart_of_php_logs_nobody_out(site, alice):
    before = me(alice)["id"]
    site.chain.restart_php()
    assert site.logged_in(alice)
    site.work(alice)
    assert me(alice)["id"] == before


def test_a_wrong_password_logs_nobody_in(site):
    person = Person(site.chain.port)
    site.log_in(person, password="not hers")
    assert not site.logged_in(person)


def test_the_session_is_listed_with_its_user(site, alice):
    known = me(alice)
    assert known["user"] == (site.user if site.login_from else None)
    assert known["id"] in sessions(alice)


def test_logging_out_ends_the_login(site, alice):
    site.log_out(alice)
    assert not site.logged_in(alice)


def test_revoked_means_logged_out(site, alice):
    """From another browser where the application says who it is, else from another window."""
    elsewhere = alice_of(site) if site.login_from else alice.twin()
    if site.login_from:
        assert ask(elsewhere, "DELETE", f"list/{me(alice)['id']}")[0] == 204
        assert site.logged_in(elsewhere)
    else:
        assert ask(elsewhere, "POST", "logout")[0] == 204
    assert not site.logged_in(alice), "with all the cookies that she had"
    site.log_in(alice)
    assert site.logged_in(alice)


def test_20_parallel_requests_of_one_session_lose_nothing(site, alice):
    """Each with a key of its own, while the application is used in the same session."""
    at_once(lambda n: alice.twin().get(f"/beside.php?name={site.session_name}&key=k{n}"))

    def request(n):
        if n % 4 == 3:
            return site.logged_in(alice.twin())
        return alice.twin().get(f"/beside.php?name={site.session_name}&key=l{n}").status == 200

    assert all(at_once(request))
    keys = set(json.loads(alice.get(f"/beside.php?name={site.session_name}").body))
    expected = {f"k{n}" for n in range(PARALLEL)} | {f"l{n}" for n in range(PARALLEL) if n % 4 != 3}
    assert expected <= keys, expected - keys
    assert site.logged_in(alice)
    site.work(alice)


@pytest.mark.parametrize("site", [together(Roundcube.name)], indirect=True)
def test_20_messages_begun_at_once(site, alice):
    """Roundcube keeps what it knows of each under a key of its own; what it does not know it refuses to save."""
    pages = at_once(lambda n: site.compose(alice.twin()))
    for n, page in enumerate(pages):
        site.save(alice, page, f"subject-{n}-")
    drafts = site.drafts(alice)
    assert [n for n in range(PARALLEL) if f"subject-{n}-" not in drafts] == []


@pytest.mark.parametrize("site", [together(DokuWiki.name)], indirect=True)
def test_20_pages_visited_at_once(site, alice):
    """DokuWiki keeps all in one key: such an application needs lock: exclusive, as PHP's files always have it."""
    for n in range(PARALLEL):
        site.chain.write(f"data/pages/page{n}.txt", "A page.")
    at_once(lambda n: alice.twin().get(f"/doku.php?id=page{n}", headers=ONE_AT_A_TIME))
    trail = site.trail(alice)
    assert [n for n in range(PARALLEL) if f"page{n}" not in trail] == []


@pytest.mark.xdist_group(Roundcube.name)
def test_an_application_with_a_handler_of_its_own_goes_on_as_before():
    """And the log says once that its sessions are not the gateway's."""
    with served(RoundcubeItself) as site:
        alice = alice_of(site)
        site.work(alice)
        assert alice.cookie(site.session_name)
        assert ask(alice, "GET", "me")[0] == 401
        assert site.logged_in(alice)
        site.age_sessions()
        assert site.logged_in(alice)
        assert not site.aged_sessions(), "a use of the session counts as one, also when it changes nothing"
        log = site.chain.gateway.log
    assert log.count("sessions of roundcube do not go through the gateway: ") == 1, log[-4000:]
