"""The walls: what a tool cannot see, reach, change or outlive; each is shown to matter by a door without them."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from media_pipeline.adapters.process import Door, Mounts, Sandbox
from media_pipeline.adapters.sandbox import outside
from media_pipeline.core.errors import Fault
from tests.adapters.test_process import LIMITS, PROGRAMS, SHELL, WATCH, door, token, wait_until
from tests.film_reading import ffmpeg

__all__ = ["door", "token"]  # fixtures


def test_without_a_sandbox_paths_become_the_hosts(tmp_path: Path) -> None:
    mounts = Mounts({"src": Path("/films/one.mp4"), "more": tmp_path}, Path("/made"))
    expected = {
        "/in/src": "/films/one.mp4",
        "file:/in/src": "file:/films/one.mp4",
        "/in/more/a/b": f"{tmp_path}/a/b",
        "/out": "/made",
        "/out/video.mp4": "/made/video.mp4",
        "file:/out/video.mp4": "file:/made/video.mp4",
        "/in/other": "/in/other",
        "/outside": "/outside",
        "movie=/in/src": "movie=/in/src",
        "-i": "-i",
    }
    assert {item: outside(item, mounts) for item in expected} == expected


@pytest.mark.parametrize("name", ["", "../src", "a/b", "-i", ".hidden", "a b", "ä"])
def test_an_inputs_name_is_plain(name: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        Mounts({name: Path("/")})


def test_the_command_for_it_names_nothing_of_the_host(door: Door) -> None:
    assert door.pasteable(ffmpeg(), ["-i", "file:/in/src", "/out/a b.mp4"]) == (
        f"{ffmpeg().name} -i file:/in/src '/out/a b.mp4'"
    )


def test_the_rest_of_the_machine_is_not_there(door: Door, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("xyzzy")
    seen = tmp_path / "src"
    seen.write_text("plugh")
    cat = Path("/usr/bin/cat")
    finished = door.run(cat, [str(secret), "/etc/passwd", "/in/src"], Mounts({"src": seen}), LIMITS, WATCH)
    walled = door.sandbox is Sandbox.BUBBLEWRAP
    assert (b"xyzzy" in finished.untrusted_stdout, b"root:" in finished.untrusted_stdout) == (not walled, not walled)
    assert b"plugh" in finished.untrusted_stdout
    assert (finished.exit_status == 0) is not walled


def test_the_sandbox_shows_libraries_and_devices_only() -> None:
    door = Door(Sandbox.BUBBLEWRAP)
    listing = door.run(Path("/usr/bin/ls"), ["-A", "/"], Mounts(), LIMITS, WATCH).untrusted_stdout.decode().split()
    assert set(listing) <= {"dev", "etc", "lib", "lib64", "tmp", "tool", "usr"}
    settings = door.run(Path("/usr/bin/ls"), ["-A", "/etc"], Mounts(), LIMITS, WATCH).untrusted_stdout.decode().split()
    assert set(settings) <= {"alternatives", "ld.so.cache"}
    programs = door.run(Path("/usr/bin/ls"), ["-A", "/usr"], Mounts(), LIMITS, WATCH).untrusted_stdout.decode().split()
    assert set(programs) <= {"lib", "lib64", "local"}


def test_inputs_cannot_be_changed(tmp_path: Path) -> None:
    film, made = tmp_path / "film", tmp_path / "made"
    film.write_text("original")
    made.mkdir()
    script = 'echo changed > /in/src; echo new > /in/other; echo new > /other; "$0" -f /in/src; exit 0'
    Door(Sandbox.BUBBLEWRAP).run(
        *(SHELL, ["-c", script, "/in/bin/rm"], Mounts({"src": film, **PROGRAMS}, made), LIMITS, WATCH)
    )
    assert film.read_text() == "original"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film", "made"]


def test_no_socket_reaches_anything(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        film = ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-c:v", "mpeg2video", "-f", "mpegts"]
        finished = door.run(ffmpeg(), [*film, f"tcp://127.0.0.1:{port}"], Mounts(), LIMITS, WATCH)
        server.setblocking(False)
        if door.sandbox is Sandbox.NONE:
            server.accept()[0].close()
            return
        assert finished.exit_status != 0
        with pytest.raises(BlockingIOError):
            server.accept()


def test_no_other_process_is_seen_and_no_right_is_held() -> None:
    script = 'kill -0 2 && echo another; "$0" -U "$1" && echo namespace; "$1" && echo $$'
    door = Door(Sandbox.BUBBLEWRAP)
    finished = door.run(SHELL, ["-c", script, "/in/bin/unshare", "/in/bin/true"], Mounts(PROGRAMS), LIMITS, WATCH)
    assert finished.untrusted_stdout == b"1\n"


def test_without_bubblewrap_nothing_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("prlimit", "setpriv", "sh"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fault) as caught:
        Door(Sandbox.BUBBLEWRAP)
    assert caught.value.code == "no-sandbox"
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(Fault) as caught:
        Door(Sandbox.BUBBLEWRAP)
    assert caught.value.code == "no-sandbox"


def test_without_util_linux_nothing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fault) as caught:
        Door(Sandbox.NONE)
    assert caught.value.code == "tool-missing"


def test_a_tool_inherits_no_setting_of_ours(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_SECRET", "xyzzy")
    said = door.run(Path("/usr/bin/env"), [], Mounts(), LIMITS, WATCH).untrusted_stdout.decode()
    assert set(dict(line.split("=", 1) for line in said.splitlines())) <= {"LC_ALL", "PWD"}


_ONE_TOOL = """
import sys
from pathlib import Path
from media_pipeline.adapters.process import Door, Limits, Mounts, Sandbox
from media_pipeline.ports.watch import Unwatched

argv = ["-c", sys.argv[2], "/in/bin/sleep", sys.stdin.read()]
Door(Sandbox(sys.argv[1])).run(Path("/bin/sh"), argv, Mounts({"bin": Path("/usr/bin")}), Limits(9), Unwatched())
"""


def test_a_tool_dies_with_us(door: Door, token: str) -> None:
    # without a namespace only the tool itself dies, so it must be the one that waits
    script = '"$0" "$1"; exit' if door.sandbox is Sandbox.BUBBLEWRAP else 'exec "$0" "$1"'
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _ONE_TOOL, door.sandbox.value, script], cwd=root, stdin=subprocess.PIPE
    ) as ours:
        assert ours.stdin is not None
        ours.stdin.write(token.encode())  # not on its command line, where it would be taken for the tool
        ours.stdin.close()
        wait_until(True, token)
        ours.kill()
    wait_until(False, token)
