"""adapter: php in PHP-FPM: how the adapter gets there, and what else an administrator has put there stays."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import fastcgi, php_fpm
from harness.front import Front
from harness.gateway import PROGRAM, ROOT
from harness.process import PATIENCE_S, wait_until
from harness.webserver import WebServer

PAGE = Path(__file__).parent / "loading.php"
ADAPTER = str(ROOT / "build" / "adapters" / "php" / "sessiongate.php")


@pytest.fixture
def pool(chain):
    """pool(…as php_fpm.argv…): PHP-FPM with one process, so that each request comes to the one before it; its address."""

    def start_pool(ini=None, max_requests=0, **settings):
        argv = php_fpm.argv(chain.directory, children=1, max_requests=max_requests, settings=settings)
        if ini is not None:
            argv[1:1] = ["-c", ini]
        chain.serve("php-fpm", argv, address)
        return address

    address = f"unix:{chain.path('php.sock')}"
    shutil.copy(PAGE, chain.path("page.php"))
    return start_pool


def started(chain, address, webserver_says=None, **settings):
    """The gateway and nginx before that pool, whose only page is loading.php. webserver_says: params of nginx's."""
    params = {"SCRIPT_FILENAME": chain.path("page.php")}
    applications = {"shop": {"servers": [address], "adapter": "php", "idle_connections": 0, "params": params, **settings}}
    said = f"\tfastcgi_param {webserver_says};\n" if webserver_says else ""
    webserver = WebServer("nginx", (("fastcgi_keep_conn on;\n", f"fastcgi_keep_conn on;\n{said}"),))
    return chain.start(applications, webserver, routes=[{"path": "/", "application": "shop"}])


def prepend(chain, name):
    """A file that says that it was run."""
    return chain.write(f"{name}.php", f"<?php $GLOBALS['ran'][] = '{name}';\n")


def shown(answer):
    assert answer.status == 200, f"{answer.status} {answer.body[:300]!r}"
    return json.loads(answer.body)


def past_the_gateway(chain, address):
    """The pool's page, asked for by somebody else. Not shown(): PHP-FPM leaves a 200 unsaid."""
    front = Front(address)
    try:
        return front.ask(fastcgi.get("/", SCRIPT_FILENAME=chain.path("page.php"), DOCUMENT_ROOT=chain.directory))
    finally:
        front.close()


def is_loaded(page):
    return ADAPTER in page["files"]


def test_the_first_try(chain, pool):
    """What README and docs/php.md begin with: no file, no line of the application."""
    address, front = pool(), f"unix:{chain.path('f.sock')}"
    chain.serve("gateway", [PROGRAM, "--listen", front, "--app", address, "--php", "--store", "memory:"], front)
    connection = Front(front)
    page = shown(connection.ask(fastcgi.get("/", SCRIPT_FILENAME=chain.path("page.php"))))
    connection.close()
    assert is_loaded(page) and page["told"]["application"] == "app"


def test_each_request_through_the_gateway_has_it(chain, pool):
    visitor = started(chain, pool())
    for _ in range(3):
        page = shown(visitor.ask("/"))
        assert is_loaded(page) and page["told"]["kind"] == "php"


@pytest.mark.parametrize("max_requests", [0, 3])
def test_each_request_of_a_kept_connection_has_it(chain, pool, max_requests):
    """PHP-FPM is told once a connection. With max_requests its process ends, and another one takes the next."""
    visitor = started(chain, pool(max_requests=max_requests), idle_connections=1)
    pages = [shown(visitor.ask("/")) for _ in range(8)]
    assert all(is_loaded(page) and page["told"]["kind"] == "php" for page in pages)
    assert [page["loading"] for page in pages[:3]] == [True, False, False]
    assert len({page["pid"] for page in pages}) == (1 if max_requests == 0 else 3)


def test_pools_that_share_a_process_tell_it_in_turn(chain, pool):
    """Who asked last has left his file there: a new connection tells it again."""
    other = prepend(chain, "other")
    visitor = started(chain, pool())
    for _ in range(2):
        assert is_loaded(shown(visitor.ask("/")))
        front = Front(f"unix:{chain.path('php.sock')}")
        said = {"SCRIPT_FILENAME": chain.path("page.php"), "PHP_ADMIN_VALUE": f"auto_prepend_file={other}"}
        assert json.loads(front.ask(fastcgi.get("/", **said)).body)["ran"] == ["other"]
        front.close()


# What else is to be loaded before the script: PHP itself has room for one file


def named_by_php_ini(chain, pool, file):
    chain.write("php.ini", f"auto_prepend_file = {file}\n")
    return pool(ini=chain.path("php.ini"))


def named_by_user_ini(chain, pool, file):
    chain.write(".user.ini", f"auto_prepend_file = {file}\n")
    return pool()


@pytest.mark.parametrize("named_by", [named_by_php_ini, named_by_user_ini])
def test_what_php_would_have_run_is_run(chain, pool, named_by):
    """Also in a request that came another way, of a process that has been told to run the adapter."""
    address = named_by(chain, pool, prepend(chain, "other"))
    assert json.loads(past_the_gateway(chain, address).body)["ran"] == ["other"]
    visitor = started(chain, address)
    for _ in range(2):
        page = shown(visitor.ask("/"))
        assert page["ran"] == ["other"] and is_loaded(page)
    page = json.loads(past_the_gateway(chain, address).body)
    assert page["ran"] == ["other"] and is_loaded(page) and page["told"] is None


@pytest.mark.parametrize("param", ["PHP_VALUE", "PHP_ADMIN_VALUE"])
def test_what_the_web_server_names_is_run(chain, pool, param):
    """Instead of what PHP's own settings name, as PHP has it."""
    address = named_by_php_ini(chain, pool, prepend(chain, "ini"))
    visitor = started(chain, address, webserver_says=f'{param} "auto_prepend_file={prepend(chain, "web")}"')
    assert shown(visitor.ask("/"))["ran"] == ["web"]


def test_what_the_web_server_names_may_be_nothing(chain, pool):
    address = named_by_php_ini(chain, pool, prepend(chain, "ini"))
    visitor = started(chain, address, webserver_says='PHP_ADMIN_VALUE "auto_prepend_file=none"')
    assert shown(visitor.ask("/"))["ran"] == []


def test_what_the_pool_names_is_named_to_the_gateway(chain, pool):
    """Nobody can see it any more: so its administrator says it in the application's params."""
    other = prepend(chain, "other")
    address = pool(auto_prepend_file=other)
    params = {"SCRIPT_FILENAME": chain.path("page.php"), "PHP_ADMIN_VALUE": f"auto_prepend_file={other}"}
    page = shown(started(chain, address, params=params).ask("/"))
    assert page["ran"] == ["other"] and is_loaded(page)


def test_a_file_of_the_site_is_found_from_its_root_down(chain, pool):
    """As PHP reads .user.ini: the nearest one counts, and those above the root do not."""
    chain.write("php.ini", "user_ini.cache_ttl = 0\n")
    address = pool(ini=chain.path("php.ini"))
    os.makedirs(chain.path("site/sub/deep"))
    shutil.copy(PAGE, chain.path("site/sub/deep/page.php"))
    chain.write(".user.ini", f"auto_prepend_file = {prepend(chain, 'above')}\n")
    params = {"SCRIPT_FILENAME": chain.path("site/sub/deep/page.php"), "DOCUMENT_ROOT": chain.path("site")}
    visitor = started(chain, address, params=params)
    assert shown(visitor.ask("/"))["ran"] == []
    chain.write("site/.user.ini", f"auto_prepend_file = {prepend(chain, 'root')}\n")
    assert shown(visitor.ask("/"))["ran"] == ["root"]
    chain.write("site/sub/.user.ini", f"auto_prepend_file = {prepend(chain, 'sub')}\n")
    assert shown(visitor.ask("/"))["ran"] == ["sub"]


def test_where_no_file_of_the_site_names_any_none_is_looked_for_until_php_would_look_again(chain, pool):
    chain.write("php.ini", "user_ini.cache_ttl = 1\n")
    address = pool(ini=chain.path("php.ini"))
    visitor = started(chain, address, params={"SCRIPT_FILENAME": chain.path("page.php"), "DOCUMENT_ROOT": chain.directory})
    assert "plain_folder" not in shown(visitor.ask("/"))["told"]
    wait_until(lambda: "plain_folder" in shown(visitor.ask("/"))["told"], what="a request in which it is known")
    chain.write(".user.ini", f"auto_prepend_file = {prepend(chain, 'late')}\n")
    wait_until(lambda: shown(visitor.ask("/"))["ran"] == ["late"], what="the file to be found")
    page = shown(visitor.ask("/"))
    assert page["ran"] == ["late"] and "plain_folder" not in page["told"]


def test_a_site_whose_folder_is_too_long_to_be_known_is_not_told_its_sessions_twice(chain, pool):
    """The adapter has two things to say, and one word for them in each answer."""
    folder = chain.path("x" * 150 + "/" + "y" * 150)
    os.makedirs(folder)
    page = "<?php session_start(); $_SESSION['text'] = str_repeat('x', 4000);\necho json_encode([isset($_SERVER['SESSION_ATTRIBUTES']), isset($_SERVER['SESSION_PHP'])]);\n"
    params = {"SCRIPT_FILENAME": chain.write(f"{os.path.relpath(folder, chain.directory)}/page.php", page), "DOCUMENT_ROOT": chain.directory}
    visitor = started(chain, pool(), params=params)
    wait_until(lambda: shown(visitor.ask("/")) == [False, True], what="one form of the session alone")


def test_what_comes_another_way_is_left_alone(chain, pool):
    """PHP-FPM keeps what one request has set for the next ones of that process."""
    address = pool()
    visitor = started(chain, address)
    first = shown(visitor.ask("/"))
    answer = past_the_gateway(chain, address)
    page = json.loads(answer.body)
    assert page["pid"] == first["pid"] and is_loaded(page)
    assert page["told"] is None and all("session" not in name for name in answer.all("Set-Cookie"))
    assert [name for name, _ in answer.headers] == ["content-type"] and answer.stderr == b""


def test_the_web_servers_settings_stay(chain, pool):
    own = 'PHP_VALUE "precision=11";\n\tfastcgi_param PHP_ADMIN_VALUE "memory_limit=99M\n; a comment"'
    visitor = started(chain, pool(), webserver_says=own)
    for _ in range(2):
        page = shown(visitor.ask("/"))
        assert is_loaded(page) and page["settings"] == {"memory_limit": "99M", "precision": "11"}


def test_loaded_by_the_pool_and_by_the_gateway_it_is_there_once(chain, pool):
    visitor = started(chain, pool(auto_prepend_file=ADAPTER))
    assert shown(visitor.ask("/"))["files"].count(ADAPTER) == 1


def test_loaded_by_the_pool_alone(chain, pool):
    address = pool(auto_prepend_file=ADAPTER)
    visitor = started(chain, address, adapter={"php": {"file": ""}})
    page = shown(visitor.ask("/"))
    assert is_loaded(page) and page["told"]["kind"] == "php"


def test_open_basedir_without_its_folder(chain, pool):
    """PHP answers 500 to everything, which is not ours to change; the log says once what to do."""
    visitor = started(chain, pool(open_basedir=chain.directory))
    for _ in range(3):
        assert visitor.ask("/").status == 500
    chain.gateway.stop()
    log = chain.gateway.log
    assert log.count("PHP cannot load the adapter of application shop") == 1
    assert "open_basedir excludes it: add its folder there" in log
    assert "is not within the allowed path" in log  # PHP's own words


def test_open_basedir_with_its_folder(chain, pool):
    visitor = started(chain, pool(open_basedir=f"{chain.directory}:{os.path.dirname(ADAPTER)}"))
    assert is_loaded(shown(visitor.ask("/")))


def test_a_file_that_is_not_there(chain, pool):
    """With a path of the administrator's own: the gateway cannot look where PHP looks."""
    visitor = started(chain, pool(), adapter={"php": {"file": chain.path("sessiongate.php")}})
    assert visitor.ask("/").status == 500
    chain.gateway.stop()
    assert "adapter: {php: {file: " in chain.gateway.log


def test_the_pool_that_the_snippet_describes(chain):
    """As PHP-FPM itself takes it, and with the one line that loads the adapter."""
    shutil.copy(PAGE, chain.path("page.php"))
    address = f"unix:{chain.path('php.sock')}"
    visitor = started(chain, address, adapter={"php": {"file": ""}}, max_connections=2)
    said = chain.gateway.snippet("php-fpm")
    assert "pm.max_children = 2\n" in said
    file = chain.write("pool.conf", f"[global]\nerror_log = {chain.path('fpm.log')}\n{said}")
    os.chmod(chain.directory, 0o755)
    checked = subprocess.run(["/usr/sbin/php-fpm8.2", "-t", "-y", file], capture_output=True, text=True, timeout=PATIENCE_S)
    assert "test is successful" in checked.stderr, checked.stderr
    chain.serve("php-fpm", ["/usr/sbin/php-fpm8.2", "--nodaemonize", "--fpm-config", file], address)
    page = shown(visitor.ask("/"))
    assert is_loaded(page) and page["told"]["kind"] == "php"


def test_an_installed_program_finds_it(chain, pool):
    """And anybody may read it, whatever the umask was."""
    address = pool()
    command = f"umask 077; make -s install DESTDIR={chain.directory} PREFIX=/usr"
    subprocess.run(command, shell=True, cwd=ROOT, check=True, timeout=PATIENCE_S)
    folder = Path(chain.path("usr/share/sessiongate/php"))
    assert [path for path in folder.rglob("*") if path.is_file() and not path.stat().st_mode & 0o004] == []
    assert [path for path in [folder, *folder.parents][:3] if path.stat().st_mode & 0o005 != 0o005] == []
    command = [chain.path("usr/bin/sessiongate"), "--listen", "unix:f", "--app", address, "--php", "--print-snippet", "php-fpm"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout
    assert f'auto_prepend_file] = "{folder}/sessiongate.php"' in said


def test_a_program_that_was_only_copied_says_what_to_do(chain):
    program = shutil.copy(PROGRAM, chain.path("sessiongate"))
    command = [program, "--listen", "unix:f", "--app", "unix:a", "--php", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2 and "run make install, or say with file where PHP finds it" in done.stderr


def test_the_configuration_that_the_page_shows(chain):
    text = (ROOT / "docs" / "php.md").read_text().split("```yaml\n", 1)[1].split("```", 1)[0]
    file = chain.write("sessiongate.yaml", text.replace("/run/", chain.path("run-")))
    done = subprocess.run([PROGRAM, "-c", file, "--check"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the configuration is good\n", "")
