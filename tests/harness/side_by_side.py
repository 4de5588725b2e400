"""Scripts of PHP by two ways: with PHP's own files, straight behind nginx, and unchanged through the gateway with
adapter: php. The same PHP-FPM runs both."""

import re
from pathlib import Path

from . import php_fpm
from .address import free_port
from .gateway import ROOT
from .transcript import Browser
from .webserver import WWW, nginx

INI = {"display_errors": "1", "html_errors": "0", "error_reporting": "-1", "log_errors": "0"}
REQUEST_ID = re.compile(r'"request_id":"[^"]*"')  # of the gateway's own answers
OWN_WARNING = re.compile(rf"sessiongate: .* in {ROOT}/build/adapters/php/\w+\.php on line \d+")  # test_php_adapter has their words


class SideBySide:
    def __init__(self, chain, behaviours):
        """Each in a folder of its own."""
        self.chain = chain
        for behaviour in behaviours:
            self._lay(behaviour)
        php = self._php({**INI, "session.save_path": self._save_path()})
        applications, routes = {}, []
        for number, behaviour in enumerate(behaviours):
            adapter = {"php": behaviour.adapter} if behaviour.adapter else "php"
            # a connection that is kept for one of them keeps a process of PHP-FPM from all others
            applications[f"b{number}"] = {"servers": [php], "idle_connections": 0, "adapter": adapter, **behaviour.application}
            routes.append({"path": f"/{behaviour.name}/", "application": f"b{number}", **behaviour.route})
        chain.start(applications, routes=routes)
        self.files_port = self._files(php)

    def _save_path(self):
        path = Path(self.chain.path("sessions"))
        path.mkdir()
        return str(path)

    def _lay(self, behaviour):
        folder = Path(self.chain.path(behaviour.name))
        folder.mkdir()
        (folder / "index.php").write_bytes(behaviour.script)
        (folder / ".user.ini").write_text("".join(f'{name} = "{value}"\n' for name, value in behaviour.ini.items()))
        for name, text in behaviour.files.items():
            (folder / name).write_text(text, "latin-1")

    def _php(self, ini):
        """PHP-FPM with these settings, which scripts may change; its address."""
        address = f"unix:{self.chain.path('php.sock')}"
        settings = [word for name, value in ini.items() for word in ("-d", f"{name}={value}")]
        self.chain.serve("php-fpm", [*php_fpm.argv(self.chain.directory), *settings], address)
        return address

    def _files(self, php):
        """nginx as it is before the gateway, straight before PHP-FPM; its port."""
        port, directory = free_port(), self.chain.path("files")
        Path(directory).mkdir()
        snippet = self.chain.gateway.snippet("nginx").replace("fastcgi_pass sessiongate;", f"fastcgi_pass {php};")
        text = nginx().configuration(snippet.replace(WWW, self.chain.directory), directory, port)
        file = self.chain.write("files.conf", text)
        self.chain.serve("nginx-files", nginx().argv(file, directory), f"127.0.0.1:{port}")
        return port

    def compare(self, behaviour):
        for request, files, gateway in self.answers(behaviour):
            assert gateway == behaviour.expected(request.number, files), f"request {request.number} of {behaviour.name}"

    def answers(self, behaviour):
        """Both sides' to each request, as far as they do not depend on where the files lie."""
        browsers = [Browser(port, behaviour.names) for port in (self.files_port, self.chain.port)]
        for request in behaviour.requests:
            yield request, *(behaviour.seen(self._placeless(browser.ask(request, behaviour.name))) for browser in browsers)

    def _placeless(self, text):
        text = OWN_WARNING.sub("sessiongate: …", text).replace(self.chain.directory, "")
        return REQUEST_ID.sub('"request_id":"…"', text)
