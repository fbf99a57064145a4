"""Files of this disk, when two remove the same."""

from __future__ import annotations

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
