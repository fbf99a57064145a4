"""What gunicorn serves: `app.wsgi:public()` and `app.wsgi:staff()`, and a log that keeps no address."""

from __future__ import annotations

import os
import sys

from flask import Flask
from gunicorn.glogging import Logger

from app.factory import create_public_app, create_staff_app
from app.services.logs import configure_logging
from app.settings import Settings, load_settings
from media_pipeline.core.errors import StoryshelfError


def public() -> Flask:
    """The families' application."""
    return create_public_app(_settings())


def staff() -> Flask:
    """The staff's application."""
    return create_staff_app(_settings())


def _settings() -> Settings:
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
