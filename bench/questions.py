"""What is asked of the admin API: lists of every kind, what it counts, and a dry run of a revocation."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

MOST = 500  # on a page


@dataclass
class Question:
    name: str
    path: str
    parameters: dict = field(default_factory=dict)
    body: dict = None  # of a POST
    paged: bool = True
    promised: bool = True  # to be answered like a page

    def ask(self, connection, cursor=None):
        """The answer's body; an answer other than 200 is a failure."""
        if self.body is not None:
            connection.request("POST", self.path, json.dumps(self.body), {"Content-Type": "application/json"})
        else:
            parameters = {**self.parameters, **({"cursor": cursor} if cursor else {})}
            connection.request("GET", self.path + ("?" + urlencode(parameters) if parameters else ""))
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, f"{self.name}: {response.status} {body[:300]!r}"
        return body

    def next(self, body):
        """Where the next page begins; None: at the first."""
        return json.loads(body)["page"]["next"] if self.paged else None


def lists(middle):
    """middle: a time at which half of the sessions had come."""

    def sessions(name, **parameters):
        return Question(name, "/api/v1/sessions", parameters)

    def users(name, **parameters):
        return Question(name, "/api/v1/users", parameters)

    def of_user(name, user, limit):
        return Question(name, f"/api/v1/users/{user}/sessions", {"limit": limit})

    return [
        sessions("last seen, 50"),
        sessions("last seen", limit=MOST),
        sessions("longest unseen", limit=MOST, sort="last_seen_at"),
        sessions("newest", limit=MOST, sort="-created_at"),
        sessions("oldest", limit=MOST, sort="created_at"),
        sessions("created_before, newest", limit=MOST, sort="-created_at", created_before=middle),
        sessions("created_after, oldest", limit=MOST, sort="created_at", created_after=middle),
        sessions("created_before, last seen", limit=MOST, created_before=middle),
        sessions("seen_before", limit=MOST, seen_before=middle),
        sessions("seen_after, longest unseen", limit=MOST, sort="last_seen_at", seen_after=middle),
        sessions("idle_gt_s", limit=MOST, idle_gt_s=1),
        sessions("idle_gt_s, nobody", limit=MOST, idle_gt_s=86400),
        sessions("realm", limit=MOST, realm="default"),
        sessions("user", limit=MOST, user="user77"),
        sessions("user who has very many", limit=MOST, user="busy"),
        sessions("user_prefix", limit=MOST, user_prefix="user7"),
        sessions("user_prefix, nobody", limit=MOST, user_prefix="nobody"),
        sessions("application", limit=MOST, application="forum"),
        sessions("application, a rare one", limit=MOST, application="rare"),
        sessions("host", limit=MOST, host="example.test"),
        sessions("host, nobody", limit=MOST, host="example.org"),
        sessions("state", limit=MOST, state="authenticated"),
        sessions("ip", limit=MOST, ip="192.0.2.0/24"),
        sessions("ip, nobody", limit=MOST, ip="198.51.100.7"),
        sessions("user_agent", limit=MOST, user_agent="Edge"),
        sessions("user_agent, nobody", limit=MOST, user_agent="opera"),
        sessions("min_bytes", limit=MOST, min_bytes=1),
        sessions("min_bytes, nobody", limit=MOST, min_bytes=100000),
        sessions("include=total", limit=MOST, include="total"),
        sessions("include=total, created_after", limit=MOST, include="total", created_after=middle),
        sessions("include=total, application, state", limit=MOST, include="total", application="forum", state="anonymous"),
        sessions("include=total, user who has very many", limit=MOST, include="total", user="busy"),
        users("users, 50"),
        users("users", limit=MOST),
        users("users, prefix", limit=MOST, prefix="user7"),
        users("users, min_sessions, nobody", limit=MOST, min_sessions=10000000),
        users("users, blocked, nobody", limit=MOST, blocked="true"),
        of_user("a user's", "user77", 50),
        of_user("a user's who has very many", "busy", MOST),
        Question("stats, remembered", "/api/v1/stats", paged=False),
        Question("metrics", "/metrics", paged=False),
    ]


def dry_runs():
    def revoke(name, **filter):
        return Question(f"dry run: {name}", "/api/v1/sessions/revoke", body={"filter": filter}, paged=False, promised=False)

    return [revoke("a rare application", application="rare"), revoke("state", state="authenticated")]


STATS = Question("stats, counted anew", "/api/v1/stats", paged=False)
