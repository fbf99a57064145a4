"""What staff look at while they decide: a small copy of the whole recording, and contact sheets of its frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from media_pipeline.adapters.ffmpeg import Ffmpeg
from media_pipeline.adapters.ffmpeg_args.previews import LOUDNESS, proxy_command, sheets_command
from media_pipeline.adapters.peaks import peaks_of
from media_pipeline.adapters.process import Door
from media_pipeline.core.errors import Fault
from media_pipeline.core.media import MediaFile
from media_pipeline.core.preview import Preview, strip_step
from media_pipeline.core.timebase import Seconds
from media_pipeline.ports.renderer import Previewer
from media_pipeline.ports.watch import Watch


class FfmpegPreviewer(Previewer):
    """The `Previewer` that uses ffmpeg."""

    def __init__(self, door: Door, tool: Path, seconds_of: Callable[[Path], tuple[tuple[int, int], ...]]) -> None:
        """`tool` is an ffmpeg 9 with libx264; `seconds_of` tells where each second of an MP4 lies, as `Preview.seconds`."""
        self._ffmpeg, self._seconds_of = Ffmpeg(door, tool), seconds_of

    def proxy(self, source: Path, media: MediaFile, out: Path, watch: Watch) -> Preview:
        """As `ports.renderer.Previewer.proxy`; a sound recording makes a `proxy.mp4` with sound alone."""
        end = media.whole.end
        self._ffmpeg.run(proxy_command(media), source, out, watch, reads=end, writes=end)
        try:
            peaks: tuple[int, ...] = ()
            if media.audio is not None:
                peaks = peaks_of(out / LOUDNESS)
                (out / LOUDNESS).unlink()
            return Preview(peaks, self._seconds_of(out / "proxy.mp4"))
        except OSError:
            raise Fault("store-failed", "the proxy cannot be read") from None

    def contact_sheets(
        self, source: Path, media: MediaFile, moments: Sequence[Seconds], out: Path, watch: Watch
    ) -> None:
        """As `ports.renderer.Previewer.contact_sheets`: evenly spaced moments, in order, all from one decode.

        A sound recording has no sheets, and no moments make none. Raises ValueError for uneven moments.
        """
        if media.video is None or not moments:
            return
        step = moments[1] - moments[0] if len(moments) > 1 else media.whole.length
        if step <= 0 or any(later - earlier != step for earlier, later in pairwise(moments)):
            raise ValueError("contact sheets show evenly spaced moments, in order")
        every = strip_step(len(moments))
        command = sheets_command(media, moments[0], step, len(moments), every)
        end = media.whole.end
        self._ffmpeg.run(command, source, out, watch, reads=end, writes=end)
