"""Files of this disk, while others work in the same folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from app.stores import files
from media_pipeline.core.errors import Fault

TOGETHER = 4


def test_several_remove_the_same_folder(tmp_path: Path) -> None:
    """As staff who take a storytime down just when the worker tidies up."""
    for turn in range(20):
        folder, ready = tmp_path / str(turn), Barrier(TOGETHER)
        for number in range(60):
            place = folder / f"deep-{number % 4}" / f"{number}.mp4"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()

        def remove(folder: Path = folder, ready: Barrier = ready) -> None:
            ready.wait()
            files.remove(folder)

        with ThreadPoolExecutor(TOGETHER) as pool:
            for done in [pool.submit(remove) for _ in range(TOGETHER)]:
                done.result()
        assert not folder.exists()


@pytest.mark.parametrize("trouble", [PermissionError, FileNotFoundError])
def test_a_folder_that_cannot_be_removed_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[OSError]
) -> None:
    (tmp_path / "folder").mkdir()

    def fails(path: Path) -> None:
        raise trouble(path)

    monkeypatch.setattr("shutil.rmtree", fails)
    with pytest.raises(Fault, match="store-failed"):
        files.remove(tmp_path / "folder")


@pytest.mark.parametrize("names", [files.names_below, files.names_in])
def test_what_others_remove_while_it_is_listed_is_not_there(
    names: Callable[[Path], frozenset[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the worker that tidies up while the store is listed."""
    going = tmp_path / "shelf" / "going"
    going.mkdir(parents=True)
    (going / "file").touch()
    (tmp_path / "shelf" / "staying").touch()
    listing = {name: getattr(os, name) for name in ("scandir", "listdir")}

    def raced(name: str) -> Callable[[object], object]:
        def lists(folder: object) -> object:
            if str(folder) == str(going):
                going.rename(tmp_path / "gone")
            return listing[name](folder)

        return lists

    for name in listing:
        monkeypatch.setattr(os, name, raced(name))
    assert names(going) == frozenset()
    (tmp_path / "gone").rename(going)
    assert names(tmp_path / "shelf") >= {"staying"}
    assert names(tmp_path / "nowhere") == frozenset()


@pytest.mark.parametrize("work", [files.names_below, files.names_in, files.sync_tree])
def test_a_folder_that_cannot_be_listed_is_told_of(
    work: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not seen must not be taken for removed, nor for safe."""

    def fails(folder: object) -> object:
        raise PermissionError(13, "no")

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, fails)
    with pytest.raises(Fault, match="store-failed"):
        work(tmp_path)
