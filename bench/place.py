"""A directory with everything that runs in it: ends from the front to the back, whatever happens."""

import contextlib
import os
import shutil
import tempfile


class Place:
    def __init__(self):
        # the last entered is left first, so whoever starts the back first stops it last
        self.undo = contextlib.ExitStack()

    def __enter__(self):
        # short: a socket's path has 107 bytes
        self.directory = tempfile.mkdtemp(prefix="sg-")
        self.undo.callback(shutil.rmtree, self.directory)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        """What runs in it from the beginning: nothing, unless a kind of place says otherwise."""

    def __exit__(self, *_):
        self.undo.close()

    def path(self, name):
        return os.path.join(self.directory, name)

    def owns(self, part):
        """Stops it in its turn."""
        self.undo.callback(part.stop)
        return part
