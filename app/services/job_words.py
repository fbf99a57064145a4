"""The only form in which DBOS keeps anything: words, numbers and ids.

Text that is not one of our own short words cannot get into its rows, whatever happens.
"""

from __future__ import annotations

import json
import re
from typing import Any

from dbos import Serializer

from media_pipeline.core.errors import Fault

_WORD = re.compile(r"[a-z0-9_-]{0,64}")


class Words(Serializer):
    """JSON of words, numbers, truth values, lists and dictionaries of those. An exception becomes the word "error"."""

    def name(self) -> str:
        """What DBOS writes beside each value, so that it never unpickles anything."""
        return "storyshelf_words"

    def serialize(self, data: Any) -> str:
        """Raises ValueError for text that is not a short word of small letters, digits, `-` and `_`."""
        if isinstance(data, BaseException):
            return '{"error":"unexpected"}'
        _check(data)
        return json.dumps(data, separators=(",", ":"), allow_nan=False)

    def deserialize(self, serialized_data: str) -> Any:
        """What was serialized, with lists for tuples."""
        data = json.loads(serialized_data)
        return Fault("unexpected") if data == {"error": "unexpected"} else data


def _check(data: Any) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            _check(key)
            _check(value)
    elif isinstance(data, list | tuple):
        for item in data:
            _check(item)
    elif isinstance(data, str):
        if not _WORD.fullmatch(data):
            raise ValueError("only our own words are kept of the work")
    elif data is not None and not isinstance(data, bool | int | float):
        raise ValueError("only our own words are kept of the work")
