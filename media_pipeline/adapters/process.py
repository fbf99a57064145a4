"""The one door to other programs: nothing else here starts a process.

    door = Door(Sandbox.BUBBLEWRAP)
    finished = door.run(ffprobe, ["-show_streams", "file:/in/src"], Mounts({"src": upload}), limits, watch)
    with door.stream(ffmpeg, [...], mounts, limits, watch) as running:
        while frame := running.stdout.read(size): ...

A tool is started, heard and ended in the thread that calls: there are no helper threads, and nothing of ours runs
between fork and exec, so any number of threads may use one door. That thread must outlive the tool, because the kernel
ends the tool with it. While a caller waits, its watch is asked at least every 0.2 s; and whatever happens, the whole
group of processes is ended (terminate, two seconds, kill) before the caller goes on.

Arguments name files as the sandbox shows them: `/in/NAME` and `/out/…`, each with or without `file:` before it, and
each an argument of its own. Without a sandbox the door puts the host's paths in their place.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

from media_pipeline.adapters.child import Child, Finished, Over, Pipes
from media_pipeline.adapters.listening import CHUNK
from media_pipeline.adapters.sandbox import IN, OUT, Limits, Mounts, Sandbox, find_wrapper
from media_pipeline.core.errors import Cancelled, Fault
from media_pipeline.ports.watch import Unwatched, Watch

__all__ = ["IN", "OUT", "Door", "Finished", "Limits", "Mounts", "Over", "Running", "Sandbox"]

_ENVIRONMENT = {"LC_ALL": "C"}
"""All that a tool inherits: plain messages, and no setting or secret of ours."""


class Running:
    """A tool that runs, and its standard output."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.stdout: BinaryIO = BufferedReader(_Stdout(child), 4 * CHUNK)
        """Empty at its end. Reading raises `Cancelled` and `Fault` as `Door.run` does."""

    def finish(self) -> Finished:
        """Reads what is left, waits for the tool's end and hands its status over: then leaving raises no failure."""
        while self.stdout.read(CHUNK):
            pass
        return self._child.finished(b"")


class Door:
    """Starts tools, in the sandbox it was made for."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Tries the sandbox out. Raises `Fault`: "no-sandbox" when it cannot run, "tool-missing" without util-linux."""
        self.sandbox = sandbox
        trial = Limits(cpu_seconds=5, wall_seconds=20)
        for can_disable_userns in (True, False):  # forbidding further namespaces came with bubblewrap 0.8
            self._wrapper = find_wrapper(sandbox, can_disable_userns=can_disable_userns)
            with suppress(Fault):
                if self.run(self._wrapper.steps[-1], ["--version"], Mounts(), trial, Unwatched()).exit_status == 0:
                    return
        raise Fault("no-sandbox", "no tool can be started in it here (user namespaces may be switched off)")

    def run(
        self,
        tool: Path,
        argv: Sequence[str],
        mounts: Mounts,
        limits: Limits,
        watch: Watch,
        *,
        film_length: Fraction | None = None,
        keep_stdout: int = 1 << 20,
        feed: bytes | None = None,
    ) -> Finished:
        """Runs `tool` to its end; an exit status other than 0 is the caller's to judge.

        With `film_length` (seconds) the tool is ffmpeg and the watch hears its progress. `feed` is its standard input.
        Raises `Fault`: "tool-missing", "no-sandbox", "disk-full", or "tool-killed" with an `Over` as its detail when it
        went over a limit or wrote more than `keep_stdout` bytes; `Cancelled` when the watch says so.
        """
        heard = bytearray()

        def hear(chunk: bytes) -> None:
            heard.extend(chunk)
            if len(heard) > keep_stdout:
                raise Fault("tool-killed", Over.OUTPUT)

        with self._started(tool, argv, mounts, limits, watch, film_length, feed) as child:
            child.hear_stdout(hear)
            return child.finished(heard)

    @contextmanager
    def stream(
        self,
        tool: Path,
        argv: Sequence[str],
        mounts: Mounts,
        limits: Limits,
        watch: Watch,
        *,
        film_length: Fraction | None = None,
    ) -> Iterator[Running]:
        """Runs `tool` while the caller reads its standard output, however long, in bounded memory.

        On leaving: output still unread means that the caller has seen enough, and the tool is ended; else an exit status
        other than 0 is `Fault("tool-failed")`, unless `Running.finish` handed it over. Raises as `run` does.
        """
        with self._started(tool, argv, mounts, limits, watch, film_length, None) as child:
            running = Running(child)
            yield running
            if child.told or running.stdout.read(1):
                return
            status = child.finished(b"").exit_status
            if status:
                raise Fault("tool-failed", f"exit status {status}")

    def pasteable(self, tool: Path, argv: Sequence[str]) -> str:
        """The command for IT to paste into a shell: it names files of the sandbox only, never of the host."""
        return shlex.join([tool.name, *argv])

    @contextmanager
    def _started(
        self,
        tool: Path,
        argv: Sequence[str],
        mounts: Mounts,
        limits: Limits,
        watch: Watch,
        film_length: Fraction | None,
        feed: bytes | None,
    ) -> Iterator[Child]:
        """The tool, running; ended in any case on leaving."""
        _check(tool, mounts, watch)
        bubblewrap = self.sandbox is Sandbox.BUBBLEWRAP
        with _Pipe(wanted=bubblewrap) as status, _Pipe(wanted=film_length is not None) as progress:
            if progress.ours is not None:
                argv = [
                    "-nostdin",  # reads no key presses
                    "-nostats",  # the same figures for people, not wanted
                    *("-progress", f"pipe:{progress.theirs}"),  # beside the output, which may carry frames
                    *argv,
                ]
            command = self._wrapper.command(tool, argv, mounts, limits, status.theirs if bubblewrap else None)
            popen = subprocess.Popen(  # noqa: S603 - this is the door: a list, never a shell
                command,
                bufsize=0,
                stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_ENVIRONMENT,
                cwd="/" if bubblewrap or mounts.outputs is None else mounts.outputs,
                start_new_session=True,  # a group of its own, so that all of it can be ended
                pass_fds=[pipe.theirs for pipe in (status, progress) if pipe.ours is not None],
            )
            assert popen.stdout  # noqa: S101 - PIPE was asked for; the types do not know
            assert popen.stderr  # noqa: S101 - the same
            pipes = Pipes(popen.stdout, popen.stderr, popen.stdin, progress.ours, status.ours)
        try:
            child = Child(popen.pid, pipes, limits, watch, film_length)
        except BaseException:  # no descriptor left, say: then nobody would hear or end it
            popen.kill()
            raise
        try:
            if feed is not None:
                child.feed(feed)
            yield child
        finally:
            child.end()
            popen.returncode = child.returncode  # reaped there, with its processor time; None: subprocess tries later


class _Stdout(RawIOBase):
    """A running tool's standard output as a file; its other pipes are heard while somebody waits for this one."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # a writable buffer, for which Python 3.11 has no type
        return self._child.read_stdout(buffer)


class _Pipe:
    """A pipe to lend to a tool. Its end is ours no more after the start, or else we would never see the pipe close."""

    def __init__(self, *, wanted: bool) -> None:
        self.theirs = -1
        self.ours = None
        if wanted:
            read, self.theirs = os.pipe()
            self.ours = os.fdopen(read, "rb", buffering=0)

    def __enter__(self) -> _Pipe:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self.theirs >= 0:
            os.close(self.theirs)
        if failed and self.ours is not None:
            self.ours.close()


def _check(tool: Path, mounts: Mounts, watch: Watch) -> None:
    """What would otherwise fail inside, where the cause can no longer be told."""
    if watch.cancelled():
        raise Cancelled("cancelled")
    if not (tool.is_file() and os.access(tool, os.X_OK)):
        raise Fault("tool-missing")
    hosts = [*mounts.inputs.values(), *([mounts.outputs] if mounts.outputs is not None else [])]
    if not all(host.exists() for host in hosts):
        raise Fault("tool-failed", "a file or folder that it needs is not there")
