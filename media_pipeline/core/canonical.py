"""One text for one value: frozen dataclasses ↔ canonical JSON, and the digest that binds a decision to what it saw.

Only what core values are made of is known here: dataclasses, tuples, enumerations, exact fractions, integers, text,
booleans and None. Floats are refused, since two machines may write them differently.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def dumps(value: object) -> str:
    """The canonical JSON of a core value: sorted keys, no spaces, fractions as "n/d"."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def loads(kind: type[T], text: str) -> T:
    """The value that `dumps` wrote. Raises ValueError when the text is not exactly such a value."""
    try:
        return cast(T, _build(kind, json.loads(text)))
    except (KeyError, TypeError, ValueError, ZeroDivisionError, RecursionError):
        raise ValueError(f"not the JSON of a {kind.__name__}") from None


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON, hexadecimal."""
    return sha256(dumps(value).encode("ascii")).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    raise TypeError(f"a {type(value).__name__} has no canonical form")


def _build(kind: Any, plain: Any) -> object:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _build_optional(kind, plain)
    if origin is tuple:
        return _build_tuple(get_args(kind), plain)
    if kind is Fraction:
        numerator, denominator = _of(str, plain).split("/")
        return Fraction(int(numerator), int(denominator))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    if is_dataclass(kind):
        return _build_dataclass(kind, plain)
    return _of(kind, plain)


def _build_optional(kind: Any, plain: Any) -> object:
    """`X | None` is the only union that core values use."""
    (inner,) = (arg for arg in get_args(kind) if arg is not NoneType)
    return None if plain is None else _build(inner, plain)


def _build_tuple(args: tuple[Any, ...], plain: Any) -> tuple[object, ...]:
    items = _of(list, plain)
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_build(args[0], item) for item in items)
    return tuple(_build(arg, item) for arg, item in zip(args, items, strict=True))


def _build_dataclass(kind: Any, plain: Any) -> object:
    hints = _hints(kind)
    if set(_of(dict, plain)) != set(hints):
        raise ValueError("fields do not match")
    return kind(**{name: _build(hint, plain[name]) for name, hint in hints.items()})


@cache  # read once a type: of an hour's findings, reading them took most of the time
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}


def _of(kind: Any, plain: Any) -> Any:
    if type(plain) is not kind:
        raise ValueError("wrong type")
    return plain
