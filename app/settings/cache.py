"""A shared cache in front of the families' address: its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class CacheSettings(BaseModel):
    """What `Settings` says of it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    cache_purge: Path | None = None
    """A program that tells a shared cache in front of the families' address, such as a CDN, what to forget. Empty means that no
    cache but a viewer's own may answer without asking us."""

    cache_holder: str = Field(default="", max_length=120)
    """Who runs that cache, such as a company's name: families read it on the privacy page."""

    @model_validator(mode="after")
    def _cache_agrees(self) -> Self:
        if self.cache_purge is not None and not (self.cache_purge.is_absolute() and self.cache_holder.strip()):
            raise ValueError("cache_purge must be an absolute path, and needs cache_holder, which families are told")
        return self
