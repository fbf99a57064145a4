"""What else would be half of the tests' time: costly hashes of passwords, and pages compiled anew for every application."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from app.services import people
from app.web.guard import Application

REAL = people._HASHER
"""As passwords are hashed outside of tests."""


class Hasher(PasswordHasher):
    """argon2id with next to no work in it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)


class _Compiled(BytecodeCache):
    """Pages that were compiled once, by what they are made of."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._kept.get((bucket.key, bucket.checksum))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def quickly() -> Iterator[None]:
    """For all tests that see this fixture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_HASHER", Hasher())
        patch.setattr(people, "_NOBODY", people._HASHER.hash(secrets.token_hex()))
        patch.setattr(Application, "jinja_options", {**Application.jinja_options, "bytecode_cache": _Compiled()})
        yield
