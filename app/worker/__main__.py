"""`python -m app.worker`: the worker by itself, until it is told to stop."""

from __future__ import annotations

import sys

from app.services.logs import Log
from app.settings import load_settings
from app.worker.main import run_worker
from media_pipeline.core.errors import StoryshelfError

if __name__ == "__main__":
    try:
        run_worker(load_settings())
    except StoryshelfError as error:
        Log("worker").error("not-started", code=error.code)
        sys.stderr.write(f"{error.sentence}\n")
        sys.exit(error.exit_status)
