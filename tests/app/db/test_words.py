"""Both engines find the same: the words that PostgreSQL is handed are those that FTS5 takes out of a text by itself."""

from __future__ import annotations

import sqlite3
import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql

from app.db import lexemes, words
from app.db.models import Recording
from app.services.library import Details, save_details
from tests.app.backend import Backend

TEXTS = (
    "The Very Hungry Caterpillar",
    "Bären und Straße",
    "Cuentos de osos, niños y lecciones",
    "well-known e-mail@example.org https://library.example/a_b?c=d",
    "1.5 metres, -7 and 2026-09-15",
    "Медведь и ёж",
    "Η αρκούδα ΣΊΣΥΦΟΣ",
    "小熊 こぐま 곰",
    "مرحبا بالأطفال",
    "Tiếng Việt: gấu",
    "o'clock rock’n’roll",
    "x" * 400,
)
TYPED = (*TEXTS, "baren", "BÄR", "strasse", "straße", "nino", "well known", "mail", "exa", "a_b", "2026", "1.5", "5 1", "-7",
         "ежи", "еж", "αρκουδα", "αρκού", "σισυφοσ", "小", "熊", "gau", "gâ", "tieng v", "clock", "rock n", "x" * 300, "y", "ﬁ", "²", "&|!:*'",
         "bears' & 'osos", "\\", "a\x00b")  # fmt: skip


def fts5(text: str) -> list[str]:
    """The words that FTS5 takes out of a text, in their order."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(told, tokenize = 'unicode61 remove_diacritics 2')")
    database.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    database.execute("INSERT INTO t VALUES (?)", [text])
    found = [row[0] for row in database.execute('SELECT term FROM v ORDER BY "offset"')]
    database.close()
    return found


@pytest.mark.parametrize("text", [*TEXTS[:-1], *TYPED[:-1]])
def test_words_are_those_of_fts5(text: str) -> None:
    assert lexemes.split(text) == [word[: lexemes.LONGEST] for word in fts5(text)]


def known_to_fts5(character: str) -> bool:
    """FTS5 knows letters of Unicode 6.1, and takes the accents of Ǡ for others."""
    return unicodedata.ucd_3_2_0.category(character) != "Cn" and character not in "Ǡǡ"


LETTERS = st.characters(min_codepoint=1, max_codepoint=0x2FFF).filter(known_to_fts5)


@given(st.text(LETTERS, max_size=40))
def test_of_any_text(text: str) -> None:
    assert lexemes.split(text) == [word[: lexemes.LONGEST] for word in fts5(text)]


@pytest.mark.both_databases
class TestFinding:
    """What is found, by either engine."""

    @pytest.fixture
    def told(self, backend: Backend) -> dict[str, str]:
        """Recordings by their titles, each with one of the texts."""
        found = {}
        for text in TEXTS:
            found[backend.upload(text.encode())] = text
        for recording_id, text in found.items():
            save_details(backend.db, recording_id, Details("Told", description=text))
        return found

    def test_every_beginning_of_every_word(self, backend: Backend, told: dict[str, str]) -> None:
        for typed in TYPED:
            wanted = fts5(typed)[: words.MOST_WORDS]
            with backend.db.reading() as session:
                found = words.matching(session, typed)
            expected = {
                recording_id
                for recording_id, text in told.items()
                if all(any(word.startswith(one[:200]) for word in fts5(text)) for one in wanted)
            }
            assert found == (expected if wanted else None), typed

    def test_nothing_typed_fails(self, backend: Backend, told: dict[str, str]) -> None:
        with backend.db.reading() as session:
            for one, other in product("a'\\&|!:*<>()\" \x00\u0301é2_-\U0001f43b\ue000", repeat=2):
                words.matching(session, f"be{one}{other}r")

    def test_what_was_changed_or_removed_is_found_no_more(self, backend: Backend) -> None:
        recording_id = backend.upload()
        save_details(backend.db, recording_id, Details("Quokkasaurus"))

        def change_in_vain() -> None:
            with backend.db.writing() as session:
                row = session.get(Recording, recording_id)
                assert row is not None
                row.title = "Wombatosaurus"
                session.flush()
                assert words.matching(session, "wombat") == frozenset({recording_id})
                assert words.matching(session, "quokka") == frozenset()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            change_in_vain()
        with backend.db.reading() as session:
            assert words.matching(session, "quokka") == frozenset({recording_id})
        with backend.db.writing() as session:
            session.delete(session.get(Recording, recording_id))
        with backend.db.reading() as session:
            assert words.matching(session, "quokka") == frozenset()
            assert session.execute(sql("SELECT count(*) FROM recording_words")).scalar() == 0
