"""Labels are dropped and never kept; speech that only looks like a label is not lost; who is kept is for people to say."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.core import canonical
from media_pipeline.core.captions import Captions
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval
from media_pipeline.core.speakers import (
    UNKNOWN,
    UNSURE,
    Given,
    Said,
    UntrustedCue,
    listen,
    read_chapters,
    usual_choice,
)

WHOLE = Interval(Fraction(0), Fraction(60))


def given_cues(*texts: str, name: str = "", each: int = 1) -> list[UntrustedCue]:
    return [
        UntrustedCue(Fraction(each * n), Fraction(each * (n + 1)), name, tuple(text.split("\n")))
        for n, text in enumerate(texts)
    ]


def heard(*texts: str) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.speaker, one.cue.lines) for one in listen(given_cues(*texts), WHOLE)]


def test_zooms_labels_are_dropped_and_counted_by_time() -> None:
    said = listen(
        given_cues("Ann Lee: One.", "Kit: me!", "ann  lee (Host): Remember: two.", "Kit: again", "Ann Lee: 3"), WHOLE
    )
    assert [(one.speaker, one.cue.lines) for one in said] == [
        (1, ("One.",)),
        (2, ("me!",)),
        (1, ("Remember: two.",)),
        (2, ("again",)),
        (1, ("3",)),
    ]
    assert [(s.number, s.permille, s.cues) for s in Given(said).speakers] == [(1, 600, 3), (2, 400, 2)]
    assert usual_choice(said) == (1,)


def test_a_prefix_that_comes_once_is_speech_where_nobody_is_labelled() -> None:
    said = listen(given_cues("Remember: the fox", "is red"), WHOLE)
    assert [(one.speaker, one.cue.lines, one.look) for one in said] == [
        (UNKNOWN, ("Remember: the fox",), True),
        (UNKNOWN, ("is red",), False),
    ]
    assert usual_choice(said) == (UNKNOWN,)


def test_a_prefix_that_comes_once_among_labels_is_for_people_to_judge() -> None:
    found = heard("Ann: a", "Ann: b", "Zoe Quill: hello\nall", "Remember:\nit is red", "no label")
    assert found[2:] == [
        (UNSURE, ("Zoe Quill: hello", "all")),
        (UNSURE, ("Remember:", "it is red")),
        (UNKNOWN, ("no label",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "at 10:30 we sing",
        "see http://x.org",
        "this is a very long sentence with a colon: yes",
        "one two three four five six seven: eight",
        "12: a number",
        "x" * 61 + ": long",
    ],
)
def test_what_is_too_long_or_no_name_is_speech(text: str) -> None:
    assert heard(text, text) == [(UNKNOWN, (text,)), (UNKNOWN, (text,))]


@pytest.mark.parametrize("label", ["Ann: ", ">> ANN: ", "- Ann: ", "Ann Lee-Müller (she/her): ", "Ann：", "ANN :  "])
def test_labels_in_every_shape(label: str) -> None:
    assert heard(f"{label}hello", f"{label}bye") == [(1, ("hello",)), (1, ("bye",))]


def test_two_people_in_one_cue_are_told_apart() -> None:
    assert heard("Ann: Who?\nKit: Me!\nand me", "Ann: Yes", "Kit: Yes") == [
        (1, ("Who?",)),
        (2, ("Me!", "and me")),
        (1, ("Yes",)),
        (2, ("Yes",)),
    ]


def test_a_voice_tag_is_a_label_even_once() -> None:
    cues = [*given_cues("Remember: hi", name="Ann"), UntrustedCue(Fraction(1), Fraction(2), "Kit", ("Ann, look",))]
    said = listen(cues, WHOLE)
    assert [(one.speaker, one.cue.lines, one.look) for one in said] == [
        (1, ("Remember: hi",), False),
        (2, ("Ann, look",), True),
    ]


def test_labels_without_words_are_nothing_and_their_names_are_pointed_out_elsewhere() -> None:
    said = listen(given_cues("Kit:", "Kit:", "Hello KIT and all", "Hello kitten"), WHOLE)
    assert [(one.speaker, one.cue.lines, one.look) for one in said] == [
        (UNKNOWN, ("Hello KIT and all",), True),
        (UNKNOWN, ("Hello kitten",), False),
    ]


def test_others_speak_where_somebody_was_chosen_and_it_is_not_them() -> None:
    rows = [UntrustedCue(Fraction(n), Fraction(n + 1), name, ("words",)) for n, name in enumerate("AAAAB")]
    said = listen(rows, Interval(Fraction(0), Fraction(60)))
    assert list(Given(said, usual_choice(said)).others) == [Interval(Fraction(4), Fraction(5))]
    assert not Given(said, ()).others, "nobody has said whose words are published"
    assert not Given(said, (1, 2)).others


def test_nobody_is_chosen_where_nobody_speaks_most() -> None:
    said = listen(given_cues("Ann: a", "Kit: b", "Ann: a", "Kit: b"), WHOLE)
    assert usual_choice(said) == ()
    assert usual_choice(()) == ()
    choice = Given(said, (1,), left_out=(2,))
    assert choice.labelled
    assert [choice.is_kept(place) for place in range(4)] == [
        said[0].speaker == 1,
        said[1].speaker == 1,
        False,
        said[3].speaker == 1,
    ]
    assert len(choice.texts.captions.cues) == 1
    assert not Given(listen(given_cues("a"), WHOLE)).labelled


def test_what_lies_elsewhere_is_not_taken() -> None:
    cues = [UntrustedCue(Fraction(start), Fraction(end), "", ("a",)) for start, end in ((50, 70), (51, 51), (52, 51))]
    with pytest.raises(Refused, match="captions-elsewhere"):
        listen(cues, WHOLE)
    with pytest.raises(Refused, match="captions-elsewhere"):
        read_chapters(given_cues("a", each=1), Interval(Fraction(70), Fraction(80)))
    for empty in (listen, read_chapters):
        with pytest.raises(Refused, match="captions-unreadable"):
            empty(given_cues("\u200b \u202e"), WHOLE)
    titles = read_chapters(given_cues("Songs\nand rhymes", " ", "Story", each=25), WHOLE)
    assert [cue.lines for cue in titles.cues] == [("Songs and rhymes",), ("Story",)]


names = st.sampled_from(("Quillonia", "Ferncastle Bo", "Brindle W"))


@given(st.lists(st.tuples(names, st.sampled_from(("hello", "the fox: red", "10:30"))), min_size=6, max_size=20))
def test_no_label_is_in_what_is_kept_of_a_labelled_transcript(rows: list[tuple[str, str]]) -> None:
    cues = given_cues(*(f"{name}: {text}" for name, text in rows + rows))
    said = listen(cues, WHOLE)
    kept = canonical.dumps(Given(said, usual_choice(said), chapters=Captions()))
    assert canonical.loads(Given, kept) == Given(said, usual_choice(said))
    assert not any(word in kept for name, _ in rows for word in name.split() if len(word) > 2)
    assert len({one.speaker for one in said}) == len({name for name, _ in rows})
    assert all(isinstance(one, Said) and one.speaker > 0 for one in said)


def test_staff_put_words_right_and_back() -> None:
    (said,) = listen(given_cues("The grufalo"), WHOLE)
    right = said.corrected("  The   Gruffalo \n\n said\u202e ")
    assert right.cue.lines == ("The Gruffalo", "said")
    assert right.given == ("The grufalo",)
    assert right.corrected("The mouse").corrected(None) == said
    named = replace(said, look=True)
    assert named.corrected("The mouse").corrected(None) == named, "what was given may hold a name as before"
    for nothing in ("", " \n\u200b"):
        with pytest.raises(ValueError, match="plain text"):
            said.corrected(nothing)
