"""Whatever a file's first bytes are, and whatever a tool says of it: an answer or a refusal, and never a fault of ours."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.probing import Probing, Stream
from media_pipeline.adapters.process import Door, Finished
from media_pipeline.adapters.sniff import Container, sniff
from media_pipeline.core.errors import Fault, Refused
from media_pipeline.ports.watch import Unwatched
from tests.adapters.hostile import element

texts = st.text(max_size=12) | st.sampled_from(
    ["N/A", "0/0", "1/0", "1/00", "25/1", "nan", "inf", "-1", "1e999", "9" * 5000]
)
plain = st.none() | st.booleans() | st.integers() | st.floats() | texts
some_json = st.recursive(plain, lambda i: st.lists(i, max_size=3) | st.dictionaries(texts, i, max_size=3), max_leaves=9)
FIELDS = (
    *(
        "index",
        "codec_type",
        "codec_name",
        "codec_tag_string",
        "width",
        "height",
        "sample_rate",
        "channels",
        "field_order",
    ),
    *(
        "r_frame_rate",
        "avg_frame_rate",
        "time_base",
        "nb_frames",
        "duration_ts",
        "color_transfer",
        "disposition",
        "tags",
    ),
)
streams = st.dictionaries(st.sampled_from(FIELDS), some_json).map(lambda raw: {"index": 0} | raw)
answers = (
    st.fixed_dictionaries(
        {"streams": st.lists(streams, max_size=3) | some_json},
        optional={"format": st.fixed_dictionaries({"duration": some_json}) | some_json, "frames": some_json},
    ).map(lambda answer: json.dumps(answer).encode())
    | some_json.map(lambda answer: json.dumps(answer).encode())
    | st.binary(max_size=40)
    | st.sampled_from([b"", b'{"streams": null}', b"\xff\xfe{}"])
)

lines = st.binary(max_size=30) | st.sampled_from(
    [
        b"1,1,K__\n",
        b",,\n",
        b"N/A,N/A,K__\n",
        b"9999999999999999999999,1,K__\n",
        b"-1,-1,KD_\n",
        b"1,1,KC\n",
        b"x" * 5000,
    ]
)
heads = st.sampled_from(
    [
        "#tb 0: 1/25\n",
        "#tb 0: 1/00\n",
        "#tb 0: x\n",
        "#dimensions 0: 9x\n",
        "#dimensions 0: 1x1\n",
        "#sar 0: 1/0\n",
        "0, 1, 2, 3\n",
        "0\n",
        "#\n",
    ]
) | st.text(max_size=20)

TRACK = Stream(0, "video", "h264", "", Fraction(1, 25), (), 0, 0, 0, 0, 0, "", "", is_picture=False, is_locked=False)


def asked(path: Path, answer: bytes, status: int = 0) -> Probing:
    """Somebody who asks a tool that says this, whatever it is asked."""

    @contextmanager
    def stream(*_: object, **__: object) -> Iterator[Any]:
        yield SimpleNamespace(stdout=BytesIO(answer), finish=lambda: Finished(status, b"", b"", 0.0))

    door = SimpleNamespace(run=lambda *_, **__: Finished(status, answer, answer[:100], 0.0), stream=stream)
    return Probing(cast(Door, door), path, path, path, Unwatched())


def answered(ask: Callable[[], object]) -> None:
    with suppress(Refused):
        try:
            ask()
        except Fault as fault:
            if "file's owner" not in fault.detail:  # the one that says that the sandbox may not read the file
                raise


@pytest.fixture(scope="module")
def some_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(bytes(1000))
    return path


@given(answer=answers, status=st.sampled_from([0, 0, 0, 1]))
def test_any_list_of_tracks(some_file: Path, answer: bytes, status: int) -> None:
    answered(asked(some_file, answer, status).header)
    answered(lambda: asked(some_file, answer, status).any_interlaced(TRACK))


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"streams":' + b"[" * 100_000,
        b"9" * 100_000,
        b'{"streams": [{"index": 0, "time_base": "1/00"}]}',
    ],
)
def test_an_answer_without_end_or_sense(some_file: Path, answer: bytes) -> None:
    answered(asked(some_file, answer).header)
    answered(lambda: asked(some_file, answer).any_interlaced(TRACK))


@given(answer=st.lists(heads, max_size=6).map("".join), status=st.sampled_from([0, 1]))
def test_any_first_frame(some_file: Path, answer: str, status: int) -> None:
    asking = asked(some_file, answer.encode("utf-8", "replace"), status)
    answered(lambda: asking.first_frame(TRACK, container_clock=True))


@given(answer=st.lists(lines, max_size=8).map(b"".join), status=st.sampled_from([0, 1]))
def test_any_packets(some_file: Path, answer: bytes, status: int) -> None:
    answered(lambda: asked(some_file, answer, status).packets(TRACK, Fraction(3), Unwatched()))


sizes = st.integers(0, 40) | st.integers(0, 2**32 - 1)
kinds = st.sampled_from(
    [b"ftyp", b"moov", b"mdat", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"free", b"meta", b"moof", b"encv"]
)
some_boxes = st.lists(
    st.builds(lambda size, kind, body: struct.pack(">I", size) + kind + body, sizes, kinds, st.binary(max_size=30)),
    max_size=8,
).map(b"".join)
lengths = st.none() | st.integers(0, 2**56 - 1)
some_elements = st.lists(
    st.builds(
        lambda number, body, length: element(number, body, length=length),
        st.sampled_from([0x1A45DFA3, 0x18538067, 0xEC, 0x1F43B675]),
        st.binary(max_size=30),
        lengths,
    ),
    max_size=6,
).map(b"".join)


@given(
    data=st.binary(max_size=200) | some_boxes | some_elements | some_boxes.map(lambda rest: b"\0\0\0\x08ftyp" + rest)
)
def test_any_first_bytes(some_file: Path, data: bytes) -> None:
    path = some_file.with_name("sniffed")
    path.write_bytes(data)
    with suppress(Refused):
        assert sniff(path) in set(Container)
