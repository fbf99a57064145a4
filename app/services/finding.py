"""Finding a storytime on the shelf: a few choices, which stand in the address, and words, which stand in no address.

    /find/toddler/in-es/under-20/series-toddler-tuesday/page-2

An address holds words of ours and names of the shelf's own series and themes, never anything that a visitor typed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select

from app.db import words
from app.db.engine import Database
from app.db.kinds import AgeGroup, PublicationState
from app.db.models import Publication, Recording
from app.services.shelf import Entry, entries
from media_pipeline.core.playlists import CAPTIONS

PAGE = 24
"""Storytimes on one page."""

_MOST_PAGES = 999


class Facet(StrEnum):
    """What can be chosen, in the order of an address."""

    AGE = "age"
    LANGUAGE = "language"
    LENGTH = "length"
    SERIES = "series"
    THEME = "theme"
    WITH = "with"


LENGTHS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"under-10": (0, 10), "under-20": (0, 20), "from-20": (20, 24 * 60)}
)
"""Minutes [from, to) of each word for a length."""

CAPTIONED, SIGNED = "captions", "signed"

_PREFIXES: Mapping[Facet, str] = MappingProxyType(
    {Facet.LANGUAGE: "in-", Facet.SERIES: "series-", Facet.THEME: "theme-"}
)
_WORDS: Mapping[str, Facet] = MappingProxyType(
    {group.value: Facet.AGE for group in AgeGroup}
    | dict.fromkeys(LENGTHS, Facet.LENGTH)
    | dict.fromkeys((CAPTIONED, SIGNED), Facet.WITH)
)
_NAME = re.compile(r"[a-z0-9-]{1,60}")
_PAGE = re.compile(r"page-([1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose: at most one word of each facet."""

    chosen: Mapping[Facet, str] = field(default_factory=dict)
    page: int = 1

    @classmethod
    def read(cls, untrusted_path: str) -> Choices:
        """From an address. Raises ValueError unless it is exactly as we would write it: each choice has one address."""
        chosen: dict[Facet, str] = {}
        page = 1
        for part in untrusted_path.split("/"):
            if match := _PAGE.fullmatch(part):
                page = int(match[1])
            else:
                facet, word = _choice(part)
                chosen[facet] = word
        choices = cls(chosen, page)
        if choices.path != untrusted_path:
            raise ValueError("not an address of ours")
        return choices

    @property
    def path(self) -> str:
        """For an address; empty when nothing is chosen."""
        parts = [_PREFIXES.get(facet, "") + self.chosen[facet] for facet in Facet if facet in self.chosen]
        return "/".join([*parts, *([f"page-{self.page}"] if self.page > 1 else [])])

    def choose(self, facet: Facet, word: str) -> Choices:
        """With this word; without it when it is the one that was chosen. The first page of it."""
        rest = {other: held for other, held in self.chosen.items() if other is not facet}
        return Choices(rest if self.chosen.get(facet) == word else rest | {facet: word})

    def turn(self, page: int) -> Choices:
        """Another page of the same."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen now and leaves something to see, or is chosen."""

    word: str
    name: str
    """As staff wrote it, for series and themes; else empty."""

    count: int
    """How many storytimes it leaves, with the other choices as they are."""

    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the shelf."""

    entries: tuple[Entry, ...]
    """The newest first."""

    count: int
    """Of all pages."""

    pages: int
    options: Mapping[Facet, tuple[Option, ...]]


@dataclass(frozen=True, slots=True)
class _Card:
    """As much of a storytime as is chosen by."""

    publication_id: str
    recording_id: str
    words: Mapping[Facet, frozenset[str]]
    names: Mapping[Facet, str]


def look(db: Database, choices: Choices, untrusted_words: str = "", most: int = PAGE) -> Found:
    """What is public and fits all choices and all words, `most` on a page; words without a letter are none. Raises Fault."""
    cards = _cards(db)
    with db.reading() as session:
        matching = words.matching(session, untrusted_words)
    if matching is not None:
        cards = [card for card in cards if card.recording_id in matching]
    fitting = [card for card in cards if all(word in card.words[facet] for facet, word in choices.chosen.items())]
    start = (choices.page - 1) * most
    here = [card.publication_id for card in fitting[start : start + most]]
    return Found(
        entries=entries(db, here) if here else (),
        count=len(fitting),
        pages=min(_MOST_PAGES, max(1, -(-len(fitting) // most))),
        options={facet: tuple(_options(cards, choices, facet)) for facet in Facet},
    )


def name_for_address(name: str) -> str:
    """`Toddler Tuesday` as `toddler-tuesday`; a name without a Latin letter gets a number of its own."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
    return made or hashlib.sha256(name.encode()).hexdigest()[:10]


def _choice(part: str) -> tuple[Facet, str]:
    if part in _WORDS:
        return _WORDS[part], part
    for facet, prefix in _PREFIXES.items():
        word = part.removeprefix(prefix)
        if part.startswith(prefix) and _NAME.fullmatch(word):
            return facet, word
    raise ValueError("not a choice of ours")


def _cards(db: Database) -> list[_Card]:
    """Everything that is public, the newest first."""
    wanted = (
        select(
            Publication.id,
            Publication.recording_id,
            Publication.length_ms,
            Publication.files_json.contains(f'"{CAPTIONS}"').label("captioned"),
            Recording.age_group,
            Recording.language,
            Recording.series,
            Recording.theme,
            Recording.signed,
        )
        .join(Recording)
        .where(Publication.state == PublicationState.PUBLIC)
        .order_by(Publication.published_at.desc(), Publication.id)
    )
    with db.reading() as session:
        rows = session.execute(wanted).all()
    return [
        _Card(
            row.id,
            row.recording_id,
            {
                Facet.AGE: frozenset([row.age_group.value] if row.age_group else []),
                Facet.LANGUAGE: frozenset([row.language.split("-")[0].lower()] if row.language else []),
                Facet.LENGTH: frozenset(
                    word for word, (low, high) in LENGTHS.items() if low * 60_000 <= row.length_ms < high * 60_000
                ),
                Facet.SERIES: frozenset([name_for_address(row.series)] if row.series else []),
                Facet.THEME: frozenset([name_for_address(row.theme)] if row.theme else []),
                Facet.WITH: frozenset([CAPTIONED] * row.captioned + [SIGNED] * row.signed),
            },
            {Facet.SERIES: row.series, Facet.THEME: row.theme},
        )
        for row in rows
    ]


def _options(cards: list[_Card], choices: Choices, facet: Facet) -> Iterator[Option]:
    others = {other: word for other, word in choices.chosen.items() if other is not facet}
    fitting = [card for card in cards if all(word in card.words[other] for other, word in others.items())]
    chosen = choices.chosen.get(facet, "")
    there = {word for card in fitting for word in card.words[facet]} | ({chosen} - {""})
    names: dict[str, str] = {}
    for card in cards:  # the newest spelling
        for word in card.words[facet]:
            names.setdefault(word, card.names.get(facet, ""))
    ours = [word for word in _WORDS if word in there]
    for word in [*ours, *sorted(there - set(ours), key=lambda word: (names.get(word) or word).casefold())]:
        count = sum(word in card.words[facet] for card in fitting)
        yield Option(word, names.get(word, ""), count, word == chosen)
