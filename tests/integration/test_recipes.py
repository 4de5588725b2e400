"""The recipes of docs/, as they stand there: their configurations, their programs, and their command lines with what these print."""

import os
import re

import pytest

from harness.address import free_port
from harness.gateway import PROGRAM
from harness.recipe import Recipe, run
from harness.webserver import KINDS, WebServer

FILE = re.compile(r"`(/[\w./-]+)`")

# What a page says of the machine it is for, and what stands for it here.
SOCKETS = {"/run/php/php8.2-fpm.sock": "php.sock", "/run/sessiongate/front.sock": "front.sock"}
WWW = "/srv/www"

# What is another one each time.
VARYING = [
    (re.compile(r"\b[A-Za-z0-9_][A-Za-z0-9_-]{51}(?![A-Za-z0-9_-])"), "TOKEN"),
    (re.compile(r'"request_id":"[\w-]+"'), '"request_id":"ID"'),
    (re.compile(r"\r"), ""),
    (re.compile(r" +$", re.M), ""),
]


def without_varying(text):
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text.strip()


@pytest.fixture
def set_up(chain):
    """set_up(recipe): its servers run; the port that browsers come to."""

    def here(text):
        for path, name in SOCKETS.items():
            text = text.replace(path, chain.path(name))
        return text.replace(WWW, chain.directory).replace("group: www-data", "group: root" if os.geteuid() == 0 else "")

    def start(recipe):
        chain.php()
        chain.write("api.php", recipe.block("php"))
        file = chain.write("sessiongate.yaml", here(recipe.block("yaml")) + "store: {url: 'memory:', timeout: 20s}\n")
        chain.serve("gateway", [PROGRAM, "-c", file], f"unix:{chain.path('front.sock')}")
        port = free_port()
        server = WebServer("nginx")
        conf = chain.write("nginx.conf", server.configuration(here(recipe.block("nginx")), chain.directory, port))
        chain.serve("nginx", server.argv(conf, chain.directory), f"127.0.0.1:{port}")
        return port

    return start


def test_rest(chain, set_up):
    recipe = Recipe("rest-recipe")
    steps = recipe.steps()
    port = set_up(recipe)
    printed = run([(command.replace("http://localhost", f"http://127.0.0.1:{port}"), wanted) for command, wanted in steps], chain.directory)
    assert len(steps) > 25
    told = [f"$ {command}\n{without_varying(wanted)}" for command, wanted in steps]
    assert [f"$ {command}\n{without_varying(got)}" for (command, _), got in zip(steps, printed)] == told
