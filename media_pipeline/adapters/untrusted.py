"""The flags under which ffmpeg and ffprobe may open a file that came from outside: one list for everybody who does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from media_pipeline.adapters.sandbox import IN

_DECODERS = (
    "h264,hevc,vp8,vp9,av1,libdav1d,mpeg4,aac,opus,mp3,mp3float,vorbis,ac3,alac,flac,pcm_s16le,pcm_s16be,"
    "mov_text,subrip,text"
)
"""The few decoders that recordings need, of the hundreds there are."""

_OPENED_ONLY = {
    "v": "mjpeg,png,bmp",  # covers
    "s": "srt,ass,ssa,webvtt,dvdsub,dvbsub,pgssub",  # subtitles
}
"""ffprobe gives up when it may not open a decoder for each track, though it decodes none of these: kind to names."""

MAX_PIXELS = 4096 * 2304
"""The largest picture that is opened: a 4K camera's."""

UNTRUSTED_INPUT_FLAGS: Mapping[str, str] = MappingProxyType(
    {
        # a playlist or reference cannot reach for http, tcp, concat, data or a pipe
        "protocol_whitelist": "file",
        # no HLS, DASH, ffconcat, SDP, images or text: their readers open other files or make a film of anything
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
        # no decoder that a recording does not need
        "codec_whitelist": _DECODERS,
        # 900 tracks in a small file kept the reader busy for seconds
        "max_streams": "32",
        # no single piece of memory over 256 MiB: a number in a file is not a reason to fill the machine
        "max_alloc": "268435456",
        # no picture larger than 4K, whatever the stream says
        "max_pixels": str(MAX_PIXELS),
        # 20 MB and 20 s are looked at to learn what the tracks are, and no more
        "probesize": "20000000",
        "analyzeduration": "20000000",
    }
)
"""Option (without its hyphen) to value; each belongs before the `-i` of its input."""


def untrusted_input_flags() -> list[str]:
    """The same as arguments."""
    return [item for name, value in UNTRUSTED_INPUT_FLAGS.items() for item in (f"-{name}", value)]


def untrusted_input(name: str) -> list[str]:
    """Arguments that open `/in/<name>` under all these flags; `name` is the one given in `Mounts`."""
    return [*untrusted_input_flags(), "-i", f"file:{IN}/{name}"]


def untrusted_probe_input(name: str) -> list[str]:
    """The same for ffprobe, which here lists tracks and packets and decodes nothing of them."""
    opened = [
        item for kind, names in _OPENED_ONLY.items() for item in (f"-codec_whitelist:{kind}", f"{_DECODERS},{names}")
    ]
    flags = untrusted_input_flags()
    return [*flags, *opened, "-i", f"file:{IN}/{name}"]
