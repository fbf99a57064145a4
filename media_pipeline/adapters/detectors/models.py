"""Model files, checked before use, and the runtime that computes with them, kept silent.

Official builds of onnxruntime from 1.29 on send telemetry to their maker unless told otherwise before their first
import: an identifier of the machine, hashes of the models, times (its Privacy.md). Nothing here leaves the machine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media_pipeline.core.errors import Fault, StoryshelfError

MODELS = Path(__file__).parent / "models"
"""The folder of model files, each with its licence beside it."""

_MANIFEST = "manifest.json"
"""Name to file, what it is, origin, licence and SHA-256."""

_SILENCE = "ORT_DISABLE_TELEMETRY"
"""Set to 1 before the runtime starts, no sender, no machine identifier and no event comes into being."""

_FATAL = 4
"""The runtime's level of logging at which it only speaks as it dies: its other words go to our stderr unasked."""


def load_model(name: str, folder: Path = MODELS) -> bytes:
    """The bytes of a model that is the one we checked. Raises Fault("model-changed") when it is any other, or missing."""
    entry = _entry(name, folder)
    try:
        untrusted_model = (folder / entry["file"]).read_bytes()
    except OSError:
        raise Fault("model-changed", f"{name}: missing") from None
    if hashlib.sha256(untrusted_model).hexdigest() != entry["sha256"]:
        raise Fault("model-changed", f"{name}: another SHA-256 than in the manifest")
    return untrusted_model


def _entry(name: str, folder: Path) -> Mapping[str, str]:
    try:
        entry = json.loads((folder / _MANIFEST).read_text("utf-8"))[name]
        return {"file": entry["file"], "sha256": entry["sha256"]}
    except (OSError, ValueError, LookupError, TypeError):
        raise Fault("model-changed", f"{name}: missing, or not in the manifest") from None


def open_session(model: bytes, threads: int) -> Any:
    """An onnxruntime session on the processor, `threads` (at least 1) at most, for any number of callers at once.

    Raises Fault("tool-failed") when the runtime does not take the model, or was started by others with its telemetry on.
    """
    runtime = _silent_runtime()
    try:
        options = runtime.SessionOptions()
        options.log_severity_level = _FATAL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # wait without burning the processor
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception:  # its own exceptions share no base class; their text may quote what it was given
        raise Fault("tool-failed", "onnxruntime does not take the model") from None


def model_sha256(name: str) -> str:
    """Which model it is, as its file is told in the manifest. Raises Fault("model-changed") when it is any other."""
    entry = _entry(name, MODELS)
    try:
        with (MODELS / entry["file"]).open("rb") as file:  # by the piece: whoever only asks need not hold it
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise Fault("model-changed", f"{name}: missing") from None
    if found != entry["sha256"]:
        raise Fault("model-changed", f"{name}: another SHA-256 than in the manifest")
    return found


def open_model(name: str, takes: str, gives: Sequence[str], threads: int) -> Any:
    """A session of the model that we checked, whose one input is `takes` and whose outputs hold all of `gives`.

    Raises Fault: model-changed, tool-missing, tool-failed.
    """
    session = open_session(load_model(name), threads)
    if [tensor.name for tensor in session.get_inputs()] != [takes]:
        raise Fault("model-changed", f"{name}: takes something else")
    if not {tensor.name for tensor in session.get_outputs()}.issuperset(gives):
        raise Fault("model-changed", f"{name}: gives something else")
    return session


class Session:
    """A session that is opened when it is first asked: whoever waits for a recording need not hold three models (120 MB)."""

    def __init__(self, opening: Callable[[], Any]) -> None:
        """`opening` gives the session itself. Raises Fault("tool-missing") where there is no runtime."""
        if importlib.util.find_spec("onnxruntime") is None:
            raise Fault("tool-missing", "onnxruntime")
        self._opening, self._lock = opening, Lock()
        self._session: Any = None

    def open(self) -> None:
        """Opens it now, if it is not open. Raises what `opening` raises."""
        with self._lock:
            if self._session is None:
                self._session = self._opening()

    def run(self, gives: Sequence[str], given: Mapping[str, NDArray[Any]]) -> Any:
        """As the session's own. Raises what `opening` raises."""
        self.open()
        return self._session.run(gives, given)


def answers(session: Any, gives: Sequence[str], given: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
    """What the model says of a frame, in the order of `gives`.

    Raises Fault("tool-failed") when the runtime fails, or a number is none: it would compare as "nothing here".
    """
    try:
        said: list[NDArray[np.float32]] = session.run(list(gives), dict(given))
    except StoryshelfError:
        raise
    except Exception:  # its exceptions share no base class; their text may quote what it was given
        raise Fault("tool-failed", "onnxruntime failed on a frame") from None
    if not all(np.isfinite(answer).all() for answer in said):
        raise Fault("tool-failed", "the model's answer is not a number")
    return said


def _silent_runtime() -> Any:
    if "onnxruntime" in sys.modules and os.environ.get(_SILENCE) != "1":
        raise Fault("tool-failed", f"onnxruntime was imported before {_SILENCE} was set")
    os.environ[_SILENCE] = "1"
    try:
        import onnxruntime
    except ImportError:
        raise Fault("tool-missing", "onnxruntime") from None
    onnxruntime.disable_telemetry_events()  # the other switch, for builds that know only this one
    return onnxruntime
