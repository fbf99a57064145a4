"""One text for one value, and one sentence for one error."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given

from media_pipeline.core import canonical, errors
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.looks import group_looks
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import make_plan
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import Proposal, propose
from media_pipeline.core.report import PrivacyReport
from media_pipeline.core.review import ReviewDecision, Role
from tests.core.values import cuts_of, face, films, findings, interval_sets, media, shot, sound_only


@given(films, interval_sets)
def test_values_survive_their_text(film: MediaFile, spans: IntervalSet) -> None:
    for value in (film, spans, cuts_of(film, spans)):
        assert canonical.loads(type(value), canonical.dumps(value)) == value


def test_every_stored_value_survives() -> None:
    seen = findings(shot(0, 50, 100, faces=1), shot(50, 60, 9, faces=3), found=(face(50, 51),))
    proposal = propose(media(), seen, group_looks(seen), Policy())
    plan = make_plan(cuts_of(media(), IntervalSet()), media())
    decision = ReviewDecision(proposal.digest, (), IntervalSet(), Role.STAFF)
    for kind, value in (
        (Findings, seen),
        (Proposal, proposal),
        (ReviewDecision, decision),
        (MediaFile, sound_only()),
        (PrivacyReport, PrivacyReport(plan, (), ())),
    ):
        text = canonical.dumps(value)
        assert canonical.loads(kind, text) == value
        assert canonical.digest(canonical.loads(kind, text)) == canonical.digest(value)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"spans":[{"start":"0/0","end":"1/1"}]}', '{"spans":[{"start":0.5,"end":"1/1"}]}']
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the JSON of a IntervalSet"):
        canonical.loads(IntervalSet, text)


@dataclass(frozen=True)
class Odd:
    number: float


@dataclass(frozen=True)
class Pair:
    both: tuple[int, str]


def test_floats_have_no_canonical_form() -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical.dumps(Odd(0.5))


def test_fixed_tuples_have_their_length() -> None:
    assert canonical.loads(Pair, canonical.dumps(Pair((1, "a")))) == Pair((1, "a"))
    with pytest.raises(ValueError, match="not the JSON"):
        canonical.loads(Pair, '{"both":[1]}')


def tree(root: type[errors.StoryshelfError]) -> list[type[errors.StoryshelfError]]:
    return [root, *(found for child in root.__subclasses__() for found in tree(child))]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    for kind in tree(errors.StoryshelfError):
        assert kind.__name__ in errors.__doc__


def test_every_error_speaks_to_people() -> None:
    codes: set[str] = set()
    for kind in tree(errors.StoryshelfError)[1:]:
        assert kind.sentences
        for code, sentence in kind.sentences.items():
            error = kind(code, "a detail")
            assert error.sentence == sentence
            assert sentence.endswith(".") or "storyshelf doctor" in sentence
            assert str(error) == f"{code}: {sentence}"
            assert code not in codes
            codes.add(code)


def test_an_unknown_code_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="has no code"):
        errors.Refused("no-such-code")


@pytest.mark.parametrize(
    ("kind", "status"),
    [(errors.Refused, 2), (errors.Hostile, 2), (errors.ProofFailed, 3), (errors.Fault, 1), (errors.Cancelled, 1)],
)
def test_exit_statuses(kind: type[errors.StoryshelfError], status: int) -> None:
    assert kind.exit_status == status


def test_recordings_hold_something() -> None:
    with pytest.raises(ValueError, match="pictures or sound"):
        MediaFile("a", 1, media().whole, None, None, 0)
