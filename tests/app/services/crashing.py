"""The process is gone at a certain place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Crash(BaseException):
    """Nothing catches it, as nothing catches a power cut."""


@contextmanager
def crashes_at(owner: object, name: str) -> Iterator[None]:
    """What is done within must come to `name` of `owner`, and is gone there."""

    def crash(*_: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, crash)
        with pytest.raises(Crash):
            yield
