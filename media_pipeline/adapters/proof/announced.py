"""What a recording's packets announce, and what of it no decoder gives: nothing that is kept may be lost unseen.

A decoder goes on after damage. What it leaves out, a still picture or silence takes the place of, in the finished film and
in our own reading of the recording alike, so that the two agree. Therefore every packet that is shown inside a kept span
must have become a frame. Frames that a decoder has patched up are found by asking it to give up where it finds fault
(`-err_detect explode`), but only of recordings of which it has complained. What is lost is lost up to the next key frame,
since everything before that builds on it. Matroska files lose their packets as well: of one that is torn, as its reader
says, a hole between packets is a loss.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media_pipeline.adapters.process import Door, Mounts
from media_pipeline.adapters.proof.decoding import complains, limits
from media_pipeline.adapters.untrusted import untrusted_input
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import Interval
from media_pipeline.core.timebase import SNAP_TOLERANCE, Seconds
from media_pipeline.ports.watch import Watch

STRICT = ("-err_detect", "explode")
"""For an input: the decoder gives up a packet where it would otherwise patch it up."""

_LONGEST_LINE = 1 << 12

_HOLE, _USUAL = 1.7, 0.9
"""How many times longer than nine tenths of all are two packets of a torn file apart when something is missing between."""

_KEY, _DISCARD = 1, 4
"""ffmpeg's flags of a packet."""

Times = npt.NDArray[np.float64]


class Announced:
    """The packets of one track, by when they are shown."""

    def __init__(self, times: Times, lengths: Times, keys: npt.NDArray[np.bool_], torn: bool = False) -> None:
        """Seconds on the film's clock, seconds, whether nothing before it is needed to decode it; and of the whole file,
        whether its reader found bytes that belong to nothing."""
        order = np.argsort(times, kind="stable")
        self.times, self.lengths, self.keys = times[order], lengths[order], keys[order]
        self._torn = torn

    def _holes(self) -> npt.NDArray[np.int64]:
        """The packets after which there is a hole."""
        steps = np.diff(self.times)
        if not self._torn or not len(steps):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(steps > _HOLE * np.quantile(steps, _USUAL))

    def _lost_holes(self, keep: tuple[Interval, ...]) -> list[float]:
        """Where holes begin, inside kept spans."""
        holes = [(float(self.times[n]), float(self.times[n + 1])) for n in self._holes()]
        spans = [(float(span.start), float(span.end)) for span in keep]
        return [max(start, first) for start, end in holes for first, last in spans if start < last and first < end]

    def lost(self, decoded: Times, keep: tuple[Interval, ...]) -> list[float]:
        """When packets are shown (s) that no decoded frame came of, or that build on such a one, inside kept spans.

        `decoded` are the frames' times, rising. Packets before the first frame need what is not in the file (it was cut
        off before), and a single one after the last is none that containers and decoders agree on.
        """
        if not len(decoded):
            return [float(span.start) for span in keep]
        tolerance = float(SNAP_TOLERANCE)
        after = np.minimum(np.searchsorted(decoded, self.times - tolerance), len(decoded) - 1)
        came = np.abs(decoded[after] - self.times) <= tolerance
        came |= self.times < decoded[0]
        behind = self.times > decoded[-1] + tolerance
        came |= behind & (np.count_nonzero(behind) == 1)
        came[self._holes()] = False
        # each packet's last key frame, and the last loss at or before it
        numbers = np.arange(len(came))
        since_key = np.maximum.accumulate(np.where(self.keys, numbers, -1))
        since_loss = np.maximum.accumulate(np.where(came, -1, numbers))
        spoiled = (since_loss >= 0) & (since_loss >= since_key)
        kept = [float(time) for time in self.times[spoiled] if _is_kept(float(time), keep, tolerance)]
        return sorted(kept + self._lost_holes(keep))

    def silent(self, decoded: list[tuple[float, float]], keep: tuple[Interval, ...]) -> list[float]:
        """When packets of sound begin (s) of which next to nothing was decoded, inside kept spans."""
        if not decoded:
            return [float(span.start) for span in keep]
        starts, ends = (np.array(edges) for edges in zip(*sorted(decoded), strict=True))
        middles = self.times + self.lengths / 2
        place = np.maximum(np.searchsorted(starts, middles, side="right") - 1, 0)
        came = (middles >= starts[place]) & (middles < ends[place])
        came |= (middles < starts[0]) | (middles > ends[-1])
        kept = [
            float(time)
            for time, length in zip(self.times[~came], self.lengths[~came], strict=True)
            if any(span.start < time + length and time < span.end for span in keep)
        ]
        return sorted(kept + self._lost_holes(keep))


def _is_kept(time: float, keep: tuple[Interval, ...], tolerance: float) -> bool:
    return any(span.start - tolerance <= time < span.end - tolerance for span in keep)


class Listener:
    """Lists packets and decoded sound of recordings with ffmpeg, behind the door."""

    def __init__(self, door: Door, ffmpeg: Path) -> None:
        self._door, self._ffmpeg = door, ffmpeg

    def packets(self, path: Path, stream: str, length: Seconds, watch: Watch) -> Announced:
        """The packets of a track (as for `-map`), without decoding any. Raises Fault and Cancelled."""
        times, lengths, keys = array("d"), array("d"), array("b")
        complaints: list[bool] = []
        for pts, duration, rest in self._listed((), path, stream, ("-c", "copy"), length, watch, complaints):
            # flags are told when they are other than those of a key frame
            flags = int(rest.split("F=0x")[1].split(",")[0], 16) if "F=0x" in rest else _KEY
            if flags & _DISCARD:  # an edit list hides it
                continue
            times.append(pts)
            lengths.append(duration)
            keys.append(bool(flags & _KEY))
        return Announced(np.array(times), np.array(lengths), np.array(keys, dtype=np.bool_), any(complaints))

    def frames(self, path: Path, stream: str, length: Seconds, watch: Watch) -> Times:
        """When each decoded frame is shown (s), rising, by a decoder that patches nothing up."""
        decoding = ("-vf", "scale=16:16", "-fps_mode", "passthrough", "-enc_time_base", "demux", "-c:v", "rawvideo")
        frames = self._listed(STRICT, path, stream, decoding, length, watch, [])
        return np.array([pts for pts, _, _ in frames])

    def sounds(self, path: Path, stream: str, length: Seconds, watch: Watch) -> list[tuple[float, float]]:
        """From when to when (s) each decoded piece of a track sounds, by a decoder that patches nothing up."""
        pieces = self._listed(STRICT, path, stream, ("-c:a", "pcm_s16le"), length, watch, [])
        return [(pts, pts + duration) for pts, duration, _ in pieces]

    def _listed(
        self,
        reading: tuple[str, ...],
        path: Path,
        stream: str,
        coding: tuple[str, ...],
        length: Seconds,
        watch: Watch,
        complaints: list[bool],
    ) -> Iterator[tuple[float, float, str]]:
        """When each packet is shown (s, film clock), how long, and what else is said of it; in the end what is complained of."""
        argv = [
            *("-loglevel", "error"),
            *("-max_error_rate", "1"),  # how much is lost is for us to judge
            *reading,
            *untrusted_input("src"),
            *("-map", stream),
            *coding,
            *("-f", "framecrc"),
            "pipe:1",
        ]
        tick = Fraction(1)
        with self._door.stream(self._ffmpeg, argv, Mounts({"src": path}), limits(length), watch) as running:
            while line := running.stdout.readline(_LONGEST_LINE).decode("ascii", "replace"):
                try:
                    if line.startswith("#tb 0:"):
                        tick = Fraction(line.split()[-1])
                    elif not line.startswith("#"):
                        _, _, pts, duration, rest = line.split(",", 4)
                        yield float(int(pts) * tick), float(int(duration) * tick), rest
                except (ValueError, ZeroDivisionError):
                    raise Fault("tool-failed", "packets are not listed as expected") from None
            complaints.append(complains(running.finish().untrusted_stderr))
