"""Containers without an engine of the machine's: podman, buildah and runc with storage, networks and settings of our own.
The images are below one folder, which is kept so that the next run is quick. What an image is built from comes from Debian's packages, so
no registry is asked: `nginx:1`, `redis:7` and `php:8.2-fpm` are Debian's nginx, redis-server and php8.2-fpm under these
names. That proves our Dockerfile and compose file, not the entrypoints of other people's images.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from .process import Process, wait_until

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("podman", "buildah", "runc", "debootstrap", "docker-compose", "iptables", "/usr/lib/podman/netavark", "/usr/lib/podman/aardvark-dns")
SUITE = "bookworm"
BASE = "debian:bookworm-slim"
# The stand-ins: what each is, beyond Debian's own system.
STAND_INS = {
    "nginx:1": "RUN apt-get update && apt-get install -y --no-install-recommends nginx",
    "redis:7": """RUN apt-get update && apt-get install -y --no-install-recommends redis-server && install -d -o redis -g redis /data
USER redis
VOLUME /data""",
    "php:8.2-fpm": """RUN apt-get update && apt-get install -y --no-install-recommends php8.2-fpm
RUN ln -s php-fpm8.2 /usr/sbin/php-fpm""",
}
MINUTES_S = 60

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC_PRIVATE = 0x4000 | 1 << 18
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


class Failed(Exception):
    """A command, with all that it said."""


def missing_tools():
    return [tool for tool in TOOLS if shutil.which(tool) is None]


class Containers:
    def __init__(self, folder):
        """folder: kept between runs. What lives only for this one is in a folder with a short name, since the path of a
        Unix socket has to be; always the same, since podman's storage remembers it."""
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two runs would take away each other's
        self.short = Path("/run/sg-" + hashlib.sha256(bytes(self.folder)).hexdigest()[:8])
        self.short.mkdir(exist_ok=True)
        self.service = None
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": self._write("containers.conf", self._settings()),
            "CONTAINERS_STORAGE_CONF": self._write("storage.conf", self._storage()),
            "DOCKER_HOST": f"unix://{self.short}/engine.sock",
        }
        self._remove_all()  # of a run that was killed

    def _settings(self):
        """runc, because crun wants another kind of cgroups than many a machine has; limits, because podman asks for more
        than it may have; netavark, because with it containers find each other by name."""
        descriptors = min(20000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        return f"""[containers]
default_ulimits = ["nofile={descriptors}:{descriptors}", "nproc=4096:4096"]
log_driver = "k8s-file"
[network]
network_backend = "netavark"
network_config_dir = "{self.short}/networks"
[engine]
tmp_dir = "{self.short}/tmp"
lock_type = "file"
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""

    def _storage(self):
        return f"""[storage]
driver = "overlay"
graphroot = "{self.folder}/store"
runroot = "{self.short}/run"
"""

    def _write(self, name, text):
        path = self.short / name
        path.write_text(text)
        return str(path)

    # --- commands ---

    def run(self, *argv, seconds=2 * MINUTES_S, check=True, **how):
        """What it printed; with check=False the whole result. Nobody waits for an engine that hangs."""
        done = subprocess.run(
            ["nice", "-n", "19", *argv],
            env=self.environment,
            stdin=how.pop("stdin", subprocess.DEVNULL),
            capture_output=True,
            timeout=seconds,
            text=True,
            cwd=ROOT,
            **how,
        )
        if not check:
            return done
        if done.returncode != 0:
            raise Failed(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
        return done.stdout

    def podman(self, *argv, **how):
        return self.run("podman", *argv, **how)

    def compose(self, *argv, files, project, **how):
        self._serve()
        named = [word for file in files for word in ("-f", str(file))]
        return self.run("docker-compose", *named, "-p", project, *argv, **how)

    def inspect(self, name, template):
        return json.loads(self.podman("inspect", name, "--format", "{{json " + template + "}}"))

    def log(self, name):
        """What it wrote, on stdout and stderr."""
        done = self.podman("logs", name, check=False)
        return done.stdout + done.stderr

    # --- images ---

    def has_image(self, name):
        return self.podman("image", "exists", name, check=False).returncode == 0

    def build(self, name, dockerfile, *options, context=ROOT):
        """A health check is of Docker's format alone. chroot needs no runtime while building."""
        self.run(
            *("buildah", "bud", "--isolation", "chroot", "--format", "docker", "--pull-never", "--layers", "-t", name),
            *("-f", str(dockerfile), *options, str(context)),
            seconds=15 * MINUTES_S,
        )

    def prepare_base(self):
        """Debian, and the stand-ins for other people's images. A minute or two the first time."""
        if not self.has_image(BASE):
            self._import_debian()
        for name, lines in STAND_INS.items():
            if not self.has_image(name):
                file = self._write("Dockerfile", f"FROM {BASE}\n{lines}\n")
                self.build(name, file, context=self.short)

    def _import_debian(self):
        root = self.folder / "debian"
        shutil.rmtree(root, ignore_errors=True)  # half of one, perhaps
        self.run("debootstrap", "--variant=minbase", SUITE, str(root), seconds=15 * MINUTES_S)
        archive = subprocess.Popen(
            ["tar", "-C", str(root), "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./dev/*", "-c", "."],
            stdout=subprocess.PIPE,
        )
        with archive:
            self.podman("import", "-", BASE, stdin=archive.stdout, seconds=5 * MINUTES_S)
        shutil.rmtree(root)

    # --- running ---

    def seclude(self):
        """From here on this process, and whatever it starts, has networks, a firewall and mounts of its own, which end with
        it: the machine's loopback and everything beyond are out of reach."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0 or libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None) != 0:
            raise OSError(ctypes.get_errno(), "cannot have networks and mounts of our own")
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))

    # --- the engine's socket, which docker-compose asks ---

    def _serve(self):
        if self.service is not None:
            return
        socket = self.short / "engine.sock"
        argv = ["podman", "system", "service", "-t", "0", f"unix://{socket}"]
        self.service = Process("engine", argv, str(self.short), env=self.environment)
        wait_until(socket.exists, what="podman's socket")

    # --- the end ---

    def close(self):
        """Nothing stays but the images: no container, volume, mount or process."""
        self._remove_all()
        if self.service is not None:
            self.service.stop()
        self._unmount()
        shutil.rmtree(self.short, ignore_errors=True)
        self.lock.close()

    def _remove_all(self):
        for argv in (
            ("podman", "rm", "-f", "-a", "-t", "1", "-v"),
            ("podman", "volume", "prune", "-f"),
            ("podman", "network", "prune", "-f"),
            ("buildah", "rm", "-a"),
            ("podman", "image", "prune", "-f", "--filter", "until=24h"),  # younger ones make the next build quick
        ):
            self.run(*argv, check=False)

    def _unmount(self):
        """The deepest first. Some are below the folders, and one is the folder of the images itself."""
        with open("/proc/self/mounts") as mounts:
            points = [line.split()[1] for line in mounts]
        ours = [point for point in points if point.startswith((f"{self.folder}/", f"{self.short}/"))]
        for point in sorted(ours, key=len, reverse=True):
            subprocess.run(["umount", "-l", point], check=False)
