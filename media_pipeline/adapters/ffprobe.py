"""Reads what an untrusted file is: by its own first bytes, then with ffprobe and ffmpeg behind the door.

Nothing that the file says of itself is believed before a tool has shown it. ffprobe names the tracks; ffmpeg, the very
build that renders later, decodes the first frame of each, which gives the true size and the film's clock: 0 is where
ffmpeg puts it when it reads the file plainly. That is the container's start, except that builds differ by the priming of
sound before it (ffprobe 8 counts it, ffmpeg 9 does not), so it is measured and not computed. Last, every packet's time is
read, in bounded memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from media_pipeline.adapters.frame_times import FrameTimes, frame_times, longest_gap
from media_pipeline.adapters.probing import FirstFrame, Probing, Stream
from media_pipeline.adapters.process import Door
from media_pipeline.adapters.sniff import refuse_by_name, sniff
from media_pipeline.adapters.untrusted import MAX_PIXELS
from media_pipeline.adapters.untrusted_texts import untrusted_texts
from media_pipeline.core.errors import Cancelled, Refused
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioCodec, AudioTrack, Light, MediaFile, VideoCodec, VideoTrack
from media_pipeline.ports.prober import Prober
from media_pipeline.ports.watch import Part, Watch

_HASH_PIECE = 1 << 20
"""Bytes hashed between two words to the watch."""

_MOST_STRETCH = 4
"""Pixels wider or taller than this are no camera's, and are taken for square."""

_END_MISSING = Fraction(1)
"""Seconds by which a track may end before its index says so: the index rounds, and edits cut within a frame."""

_LIGHTS = {"smpte2084": Light.PQ, "arib-std-b67": Light.HLG}
"""ffprobe's names for them; whatever else is said, or nothing, is SDR."""

_HALF_PICTURES = ("tt", "bb", "tb", "bt")
"""ffprobe's names for the orders of half pictures."""

_MAY_BE_INTERLACED = (VideoCodec.H264, VideoCodec.HEVC, VideoCodec.MPEG4)
"""The others know no half pictures."""

_LONGEST_GAP = Fraction(30 * 60)
"""Seconds for which one picture may stay, or one track begin after the other. A shared page may stand for long, but no
page of a storytime for half an hour; counters that overflow jump by 13 hours (32 bits of 90 kHz) or more, and clocks
that are set anew by years."""

_HEADER_DONE, _PACKETS_DONE = Fraction(1, 10), Fraction(1, 2)
"""Shares of the whole work."""


class FfprobeProber(Prober):
    """Opens untrusted files in the door's sandbox."""

    def __init__(self, door: Door, ffprobe: Path, ffmpeg: Path) -> None:
        self._door, self._ffprobe, self._ffmpeg = door, ffprobe, ffmpeg

    def probe(self, source: Path, watch: Watch) -> MediaFile:
        """What the file holds, as `Prober.probe` says."""
        refuse_by_name(source.name)  # on the command line; names of uploads are ours and tell nothing
        sniff(source)
        probing = Probing(self._door, self._ffprobe, self._ffmpeg, source, watch)
        streams, film_length = probing.header()
        video = _only_film(streams)
        sounds = [stream for stream in streams if stream.kind == "audio"]
        audio = sounds[0] if sounds else None
        _check_codings(video, audio)
        picture = None if video is None else _first_picture(probing, video)
        sound = None if audio is None else probing.first_frame(audio, container_clock=False)
        watch.progress(_HEADER_DONE)

        packets_watch = Part(watch, _HEADER_DONE, _PACKETS_DONE)
        video_track, audio_track, whole = None, None, None
        if video is not None and picture is not None:
            times = _times(probing, video, picture, film_length, packets_watch)
            interlaced = _is_interlaced(probing, video)
            video_track, whole = _video_track(video, picture, times, interlaced), Interval(times.start, times.end)
        if audio is not None and sound is not None:
            if sound.moment > _LONGEST_GAP:
                raise Refused("clock-jumps")
            audio_track = AudioTrack(
                audio.index, AudioCodec(audio.codec), audio.channels, audio.sample_rate, sound.moment
            )
            if whole is None:
                times = _times(probing, audio, sound, film_length, packets_watch)
                whole = Interval(sound.moment, times.end)
        if whole is None:
            raise Refused("no-tracks" if not streams else "truncated")
        if audio_track is None and video_track is not None and video_track.frames == 1:
            raise Refused("not-a-film")  # a picture in a film's container
        watch.progress(_PACKETS_DONE)
        sha256, size = _hash(source, Part(watch, _PACKETS_DONE, Fraction(1)))
        return MediaFile(sha256, size, whole, video_track, audio_track, len(sounds))

    def untrusted_texts(self, source: Path) -> frozenset[bytes]:
        """Every text of the file's tags, chapters and subtitles, as `Prober.untrusted_texts` says."""
        return untrusted_texts(self._door, self._ffprobe, source)


def _only_film(streams: Sequence[Stream]) -> Stream | None:
    """The first picture track that is not a cover or a thumbnail."""
    return next((stream for stream in streams if stream.kind == "video" and not stream.is_picture), None)


def _check_codings(video: Stream | None, audio: Stream | None) -> None:
    if video is None and audio is None:
        raise Refused("no-tracks")
    for stream, known in ((video, VideoCodec), (audio, AudioCodec)):
        if stream is not None and stream.is_locked:
            raise Refused("protected")
        if stream is not None and stream.codec not in list(known):
            raise Refused("codec")
    if video is not None and video.pixels > MAX_PIXELS:
        raise Refused("too-large-picture")


def _first_picture(probing: Probing, video: Stream) -> FirstFrame:
    picture = probing.first_frame(video, container_clock=False)
    if picture is None or not picture.width or not picture.height:
        raise Refused("truncated")  # an index without a frame
    return picture


def _times(probing: Probing, stream: Stream, first: FirstFrame, film_length: Fraction, watch: Watch) -> FrameTimes:
    """The frames of a track on the film's clock, of which `first` is the first that can be decoded."""
    untouched = probing.first_frame(stream, container_clock=True)
    packets = probing.packets(stream, film_length, watch)
    if untouched is None:
        raise Refused("truncated")
    first_tick = round(untouched.moment / stream.tick) if stream.kind == "video" else packets.earliest()
    frames = packets.frames_from(first_tick)
    if not frames:
        raise Refused("truncated")
    widest = max(first.moment, longest_gap(frames) * stream.tick)
    if packets.leaps_back or widest > _LONGEST_GAP:
        raise Refused("clock-jumps")
    if (stream.claimed_end - packets.span()) * stream.tick > _END_MISSING:
        raise Refused("truncated")
    return frame_times(frames, stream.tick, packets.end(), first.moment - untouched.moment, stream.claimed_rates)


def _is_interlaced(probing: Probing, video: Stream) -> bool:
    """By the container's word; where it is silent, by the first frames."""
    if video.codec not in _MAY_BE_INTERLACED or video.field_order == "progressive":
        return False
    return video.field_order in _HALF_PICTURES or probing.any_interlaced(video)


def _video_track(video: Stream, picture: FirstFrame, times: FrameTimes, interlaced: bool) -> VideoTrack:
    """The track with square pixels, wider or narrower but never taller than it is coded."""
    shape = picture.pixel_shape
    if not Fraction(1, _MOST_STRETCH) <= shape <= _MOST_STRETCH:
        shape = Fraction(1)
    width = max(1, round(picture.width * shape))
    if width * picture.height > MAX_PIXELS:
        raise Refused("too-large-picture")
    codec = VideoCodec(video.codec)
    return VideoTrack(
        video.index,
        codec,
        width,
        picture.height,
        times.rate,
        times.start,
        times.count,
        times.constant,
        light=_LIGHTS.get(video.transfer, Light.SDR),
        interlaced=interlaced,
    )


def _hash(source: Path, watch: Watch) -> tuple[str, int]:
    """SHA-256 and length of the whole file. Raises `Cancelled`."""
    digest, done, size = hashlib.sha256(), 0, source.stat().st_size
    with source.open("rb") as file:
        while piece := file.read(_HASH_PIECE):
            if watch.cancelled():
                raise Cancelled("cancelled")
            digest.update(piece)
            done += len(piece)
            watch.progress(min(Fraction(1), Fraction(done, max(1, size))))
    return digest.hexdigest(), done
