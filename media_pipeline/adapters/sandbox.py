"""What a tool may see and use: the namespaces, mounts and limits that `process.Door` starts it in.

With bubblewrap a tool sees its own binary, the shared libraries of the system, its inputs (read-only, under `/in`)
and at most one folder to write to (`/out`), and nothing else: no network, no home, no settings, no other upload.
"""

from __future__ import annotations

import re
import resource
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from media_pipeline.core.errors import Fault

IN = "/in"
"""Where a tool finds its inputs: `/in/<name>`."""

OUT = "/out"
"""Where a tool writes: its working directory."""

_TOOLS = "/tool"
"""Where the sandbox shows the tool itself."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""An input's name is ours: nothing in it can be an option, a pattern or another folder."""

_INSIDE = re.compile(rf"(file:)?({IN}/([A-Za-z0-9][A-Za-z0-9._-]*)|{OUT})(/.*)?", re.DOTALL)


SIGN_OF_LIFE, SIGN_OF_LIFE_COMMAND = b"\n", "echo >&2"
"""What comes first on a tool's standard error, and how it is said: fails when nobody listens any more."""


class Sandbox(StrEnum):
    """How much stands between a tool and the machine."""

    BUBBLEWRAP = "bubblewrap"
    """Namespaces of its own."""

    NONE = "none"
    """Limits only, and the machine's whole file system and network. Only for an operator who names it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one tool may use. Each process it starts has these limits of its own, except `wall_seconds`."""

    cpu_seconds: int
    """Seconds of processor time."""

    address_space: int = 4 << 30
    """Bytes of address space."""

    file_size: int = 0
    """Bytes it may write to any one file; 0 for a tool that writes only to its pipes."""

    wall_seconds: float | None = None
    """Seconds by the clock, all in all; None for work whose length its own progress tells."""

    processes: int = 1024
    """Processes and threads in the sandbox (counted for the sandbox alone from Linux 5.14; not used without one)."""

    open_files: int = 256
    """Files open at once."""


@dataclass(frozen=True, slots=True)
class Mounts:
    """What of the host a tool sees."""

    inputs: Mapping[str, Path] = field(default_factory=dict)
    """Name to host file or folder: seen read-only at `/in/<name>`. Names are letters, digits, `.`, `_` and `-`."""

    outputs: Path | None = None
    """Host folder that is seen read-write at `/out`, the tool's working directory."""

    def __post_init__(self) -> None:
        if not all(_NAME.fullmatch(name) for name in self.inputs):
            raise ValueError("an input's name is made of letters, digits, dots, underscores and hyphens")


@dataclass(frozen=True, slots=True)
class Wrapper:
    """The command that a tool's command line is put behind."""

    sandbox: Sandbox
    """Which kind."""

    bubblewrap: Path
    """Makes the walls; not used without a sandbox."""

    steps: tuple[Path, Path, Path]
    """setpriv, sh and prlimit: see `_last_steps`. They run inside, one after the other, in the process that then becomes
    the tool, so that no code of ours has to run between fork and exec."""

    can_disable_userns: bool
    """Whether this bubblewrap (0.8 and later) can forbid further namespaces."""

    def command(
        self, tool: Path, argv: Sequence[str], mounts: Mounts, limits: Limits, status_fd: int | None
    ) -> list[str]:
        """The whole command line. `status_fd` is where bubblewrap tells of itself."""
        if self.sandbox is Sandbox.NONE:
            last_steps = _last_steps(*self.steps, limits, count_processes=False)
            return [*last_steps, str(tool), *(outside(item, mounts) for item in argv)]
        setpriv, sh, prlimit, seen_as = (Path(_TOOLS, path.name) for path in (*self.steps, tool))
        return [
            str(self.bubblewrap),
            *self._walls(),
            *(item for path in (*self.steps, tool) for item in ("--ro-bind", str(path), f"{_TOOLS}/{path.name}")),
            *_binds(mounts),
            *("--remount-ro", "/"),  # the sandbox's own root is memory: nothing may be left in it
            *(() if status_fd is None else ("--json-status-fd", str(status_fd))),
            "--",
            *_last_steps(setpriv, sh, prlimit, limits, count_processes=True),
            str(seen_as),
            *argv,
        ]

    def _walls(self) -> list[str]:
        return [
            "--unshare-user",  # ids of its own: root here is nobody outside
            *(["--disable-userns"] if self.can_disable_userns else []),  # closes a way to much of the kernel
            "--unshare-net",  # no network, not even this machine's own
            "--unshare-pid",  # sees no other process; all of it dies with the first ...
            "--as-pid-1",  # ... which is the tool itself, so that its processor time comes back to us
            "--unshare-ipc",  # no shared memory with others
            "--unshare-uts",  # no host name
            "--unshare-cgroup-try",  # sees no control groups (where the kernel has the namespace)
            *("--cap-drop", "ALL"),  # root inside is powerless
            "--new-session",  # cannot type into our terminal
            "--die-with-parent",  # kill -9 of ours ends bubblewrap, and that ends the tool: see _last_steps
            *("--ro-bind", "/usr/lib", "/usr/lib"),  # shared libraries, and nothing else that could be run
            *("--ro-bind-try", "/usr/lib64", "/usr/lib64"),
            *("--ro-bind-try", "/usr/local/lib", "/usr/local/lib"),
            *("--ro-bind-try", "/lib", "/lib"),
            *("--ro-bind-try", "/lib64", "/lib64"),
            *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),  # where the libraries are
            *("--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),  # Debian's links between them
            *("--dev", "/dev"),  # null, zero, urandom and their like; no disk, no camera
            *("--tmpfs", "/tmp"),  # noqa: S108 - a new one, in memory, gone with the tool
        ]


def find_wrapper(sandbox: Sandbox, *, can_disable_userns: bool) -> Wrapper:
    """The programs that `sandbox` needs. Raises `Fault`: "no-sandbox" without bubblewrap, "tool-missing" without util-linux."""
    bubblewrap, setpriv, sh, prlimit = (shutil.which(name) for name in ("bwrap", "setpriv", "sh", "prlimit"))
    if bubblewrap is None and sandbox is Sandbox.BUBBLEWRAP:
        raise Fault("no-sandbox", "bubblewrap (bwrap) is not installed")
    if setpriv is None or sh is None or prlimit is None:
        raise Fault("tool-missing", "setpriv and prlimit of util-linux are not installed")
    return Wrapper(sandbox, Path(bubblewrap or "bwrap"), (Path(setpriv), Path(sh), Path(prlimit)), can_disable_userns)


def outside(item: str, mounts: Mounts) -> str:
    """What an argument means without a sandbox.

    An item that is as a whole `/in/NAME…` or `/out…`, with or without `file:` before it, becomes the host's path;
    every other item stays as it is. So write each such path as an item of its own, never inside a longer one.
    """
    match = _INSIDE.fullmatch(item)
    if match is None:
        return item
    protocol, root, name, rest = match.groups()
    host = mounts.outputs if root == OUT else mounts.inputs.get(name)
    return item if host is None else f"{protocol or ''}{host.absolute()}{rest or ''}"


def _binds(mounts: Mounts) -> list[str]:
    binds: list[str] = []
    for name, host in mounts.inputs.items():
        binds += ["--ro-bind", str(host.absolute()), f"{IN}/{name}"]
    if mounts.outputs is not None:
        binds += ["--bind", str(mounts.outputs.absolute()), OUT]
    return [*binds, "--chdir", "/" if mounts.outputs is None else OUT]


def _at_most(kind: int, wanted: int) -> int:
    """`wanted`, or what this process itself may have at most: a limit can only be lowered."""
    ceiling = resource.getrlimit(kind)[1]
    return wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)


def _last_steps(setpriv: Path, sh: Path, prlimit: Path, limits: Limits, *, count_processes: bool) -> list[str]:
    """What goes right before the tool: its tie to us, a look whether we are still there, its limits."""
    return [
        str(setpriv),
        "--pdeathsig=KILL",  # dies with bubblewrap, whose own tie is lost when it drops its rights; or with our thread
        "--no-new-privs",  # no setuid program gives it more than we have
        "--",
        str(sh),
        # had we died before the tie was made, nobody would end the tool; but then nobody hears this line either
        *("-c", f'{SIGN_OF_LIFE_COMMAND} && exec "$@"', "sh"),
        str(prlimit),
        f"--cpu={_at_most(resource.RLIMIT_CPU, limits.cpu_seconds)}",  # hard: SIGKILL, no last words
        f"--as={_at_most(resource.RLIMIT_AS, limits.address_space)}",
        f"--fsize={_at_most(resource.RLIMIT_FSIZE, limits.file_size)}",
        f"--nofile={_at_most(resource.RLIMIT_NOFILE, limits.open_files)}",
        "--core=0",  # a crash leaves no picture of a child behind
        # outside a namespace the count would be of all that our user runs
        *([f"--nproc={_at_most(resource.RLIMIT_NPROC, limits.processes)}"] if count_processes else []),
        "--",
    ]
