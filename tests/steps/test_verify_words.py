"""Words are proven too: only the approved ones, each at its time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core.captions import Captions, Cue, Texts
from media_pipeline.core.cue_text import written
from media_pipeline.core.errors import Stale
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.plan import make_plan
from media_pipeline.core.report import CheckName
from media_pipeline.ports.watch import Unwatched
from media_pipeline.steps.package import package
from media_pipeline.steps.verify import verify_again
from tests.core.values import cuts_of
from tests.steps.believer import FILM, Believer, finished, proven, track_of

TEXTS = Texts(
    Captions(
        (
            Cue(Interval(Fraction(1), Fraction(2)), ("Once upon a time",)),
            Cue(Interval(Fraction(11), Fraction(12)), ("Well done Quillon",)),
            Cue(Interval(Fraction(30), Fraction(31)), ("The end",)),
        )
    ),
    Captions((Cue(Interval(Fraction(0), Fraction(60)), ("Story",)),)),
)
CUT = cuts_of(FILM, IntervalSet((Interval(Fraction(10), Fraction(20)),)))
SPOKEN = replace(make_plan(CUT, FILM), captions=TEXTS.captions.digest, chapters=TEXTS.chapters.digest)
WORDS = ("captions.vtt", "transcript.txt", "chapters.vtt")


def spoken(folder: Path) -> Path:
    """A folder with every file of `SPOKEN`, as planned."""
    out = finished(folder, SPOKEN)
    for name, text in written(TEXTS, SPOKEN).items():
        (out / name).write_text(text)
    return out


def test_approved_words_are_proven(tmp_path: Path) -> None:
    out = spoken(tmp_path)
    report = proven(out, Believer(SPOKEN, track=track_of(SPOKEN)), texts=TEXTS)
    assert report.broken == ()
    assert set(WORDS) <= {file.name for file in package(report, out).files}
    assert not any(
        check.wrong for check in verify_again(report, out, Believer(SPOKEN, track=track_of(SPOKEN)), Unwatched())
    )


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("captions.vtt", "Once upon a time", "Once upon a Time"),
        ("captions.vtt", "WEBVTT\n", "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\nWell done Quillon\n"),
        ("captions.vtt", "00:00:20", "00:00:21"),
        ("transcript.txt", "The end\n", "The end\nWell done Quillon\n"),
        ("transcript.txt", "The end\n", ""),
        ("chapters.vtt", "Story", "Story of Quillon"),
    ],
)
def test_words_that_were_not_approved_break_it(tmp_path: Path, name: str, old: str, new: str) -> None:
    out = spoken(tmp_path)
    text = (out / name).read_text()
    assert old in text
    (out / name).write_text(text.replace(old, new))
    report = proven(out, Believer(SPOKEN, track=track_of(SPOKEN)), texts=TEXTS)
    assert {check.name for check in report.checks if check.wrong} == {CheckName.CAPTIONS}
    assert not report.passed


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("captions.vtt", b"WEBVTT\n\nNOTE Quillon\n"),
        ("captions.vtt", b"WEBVTT\n\n00:00:49.000 --> 00:00:51.000\nThe end\n"),
        ("transcript.txt", b"Quillon\n"),
        ("chapters.vtt", b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\ncaf\xe9\n"),
    ],
)
def test_words_are_held_against_their_grammar_even_without_the_recording(
    tmp_path: Path, name: str, wrong: bytes
) -> None:
    out = spoken(tmp_path)
    report = proven(out, Believer(SPOKEN, track=track_of(SPOKEN)), texts=TEXTS)
    (out / name).write_bytes(wrong)
    broken = {
        check.name
        for check in verify_again(report, out, Believer(SPOKEN, track=track_of(SPOKEN)), Unwatched())
        if check.wrong
    }
    assert broken == {CheckName.UNCHANGED, CheckName.CAPTIONS}


def test_a_proof_with_other_words_than_the_plans_is_none(tmp_path: Path) -> None:
    with pytest.raises(Stale, match="captions-changed"):
        proven(spoken(tmp_path), Believer(SPOKEN, track=track_of(SPOKEN)))


@pytest.mark.parametrize(
    ("secret", "names", "broken"),
    [
        (b"Once upon a time", WORDS[:2], ()),
        (b"Story", WORDS[2:], ()),
        (b"Once upon a time", ("video.mp4",), (CheckName.CANARIES,)),
        (b"Once upon a time", WORDS[2:], (CheckName.CANARIES,)),
        (b"Once upon", WORDS[:1], (CheckName.CANARIES,)),
    ],
)
def test_the_recordings_own_subtitles_may_hold_the_approved_lines(
    tmp_path: Path, secret: bytes, names: tuple[str, ...], broken: tuple[CheckName, ...]
) -> None:
    inspector = Believer(
        SPOKEN, track=track_of(SPOKEN), found=lambda path, needles: path.name in names and secret in needles
    )
    assert proven(spoken(tmp_path), inspector, texts=TEXTS, secret=secret).broken == broken
