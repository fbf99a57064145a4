"""Sessions of the runtime that do not do what they should, or say what a test wants to hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


class Spoilt:
    """A session one of whose answers holds another number."""

    def __init__(self, session: Any, place: int, value: float) -> None:
        self._session, self._place, self._value = session, place, value

    def run(self, names: Sequence[str], pictures: Mapping[str, Any]) -> list[Any]:
        """The first number of one answer is `value`."""
        answers = [np.array(answer) for answer in self._session.run(names, pictures)]
        answers[self._place].flat[0] = self._value
        return answers


class Failing:
    """A session that fails as the runtime does, with words that quote."""

    def run(self, names: Sequence[str], pictures: Mapping[str, Any]) -> list[Any]:
        """Fails."""
        raise RuntimeError("canary")


class Saying:
    """A session that says the same of every picture, and keeps the last."""

    def __init__(self, *answers: npt.NDArray[np.float32]) -> None:
        self._answers = answers
        self.shown: dict[str, Any] = {}

    def run(self, names: Sequence[str], pictures: Mapping[str, Any]) -> list[Any]:
        """What it was made to say."""
        assert len(names) == len(self._answers)
        self.shown = dict(pictures)
        return list(self._answers)
