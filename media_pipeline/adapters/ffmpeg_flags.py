"""What ffmpeg is told of each finished file: one flag a line, with its why.

A value of None stands for a flag without a value. Measured with ffmpeg 9.0.2.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from media_pipeline.core.pieces import KEY_FRAME_SECONDS

Flags = dict[str, str | None]
"""Flag (without its hyphen) to value."""

SEGMENT_SECONDS = 4
"""Seconds an HLS segment lasts, to a frame: two GOPs."""

SOUND_RATE = 48000
"""Hz of every finished sound track."""

GLOBAL = (
    "-hide_banner",  # the banner says nothing about the work
    "-nostdin",  # standard input is for the graph, not for keys
    *("-loglevel", "error"),  # what is read of stderr are faults only
    "-y",  # the folder is ours and new
    *("-max_error_rate", "1"),  # how much of a recording is damaged is judged by its words
)
"""Before everything else."""

STEADY: Flags = {"reinit_filter": "0"}
"""For an untrusted input: a picture that changes its size half-way would otherwise start the whole graph anew,
with all its cuts at the wrong places."""

CLEAN: Flags = {
    "map_metadata": "-1",  # no tag of any input
    "map_chapters": "-1",  # no chapters: their titles would become a text track
    "sn": None,  # no subtitles
    "dn": None,  # no data tracks: timecodes, telemetry
    "fflags": "+bitexact",  # no times of writing, no name and version of the muxer
}
"""For every output."""

MP4: Flags = {
    "f": "mp4",  # the name of the file decides nothing
    "movflags": "+faststart",  # the index comes first: playing starts at once
    "write_tmcd": "0",  # no timecode track
    "write_btrt": "0",  # no bit rates: of joined chunks it would write the first one's
    "empty_hdlr_name": "1",  # handlers would be called "VideoHandler" after the library
    "metadata:s:v": "encoder=",  # "Lavc libx264" would become the tag "encoder"
    "metadata:s:a": "encoder=",  # the same for sound
}
"""For MP4 files and their like."""


SOUND_FILE: Flags = {**MP4, "f": "ipod"}
"""For the sound-only file: MP4 with the brand "M4A ", by which players know that there is no picture."""


def h264(rate: Fraction, key_frames: tuple[Fraction, ...] = ()) -> Flags:
    """H.264 with a key frame every two seconds, and one at each of the moments `key_frames` (s)."""
    gop = max(1, ceil(KEY_FRAME_SECONDS * rate))
    flags: Flags = {
        "c:v": "libx264",
        "preset": "veryfast",  # half the time of medium at three quarters of its quality and size
        "crf": "23",  # constant quality: a talking head costs little, a puppet show more
        "profile:v": "high",  # what the master playlist says
        "pix_fmt": "yuv420p",  # the one format that every browser shows
        "g": str(gop),  # the same key frames in every rendition, so that players can switch
        "sc_threshold": "0",  # no others where the scene changes: renditions would differ
        "fps_mode": "passthrough",  # the graph made the exact frames: add none, drop none
        "a53cc": "0",  # no closed captions of the source in SEI
        "bsf:v": "filter_units=remove_types=6",  # no SEI at all: x264 writes its settings there
        "flags:v": "+bitexact",  # no name and version of the encoder
    }
    if key_frames:
        # the storyboard is made of some of these, without decoding the rest
        flags["force_key_frames"] = ",".join(decimal(moment) for moment in key_frames)
    return flags


def proxy_h264(rate: Fraction) -> Flags:
    """H.264 for staff's eyes: made fast, and quick to seek in."""
    return {
        **h264(rate),
        "preset": "superfast",  # it is looked at a few times and thrown away
        "g": str(max(1, round(rate))),  # a key frame each second: stepping to and fro answers at once
    }


AAC: Flags = {
    "c:a": "aac",
    "b:a": "96k",  # speech and singing in stereo without audible loss
    "ac": "2",  # every browser plays stereo
    "ar": str(SOUND_RATE),  # the rate at which the graph counts its samples
    "flags:a": "+bitexact",  # no name and version of the encoder in the stream's fill element
}
"""Sound."""

LOSSLESS: Flags = {
    "c:a": "flac",  # exact to the sample
    "compression_level": "0",  # for a minute or two on our own disk: fast
    "sample_fmt": "s16",  # 16 bits: noise of theirs is 72 dB down even where 24 dB are added
    "f": "flac",
}
"""For sound that is only on its way."""

JPEG: Flags = {
    "c:v": "mjpeg",
    "q:v": "3",  # 2 to 31: fine for pictures that are looked at closely
    "pix_fmt": "yuvj420p",  # JPEG is full range; browsers take it for granted
    "fps_mode": "passthrough",  # the graph made the exact pictures
    "flags:v": "+bitexact",  # no comment segment with the encoder's name
    "f": "image2",
}
"""For pictures."""

COPY: Flags = {
    "c": "copy",  # the very packets of the file that is proven
}
"""For repackaging a finished file."""

TRACK_FILE: Flags = {
    "f": "mp4",
    "write_tmcd": "0",  # no timecode track
    "write_btrt": "0",  # no bit rates: they would be the first segment's
    "empty_hdlr_name": "1",  # as for MP4
}
"""For the files of HLS: CMAF tracks (ISO/IEC 23000-19), of which each holds one. Pictures and sound begin together at 0, to
0.01 ms, in Chromium by itself, with hls.js, and in ffmpeg: the header's edit list takes the delay of the frames' reordering
off, and the sound's first packet, which is not heard, is left out."""

_SEGMENTED = "".join(
    (
        "+cmaf",  # brand, fragments and sample flags as CMAF asks
        "+delay_moov",  # the header is written when the first times are known: otherwise it has no edit list
        "+skip_sidx",  # no index: playlists say where segments are
        "+skip_trailer",  # nor one behind the last segment
    )
)

PICTURES_TRACK: Flags = {
    **TRACK_FILE,
    "movflags": _SEGMENTED + "+frag_keyframe",  # segments begin at key frames
    "min_frag_duration": "3000000",  # at every second one: key frames are 2 s apart, but for a part of a frame
}
"""For a rendition's pictures."""

SOUND_TRACK: Flags = {
    **TRACK_FILE,
    "movflags": _SEGMENTED,
    # no priming: Chromium's own HLS begins each track with its first packet, and plays the sound 21 ms late with it
    "bsf:a": "noise=drop=lt(pts\\,0)",
    "frag_duration": str(SEGMENT_SECONDS * 1_000_000),  # a segment ends with the AAC frame that makes it so long
}
"""For the sound of all renditions."""


def decimal(moment: Fraction) -> str:
    """Seconds as ffmpeg reads them: exact to the microsecond, which is all that it keeps."""
    whole, part = divmod(round(moment * 1_000_000), 1_000_000)
    return f"{whole}.{part:06d}"
