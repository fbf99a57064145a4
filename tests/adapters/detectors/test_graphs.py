"""A model whose weights are constants says the same; what is no model is none."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.adapters.detectors.graphs import with_constant_weights
from media_pipeline.adapters.detectors.models import answers, load_model, open_session

MODEL = load_model("centerface")


def test_weights_are_no_inputs_any_more_and_the_answers_are_the_same() -> None:
    before, after = open_session(MODEL, 1), open_session(with_constant_weights(MODEL), 1)
    assert len(before.get_inputs()) == 1
    assert len(before.get_overridable_initializers()) > 100
    assert [one.name for one in after.get_inputs()] == ["input.1"]
    assert after.get_overridable_initializers() == []
    picture = np.random.default_rng(7).random((10, 3, 32, 32)).astype(np.float32) * 255
    names = [one.name for one in before.get_outputs()]
    for one, other in zip(*(answers(each, names, {"input.1": picture}) for each in (before, after)), strict=True):
        assert np.abs(one - other).max() < 1e-4 * max(1.0, np.abs(one).max())


def test_only_tags_of_inputs_change() -> None:
    after = with_constant_weights(MODEL)
    assert len(after) == len(MODEL)
    changed = [(before, now) for before, now in zip(MODEL, after, strict=True) if before != now]
    assert set(changed) == {(0x5A, 0x6A)}
    assert with_constant_weights(after) == after


@pytest.mark.parametrize("name", ["coco-ssd", "pp-ocr"])
def test_what_lists_no_weight_among_its_inputs_stays_as_it_is(name: str) -> None:
    model = load_model(name)
    assert with_constant_weights(model) == model


@given(st.binary(max_size=60))
def test_what_is_no_model_is_refused_or_left_alone(untrusted: bytes) -> None:
    with suppress(ValueError):
        assert len(with_constant_weights(untrusted)) == len(untrusted)


@pytest.mark.parametrize(
    "broken",
    [b"\x3a\xff", b"\x3a\x05\x2a", b"\x3a\x02\x2a\x00", b"\x0f\x00", b"\x09\x00", b"\x3a\x04\x2a\x02\x42\x09"],
    ids=["no end", "beyond its message", "no name", "wire type 7", "short fixed", "beyond the tensor"],
)
def test_what_does_not_fit_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"a |no "):
        with_constant_weights(broken)
