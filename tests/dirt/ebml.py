"""Elements of Matroska and WebM that carry text, of which ffmpeg writes few: put into a film by hand (RFC 9559)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.dirt.canaries import Canaries

_HEAD, _SEGMENT = 0x1A45DFA3, 0x18538067
_SEEK, _CUES, _CHECKSUM = 0x114D9B74, 0x1C53BB6B, 0xBF
_INFO, _TRACKS, _TRACK, _TAGS, _CLUSTER, _GROUP = 0x1549A966, 0x1654AE6B, 0xAE, 0x1254C367, 0x1F43B675, 0xA0
_CHAPTERS, _EDITION, _CHAPTER = 0x1043A770, 0x45B9, 0xB6

_MASTERS = {_HEAD, _SEGMENT, _INFO, _TRACKS, _TRACK, _TAGS, _CLUSTER, _GROUP, _CHAPTERS, _EDITION, _CHAPTER}

_STALE = {_SEEK, _CUES, _CHECKSUM}
"""Places and sums that no longer hold once anything was put in; nothing needs them."""

_VOID = 0xEC


@dataclass
class Element:
    """An element that was opened: a master with children, or any other with its bytes."""

    number: int
    body: bytes = b""
    children: list[Element] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """The element with a size of eight bytes."""
        inside = self.body + b"".join(child.to_bytes() for child in self.children)
        return element(self.number, inside)

    def first(self, *way: int) -> Element:
        """The first element on the way down. LookupError without one."""
        found = self
        for number in way:
            found = next((child for child in found.children if child.number == number), Element(0))
            if not found.number:
                raise LookupError(f"no element {number:x}")
        return found

    def add(self, number: int, *parts: bytes) -> None:
        """Puts an element last."""
        self.children.append(Element(number, b"".join(parts)))


def element(number: int, *parts: bytes) -> bytes:
    """One element."""
    body = b"".join(parts)
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + (1 << 56 | len(body)).to_bytes(8, "big") + body


def _parsed(data: bytes) -> list[Element]:
    found, at = [], 0
    while at < len(data):
        id_size = 9 - data[at].bit_length()
        number = int.from_bytes(data[at : at + id_size], "big")
        at += id_size
        size_size = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + size_size], "big") & ((1 << 7 * size_size) - 1)
        at += size_size
        body = data[at : at + size]
        assert len(body) == size, "the film must be whole and say all its sizes"
        if number not in _STALE:
            found.append(Element(number, children=_parsed(body)) if number in _MASTERS else Element(number, body))
        at += size
    return found


def dirty_elements(path: Path, canaries: Canaries) -> None:
    """Plants into a film of ffmpeg's."""
    film = Element(0, children=_parsed(path.read_bytes()))
    segment = film.first(_SEGMENT)
    film.first(_HEAD).add(0x4281, element(0x4283, canaries.octets("document type extension")))
    _dirty_info(segment.first(_INFO), canaries)
    _dirty_track(segment.first(_TRACKS, _TRACK), canaries)
    segment.first(_TRACKS).children.append(_unused_track(canaries))
    _dirty_tags(segment.first(_TAGS), canaries)
    _dirty_chapter(segment.first(_CHAPTERS, _EDITION, _CHAPTER), canaries)
    _dirty_cluster(segment.first(_CLUSTER), segment, canaries)
    segment.add(_VOID, canaries.octets("void in the segment"))
    segment.add(0x1B538667, element(0x7E8A, canaries.octets("signature")))
    segment.add(0x4B1D, canaries.octets("made-up element"))
    void = element(_VOID, canaries.octets("void element"))
    whole = b"".join(child.to_bytes() for child in film.children)
    path.write_bytes(whole + void + canaries.octets("trailing bytes"))


def _texts(parent: Element, canaries: Canaries, names: Sequence[tuple[int, str]]) -> None:
    for number, name in names:
        parent.add(number, canaries.octets(name))


def _dirty_info(info: Element, canaries: Canaries) -> None:
    taken = (0x4D80, 0x5741)  # replaced: who wrote the film, with what
    info.children = [child for child in info.children if child.number not in taken]
    _texts(info, canaries, [(0x4D80, "muxing app"), (0x5741, "writing app"), (0x7384, "segment file name")])
    _texts(info, canaries, [(0x3C83AB, "file name before"), (0x3E83BB, "file name after")])
    info.add(0x73A4, canaries.number("segment uuid", 16))
    info.add(0x4444, canaries.number("segment family", 16))
    info.add(0x4461, canaries.number("time of making", 8))
    info.add(0x6924, element(0x69A5, canaries.octets("chapter translation")))


def _dirty_track(track: Element, canaries: Canaries) -> None:
    _texts(
        track,
        canaries,
        [
            (0x22B59D, "track language tag"),
            (0x258688, "codec name"),
            (0x3A9697, "codec settings"),
            (0x3B4040, "codec information url"),
            (0x26B240, "codec download url"),
        ],
    )
    own = (
        element(0x41A4, canaries.octets("block addition name")),
        element(0x41ED, canaries.octets("block addition data")),
    )
    track.add(0x41E4, element(0x41F0, b"\4"), *own)
    track.add(0x6624, element(0x66A5, canaries.octets("track translation")))
    track.add(_VOID, canaries.octets("void in a track"))


def _unused_track(canaries: Canaries) -> Element:
    """Subtitles of a disc without any block: a number, an id, a kind, a coding, its settings, a name."""
    track = Element(_TRACK)
    for number, body in ((0xD7, b"\x5a"), (0x73C5, b"\x5a"), (0x83, b"\x11"), (0x86, b"S_VOBSUB")):
        track.add(number, body)
    track.add(0x63A2, b"size: 320x180\n# ", canaries.octets("codec private"))
    track.add(0x536E, canaries.octets("unused track"))
    return track


def _dirty_tags(tags: Element, canaries: Canaries) -> None:
    inner = element(0x67C8, element(0x45A3, b"ADDRESS"), element(0x4487, canaries.octets("nested tag")))
    tags.add(
        0x7373,
        element(0x63C0),
        element(
            0x67C8,
            element(0x45A3, canaries.octets("tag name")),
            element(0x447B, canaries.octets("tag language")),
            element(0x4487, canaries.octets("tag by hand")),
            inner,
        ),
        element(0x67C8, element(0x45A3, b"PICTURE"), element(0x4485, canaries.octets("binary tag"))),
    )


def _dirty_chapter(chapter: Element, canaries: Canaries) -> None:
    chapter.add(0x5654, canaries.octets("chapter id"))
    shown = element(0x85, canaries.octets("chapter in words")), element(0x437C, canaries.octets("chapter language"))
    chapter.add(0x80, *shown)
    private = element(0x450D, canaries.octets("chapter process private"))
    chapter.add(0x6944, private, element(0x6911, element(0x6933, canaries.octets("chapter process"))))


def _dirty_cluster(cluster: Element, segment: Element, canaries: Canaries) -> None:
    cluster.add(_VOID, canaries.octets("void in a cluster"))
    groups = [child for part in segment.children if part.number == _CLUSTER for child in part.children]
    group = next(
        child for child in groups if child.number == _GROUP
    )  # the cue: ffmpeg writes it with how long it lasts
    group.add(0x75A1, element(0xA6, element(0xEE, b"\4"), element(0xA5, canaries.octets("block addition"))))
    group.add(0xA4, canaries.octets("codec state"))
