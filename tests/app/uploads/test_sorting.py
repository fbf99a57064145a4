"""Of several files that a meeting left behind, the safest is offered, and what nobody should send is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.uploads.names import REFUSED_HINTS, NameHint
from app.uploads.sorting import sort

ZOOM = [
    "GMT20260910-185700_Recording_gallery_1920x900.mp4",
    "GMT20260910-185700_Recording_avo_640x360.mp4",
    "GMT20260910-185700_Recording_640x360.mp4",
    "GMT20260910-185700_Recording.m4a",
    "GMT20260910-185700_Recording.transcript.vtt",
    "GMT20260910-185700_Recording.newChat.txt",
    "audioKitFerncastle1234.m4a",
    "playback.m3u",
    "double_click_to_convert_01.zoom",
]


def test_zooms_folder_is_sorted() -> None:
    kinds, best = sort(ZOOM)
    assert best == 1
    assert [kind.takes for kind in kinds] == [True, True, True, True, False, False, False, False, False]
    assert [kind.words for kind in kinds].index(True) == 4
    assert kinds[5].hint is NameHint.CHAT


@pytest.mark.parametrize(("gone", "best"), [({1}, 2), ({1, 2}, 0), ({0, 1, 2}, 3), ({0, 1, 2, 3}, None)])
def test_the_next_safest_is_offered_where_one_is_missing(gone: set[int], best: int | None) -> None:
    left = [name for place, name in enumerate(ZOOM) if place not in gone]
    _, chosen = sort(left)
    assert (None if chosen is None else left[chosen]) == (None if best is None else ZOOM[best])


@given(st.lists(st.one_of(st.sampled_from(ZOOM), st.text())))
def test_what_is_refused_is_never_offered(names: list[str]) -> None:
    kinds, best = sort(names)
    assert len(kinds) == len(names)
    assert (best is None) is not any(kind.takes for kind in kinds)
    assert best is None or kinds[best].takes
    assert not any(kind.takes and kind.hint in REFUSED_HINTS for kind in kinds)
