"""A certificate authority of a test's own, and what it signs, made by openssl."""

import os
import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]


class Authority:
    """Its certificate is the file `ca`; it lives in a folder of its own."""

    def __init__(self, folder, name="authority"):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.ca, self.key = self._path("ca.crt"), self._path("ca.key")
        _openssl("req", "-x509", *KEY, "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.ca)

    def sign(self, name, names="IP:127.0.0.1,DNS:localhost"):
        """(certificate, key) for these names, as subjectAltName has them."""
        asked, signed, key, extension = (self._path(f"{name}.{end}") for end in ("csr", "crt", "key", "ext"))
        _openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", asked)
        with open(extension, "w") as file:
            file.write(f"subjectAltName={names}\n")
        _openssl("x509", "-req", "-in", asked, "-CA", self.ca, "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-extfile", extension, "-out", signed)
        return signed, key

    def _path(self, name):
        return os.path.join(self.folder, name)


def _openssl(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
