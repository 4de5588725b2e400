"""The answers that the gateway makes itself (application.md section 10)."""

import json

URN = "urn:sessiongate:problem:"


def slug(answer):
    """Of a problem document whose parts agree with each other."""
    assert answer.header("Content-Type").startswith("application/problem+json"), answer.head
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert problem["title"]
    assert problem["request_id"] == answer.header("X-Request-Id")
    assert problem["type"].startswith(URN)
    if answer.status == 503:
        assert int(answer.header("Retry-After")) > 0
    return problem["type"].removeprefix(URN)


def problem(answer):
    """(status, slug), to compare in one line."""
    return answer.status, slug(answer)
