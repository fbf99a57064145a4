"""One target under libFuzzer, in a process of its own, since that ends the process that it runs in.

python -m tests.fuzz TARGET FOLDER-OF-SEEDS [options of libFuzzer]
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["app.uploads", "media_pipeline", "webvtt"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Runs until its time is over (exit status 0), or something is found."""
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


main()
