"""OpenStack Swift with its S3 API, on loopback: a store of other people's than moto, and the only real one without a container.

It is Debian's `python3-swift`, in Debian's own Python. None of the packages is wanted that start it as a service: its four
servers run here as long as somebody needs them, with all they keep in one folder.
"""

from __future__ import annotations

import getpass
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.s3_server import Server

_PYTHON = "/usr/bin/python3"
"""The one that Debian's packages are for."""

_SERVER = """
import sys
from swift.common import utils
utils.HASH_PATH_SUFFIX = b"tests"  # what /etc/swift would say
from swift.common.wsgi import run_wsgi
sys.exit(run_wsgi(sys.argv[1], sys.argv[2]))
"""

_RING = """
import sys
from swift.common.ring import RingBuilder
path, port = sys.argv[1], int(sys.argv[2])
builder = RingBuilder(2, 1, 0)  # four parts, each kept once
builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1.0})
builder.rebalance()
builder.get_ring().save(path)
"""

_COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = CRITICAL
"""

# it insists on a cache, and goes without one where nobody answers
_PROXY = """
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats cache s3api tempauth copy slo versioned_writes symlink proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true

[filter:s3api]
use = egg:swift#s3api
location = us-east-1

[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1

[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin

[filter:slo]
use = egg:swift#slo
allow_async_delete = false

[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
"""

_PLAIN = ("catch_errors", "gatekeeper", "listing_formats", "copy", "symlink")
"""Filters of the proxy that are told nothing."""

_PATIENCE = 30.0
"""Seconds until one of its servers answers."""


@contextmanager
def swift_server(folder: Path) -> Iterator[Server]:
    """A server that keeps everything in `folder`, which must be on a disk with extended attributes. RuntimeError when there is none."""
    if subprocess.run([_PYTHON, "-c", "import swift"], stderr=subprocess.DEVNULL).returncode:
        raise RuntimeError("Debian's package python3-swift is missing")
    (folder / "devices" / "disk").mkdir(parents=True)
    with ExitStack() as running:
        for kind in ("account", "container", "object"):
            port = _free_port()
            subprocess.run([_PYTHON, "-c", _RING, str(folder / f"{kind}.ring.gz"), str(port)], check=True)
            running.enter_context(_running(folder, kind, port, f"[app:{kind}-server]\nuse = egg:swift#{kind}\n"))
        port = _free_port()
        filters = "".join(f"\n[filter:{name}]\nuse = egg:swift#{name}\n" for name in _PLAIN)
        running.enter_context(_running(folder, "proxy", port, _PROXY + filters))
        yield Server(f"http://127.0.0.1:{port}", "test:tester", "testing")


@contextmanager
def _running(folder: Path, kind: str, port: int, more: str) -> Iterator[None]:
    """One of the four servers."""
    conf = folder / f"{kind}.conf"
    common = _COMMON.format(port=port, user=getpass.getuser(), folder=folder)
    conf.write_text(common + ("" if kind == "proxy" else f"\n[pipeline:main]\npipeline = {kind}-server\n\n") + more)
    with (folder / f"{kind}.log").open("wb") as log:
        process = subprocess.Popen([_PYTHON, "-c", _SERVER, conf, f"{kind}-server"], stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
