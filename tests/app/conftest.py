"""A shelf of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.backend import Backend
from tests.app.quickly import quickly
from tests.app.server import server

__all__ = ["quickly"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both_databases` runs on SQLite and on PostgreSQL."""
    marked = metafunc.definition.get_closest_marker
    if marked("both_databases") and not marked("sqlite_alone") and "databases" in metafunc.fixturenames:
        other = pytest.param("postgresql", marks=pytest.mark.postgresql)
        metafunc.parametrize("databases", ["sqlite", other], indirect=True)


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings that name the databases of one shelf: none for SQLite."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield {}
        return
    with two_databases() as addresses:
        yield addresses


@contextmanager
def two_databases() -> Iterator[dict[str, str]]:
    """On PostgreSQL: one that has all of the shelf's tables, and one for the work."""
    at = server()
    addresses = {"database_url": at.make(at.empty_shelf), "work_url": at.make()}
    try:
        yield addresses
    finally:
        for address in addresses.values():
            at.remove(address)


@pytest.fixture
def backend(tmp_path: Path, databases: dict[str, str]) -> Iterator[Backend]:
    shelf = Backend(tmp_path / "data", **databases)
    yield shelf
    shelf.db.close()
