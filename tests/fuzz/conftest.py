"""Clean films, of which seeds are made."""

from __future__ import annotations

from tests.adapters.inspect.conftest import clean as clean
