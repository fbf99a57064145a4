"""What stands in a spreadsheet."""

from __future__ import annotations

_FORMULA = tuple("=+-@\t\r")


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula; a yes or no in words."""
    text = {None: "", True: "yes", False: "no"}[value] if value is None or type(value) is bool else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
