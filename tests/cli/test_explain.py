"""sessionctl explain: why a session ended, or a request had none."""

import json

from harness.browser import Browser
from harness.ctl import NOT_FOUND, OK, REFUSED, USAGE, Ctl
from harness.process import wait_until


def test_a_session_and_a_request(gateway, ctl, visitor):
    browser = visitor(gateway, "alice")
    assert gateway.admin.revoke(browser.id, reason="stolen laptop").status == 204
    wait_until(lambda: ctl("explain", browser.id).status == OK, what="her end to be told")
    assert browser.visit(HTTP_X_REQUEST_ID="-request").status == 200
    answer = ctl("explain", "-o", "json", browser.id).json
    assert answer["subject"] == browser.id and [decision["what"] for decision in answer["decisions"]] == ["none", "ended"]
    assert answer == gateway.admin.get(f"/api/v1/explain/{browser.id}").json
    ran = ctl("explain", "-o", "ndjson", "--", "-request")
    assert [json.loads(line)["what"] for line in ran.lines] == ["none", "ended"]
    heading, why, end = ctl("-o", "table", "explain", browser.id).lines
    assert heading.split() == ["AT", "NODE", "WHAT", "CAUSE", "DETAIL"]
    assert why.split()[-1] == "/)" and "stolen laptop" in end
    assert " ago " in why and " ago " in end


def test_a_sentence_is_shown_whole(gateway, ctl):
    assert Browser(gateway).visit(HTTP_X_REQUEST_ID="nobody").status == 200
    ran = ctl.on_terminal("explain", "nobody")
    assert ran.status == OK and "no token came, neither in the cookie nor in the header that the route reads (application app, route /)" in ran.out


def test_nothing_is_known(gateway, ctl):
    assert ctl("explain", "A" * 20).status == NOT_FOUND
    ran = ctl("explain", "a b/c")
    assert ran.status == NOT_FOUND and "Nothing is known" in ran.err
    assert ctl("explain").status == ctl("explain", "a", "b").status == USAGE
    assert Ctl(gateway.admin.address)("explain", "A" * 20).status == REFUSED
