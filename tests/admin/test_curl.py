"""The lines of docs/admin-api.md that begin with curl: each does what the page says, and every route has one."""

import os
import subprocess

from harness import openapi
from harness.browser import Browser
from harness.process import PATIENCE_S, wait_until
from harness.recipe import Recipe
from harness.witness import Witness

LASTS = " -N "  # of a line that goes on until it is ended


def lines():
    return [line.strip() for line in Recipe("admin-api").text.splitlines() if line.strip().startswith("curl ")]


def environment(directory, **names):
    """With what makes curl end with an error where it is answered with one."""
    with open(os.path.join(directory, ".curlrc"), "w") as options:
        options.write(f"silent\nshow-error\nfail-with-body\nmax-time = {PATIENCE_S}\nnoproxy = *\n")
    return {**os.environ, **names, "CURL_HOME": directory}


def run(line, env):
    """What it prints; of one that lasts the first line."""
    child = subprocess.Popen(["bash", "-c", f"exec {line}"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with child:
        try:
            if LASTS in line:
                return child.stdout.readline()
            out, err = child.communicate(timeout=PATIENCE_S)
            assert child.returncode == 0, f"{line}: {err.decode()}{out[:1000].decode()}"
            return out
        finally:
            child.kill()


def called(gateway, directory, line, **names):
    """What it calls: (method, path), answered with 2xx."""
    with Witness(gateway.admin.address) as witness:
        run(line, environment(directory, API=f"http://{witness.at}", TOKEN=gateway.admin.token, **names))
        wait_until(lambda: witness.calls or witness.failures, what=line)
    ((method, target, status),) = witness.calls
    assert 200 <= status < 300, line
    return method, openapi.template(target.partition("?")[0])


def test_each_does_what_it_should_and_every_route_has_one(gateway, visitor, directory):
    id = visitor(gateway, "alice", 'X-Session-Set: lang="cs"').id
    Browser(gateway).visit(HTTP_X_REQUEST_ID="nobodys")
    seen = {called(gateway, directory, line, ID=id, REQUEST="nobodys") for line in lines()}
    assert seen == set(openapi.operations()), "these have no line in docs/admin-api.md, or are none"
