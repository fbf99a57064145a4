"""A shelf with a film that plays, every kind of page that families meet, and others' tools to judge them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from app.services import publish
from app.web.public.tongue import TONGUES, prefix
from tests.app.backend import Backend
from tests.app.web.desk import families, published
from tests.app.web.stories import ABOUT, BEARS, some, told
from tests.journeys.test_families import finished
from tests.outside import tools
from tests.serving import served

SEARCHED = "honey"
"""Words of a search that finds something."""


@dataclass(frozen=True)
class Shelf:
    """Families' pages in both languages, and where they are served."""

    app: Flask
    port: int
    slug: str
    """Of the storytime with all that one can have."""

    paths: tuple[str, ...]

    @property
    def url(self) -> str:
        """This machine's own address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def named(self) -> str:
        """The same under a name, as families know it."""
        return f"http://{tools.HOST}:{self.port}"


@pytest.fixture(scope="session", autouse=True)
def judges() -> None:
    """The tools, as the lock has them."""
    tools.install()


@pytest.fixture(scope="session")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a film that plays."""
    return finished(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="session")
def shelf(bodies: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    backend = Backend(
        tmp_path_factory.mktemp("shelf") / "data",
        library_name="Maple Street Library",
        embed_hosts="https://www.library.example",
    )
    gone_id, gone = published(backend, b"what is taken down")
    publish.unpublish(backend.db, backend.settings, gone_id)
    sound_id = backend.analysed(b"sound of a storytime")
    approval_id = backend.approved_by_ear(sound_id)
    sound = backend.make_public(sound_id, approval_id, backend.rendered(sound_id, approval_id))
    some(backend, bodies)
    slug = told(backend, BEARS, ABOUT, captions=True, bodies=bodies).slug
    once = ["/", "/find/in-es", "/find/for-toddler.in-en", "/search", "/privacy", "/accessibility", "/nothing"]
    once += [
        f"/s/{slug}",
        f"/s/{slug}/transcript",
        f"/s/{slug}/flyer",
        f"/embed/{slug}",
        f"/s/{sound}",
        f"/s/{gone.slug}",
    ]
    app = families(backend)
    with served(app) as port:
        yield Shelf(app, port, slug, tuple(f"{prefix(tag)}{path}" for tag in TONGUES for path in once))
    backend.db.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a tool may leave what it saw."""
    return tmp_path
