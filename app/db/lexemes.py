"""Words as SQLite's full-text index takes them out of a text (FTS5's `unicode61 remove_diacritics 2`).

PostgreSQL's own parser reads hyphens, addresses and numbers differently. So its index is handed these words, and both engines
find the same. A test holds this against FTS5 itself.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 200
"""Characters of a word that are kept and looked for: PostgreSQL takes no word of more than 2046 bytes."""

_ACCENTS = (0x0802_9FDF, 0x0003_61F8)
"""Which of U+0300 to U+031F and of U+0320 to U+033F FTS5 leaves out of a word, a bit each; the others part words."""


def split(text: str) -> list[str]:
    """The words of a text in its order: small letters and digits, Latin letters without accents."""
    spaced = "".join(_plain(character) for character in text)
    return [word[:LONGEST] for word in spaced.split(" ") if word]


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What a word keeps of a character: a letter or digit, or nothing of an accent. A space for what parts words."""
    if _is_accent(ord(character)):
        return ""
    if unicodedata.category(character)[0] not in "LN" and unicodedata.category(character) != "Co":
        return " "
    folded = character.casefold()
    if len(folded) > 1:  # FTS5 makes one letter of one letter
        folded = character.lower() if len(character.lower()) == 1 else character
    base, *marks = list(unicodedata.normalize("NFD", folded))
    return base.lower() if marks and base.isascii() and all(map(unicodedata.combining, marks)) else folded


def _is_accent(code: int) -> bool:
    return 0x300 <= code < 0x340 and bool(_ACCENTS[(code - 0x300) // 32] >> (code % 32) & 1)
