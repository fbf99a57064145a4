"""What gunicorn serves: `app.wsgi:public()` and `app.wsgi:staff()`, and a log that keeps no address.

gunicorn's own process, which only watches over the one that serves, takes its log from here: what serves is imported by the other.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gunicorn.glogging import Logger

from media_pipeline.core.errors import StoryshelfError

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def public() -> Flask:
    """The families' application."""
    from app.factory import create_public_app

    return create_public_app(_settings())


def staff() -> Flask:
    """The staff's application."""
    from app.factory import create_staff_app

    return create_staff_app(_settings())


def _settings() -> Settings:
    from app.services.logs import configure_logging
    from app.settings import load_settings

    configure_logging()
    os.umask(0o077)  # whatever is written is this user's alone
    return load_settings()


class QuietLogger(Logger):  # type: ignore[misc] # gunicorn is not typed
    """gunicorn's log without requests: its own lines name addresses and paths ("Invalid request from ip=…")."""

    def access(self, *_args: object, **_kwargs: object) -> None:
        """Nobody's visit is written down."""

    def debug(self, *_args: object, **_kwargs: object) -> None:
        """Debug lines name addresses and paths."""

    def warning(self, *_args: object, **_kwargs: object) -> None:
        """Only that something was odd, without whose request it was."""
        super().warning("A request was odd, or the server warns of something (what exactly could name a visitor).")

    def exception(self, *_args: object, **_kwargs: object) -> None:
        """Only which error it was: gunicorn's own text has the path, and the error's may have anything."""
        error = sys.exc_info()[1]
        ours = f" {error.code} {error.detail}" if isinstance(error, StoryshelfError) else ""
        super().error("Something failed: %s%s", type(error).__name__, ours)
