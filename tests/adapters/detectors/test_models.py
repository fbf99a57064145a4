"""Models are the ones we checked, and the runtime that computes with them says nothing to anybody."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import copytree
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from media_pipeline.adapters.detectors.models import MODELS, Session, answers, load_model, open_model, open_session
from media_pipeline.core.errors import Fault

SWITCH = "ORT_DISABLE_TELEMETRY"

LICENCES = {
    "MIT": "Permission is hereby granted",
    "Apache-2.0": "Apache License\n                           Version 2.0",
}
"""Words of each licence that a model may have; both let it be passed on."""

MEASURED = {
    "centerface": "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    "coco-ssd": "a24162e2b404888ba98ffa331a4e0872a122271392a6aa7ec355ae764ee0f9e7",
    "pp-ocr": "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
}

LOOK = """
import os, sys
import numpy as np
from fractions import Fraction
from media_pipeline.adapters.detectors.centerface import CenterFace
from media_pipeline.adapters.detectors.persons import CocoSsd
from media_pipeline.adapters.detectors.texts import TextFinder
from tests.adapters.detectors.pictures import frame_of, room, video_of
detectors = [kind() for kind in (CenterFace, CocoSsd, TextFinder)]
assert "onnxruntime" not in sys.modules, "loaded before it was wanted"
for detector in detectors:
    detector.look(frame_of(room(1)), video_of())
    assert "onnxruntime" in sys.modules
links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]
print(sum(link.startswith("socket") for link in links))
"""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the models that may be spoilt."""
    return copytree(MODELS, tmp_path / "models")


def test_every_file_is_in_the_manifest_with_its_hash_and_licence() -> None:
    """What we ship, where it is from and under which terms."""
    manifest = json.loads((MODELS / "manifest.json").read_text("utf-8"))
    named = {"manifest.json"}
    for entry in manifest.values():
        assert hashlib.sha256((MODELS / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert LICENCES[entry["licence"]] in (MODELS / entry["licence_file"]).read_text("utf-8")
        assert entry["origin"]
        named |= {entry["file"], entry["licence_file"], entry.get("notice_file", "manifest.json")}
    assert {path.name for path in MODELS.iterdir()} == named


@pytest.mark.parametrize("name", MEASURED)
def test_each_model_is_the_one_that_was_measured(name: str) -> None:
    """A new file with a new line in the manifest is a new detector: its figures are to be measured first."""
    assert hashlib.sha256(load_model(name)).hexdigest() == MEASURED[name]


def test_what_was_changed_in_a_model_is_said() -> None:
    """As its licence asks."""
    manifest = json.loads((MODELS / "manifest.json").read_text("utf-8"))
    for entry in manifest.values():
        assert entry["licence"] == "MIT" or (entry["changed"] and entry["licence_says"])


def _change_a_byte(models: Path) -> None:
    path = models / "centerface.onnx"
    model = bytearray(path.read_bytes())
    model[len(model) // 2] ^= 1
    path.write_bytes(model)


@pytest.mark.parametrize(
    "spoil",
    [
        _change_a_byte,
        lambda models: (models / "centerface.onnx").write_bytes(b""),
        lambda models: (models / "centerface.onnx").unlink(),
        lambda models: (models / "manifest.json").unlink(),
        lambda models: (models / "manifest.json").write_text("{}"),
        lambda models: (models / "manifest.json").write_text("[]"),
        lambda models: (models / "manifest.json").write_text('{"centerface": {"file": "centerface.onnx"}}'),
        lambda models: (models / "manifest.json").write_bytes(b"\xff"),
    ],
)
def test_any_other_model_is_refused(models: Path, spoil: Callable[[Path], object]) -> None:
    """Changed, missing, or no longer named."""
    spoil(models)
    with pytest.raises(Fault, match="model-changed"):
        load_model("centerface", models)


def test_a_model_that_the_runtime_does_not_take_is_a_fault() -> None:
    """Without its own words, which may quote what it was given."""
    with pytest.raises(Fault, match="tool-failed") as caught:
        open_session(b"no model at all", 1)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("takes", "gives"), [("y", ("fetch_name_0",)), ("x", ("fetch_name_0", "fetch_name_1"))])
def test_a_model_that_takes_or_gives_something_else_is_refused(takes: str, gives: tuple[str, ...]) -> None:
    """A fault as it is opened, and not an answer of another shape."""
    assert open_model("pp-ocr", "x", ("fetch_name_0",), 1)
    with pytest.raises(Fault, match="model-changed"):
        open_model("pp-ocr", takes, gives, 1)


def test_the_runtime_leaves_no_trace_and_opens_no_socket(tmp_path: Path) -> None:
    """In a process of its own without a network, so that not even a red test sends anything."""
    home = tmp_path / "home"
    home.mkdir()
    answer = subprocess.run(
        [
            *("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
            *("--bind", str(home), str(home), "--unshare-net", "--chdir", str(home)),
            *(sys.executable, "-B", "-c", LOOK),
        ],
        env={"HOME": str(home), "TMPDIR": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "0\n", "")
    assert list(home.iterdir()) == []


def test_a_runtime_that_others_started_aloud_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the switch once: setting it afterwards silences nothing."""
    monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    monkeypatch.delenv(SWITCH, raising=False)
    with pytest.raises(Fault, match="tool-failed"):
        open_session(load_model("centerface"), 1)
    assert SWITCH not in os.environ


def test_a_missing_runtime_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that IT knows what to install."""
    monkeypatch.setenv(SWITCH, "1")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Fault, match="tool-missing"):
        open_session(load_model("centerface"), 1)


def test_a_session_is_opened_once_and_only_when_it_is_asked() -> None:
    opened: list[int] = []

    class Echo:
        def run(self, gives: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
            return [given[name] for name in gives]

    def opening() -> Echo:
        opened.append(1)
        return Echo()

    session = Session(opening)
    assert opened == []
    for _ in range(2):
        assert answers(session, ["x"], {"x": np.ones(1)}) == [np.ones(1)]
    assert opened == [1]


def test_what_is_wrong_with_a_model_is_said_as_it_is() -> None:
    """Not as a failure on a frame, which says nothing of what to do."""
    session = Session(lambda: open_model("pp-ocr", "y", (), 1))
    with pytest.raises(Fault, match="model-changed"):
        answers(session, [], {})


def test_a_missing_runtime_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Fault, match="tool-missing"):
        Session(lambda: None)
