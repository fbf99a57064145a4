"""Files made to harm, written byte by byte so that the kinds stay plain to see, and the room in which they are tried."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.process import Door, Limits, Mounts, Sandbox
from media_pipeline.core.errors import Hostile, Refused
from media_pipeline.core.media import MediaFile
from media_pipeline.ports.watch import Unwatched
from tests.film_reading import ffmpeg, ffprobe

WATCH = Unwatched()
SECRET = b"xyzzy-the-secret"
PORT = b"PORT"
"""Stands for the port of a listener in what is written."""

OUTSIDE = b"OUTSIDE"
"""Stands for the path of the planted secret."""

FILM = "a film"
"""What is said of a file that is one after all."""

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO base media."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *parts: bytes) -> bytes:
    """One with a version and flags of 0."""
    return box(kind, bytes(4), *parts)


def numbers(*values: int) -> bytes:
    """32-bit numbers."""
    return struct.pack(f">{len(values)}I", *values)


MATRIX = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


def coding(width: int = 320, height: int = 180, kind: bytes = b"mp4v", *more: bytes) -> bytes:
    """What a picture track is coded as."""
    name = bytes(14) + b"\1" + bytes(32) + b"\0\x18\xff\xff"
    return box(kind, bytes(7), b"\1", bytes(16), struct.pack(">HH", width, height), name, *more)


def track(
    number: int,
    samples: int,
    size: int,
    places: list[int],
    *,
    sort: bytes = coding(),
    clock: int = 1000,
    length: int = 1000,
    step: int = 1,
    place: bytes = full(b"url "),
) -> bytes:
    """A track whose samples of `size` bytes all lie at `places`; `clock` is ticks a second, `length` and `step` are ticks.

    `place` says which file they lie in: this one, unless it says otherwise.
    """
    table = box(
        b"stbl",
        full(b"stsd", numbers(1), sort),
        full(b"stts", numbers(1, samples, step)),
        full(b"stsc", numbers(1, 1, max(1, samples // max(1, len(places))), 1)),
        full(b"stsz", numbers(size, samples)),
        full(b"stco", numbers(len(places), *places)),
    )
    header = full(b"tkhd", numbers(0, 0, number, 0, 1000), bytes(16), MATRIX, numbers(320 << 16, 180 << 16))
    handler = full(b"hdlr", bytes(4), b"vide", bytes(13))
    where = box(b"dinf", full(b"dref", numbers(1), place))
    media = full(b"mdhd", numbers(0, 0, clock, length, 0x55C40000))
    return box(b"trak", header, box(b"mdia", media, handler, box(b"minf", full(b"vmhd", bytes(8)), where, table)))


def film(data: bytes, *tracks: bytes) -> bytes:
    """A whole file: brand, data at offset 24, index."""
    movie = full(b"mvhd", numbers(0, 0, 1000, 1000, 1 << 16, 0x01000000), bytes(8), MATRIX, bytes(24), numbers(2))
    return box(b"ftyp", b"isom", numbers(512)) + box(b"mdat", data) + box(b"moov", movie, *tracks)


def element(number: int, *parts: bytes, length: int | None = None) -> bytes:
    """One of EBML, which may say any length."""
    body = b"".join(parts)
    said = len(body) if length is None else length
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + (1 << 56 | said).to_bytes(8, "big") + body


class Watched(Door):
    """A door that keeps what limits each tool was given."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.limits: list[Limits] = []
        super().__init__(sandbox)
        self.limits.clear()

    @contextmanager
    def _started(self, tool: Path, argv: Any, mounts: Mounts, limits: Limits, *more: Any) -> Iterator[Any]:
        self.limits.append(limits)
        with super()._started(tool, argv, mounts, limits, *more) as child:
            yield child


class Room:
    """A folder with another upload beside the file, a secret outside of it, and somebody who listens on loopback."""

    def __init__(self, folder: Path, door: Watched) -> None:
        self.folder, self.door = folder / "uploads", door
        self.secret = folder / "outside" / "secret.txt"
        self.secret.parent.mkdir()
        self.folder.mkdir()
        self.baits = [self.secret, self.folder / "victim.mp4", self.folder / "secret.txt"]
        for bait in self.baits:
            bait.write_bytes(SECRET)

    def outcome(self, name: str, content: bytes) -> str:
        """What the prober says of a file, once it is seen that nothing else was touched: a code, or `FILM`."""
        with self.seen() as server:
            port = str(server.getsockname()[1]).encode()
            (self.folder / name).write_bytes(content.replace(PORT, port).replace(OUTSIDE, bytes(self.secret)))
            before = sorted(self.folder.iterdir())
            said = self._probed(self.folder / name)
        assert sorted(self.folder.iterdir()) == before, "something was left or taken away"
        for limits in self.door.limits:
            assert limits.address_space <= 4 << 30
            assert limits.cpu_seconds <= 30
            assert limits.wall_seconds is not None
            assert limits.file_size == 0
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
        assert largest < 4 << 30, "a tool used more memory than the door allows"
        return said

    def _probed(self, path: Path) -> str:
        prober = FfprobeProber(self.door, ffprobe(), ffmpeg())
        try:
            media = prober.probe(path, WATCH)
        except Refused as refused:
            return said_of(refused, path)
        check(media, path)
        return FILM

    @contextmanager
    def seen(self) -> Iterator[socket.socket]:
        """Fails when a bait was opened or somebody called meanwhile."""
        libc = ctypes.CDLL(None, use_errno=True)
        notes = libc.inotify_init1(os.O_NONBLOCK)
        assert notes >= 0, os.strerror(ctypes.get_errno())
        try:
            for bait in self.baits:
                assert libc.inotify_add_watch(notes, bytes(bait), 0x21) >= 0, "opened or read"
            with socket.create_server(("127.0.0.1", 0)) as server:
                yield server
                server.setblocking(False)
                try:
                    server.accept()[0].close()
                except BlockingIOError:
                    pass
                else:
                    raise AssertionError("somebody was called")
            try:
                os.read(notes, 4096)
            except BlockingIOError:
                return
            raise AssertionError("another file was opened")
        finally:
            os.close(notes)


def said_of(refused: Refused, path: Path) -> str:
    """Its code, once it is seen that it has a sentence and that neither this nor IT's line tells of the file."""
    assert refused.sentence.endswith((".", "?"))
    told = f"{refused} {refused.detail}"
    assert path.name not in told or len(path.name) < 7, told  # a shorter name may be a word of ours
    assert not any(text.decode() in told for text in (SECRET, PORT, OUTSIDE))
    return f"Hostile {refused.code}" if isinstance(refused, Hostile) else refused.code


def check(media: MediaFile, path: Path) -> None:
    """What is said of a film is of this file, within what we accept, and of a length that anybody could mean."""
    assert media.size == path.stat().st_size
    assert 0 < media.whole.length < 48 * 3600
    assert media.video is not None or media.audio is not None
    if media.video is not None:
        assert 0 < media.video.width * media.video.height <= 4096 * 2304
        assert 0 < media.video.frames <= media.size
        assert 0 < media.video.rate <= 1000
    if media.audio is not None:
        assert media.audio.channels > 0
        assert media.audio.sample_rate > 0
