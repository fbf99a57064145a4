"""Captions hold nothing that was said where something was cut or muted, and are never shown outside of the film."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from media_pipeline.core import canonical
from media_pipeline.core.captions import (
    NO_TEXTS,
    Captions,
    Cue,
    Texts,
    Uncaptioned,
    clean_line,
    finished_captions,
    finished_chapters,
    reason_to_keep,
    standing,
)
from media_pipeline.core.cue_text import (
    is_captions,
    read_cues,
    tells_what_was_dropped,
    write_cues,
    write_transcript,
    written,
    wrong_texts,
)
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import NotReviewed, Refused, Stale
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.playlists import output_names
from media_pipeline.core.timebase import SNAP_TOLERANCE
from tests.core.values import films, interval_sets, media, sound_only

lines = st.text(max_size=30).map(clean_line).filter(bool)
milliseconds = st.integers(0, 70_000).map(lambda number: Fraction(number, 1000))


@st.composite
def cues(draw: st.DrawFn) -> Cue:
    start = draw(milliseconds)
    span = Interval(start, start + draw(milliseconds) / 10 + Fraction(1, 1000))
    return Cue(span, tuple(draw(st.lists(lines, min_size=1, max_size=3))))


captions_ = st.lists(cues(), max_size=12).map(Captions.of)


def planned(film: MediaFile, cuts: IntervalSet, mutes: IntervalSet = IntervalSet()) -> RenderPlan:  # noqa: B008 - frozen
    spans = [(Action.CUT, span) for span in cuts] + [(Action.MUTE, span) for span in mutes]
    edits = tuple(Edit(action, span) for action, span in spans if span.overlaps(film.whole))
    try:
        return make_plan(EditList(film.sha256, film.whole, edits), film)
    except Refused:
        assume(False)
        raise


def cue(start: float, end: float, *lines: str) -> Cue:
    return Cue(Interval(Fraction(str(start)), Fraction(str(end))), lines or (f"at {start}",))


@given(films, interval_sets, interval_sets, captions_)
def test_every_finished_cue_lies_in_the_film_and_comes_from_where_nothing_was_taken(
    film: MediaFile, cuts: IntervalSet, mutes: IntervalSet, captions: Captions
) -> None:
    plan = planned(film, cuts, mutes)
    stay = standing(captions, plan)
    for one in stay:
        assert (IntervalSet((one.span,)) & cuts).length <= len(cuts) * SNAP_TOLERANCE, (
            "edges within a millisecond mean the frame"
        )
        assert not IntervalSet((one.span,)) - IntervalSet(plan.keep)
        assert not IntervalSet((one.span,)) & mutes
        assert film.whole.start <= one.span.start
        assert one.span.end <= film.whole.end
    done = finished_captions(captions, plan)
    assert [one.lines for one in done] == [one.lines for one in stay]
    for was, now in zip(stay, done, strict=True):
        assert 0 <= now.span.start < now.span.end <= plan.length
        assert now.span.length <= was.span.length + Fraction(1, 1000)
        moved = plan.to_output(was.span.start)
        assert moved is not None
        assert 0 <= moved - now.span.start < Fraction(1, 1000)
        assert (now.span.start * 1000).denominator == (now.span.end * 1000).denominator == 1
    assert all(a.span.end <= b.span.start for a, b in pairwise(done))


@given(films, interval_sets, interval_sets, captions_)
def test_more_cuts_never_keep_more(film: MediaFile, some: IntervalSet, more: IntervalSet, captions: Captions) -> None:
    fewer = set(standing(captions, planned(film, some | more)))
    assert fewer <= set(standing(captions, planned(film, some)))
    muted = set(standing(captions, planned(film, some, more)))
    assert muted <= set(standing(captions, planned(film, some)))


@given(films, interval_sets, captions_)
def test_chapters_tile_the_film_from_their_first_kept_moments(
    film: MediaFile, cuts: IntervalSet, chapters: Captions
) -> None:
    plan = planned(film, cuts)
    done = finished_chapters(chapters, plan)
    assert all(a.span.end == b.span.start for a, b in pairwise(done))
    assert all(chapter.span.start < chapter.span.end for chapter in done)
    if done:
        assert plan.length - done[-1].span.end < Fraction(1, 1000)
    titles = [chapter.lines for chapter in chapters.cues]
    places = [chapter.lines for chapter in done]
    left = iter(titles)
    assert all(place in left for place in places), "order is kept and nothing is made up"


def test_a_chapter_without_a_kept_moment_is_dropped() -> None:
    film = media()
    plan = planned(film, IntervalSet((Interval(Fraction(10), Fraction(20)),)))
    chapters = Captions((cue(0, 5, "Song"), cue(12, 15, "Gone"), cue(18, 40, "Story"), cue(70, 80, "After")))
    assert finished_chapters(chapters, plan) == (cue(0, 10, "Song"), cue(10, 50, "Story"))
    assert finished_chapters(Captions(), plan) == ()


@given(st.lists(cues(), max_size=12).map(Captions.of), films)
@example(Captions((cue(0, 1, "a & b < c --> d &amp;"),)), media())
def test_what_is_written_is_read_again_and_nothing_else(captions: Captions, film: MediaFile) -> None:
    plan = planned(film, IntervalSet())
    done = finished_captions(captions, plan)
    text = write_cues(done)
    assert read_cues(text) == done
    assert is_captions(text, plan.length)
    if done:
        assert not is_captions(text, done[-1].span.end - Fraction(1, 1000))
    for more in ("\n", "\nNOTE hello\n", "\nSTYLE\n", "x"):
        assert not is_captions(text + more, plan.length)


GOOD = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n\n00:00:02.000 --> 00:00:03.000\nyou\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("WEBVTT\n", "WEBVTT hello\n"),
        ("WEBVTT\n", "WEBVTT\nX-Note: hello\n"),
        ("WEBVTT", "\ufeffWEBVTT"),
        ("\n00:00:01", "\n1\n00:00:01"),
        ("02.000\nH", "02.000 align:start\nH"),
        ("00:00:01", "00:60:01"),
        ("00:00:01.000", "00:01.000"),
        ("00:00:01.000", "00:00:02.000"),
        ("--> 00:00:02.000", "--> 00:00:02.001"),
        ("Hello", "<v Ann>Hello"),
        ("Hello", "Hel&nbsp;lo"),
        ("Hello", "Hello "),
        ("Hello", "Hel\u202elo"),
        ("Hello", "Hel\rlo"),
        ("Hello\n", "\n"),
        ("you\n", "you"),
    ],
)
def test_anything_else_in_captions_is_refused(old: str, new: str) -> None:
    assert is_captions(GOOD, Fraction(3))
    assert not is_captions(GOOD.replace(old, new, 1), Fraction(3))


def test_a_transcript_tells_neither_times_nor_who() -> None:
    said = (cue(0, 1, "Once upon", "a time"), cue(1, 2, "there was"), cue(4, 5, "The end."))
    assert write_transcript(said) == "Once upon a time\nthere was\n\nThe end.\n"
    assert write_transcript(()) == ""


CAPTIONS = Captions((cue(1, 2, "Hello"), cue(5, 6, "secret words"), cue(8, 9, "Hello", "again")))
CHAPTERS = Captions((cue(0, 4, "Songs"), cue(4, 60, "Story")))
TEXTS = Texts(CAPTIONS, CHAPTERS)
CUT = IntervalSet((Interval(Fraction(11, 2), Fraction(7)),))


def worded(plan: RenderPlan, texts: Texts = TEXTS) -> RenderPlan:
    return replace(plan, captions=texts.captions.digest, chapters=texts.chapters.digest)


def test_the_plan_names_its_words_and_takes_no_others() -> None:
    plan = worded(planned(media(), CUT))
    found = written(TEXTS, plan)
    assert list(found) == ["captions.vtt", "chapters.vtt", "transcript.txt"]
    assert set(found) <= set(output_names(plan))
    assert found["transcript.txt"] == "Hello\n\nHello again\n"
    assert list(wrong_texts(found, plan)) == []
    for other in (NO_TEXTS, Texts(CAPTIONS), Texts(Captions(CAPTIONS.cues[1:]), CHAPTERS)):
        with pytest.raises(Stale, match="captions-changed"):
            written(other, plan)
    assert written(NO_TEXTS, planned(media(), CUT)) == {}
    top = plan.only(plan.ladder[0])
    assert written(TEXTS, top) == {}, "shared files come with the smallest rendition"
    assert "captions.vtt" not in output_names(top)
    heard = worded(planned(sound_only(), IntervalSet()), Texts(CAPTIONS))
    assert list(written(Texts(CAPTIONS), heard)) == ["captions.vtt", "transcript.txt"]


def test_finished_words_must_agree_with_each_other() -> None:
    plan = worded(planned(media(), CUT))
    found = dict(written(TEXTS, plan))
    for name, text in found.items():
        assert list(wrong_texts({**found, name: text + "\nx\n"}, plan)), name
    assert list(wrong_texts({**found, "captions.vtt": "x"}, plan)) == ["captions.vtt", "transcript.txt"]
    assert list(wrong_texts({"transcript.txt": "Hello\n"}, plan)) == ["transcript.txt"]


def test_words_of_a_dropped_cue_are_known_again() -> None:
    plan = worded(planned(media(), CUT))
    for text in written(TEXTS, plan).values():
        assert not tells_what_was_dropped(text, CAPTIONS, plan)
        assert tells_what_was_dropped(text + "secret words\n", CAPTIONS, plan)
    assert not tells_what_was_dropped("Hello\n", Captions((*CAPTIONS.cues[:1], cue(5, 6, "Hello"))), plan)


def test_what_is_shorter_than_a_millisecond_is_not_shown() -> None:
    blink = Cue(Interval(Fraction(1), Fraction(10001, 10000)), ("blink",))
    assert finished_captions(Captions((blink,)), planned(media(), CUT)) == ()
    assert TEXTS.captions.lines == {"Hello", "secret words", "again"}


def test_words_that_come_to_nothing_are_none() -> None:
    plan = planned(media(), CUT)
    late = Texts(Captions((cue(5, 6, "gone"),)), Captions((cue(5.6, 7, "gone"), cue(7, 8, "Story"))))
    assert late.surviving(plan) == Texts(Captions(), late.chapters)
    assert Texts(CAPTIONS, Captions((cue(60, 61, "after"),))).surviving(plan) == Texts(CAPTIONS)
    assert NO_TEXTS.captions.digest == ""
    assert TEXTS.digest != NO_TEXTS.digest


def test_values_are_kept_as_they_are() -> None:
    assert canonical.loads(Texts, canonical.dumps(TEXTS)) == TEXTS
    assert Captions.of([cue(1, 2, "b"), cue(1, 3, "a"), cue(0, 1, "c")]).cues == (cue(0, 1, "c"), cue(1, 3, "b", "a"))
    assert clean_line(" a\u2028b\t\x00c\u202e \u200d ") == "a b c \u200d"
    for bad in ((), ("",), (" a",), ("a\nb",)):
        with pytest.raises(ValueError, match="plain text"):
            Cue(Interval(Fraction(0), Fraction(1)), bad)
    with pytest.raises(ValueError, match="sorted"):
        Captions((cue(1, 2), cue(1, 3)))


@given(films, interval_sets, interval_sets, captions_, st.none() | st.sampled_from(Uncaptioned))
def test_a_film_that_is_heard_has_captions_or_a_reason(
    film: MediaFile, cuts: IntervalSet, mutes: IntervalSet, captions: Captions, reason: Uncaptioned | None
) -> None:
    plan = planned(film, cuts, mutes)
    captioned = bool(finished_captions(captions, plan))
    texts = Texts(captions).surviving(plan)
    if captioned or not plan.sound:
        assert reason_to_keep(texts, plan, reason) is None
    elif reason is None:
        with pytest.raises(NotReviewed, match="no-captions-reason"):
            reason_to_keep(texts, plan, reason)
    else:
        assert reason_to_keep(texts, plan, reason) is reason
