"""The door: what comes through, what is stopped, and that nothing survives. Every test runs with and without a sandbox."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pytest

from media_pipeline.adapters.child import LAST_WORDS
from media_pipeline.adapters.process import Door, Limits, Mounts, Over, Sandbox
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import ffmpeg

SHELL = Path("/bin/sh").resolve()
PROGRAMS = {"bin": Path("/usr/bin")}
"""Mounted where a test's script needs more than the shell; the sandbox itself shows no program."""

LIMITS = Limits(cpu_seconds=20, wall_seconds=60)
WATCH = Unwatched()


class Impatient(Unwatched):
    """Cancels when it has been asked a few times."""

    def __init__(self, patience: int = 4) -> None:
        self.asked, self.patience = 0, patience

    def cancelled(self) -> bool:
        """The last time, yes."""
        self.asked += 1
        return self.asked > self.patience


class Listening(Unwatched):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.shares: list[Fraction] = []

    def progress(self, share: Fraction) -> None:
        """Keeps it."""
        self.shares.append(share)


@pytest.fixture(params=list(Sandbox), scope="module")
def door(request: pytest.FixtureRequest) -> Door:
    """A door of each kind."""
    return Door(request.param)


@pytest.fixture
def token() -> Iterator[str]:
    """A number that only this test's processes have on their command lines; whatever is left of them is ended."""
    number = f"9{uuid4().int % 10**8:08d}.5"
    yield number
    for process in alive(number):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def alive(token: str) -> list[int]:
    """Processes, anywhere on this machine, with `token` on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if token.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def wait_until(what: bool, token: str) -> None:
    """Until processes with `token` are there, or are gone."""
    for _ in range(400):
        if bool(alive(token)) == what:
            return
        time.sleep(0.05)
    raise AssertionError("they never came" if what else "they survived")


def test_a_status_and_both_outputs_come_back(door: Door) -> None:
    finished = door.run(SHELL, ["-c", "echo made; echo said >&2; exit 3"], Mounts(), LIMITS, WATCH)
    assert (finished.exit_status, finished.untrusted_stdout, finished.untrusted_stderr) == (3, b"made\n", b"said\n")


def test_a_tool_is_fed_and_its_pipes_never_block(door: Door) -> None:
    stock = os.urandom(3_000_000)
    script = '"$0" -c 500000 /dev/zero >&2; exec "$1"'
    finished = door.run(
        *(SHELL, ["-c", script, "/in/bin/head", "/in/bin/cat"], Mounts(PROGRAMS), LIMITS, WATCH),
        keep_stdout=len(stock),
        feed=stock,
    )
    assert finished.untrusted_stdout == stock
    assert 0 < len(finished.untrusted_stderr) <= 16384


def test_a_tool_need_not_eat_what_it_is_fed(door: Door) -> None:
    assert door.run(SHELL, ["-c", "exit 0"], Mounts(), LIMITS, WATCH, feed=bytes(1_000_000)).exit_status == 0


def test_first_and_last_words_are_kept(door: Door) -> None:
    script = 'echo first >&2; "$0" -c 100000 /dev/zero >&2; echo last >&2'
    finished = door.run(SHELL, ["-c", script, "/in/bin/head"], Mounts(PROGRAMS), LIMITS, WATCH)
    assert finished.untrusted_stderr.startswith(b"first\n")
    assert finished.untrusted_stderr.endswith(b"last\n")


@pytest.mark.parametrize(
    ("script", "limits", "over"),
    [
        ("while :; do :; done", Limits(cpu_seconds=1, wall_seconds=60), Over.CPU),
        ('"$0" 1000', Limits(cpu_seconds=9, wall_seconds=0.3), Over.WALL),
        ('"$1" -c 9999 /dev/zero > "$2"', Limits(cpu_seconds=9, file_size=1000, wall_seconds=60), Over.FILE_SIZE),
        ('exec "$1" -c 9999 /dev/zero > "$2"', Limits(cpu_seconds=9, file_size=1000, wall_seconds=60), Over.FILE_SIZE),
        ('exec "$1" -c 9999999 /dev/zero', LIMITS, Over.OUTPUT),
        ("kill -9 $$; kill -9 0", LIMITS, Over.SIGNAL),
    ],
)
def test_limits_end_a_tool_and_say_which(door: Door, tmp_path: Path, script: str, limits: Limits, over: Over) -> None:
    if over is Over.SIGNAL and door.sandbox is Sandbox.BUBBLEWRAP:
        script = "ulimit -t 0; while :; do :; done"  # the first process of a namespace cannot kill itself
    argv = ["-c", script, "/in/bin/sleep", "/in/bin/head", "/out/file"]
    with pytest.raises(Fault) as caught:
        door.run(SHELL, argv, Mounts(PROGRAMS, tmp_path), limits, WATCH)
    assert (caught.value.code, caught.value.detail) == ("tool-killed", over)


def test_a_full_disk_has_its_own_sentence(door: Door, tmp_path: Path) -> None:
    limits = Limits(cpu_seconds=9, file_size=1 << 20)
    with pytest.raises(Fault) as caught:
        door.run(SHELL, ["-c", '"$0" /dev/zero > /dev/full', "/in/bin/cat"], Mounts(PROGRAMS, tmp_path), limits, WATCH)
    assert caught.value.code == "disk-full"


def test_outputs_are_written_where_they_belong(door: Door, tmp_path: Path) -> None:
    argv = ["-c", 'echo here > beside; echo there > "$0"', "/out/named"]
    assert door.run(SHELL, argv, Mounts({}, tmp_path), Limits(9, file_size=99), WATCH).exit_status == 0
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"beside": "here\n", "named": "there\n"}


def test_cancelling_ends_the_whole_group(door: Door, token: str) -> None:
    script = 'trap "" TERM; "$0" "$1" & "$0" "$1"'  # the grandchildren ignore it too
    watch = Impatient()
    with pytest.raises(Cancelled):
        door.run(SHELL, ["-c", script, "/in/bin/sleep", token], Mounts(PROGRAMS), LIMITS, watch)
    assert not alive(token)


def test_nothing_is_left_behind_by_a_tool_that_ends(door: Door, token: str) -> None:
    argv = ["-c", '"$0" "$1" & exit 0', "/in/bin/sleep", token]
    assert door.run(SHELL, argv, Mounts(PROGRAMS), LIMITS, WATCH).exit_status == 0
    assert not alive(token)


def test_cancelled_work_is_not_even_begun(door: Door, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        door.run(SHELL, ["-c", "echo x > /out/x"], Mounts({}, tmp_path), LIMITS, Impatient(0))
    assert not list(tmp_path.iterdir())


def test_a_stream_is_read_to_its_end(door: Door) -> None:
    argv = ["-c", 'exec "$0" -c 2000000 /dev/zero', "/in/bin/head"]
    with door.stream(SHELL, argv, Mounts(PROGRAMS), LIMITS, WATCH) as running:
        pieces = list(iter(lambda: running.stdout.read(700_000), b""))
    assert [len(piece) for piece in pieces] == [700_000, 700_000, 600_000]


def test_a_failure_after_the_last_byte_is_not_missed(door: Door) -> None:
    with (
        pytest.raises(Fault) as caught,
        door.stream(SHELL, ["-c", "echo frame; exit 4"], Mounts(), LIMITS, WATCH) as running,
    ):
        assert running.stdout.read(6) == b"frame\n"
    assert (caught.value.code, caught.value.detail) == ("tool-failed", "exit status 4")


def test_what_a_tool_left_in_its_pipes_is_read_however_late(door: Door) -> None:
    """A caller who is busy for longer than pipes may stay open after the end loses nothing of it."""
    script = '"$0" -c 900000 /dev/zero; echo why >&2'
    with door.stream(SHELL, ["-c", script, "/in/bin/head"], Mounts(PROGRAMS), LIMITS, WATCH) as running:
        taken = len(running.stdout.read(1))
        time.sleep(0.5)
        taken += len(running.stdout.read(300_000))  # the end is noticed
        time.sleep(LAST_WORDS + 0.3)
        taken += len(running.stdout.read())
        time.sleep(LAST_WORDS + 0.3)
        assert running.finish().untrusted_stderr == b"why\n"
    assert taken == 900_000


def test_a_caller_may_take_the_status_of_a_stream(door: Door) -> None:
    with door.stream(SHELL, ["-c", "echo frame; echo why >&2; exit 4"], Mounts(), LIMITS, WATCH) as running:
        finished = running.finish()
    assert (finished.exit_status, finished.untrusted_stderr) == (4, b"why\n")


def test_leaving_a_stream_early_ends_the_tool(door: Door, token: str) -> None:
    script = 'while echo frame; do :; done; "$0" "$1"'
    with door.stream(SHELL, ["-c", script, "/in/bin/sleep", token], Mounts(PROGRAMS), LIMITS, WATCH) as running:
        assert running.stdout.readline() == b"frame\n"
        assert alive(token)
    assert not alive(token)


def test_an_error_of_the_reader_ends_the_tool(door: Door, token: str) -> None:
    argv = ["-c", 'echo frames; "$0" "$1"', "/in/bin/sleep", token]
    with pytest.raises(UnicodeDecodeError), door.stream(SHELL, argv, Mounts(PROGRAMS), LIMITS, WATCH) as running:
        running.stdout.readline().decode("utf-16")
    assert not alive(token)


def test_a_silent_stream_can_be_cancelled(door: Door, token: str) -> None:
    argv = ["-c", '"$0" "$1"', "/in/bin/sleep", token]
    with (
        pytest.raises(Cancelled),
        door.stream(SHELL, argv, Mounts(PROGRAMS), LIMITS, Impatient()) as running,
    ):
        running.stdout.read(1)
    assert not alive(token)


def test_progress_comes_beside_the_frames(door: Door) -> None:
    watch = Listening()
    film = ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=4", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    with door.stream(ffmpeg(), film, Mounts(), LIMITS, watch, film_length=Fraction(4)) as running:
        frames = len(running.finish().untrusted_stderr), watch.shares
    assert frames[0] == 0
    assert watch.shares == sorted(watch.shares)
    assert watch.shares[-1] == 1
    with door.stream(ffmpeg(), film, Mounts(), LIMITS, watch, film_length=Fraction(4)) as running:
        assert sum(len(piece) for piece in iter(lambda: running.stdout.read(4096), b"")) == 100 * 64 * 64


def test_many_threads_use_one_door(door: Door) -> None:
    def answer(number: int) -> bytes:
        script = f'"$0" -c 200000 /dev/zero >&2; echo {number}'
        return door.run(SHELL, ["-c", script, "/in/bin/head"], Mounts(PROGRAMS), LIMITS, WATCH).untrusted_stdout

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, range(24))) == [b"%d\n" % number for number in range(24)]


def test_no_descriptor_is_lost(door: Door) -> None:
    door.run(SHELL, ["-c", "exit 0"], Mounts(), LIMITS, WATCH)
    before = descriptors()
    for _ in range(3):
        door.run(SHELL, ["-c", "exit 1"], Mounts(), LIMITS, WATCH, film_length=Fraction(1), feed=b"x")
        with pytest.raises(Cancelled):
            door.run(SHELL, ["-c", "while :; do :; done"], Mounts(), LIMITS, Impatient(1))
    assert descriptors() == before


def descriptors() -> int:
    """How many this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_is_missing_is_named_before_anything_starts(door: Door, tmp_path: Path) -> None:
    with pytest.raises(Fault) as caught:
        door.run(tmp_path / "no-such-tool", [], Mounts(), LIMITS, WATCH)
    assert caught.value.code == "tool-missing"
    with pytest.raises(Fault) as caught:
        door.run(SHELL, [], Mounts({"src": tmp_path / "gone"}), LIMITS, WATCH)
    assert caught.value.code == "tool-failed"


def test_limits_hold_for_any_child_of_a_tool(door: Door) -> None:
    limits = Limits(cpu_seconds=7, address_space=1 << 30, file_size=4096, open_files=50)
    argv = ["-c", '"$0" /proc/self/limits || ulimit -a', "/in/bin/cat"]
    said = door.run(SHELL, argv, Mounts(PROGRAMS), limits, WATCH).untrusted_stdout.decode()
    figures = set(said.split())
    assert {"7", "50", "0"} <= figures
    assert figures & {str(1 << 30), str((1 << 30) // 1024)}
