"""Files made to harm: each is refused with the sentence that fits, reads nothing beside itself and calls nobody.

The files are written here, byte by byte, so that the kinds stay plain to see.
"""

from __future__ import annotations

import random
import socket
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from media_pipeline.adapters.ffprobe import FfprobeProber
from media_pipeline.adapters.process import Door, Limits, Mounts, Sandbox
from media_pipeline.adapters.sniff import refuse_by_name
from media_pipeline.adapters.untrusted import untrusted_input
from media_pipeline.core.errors import Hostile, Refused
from media_pipeline.ports.watch import Unwatched
from tests.adapters.filming import H264, PICTURES
from tests.film_reading import ffmpeg, ffprobe, run_ffmpeg

pytestmark = pytest.mark.slow

WATCH = Unwatched()
HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"
DASH = '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>{}</BaseURL></MPD>'
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"


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
CODING = box(
    b"mp4v", bytes(7), b"\1", bytes(16), struct.pack(">HH", 320, 180), bytes(14), b"\1", bytes(32), b"\0\x18\xff\xff"
)


def track(number: int, samples: int, size: int, places: list[int]) -> bytes:
    """A track whose samples of `size` bytes all lie at `places`."""
    table = box(
        b"stbl",
        full(b"stsd", numbers(1), CODING),
        full(b"stts", numbers(1, samples, 1)),
        full(b"stsc", numbers(1, 1, max(1, samples // len(places)), 1)),
        full(b"stsz", numbers(size, samples)),
        full(b"stco", numbers(len(places), *places)),
    )
    header = full(b"tkhd", numbers(0, 0, number, 0, 1000), bytes(16), MATRIX, numbers(320 << 16, 180 << 16))
    handler = full(b"hdlr", bytes(4), b"vide", bytes(13))
    where = box(b"dinf", full(b"dref", numbers(1), full(b"url ")))
    media = full(b"mdhd", numbers(0, 0, 1000, 1000, 0x55C40000))
    return box(b"trak", header, box(b"mdia", media, handler, box(b"minf", full(b"vmhd", bytes(8)), where, table)))


def film(data: bytes, *tracks: bytes) -> bytes:
    """A whole file: brand, data at offset 24, index."""
    movie = full(b"mvhd", numbers(0, 0, 1000, 1000, 1 << 16, 0x01000000), bytes(8), MATRIX, bytes(24), numbers(2))
    return box(b"ftyp", b"isom", numbers(512)) + box(b"mdat", data) + box(b"moov", movie, *tracks)


def avi_with_playlist(name: str) -> bytes:
    """An AVI whose subtitle packet is a playlist (GAB2)."""
    subtitle = b"GAB2\0\2\0" + bytes(6) + HLS.format(name).encode()
    return (
        b"RIFF" + struct.pack("<I", 24 + len(subtitle)) + b"AVI LIST" + struct.pack("<I", 12) + b"movi00tx" + subtitle
    )


def nested(depth: int) -> bytes:
    """Boxes in boxes in boxes."""
    return box(b"ftyp", b"isom") + b"".join(struct.pack(">I", 8 * left) + b"moov" for left in range(depth, 0, -1))


def png_header() -> bytes:
    """A picture of 32000 × 32000 in a few bytes."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 32000, 32000, 1, 0, 0, 0, 0) + bytes(500)


KINDS: dict[str, tuple[bytes, type[Refused], str]] = {
    "hls-file.mp4": (HLS.format("file:///etc/passwd").encode(), Hostile, "playlist"),
    "hls-http.mp4": (HLS.format("http://127.0.0.1:PORT/x.ts").encode(), Hostile, "playlist"),
    "hls-beside.m3u8": (b"\xef\xbb\xbf\r\n" + HLS.format("victim.mp4").encode(), Hostile, "playlist"),
    "concat.mp4": (b"ffconcat version 1.0\nfile 'victim.mp4'\n", Hostile, "playlist"),
    "dash.mp4": (DASH.format("http://127.0.0.1:PORT/").encode(), Hostile, "playlist"),
    "sdp.mp4": (SDP.encode(), Hostile, "playlist"),
    "text.mp4": (b"\x1b[31mAnn\x1b[0m: hello everyone\n" * 60, Hostile, "text"),
    "latin.txt": ("Zoë: hello\n".encode("latin-1") * 60, Hostile, "text"),
    "wide.txt": ("chat of Ann\n".encode("utf-16"), Hostile, "text"),
    "gab2.avi": (avi_with_playlist("secret.txt"), Refused, "not-a-film"),
    "png.mp4": (png_header(), Refused, "not-a-film"),
    "random.mp4": (random.Random(20).randbytes(200_000), Refused, "not-a-film"),
    "zero.mp4": (b"", Refused, "empty"),
    "arf.mp4": (b"\1\0\2\0" + bytes(600), Refused, "unconverted-webex"),
    "wrf.mp4": (b"WOTF" + bytes(600), Refused, "unconverted-webex"),
    "samples.mp4": (film(bytes(999), track(1, 1 << 24, 1, [24])), Hostile, "bomb"),
    "tracks.mp4": (film(bytes(999), *(track(n, 1, 9, [24]) for n in range(1, 901))), Hostile, "bomb"),
    "nested.mp4": (nested(50_000), Refused, "truncated"),
    "headers.mov": (film(b"", track(1, 5, 9, [24])), Refused, "truncated"),
    "no-index.mp4": (film(bytes(999)).partition(b"moov")[0][:-4], Refused, "truncated"),
    "ebml.webm": (bytes.fromhex("1a45dfa3 80 18538067 01ffffffffffffff") + bytes(99), Refused, "truncated"),
    "ends.mkv": (bytes.fromhex("1a45dfa3 80 18538067 88") + bytes(4), Refused, "truncated"),
}
"""File name to content, and how it is refused. PORT becomes that of a listener."""


class Spy(Door):
    """Counts what is started, and in which folder it could look around."""

    started = 0

    @contextmanager
    def _started(self, *arguments: Any, **more: Any) -> Any:
        type(self).started += 1
        with super()._started(*arguments, **more) as child:
            yield child


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_refused_and_touches_nothing(prober: FfprobeProber, tmp_path: Path, kind: str) -> None:
    content, error, code = KINDS[kind]
    bait = {"victim.mp4": b"victim", "secret.txt": b"xyzzy"}
    for name, words in bait.items():
        (tmp_path / name).write_bytes(words)
    with socket.create_server(("127.0.0.1", 0)) as server:
        (tmp_path / kind).write_bytes(content.replace(b"PORT", str(server.getsockname()[1]).encode()))
        with pytest.raises(Refused) as caught:
            prober.probe(tmp_path / kind, WATCH)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (type(caught.value), caught.value.code) == (error, code)
    assert {path.name for path in tmp_path.iterdir()} == {*bait, kind}


@pytest.mark.parametrize("kind", [kind for kind, (_, _, code) in KINDS.items() if code in ("playlist", "text")])
def test_lists_and_texts_never_reach_a_tool(tmp_path: Path, kind: str) -> None:
    spied = FfprobeProber(Spy(Sandbox.BUBBLEWRAP), ffprobe(), ffmpeg())
    (tmp_path / kind).write_bytes(KINDS[kind][0])
    Spy.started = 0
    with pytest.raises(Hostile):
        spied.probe(tmp_path / kind, WATCH)
    assert Spy.started == 0


@pytest.mark.parametrize("kind", ["concat.mp4", "hls-beside.m3u8", "text.mp4", "sdp.mp4"])
@pytest.mark.parametrize("sandbox", list(Sandbox))
def test_the_flags_alone_stop_them_too(tmp_path: Path, kind: str, sandbox: Sandbox) -> None:
    (tmp_path / kind).write_bytes(KINDS[kind][0])
    run_ffmpeg(*PICTURES, *H264, tmp_path / "victim.mp4")
    mounts = Mounts({"folder": tmp_path})
    argv = ["-v", "error", *untrusted_input(f"folder/{kind}"), "-f", "null", "-"]
    assert Door(sandbox).run(ffmpeg(), argv, mounts, Limits(9), WATCH).exit_status != 0


def test_without_the_flags_a_list_would_read_another_upload(tmp_path: Path) -> None:
    (tmp_path / "concat.mp4").write_bytes(KINDS["concat.mp4"][0])
    run_ffmpeg(*PICTURES, *H264, tmp_path / "victim.mp4")
    run_ffmpeg("-i", tmp_path / "concat.mp4", "-f", "null", "-")


def test_work_without_end_is_stopped(prober: FfprobeProber, tmp_path: Path) -> None:
    data = b"\0\0\1\xb6" * 25_000
    (tmp_path / "again.mp4").write_bytes(film(data, track(1, 500_000, len(data), [24] * 500_000)))
    with pytest.raises(Refused) as caught:
        prober.probe(tmp_path / "again.mp4", WATCH)
    assert caught.value.code == "too-slow-to-read"


def test_films_that_are_cut_off_or_damaged(prober: FfprobeProber, tmp_path: Path) -> None:
    whole, streamed = tmp_path / "whole.mp4", tmp_path / "whole.mkv"
    run_ffmpeg(*PICTURES, *H264, "-movflags", "+faststart", whole)
    run_ffmpeg("-i", whole, "-c", "copy", streamed)
    prober.probe(whole, WATCH)
    prober.probe(streamed, WATCH)
    raw, other = whole.read_bytes(), streamed.read_bytes()
    data = raw.index(b"mdat")
    to_the_end = raw[: data - 4] + bytes(4) + raw[data:]  # a box that says: all that is left
    [count] = struct.unpack(">I", raw[raw.index(b"stsz") + 12 :][:4])  # after version, flags and a common size of 0
    sizes = struct.unpack(f">{count}I", raw[raw.index(b"stsz") + 16 :][: 4 * count])
    damaged = {
        "cut.mp4": raw[: len(raw) * 2 // 3],
        "open.mp4": to_the_end[: len(raw) * 2 // 3],
        "exact.mp4": to_the_end[: data + 4 + sum(sizes[: count // 2])],  # between two frames
        "blank.mp4": raw[: data + 4] + bytes(len(raw) - data - 4),
        "cut.mkv": other[: len(other) * 2 // 3],
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refused) as caught:
            prober.probe(tmp_path / name, WATCH)
        assert (name, caught.value.code) == (name, "truncated")


@pytest.mark.parametrize("name", ["-i.mp4", "film%03d.mp4", "http:x.mp4", "a'b\n.mp4", "pipe:0"])
def test_a_good_film_with_a_bad_name_is_a_good_film(prober: FfprobeProber, tmp_path: Path, name: str) -> None:
    run_ffmpeg(*PICTURES, *H264, tmp_path / "good.mp4")
    (tmp_path / "good.mp4").rename(tmp_path / name)
    assert prober.probe(tmp_path / name, WATCH).video is not None


def test_what_is_not_there(prober: FfprobeProber, tmp_path: Path) -> None:
    for path in (tmp_path / "gone.mp4", tmp_path):
        with pytest.raises(Refused) as caught:
            prober.probe(path, WATCH)
        assert caught.value.code == "missing"


def test_names_of_recordings_that_must_be_converted() -> None:
    for name, code in {
        "double_click_to_convert_01.zoom": "unconverted-zoom",
        "MEETING.ARF": "unconverted-webex",
        "a.b.wrf": "unconverted-webex",
    }.items():
        with pytest.raises(Refused) as caught:
            refuse_by_name(name)
        assert caught.value.code == code
    refuse_by_name("zoom_0.mp4")
