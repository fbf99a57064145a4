"""Shared by all tests of the road."""

from __future__ import annotations

import pytest

from tests.road.dirty import Roads


@pytest.fixture(scope="session")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Roads:
    """Dirty films that went the whole road. Nobody writes to what came out."""
    return Roads(tmp_path_factory.mktemp("roads"))
