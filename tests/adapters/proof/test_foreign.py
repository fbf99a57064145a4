"""Sound made equally loud part by part is what it is as a whole: so no film's whole sound need be held."""

from __future__ import annotations

import numpy as np
import pytest

from media_pipeline.adapters.proof.foreign import _MOMENT, even, even_part


@pytest.mark.parametrize("length", [1, _MOMENT - 1, _MOMENT, 10 * _MOMENT, 10 * _MOMENT + 7])
def test_a_part_is_as_in_the_whole(length: int) -> None:
    lots = np.random.default_rng(length)
    sound = (lots.standard_normal(length) * np.linspace(0, 1, length)).astype(np.float32)
    whole = even(sound)
    places = sorted(
        {0, 1, _MOMENT - 1, _MOMENT, _MOMENT + 1, length // 2, length - 1, length, length + 5} & set(range(length + 6))
    )
    for start in places:
        for end in places:
            if start <= end:
                np.testing.assert_allclose(even_part(sound, start, end), whole[start:end], rtol=1e-6)
