"""Files that settings are read from."""

from __future__ import annotations

import os
import stat
import tomllib
from abc import abstractmethod
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from media_pipeline.core.errors import Fault

CONFIG = "STORYSHELF_CONFIG"
"""Names the one TOML file, when there is one."""


class _TomlFile(PydanticBaseSettingsSource):
    """A source that takes every key of one TOML file, so that unknown ones are refused by the model."""

    @abstractmethod
    def path(self) -> Path | None:
        """The file, or None when there is none."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's
        """Not used: the file is taken as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        path = self.path()
        if path is None:
            return {}
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            raise Fault("settings-unfit", "a settings file cannot be read as TOML") from None


class ConfigFile(_TomlFile):
    """The file that the environment names."""

    def path(self) -> Path | None:
        name = os.environ.get(CONFIG, "")
        return Path(name) if name else None


class SecretsFile(_TomlFile):
    """`secrets.toml` in the data folder that the stronger sources chose."""

    def path(self) -> Path | None:
        data = self.current_state.get("data")
        path = Path(data) / "secrets.toml" if data else None
        if path is None or not path.is_file():
            return None
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Fault("settings-unfit", "secrets.toml can be read by others: its mode must be 0600")
        return path
