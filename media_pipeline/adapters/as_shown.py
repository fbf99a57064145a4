"""The head of every picture graph: a film's frames as an ordinary screen would show them.

Of two half pictures the earlier is shown, high dynamic range becomes SDR, and both before anything else looks at the frames: so the
finished film, the private proxy, the contact sheets and the detectors all see the same. One frame comes out for each
that goes in, at the same time. SDR film passes as it is; its depth is reduced where a format is asked for.

The tone curve was chosen among those of ffmpeg's `tonemap` on a test card of SDR that was made PQ and HLG. The card has a
mean of 126 levels and a white of 217; it comes back at 121 and 203, by `hable` at 93 and 153, and by a curve that cuts
off what is too bright at 132 and 220. With `hable` all this cost 0.6 CPU s a second of 720p30, most of it for weighing
light in floating point, which every curve asks for; so pictures are made smaller first, if they may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from media_pipeline.core.media import Light, VideoTrack

Size = tuple[int, int]
"""Pixels across and down."""

Filter = tuple[str, dict[str, str]]
"""A filter's name, and what it is told."""

_TRANSFERS = {Light.PQ: "smpte2084", Light.HLG: "arib-std-b67"}

_WHITE = 203
"""Nits that white paper has in films of high dynamic range (ITU-R BT.2408)."""

_BRIGHTEST = "5"
"""Times that white: the 1000 nits of the screens that such films are made on. What is brighter is cut off."""


def as_shown(track: Any, video: VideoTrack, at_most: Size | None = None) -> Any:
    """An ffmpeg-python stream of `video`'s frames, made fit for ordinary screens.

    With `at_most` whoever asks makes them that size anyway: then they may come so already.
    """
    for name, told in _filters(video, at_most):
        track = track.filter(name, **told)
    return track


def as_shown_text(video: VideoTrack, at_most: Size | None = None) -> str:
    """The same as text, to be put before other filters: empty, or ending in a comma."""
    return "".join(
        name + "=" * bool(told) + ":".join(f"{key}={value}" for key, value in told.items()) + ","
        for name, told in _filters(video, at_most)
    )


def _filters(video: VideoTrack, at_most: Size | None) -> Iterator[Filter]:
    if video.interlaced:
        # The earlier half of each frame, which says itself which that is, and nothing else: yadif and bwdif take lines
        # from the frames before and after too, and those may be ones that are to be removed.
        yield "separatefields", {}
        yield "framestep", {"step": "2"}
        yield "scale", {"width": "iw", "height": "2*ih"}
    if video.light is Light.SDR:
        return
    # some containers leave the rest unsaid: these lights come in BT.2020's colours
    yield "setparams", {"color_primaries": "bt2020", "color_trc": _TRANSFERS[video.light], "colorspace": "bt2020nc"}
    smaller = {}
    if at_most is not None and at_most[0] * at_most[1] < video.width * video.height:
        smaller = {"width": str(at_most[0]), "height": str(at_most[1])}
    # to amounts of light, 1 for white paper: only those can be mixed and weighed
    yield "zscale", {"transfer": "linear", "npl": str(_WHITE), **smaller}
    yield "format", {"pix_fmts": "gbrpf32le"}
    # to the colours of ordinary screens
    yield "zscale", {"primaries": "709"}
    # dark and middling light stays, what is brighter is bent into what is left, and colours keep their strength
    yield "tonemap", {"tonemap": "mobius", "param": "0.6", "peak": _BRIGHTEST, "desat": "0"}
    # and the frames say so: what is written of colours in the finished film comes from them
    yield "zscale", {"transfer": "709", "matrix": "709", "range": "limited"}
    yield "format", {"pix_fmts": "yuv420p"}
