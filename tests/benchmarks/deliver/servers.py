"""Both our servers as they are deployed, and nginx with the same film, on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cli.servers import gunicorn_command
from tests.app.backend import Backend

_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr emerg;
worker_rlimit_nofile 16384;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; default_type video/mp4; }}
}}
"""


@dataclass(frozen=True)
class Serving:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Bytes that it holds by itself, with its children's."""
        found, waiting = 0, [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found += _private(pid)
            waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found


@contextmanager
def ours(
    backend: Backend,
    application: str,
    threads: int | None = None,
    more: Mapping[str, str] | None = None,
    served: str | None = None,
) -> Iterator[Serving]:
    """`public` or `staff`; `more` is set as well. `served` is another application that is served in the same way."""
    port = free_port()
    settings = backend.settings
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYSHELF_")} | {
        "STORYSHELF_DATA": str(settings.data),
        "STORYSHELF_SECRET_KEY": settings.secret_key.get_secret_value(),
        "STORYSHELF_DISK_RESERVE_BYTES": "0",
        **(more or {}),
    }
    command = gunicorn_command(application, f"127.0.0.1:{port}")
    if threads is not None:
        command[command.index("--threads") + 1] = str(threads)
    if served is not None:
        command[-1] = served
    with running(command, port, environment) as serving:
        yield serving


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[Serving]:
    """The files below `root`."""
    port = free_port()
    conf = folder / "nginx.conf"
    conf.write_text(_NGINX.format(folder=folder, port=port, root=root))
    with running([nginx_command(), "-c", str(conf), "-p", str(folder)], port, dict(os.environ)) as serving:
        yield serving


def nginx_command() -> str:
    """Where nginx is. Raises SystemExit, with what helps."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise SystemExit("nginx is missing, which ours is measured against: apt-get install nginx-light")
    return found


@contextmanager
def running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[Serving]:
    """Any server, once it answers at its port."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{command[0]} does not come up") from None
                time.sleep(0.1)
        yield Serving(port, process)
    finally:
        process.terminate()
        process.wait(60)


def _private(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
