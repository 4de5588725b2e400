"""What PHP makes of SESSION_PHP (gateway/php_array.h): the same as of the attributes' JSON."""

import base64
import random
import shutil
import subprocess
import tempfile

import pytest

from harness.application import Application
from harness.browser import Browser
from harness.gateway import STORE_TIMEOUT, Gateway
from harness.process import PATIENCE_S

VALUES = 2000
CHECK = """
while (($line = fgets(STDIN)) !== false) {
    [$composed, $json] = array_map('base64_decode', explode(' ', trim($line)));
    $values = json_decode($json, true, 514);
    unset($values['$php']);
    $found = unserialize($composed, ['allowed_classes' => false]);
    $notes = $found['$php'];
    unset($found['$php']);
    echo serialize($found) === serialize($values) && $notes === ['name' => 'PHPSESSID'] ? '=' : '!';
}
"""
NUMBERS = ["0", "7", "-7", "-0", "0.0", "-0.0", "1.5", "-1e3", "1E+5", "2e-400", "1e999", "0.1", "9007199254740993"]
NUMBERS += ["123456789012345678", "1234567890123456789", "9223372036854775808", "123456789012345678901", "3.141592653589793"]
TEXTS = ["", "a", "words and words", "ä", "😀", 'a "quote"', "back\\\\slash", "a\\nb", '";}i:1;', "\\u00e9", "\\ud83d\\ude00", "0", "$php:B"]


def text_of(rng):
    """Of a JSON string; some are so long that they are looked at a word at a time."""
    return '"' + "".join(rng.choice(TEXTS).replace('"', '\\"') for _ in range(rng.choice([0, 1, 1, 2, 5]))) + '"'


def value_of(rng, depth=0):
    kind = rng.randrange(5 if depth < 4 else 3)
    space = rng.choice(["", "", " ", "\t "])
    if kind == 0:
        return rng.choice(NUMBERS)
    if kind == 1:
        return rng.choice(["true", "false", "null"] if depth > 0 else ["true", "false"])
    if kind == 2:
        return text_of(rng)
    members = [value_of(rng, depth + 1) for _ in range(rng.randrange(5))]
    if kind == 3:
        return f"[{space}" + f",{space}".join(members) + f"{space}]"
    names = [rng.choice(['"5"', '"-5"', '"a"', '"b c"', text_of(rng)]) for _ in members]
    return "{" + f"{space},".join(f"{name}{space}:{space}{value}" for name, value in zip(names, members)) + "}"


@pytest.fixture
def browser():
    """Of an application with adapter: php that echoes."""
    directory = tempfile.mkdtemp(prefix="sg-")
    app = Application(f"unix:{directory}/app.sock")
    config = {
        "listen": [f"unix:{directory}/front.sock"],
        "store": {"url": "memory:", "timeout": STORE_TIMEOUT},
        "applications": {"app": {"servers": [app.address], "adapter": "php"}},
        "routes": [{"path": "/", "application": "app"}],
    }
    gateway = Gateway(config, directory)
    try:
        yield Browser(gateway)
    finally:
        gateway.stop()
        app.close()
        shutil.rmtree(directory)


def told(browser, value):
    """(SESSION_PHP or None, SESSION_ATTRIBUTES) of a session with this value, which is JSON text."""
    browser.visit(say=f'X-Session-Update: {{"$php":{{"name":"PHPSESSID"}},"v":{value}}}')
    seen = browser.visit().seen
    return seen.get("SESSION_PHP"), seen["SESSION_ATTRIBUTES"]


def test_php_reads_the_same(browser):
    rng = random.Random(5)
    pairs = [told(browser, value_of(rng)) for _ in range(VALUES)]
    composed = [pair for pair in pairs if pair[0] is not None]
    assert VALUES / 2 < len(composed) < VALUES
    lines = "".join(" ".join(base64.b64encode(text.encode()).decode() for text in pair) + "\n" for pair in composed)
    done = subprocess.run(["php", "-n", "-r", CHECK], input=lines, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.stdout, done.stderr) == ("=" * len(composed), "")
