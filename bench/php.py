"""PHP-FPM with page.php, and its processes; each of them has the same extensions."""

import os

from harness import php_fpm
from harness.gateway import ROOT
from harness.process import Process, wait_until

from . import cpu

PAGE = ROOT / "bench" / "page.php"
MODULES = "/etc/php/8.2/mods-available"
# What else a machine has would be paid for by each request.
EXTENSIONS = ["opcache", "igbinary", "redis"]


class Php:
    def __init__(self, name, processes, directory, settings):
        """settings: of php.ini."""
        argv = php_fpm.argv(directory, name, processes, settings=settings)
        self.process = Process(name, argv, directory, env={"PHP_INI_SCAN_DIR": _extensions(directory)})
        self.address = f"unix:{os.path.join(directory, name)}.sock"
        try:
            self.process.until_it_listens(self.address)
            wait_until(lambda: len(cpu.children(self.process.pid)) == processes, what=f"the processes of {name}")
        except BaseException:
            self.stop()
            raise

    def pids(self):
        return [self.process.pid, *cpu.children(self.process.pid)]

    def stop(self):
        self.process.stop()


def _extensions(directory):
    found = os.path.join(directory, "extensions")
    os.makedirs(found, exist_ok=True)
    for turn, name in enumerate(EXTENSIONS):
        link = os.path.join(found, f"{turn}-{name}.ini")
        if not os.path.lexists(link):
            os.symlink(os.path.join(MODULES, f"{name}.ini"), link)
    return found
