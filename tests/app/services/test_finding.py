"""Finding: choices that have one address each, words that have none, and never a choice that leads to nothing."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.db import words
from app.db.kinds import AgeGroup
from app.db.models import Recording
from app.services import intake, library, publish, shelf
from app.services.about import About, Other, save_about
from app.services.finding import LENGTHS, PAGE, Choices, Facet, look, name_for_address
from app.services.library import Details
from media_pipeline.core.errors import Stale
from tests.app.backend import Backend
from tests.app.web.desk import published
from tests.app.web.stories import ABOUT, BEARS, some, told

pytestmark = pytest.mark.both_databases

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        Facet.AGE: st.sampled_from([group.value for group in AgeGroup]),
        Facet.LANGUAGE: st.sampled_from(["en", "es", "ase"]),
        Facet.LENGTH: st.sampled_from(sorted(LENGTHS)),
        Facet.SERIES: NAMES,
        Facet.THEME: NAMES,
        Facet.WITH: st.sampled_from(["captions", "signed"]),
    },
)


@given(CHOSEN, st.integers(1, 999))
def test_every_choice_has_one_address(chosen: dict[Facet, str], page: int) -> None:
    choices = Choices(chosen, page)
    if choices.path:
        assert Choices.read(choices.path) == choices
    for facet, word in chosen.items():
        without = choices.choose(facet, word)
        assert facet not in without.chosen
        assert without.choose(facet, word).chosen == chosen
        assert without.page == 1


@pytest.mark.parametrize(
    "odd",
    ["", "dragons", "in-es/toddler", "toddler/baby", "toddler/toddler", "page-1", "page-0", "page-1000", "series-",
     "toddler/", "/toddler", "in-ES", "series-a b", "page-2/toddler", "in-../x"],
)  # fmt: skip
def test_no_other_address_is_one(odd: str) -> None:
    with pytest.raises(ValueError, match="of ours"):
        Choices.read(odd)


@given(st.text(min_size=1, max_size=80))
def test_every_name_can_stand_in_an_address(name: str) -> None:
    made = name_for_address(name)
    assert Choices.read(f"series-{made}").chosen == {Facet.SERIES: made}


def test_names_in_addresses() -> None:
    assert name_for_address("Martes de bebés!") == "martes-de-bebes"
    assert name_for_address("小熊") != name_for_address("小猫")


def titles(backend: Backend, path: str, typed: str = "") -> list[str]:
    return [entry.title for entry in look(backend.db, Choices.read(path) if path else Choices(), typed).entries]


def test_choices(backend: Backend) -> None:
    some(backend)
    assert titles(backend, "") == ["Osos y miel", "Hands that talk", "Cuentos largos", "Trains", "Bouncing babies"]
    assert titles(backend, "toddler/in-es/under-20") == ["Osos y miel"]
    assert titles(backend, "in-es") == ["Osos y miel", "Cuentos largos"]
    assert titles(backend, "under-10") == ["Bouncing babies"]
    assert titles(backend, "from-20") == ["Hands that talk", "Cuentos largos", "Trains"]
    assert titles(backend, "series-martes-de-bebes") == ["Osos y miel"]
    assert titles(backend, "theme-trains") == ["Trains"]
    assert titles(backend, "signed") == ["Hands that talk"]
    assert titles(backend, "captions") == []
    told(backend, Details("Read along"), captions=True)
    assert titles(backend, "captions") == ["Read along"]
    assert titles(backend, "school-age") == []


def test_whatever_is_offered_leaves_something(backend: Backend) -> None:
    some(backend)
    walked = 0
    waiting = [Choices()]
    seen = {""}
    while waiting:
        choices = waiting.pop()
        found = look(backend.db, choices)
        assert found.count == len(found.entries) > 0
        for facet, options in found.options.items():
            for option in options:
                then = choices.choose(facet, option.word)
                assert option.chosen == (choices.chosen.get(facet) == option.word)
                if not option.chosen:
                    assert look(backend.db, then).count == option.count > 0
                    walked += 1
                if then.path not in seen and len(then.chosen) < 4:
                    seen.add(then.path)
                    waiting.append(then)
    assert walked > 50


def test_pages(backend: Backend) -> None:
    for number in range(PAGE + 1):
        told(backend, Details(f"Number {number}"))
    first, second = look(backend.db, Choices()), look(backend.db, Choices.read("page-2"))
    assert (len(first.entries), first.count, first.pages) == (PAGE, PAGE + 1, 2)
    assert [entry.title for entry in second.entries] == ["Number 0"]
    assert look(backend.db, Choices.read("page-3")).entries == ()


class TestWords:
    """What somebody types."""

    def test_they_are_found_wherever_staff_wrote_them(self, backend: Backend) -> None:
        some(backend)
        for typed in (
            "OSOS",
            "miel oso",
            "bebes",
            "Lane Press",
            "honey",
            "elm",
            "comes next",
            "bear",
            '"honey',
            "miel*",
        ):
            assert "Osos y miel" in titles(backend, "", typed), typed
        assert titles(backend, "", "osos trains") == []
        assert titles(backend, "preschool", "honey") == ["Trains"]

    @pytest.mark.sqlite_alone
    def test_the_index_stays_whole_however_often_words_change(self, backend: Backend) -> None:
        told(backend, Details("Constant"))
        recording_id = backend.upload()
        with backend.db.writing() as session:
            row = session.get(Recording, recording_id)
            assert row is not None
            for number in range(2500):  # FTS5 has limits of 64, 1000 and 2000 on the way
                row.title = f"Changed {number}"
                session.flush()
            session.execute(text("INSERT INTO recording_words (recording_words, rank) VALUES ('integrity-check', 1)"))
            assert words.matching(session, "2499") == frozenset({recording_id})
            assert words.matching(session, "2498") == frozenset()
        assert titles(backend, "", "constant") == ["Constant"]

    @given(st.text(max_size=60))
    def test_nothing_typed_is_a_command(self, typed: str) -> None:
        assert words.query(typed) is None or set(words.query(typed) or "") & set("():^-+{}") == set()

    @pytest.mark.parametrize("typed", ["", "  ", "!?*", '"', "-", "()"])
    def test_without_a_letter_everything_is_shown(self, backend: Backend, typed: str) -> None:
        some(backend)
        assert len(titles(backend, "", typed)) == 5

    @pytest.mark.parametrize(
        "typed", ["title:osos", "osos OR trains", "NEAR(osos miel)", "osos NOT miel", "osos ^trains", "a" * 5000]
    )
    def test_the_language_of_the_index_is_none_of_theirs(self, backend: Backend, typed: str) -> None:
        some(backend)
        assert titles(backend, "", typed) == []

    @pytest.mark.sqlite_alone
    def test_what_was_changed_or_removed_is_found_no_more_and_is_in_no_byte(self, backend: Backend) -> None:
        recording_id, _ = published(backend)
        library.save_details(backend.db, recording_id, Details("Quokkasaurus"))
        assert titles(backend, "", "quokka") == ["Quokkasaurus"]
        library.save_details(backend.db, recording_id, Details("Wombatosaurus"))
        assert titles(backend, "", "quokka") == []
        publish.unpublish(backend.db, backend.settings, recording_id)
        assert titles(backend, "", "wombat") == []
        intake.remove(backend.db, backend.settings, recording_id)
        backend.db.close()
        file = backend.settings.data / "shelf.sqlite"
        with sqlite3.connect(file) as connection:
            assert connection.execute("SELECT count(*) FROM recording_words").fetchone() == (0,)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        content = file.read_bytes().lower()
        assert b"quokka" not in content
        assert b"wombat" not in content


class TestAbout:
    """What staff tell besides."""

    def test_it_is_kept_and_shown(self, backend: Backend) -> None:
        entry = told(backend, BEARS, ABOUT)
        assert (entry.held_on, entry.branch, entry.theme, entry.tip) == (
            ABOUT.held_on,
            "Elm Street",
            "Bears",
            ABOUT.tip,
        )
        assert entry.books == tuple(ABOUT.books.split("\n"))
        assert not entry.signed
        assert shelf.entries(backend.db) == (entry,)

    def test_pages_in_another_language_tell_it_in_that(self, backend: Backend) -> None:
        entry = told(backend, BEARS, replace(ABOUT, other=Other("en", "Cubs and nectar", "", "Wonder aloud.")))
        english = entry.told_in("en")
        assert (english.title, english.description, english.tip) == (
            "Cubs and nectar",
            entry.description,
            "Wonder aloud.",
        )
        assert entry.told_in("es") is entry
        assert entry.title == BEARS.title
        for typed in ("nectar", "wonder", "miel"):
            assert look(backend.db, Choices(), typed).count == 1, typed
        recording_id = shelf.recording_at(backend.db, entry.slug)
        assert recording_id is not None
        save_about(backend.db, recording_id, ABOUT)
        assert look(backend.db, Choices(), "nectar").count == 0
        assert shelf.entries(backend.db)[0].told_in("en").title == BEARS.title

    @pytest.mark.parametrize(
        "odd", [("", "a"), ("es", "x" * 121), ("es", "a\nb"), ("es", "", "\x00"), ("es", "", "", "x" * 601)]
    )
    def test_what_is_not_fit_in_another_language(self, odd: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match=r"too long or holds|in a language"):
            Other(*odd)

    @pytest.mark.parametrize(
        "odd", [{"branch": "a\nb"}, {"theme": "x" * 121}, {"tip": "\x00"}, {"books": "x" * 4001}, {"theme": "\t"}]
    )
    def test_what_is_not_fit(self, odd: dict[str, str]) -> None:
        with pytest.raises(ValueError, match="too long or holds"):
            About(**odd)  # type: ignore[arg-type] # texts alone

    def test_of_what_is_gone_nothing_is_told(self, backend: Backend) -> None:
        with pytest.raises(Stale):
            save_about(backend.db, "nothing", About())
