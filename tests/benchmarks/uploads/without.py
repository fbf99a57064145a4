"""Our staff's application with less to do, to tell what each of its promises costs. Only ever served by the benchmark.

What is kept with `unhashed` has a made-up hash; what is acknowledged by `unsynced` may be lost when the power fails.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest.mock import patch

from app.uploads import hashes
from app.wsgi import staff

if TYPE_CHECKING:
    from flask import Flask


def unsynced() -> Flask:
    """The disk is never waited for."""
    for name in ("fsync", "fdatasync"):
        patch.object(os, name, lambda _descriptor: None).start()
    return staff()


def unhashed() -> Flask:
    """No file is hashed."""
    patch.object(hashes, "sha256_of", lambda _path, _size: "0" * 64).start()
    patch.object(hashes, "go_on", lambda _path: None).start()
    return staff()


def neither() -> Flask:
    """Neither is the disk waited for, nor is a file hashed: about what `@tus/server` does."""
    unsynced()
    return unhashed()
