"""What somebody typed into a form, as it is kept."""

from __future__ import annotations


def lines(text: str | None) -> str:
    """Each line by itself, without empty ones around them."""
    return "\n".join(one_line(line) for line in (text or "").split("\n")).strip()


def one_line(text: str | None) -> str:
    """Tabs and runs of spaces come with pasted text."""
    return " ".join((text or "").split())
