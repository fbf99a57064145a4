"""Changes a model file where it stands, so that its runtime may compute with less, to the same answers.

A model is an ONNX `ModelProto` (onnx.proto3 of the ONNX project; protobuf's encoding: a tag of field number and wire type,
then a value). Only tags are changed, to that of another field of the same message type, and no length: the runtime takes
a tensor under `value_info` for what it knows of it, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_GRAPH = 7
"""Field of a `ModelProto`."""

_INITIALIZER, _INPUT, _VALUE_INFO = 5, 11, 13
"""Fields of a `GraphProto`: weights, and two lists of `ValueInfoProto`."""

_TENSOR_NAME, _VALUE_NAME = 8, 1
"""Fields of a `TensorProto` and a `ValueInfoProto`."""

_BYTES = 2
"""The wire type of what has a length."""

_FIXED = {1: 8, 5: 4}
"""Wire types of a fixed length, in bytes."""


@dataclass(frozen=True, slots=True)
class _Field:
    """Where one field of a message lies."""

    tag: int
    number: int
    start: int
    end: int


def with_constant_weights(model: bytes) -> bytes:
    """The model with its weights as constants, where its exporter lists them among the inputs too, as what may change.

    Weights that may change are not laid out for the processor: CenterFace takes 2.2 times as long then (onnxruntime 1.28.0,
    one thread, 640 × 384). Raises ValueError when it is no such file.
    """
    changed = bytearray(model)
    for graph in _fields(model, 0, len(model)):
        if graph.number == _GRAPH:
            every = list(_fields(model, graph.start, graph.end))
            weights = {_name(model, field, _TENSOR_NAME) for field in every if field.number == _INITIALIZER}
            for field in every:
                if field.number == _INPUT and _name(model, field, _VALUE_NAME) in weights:
                    changed[field.tag] = _VALUE_INFO << 3 | _BYTES  # numbers under 16 make tags of one byte
    return bytes(changed)


def _name(model: bytes, message: _Field, number: int) -> str:
    for field in _fields(model, message.start, message.end):
        if field.number == number:
            return model[field.start : field.end].decode()
    raise ValueError("a tensor without a name")


def _fields(model: bytes, at: int, end: int) -> Iterator[_Field]:
    """The fields of the message in `model[at:end]`."""
    while at < end:
        tag = at
        key, at = _number(model, at)
        kind = key & 7
        if kind == 0:
            _, after = _number(model, at)
        elif kind == _BYTES:
            length, at = _number(model, at)
            after = at + length
        elif kind in _FIXED:
            after = at + _FIXED[kind]
        else:
            raise ValueError("no wire type of today")
        if after > end:
            raise ValueError("a field that reaches beyond its message")
        yield _Field(tag, key >> 3, at, after)
        at = after


def _number(model: bytes, at: int) -> tuple[int, int]:
    """A variable-length number, and where the next byte lies."""
    number = shift = 0
    while at < len(model):
        number |= (model[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if model[at - 1] < 0x80:
            return number, at
    raise ValueError("a number that has no end")
