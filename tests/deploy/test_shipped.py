"""What is shipped for running a shelf: nothing of it writes down who visits, and it says what is so."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from gunicorn.config import Config

from app.cli import operate
from app.cli.servers import CONFIGURATION, gunicorn_command
from app.services.library import Details
from tests.app.backend import Backend
from tests.app.web.stories import ABOUT, told
from tests.app.web.test_nothing_kept import AGENT, CANARIES, QUERY, ask
from tests.app.web.test_quiet_log import serving, wait_for

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))

NGINX_MAY_NAME = {"$host", "$uri"}
"""Deny by default: any other variable may be an address, an agent, a referrer, a query, or hold one."""


def directives(name: str) -> list[list[str]]:
    """nginx's, each as its words."""
    text = re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text())
    return [words.split() for words in re.findall(rf"\b{name}\b[^;]*", text)]


def test_nginx_keeps_nothing_of_a_visit() -> None:
    text = re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text())
    assert set(re.findall(r"\$\w+", text)) == NGINX_MAY_NAME
    assert directives("log_format") == []
    assert directives("access_log") == [["access_log", "off"]]
    assert directives("error_log") == [["error_log", "stderr", "emerg"]]
    assert not re.search(r"forwarded|real[-_]ip|limit_req|limit_conn|proxy_cache_path|geo\b|map\b", text, re.IGNORECASE)


def test_gunicorn_keeps_nothing_of_a_visit() -> None:
    said = runpy.run_path(str(CONFIGURATION))
    known = Config().settings
    assert {name for name in said if name.islower() and not name.startswith("_")} - {"annotations", "resource"} <= set(
        known
    )
    assert (said["logger_class"], said["accesslog"], said["loglevel"]) == ("app.wsgi.QuietLogger", None, "warning")
    assert said["control_socket_disable"] is True
    assert (said["workers"], said["worker_class"]) == (1, "app.delivery.SendingWorker")
    assert "sendfile" not in said
    assert Config().sendfile is True, "which gunicorn takes for False as soon as it is set"
    assert "access_log_format" not in said


def test_nothing_else_that_is_shipped_names_a_log_of_visits() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix in {".conf", ".service", ".py", ".yaml", ".example", ""}:
            text = path.read_text("utf-8")
            assert not re.search(
                r"log_format|access[-_]log\w* *[=:]? *[\"'/]|remote_addr|http_user_agent|http_referer", text
            )


def settings_of(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_may_do_little(unit: Path) -> None:
    said = settings_of(unit)
    assert said["User"] == ["storyshelf"]
    assert said["UMask"] == ["0077"]
    assert said["ReadWritePaths"] == ["/srv/storyshelf"]
    assert said["ProtectSystem"] == ["strict"]
    for name in ("ProtectHome", "PrivateTmp", "NoNewPrivileges", "RestrictSUIDSGID", "ProtectKernelModules"):
        assert said[name] == ["yes"], name
    assert said["CapabilityBoundingSet"] == [""]
    assert (said["IPAddressDeny"], said["IPAddressAllow"]) == (["any"], ["localhost"])
    assert "StandardOutput" not in said
    assert "StandardError" not in said


def test_there_is_a_unit_for_each_program() -> None:
    started = {unit.stem: settings_of(unit)["ExecStart"][0].partition("bin/storyshelf ")[2] for unit in UNITS}
    assert started == {
        "storyshelf-public": "serve --only public",
        "storyshelf-staff": "serve --only staff",
        "storyshelf-worker": "worker",
    }


@pytest.mark.parametrize("only", ["public", "staff"])
def test_one_server_alone_takes_the_place_of_the_command(
    only: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _path, command: became.append(command))
    monkeypatch.setattr(operate, "Servers", None)
    monkeypatch.setenv("STORYSHELF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("STORYSHELF_PUBLIC_BIND", "127.0.0.1:9080")
    monkeypatch.setenv("STORYSHELF_STAFF_BIND", "127.0.0.1:9081")
    told_them = CliRunner().invoke(operate.serve, ["--only", only]).output
    assert became[:1] == [gunicorn_command(only, f"127.0.0.1:{9080 if only == 'public' else 9081}")]
    assert ("/welcome/" in told_them) is (only == "staff")


@contextmanager
def nginx_before(port: int, folder: Path) -> Iterator[int]:
    """The nginx.conf that is shipped, without certificates and at other ports, before our server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    text = (DEPLOY / "nginx.conf").read_text()
    families = text.index("server_name storytimes.")
    text = text[: text.index("    server {\n        listen 80")] + text[text.rindex("    server {", 0, families) :]
    text = text[: text.rindex("    server {")] + "}\n"  # the staff's
    text = re.sub(r"\n *listen \[::\].*|\n *ssl_certificate.*", "", text)
    text = text.replace("listen 443 ssl http2", f"listen 127.0.0.1:{own}").replace(
        "127.0.0.1:8080", f"127.0.0.1:{port}"
    )
    whose = "user root;" if os.geteuid() == 0 else ""  # the folder is ours alone
    text = text.replace("user www-data;", f"daemon off;\n{whose}").replace("/run/nginx.pid", f"{folder}/nginx.pid")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {\n", f"http {{\n{places}", 1)
    (folder / "nginx.conf").write_text(text)
    command = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert command is not None, "nginx is missing: apt-get install nginx-light"
    with (folder / "error.log").open("wb") as log:
        server = subprocess.Popen(
            [command, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=log, stdout=log
        )
        try:
            yield own
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.mark.slow
def test_nginx_as_it_is_shipped_leaves_no_byte_of_a_visit(tmp_path: Path) -> None:
    front = tmp_path / "front"
    front.mkdir()
    data = tmp_path / "data"
    with serving(data, "app.wsgi:public()") as (port, _), nginx_before(port, front) as own:
        wait_for(port)
        wait_for(own)
        backend = Backend(data)
        entry = told(backend, Details("Bears", language="en"), ABOUT, bodies={"video.mp4": os.urandom(6 << 20)})
        backend.db.close()
        film = f"/media/{entry.publication_id}/video.mp4"
        for _ in range(20):
            assert b" 200 OK" in ask(own, "GET", f"/?{QUERY}")[:20]
            assert len(ask(own, "GET", f"{film}?{QUERY}")) > 6 << 20
            assert b" 404 " in ask(own, "GET", f"/{AGENT}?{QUERY}")[:20]
            assert b" 413 " in ask(own, "POST", f"/search?{QUERY}", "words=" + "x" * 9000)[:20]
        with socket.create_connection(("127.0.0.1", own)) as line:  # what nginx itself refuses
            line.sendall(f"GET /{QUERY} HTTP/9.9\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
            line.recv(4096)
    assert (front / "error.log").read_bytes() == b""
    for file in (*front.rglob("*"), *data.rglob("*")):
        if file.is_file():
            for canary in CANARIES:
                assert canary.encode() not in file.read_bytes(), f"{canary} in {file.name}"
