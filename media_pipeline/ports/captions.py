"""Reading captions that were given with a recording, without trusting them."""

from __future__ import annotations

from typing import Protocol

from media_pipeline.core.speakers import UntrustedCue


class CaptionReader(Protocol):
    """Reads the bytes of a caption file, in memory only."""

    def read(self, untrusted: bytes) -> tuple[UntrustedCue, ...]:
        """Every cue of a WebVTT, an SRT, or a transcript of Zoom's or Teams', in the file's order; at least one.

        Raises Refused("captions-unreadable") for anything else, without a word of it in the error.
        """
