"""The finished sound: every kept span trimmed out of one decoding, counted sample by sample, joined, and made as loud as speech
is expected to be."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import ffmpeg

from media_pipeline.adapters.ffmpeg_args.command import OUT, SOURCE, Command, compiled
from media_pipeline.adapters.ffmpeg_flags import AAC, CLEAN, LOSSLESS, SOUND_FILE, SOUND_RATE, STEADY, decimal
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import AudioTrack
from media_pipeline.core.pieces import SoundPiece, sound_pieces
from media_pipeline.core.plan import RenderPlan
from media_pipeline.ports.renderer import FINISHED_SOUND

_FADE = SOUND_RATE * 8 // 1000
"""Samples (8 ms) over which sound comes and goes at joints and beside mutes: a hard edge clicks."""

LOUDNESS = Fraction(-16)
"""LUFS of the finished sound: what podcasts and phones are made for (AES TD1008; EBU R 128 s2 has −16 for mobile)."""

_MOST_GAIN = Fraction(24)
"""dB. A recording that is quieter is mostly noise, which nobody wants louder."""

_QUIETEST = Fraction(-70)
"""LUFS at which EBU R 128 has heard nothing at all."""

_CEILING = "0.8414"
"""Peak (1 is full scale) over which nothing goes: 1.5 dB down, so that coding and resampling do not clip."""

KEPT = "kept.flac"
"""The kept sound as it is: it is taken out of the recording once, measured, and then made louder."""

_MEASURED = re.compile(rb"I:\s+(-?[0-9]{1,3}\.[0-9]) LUFS")


def kept_command(track: AudioTrack, plan: RenderPlan) -> Command:
    """`kept.flac`: all that is kept, silence where it is muted. The last words say how loud it is (EBU R 128)."""
    parts = sound_pieces(plan, SOUND_RATE)
    source = ffmpeg.input(SOURCE, **STEADY)[str(track.index)]
    copies = source.filter_multi_output("asplit", len(parts))
    kept = ffmpeg.concat(*(_heard(copies[place], part) for place, part in enumerate(parts)), v=0, a=1)
    written, measured = (kept.filter_multi_output("asplit", 2)[place] for place in range(2))
    outputs = [
        ffmpeg.output(written, OUT + KEPT, **CLEAN, **LOSSLESS),
        # the summary is information; each line says what it is, so that errors are told from it
        ffmpeg.output(measured.filter("ebur128", framelog="quiet"), "-", f="null", loglevel="level+info", nostats=None),
    ]
    return compiled(ffmpeg.merge_outputs(*outputs))


def read_loudness(untrusted_words: bytes) -> Fraction:
    """LUFS from the last words of `kept_command`. Raises ValueError when they do not say it."""
    found = _MEASURED.findall(untrusted_words)
    if not found:
        raise ValueError("no loudness was told")
    return Fraction(found[-1].decode("ascii"))


def errors_of(untrusted_words: bytes) -> bytes:
    """The errors among the words of `kept_command`."""
    marks = (b"[error]", b"[fatal]", b"[panic]")
    return b"\n".join(line for line in untrusted_words.splitlines() if any(mark in line for mark in marks))


def gain(loudness: Fraction) -> Fraction:
    """How many dB louder sound of `loudness` (LUFS) must be made; none for silence."""
    return Fraction(0) if loudness <= _QUIETEST else min(_MOST_GAIN, LOUDNESS - loudness)


def sound_command(plan: RenderPlan, louder: Fraction) -> Command:
    """`sound.m4a` from `kept.flac`: `louder` dB louder, and never over the ceiling."""
    samples = sum(piece.samples for piece in sound_pieces(plan, SOUND_RATE))
    loud = ffmpeg.input(f"file:{OUT}{KEPT}", f="flac", protocol_whitelist="file")["a"].filter(
        "volume", f"{float(louder):.1f}dB"
    )
    limited = (
        # latency: what it looks ahead is not added to the sound's time; level: it makes nothing louder by itself
        loud.filter("alimiter", limit=_CEILING, level=0, attack=5, release=50, latency=1)
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )
    return compiled(ffmpeg.output(limited, OUT + FINISHED_SOUND, **CLEAN, **SOUND_FILE, **AAC))


def _heard(copy: Any, part: SoundPiece) -> Any:
    if part.muted:
        return stretch(copy, part.span, part.samples).filter("volume", 0)
    fade = min(_FADE, part.samples // 2)
    return (
        stretch(copy, part.span, part.samples)
        .filter("afade", type="in", start_sample=0, nb_samples=fade)
        .filter("afade", type="out", start_sample=part.samples - fade, nb_samples=fade)
    )


def stretch(copy: Any, span: Interval, samples: int) -> Any:
    """The sound of `span`, exactly so many samples, in stereo; silence where the film has none."""
    return (
        copy.filter("atrim", start=decimal(span.start), end=decimal(span.end))
        # against the span's start, not against the first sample: a track that starts late stays late
        .filter("asetpts", f"PTS-{decimal(span.start)}/TB")
        # silence fills what is missing at the start, and gaps of more than 10 ms; six channels that are loud at once
        # make two that are no louder than one of them could be: measured without, 2.4 times what a file can hold
        .filter("aresample", SOUND_RATE, **{"async": 1, "first_pts": 0, "min_hard_comp": 0.01, "rematrix_maxval": 1})
        .filter("aformat", channel_layouts="stereo")
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
        # silence that follows no sound at all has no timestamps yet; counted ones are right for every sample
        .filter("asetpts", "N/SR/TB")
    )
