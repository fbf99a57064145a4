"""What else would be half of the tests' time: costly hashes of passwords, and pages and rules compiled anew for every application."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from argon2 import PasswordHasher
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

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


_compile_builder = Rule._compile_builder


@cache
def _built(key: tuple[object, ...]) -> list[Callable[..., tuple[str, str]]]:
    """Room for what makes addresses of a rule: it is handed the rule, and so may serve equal ones of other applications."""
    return []


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    room = _built((tuple(rule._trace), repr(rule.defaults), append_unknown))
    if not room:
        room.append(_compile_builder(rule, append_unknown))
    return room[0]


@pytest.fixture(scope="session", autouse=True)
def quickly() -> Iterator[None]:
    """For all tests that see this fixture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "_HASHER", Hasher())
        patch.setattr(people, "_NOBODY", people._HASHER.hash(secrets.token_hex()))
        patch.setattr(Application, "jinja_options", {**Application.jinja_options, "bytecode_cache": _Compiled()})
        patch.setattr(Rule, "_compile_builder", _builder)
        yield
