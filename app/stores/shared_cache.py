"""A shared cache in front of the families' address, such as a CDN, is told to forget: by a program of the library's own, because
every such cache is told in another way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from media_pipeline.core.errors import Fault

PATIENCE = 10
"""Seconds in which the program must have ended."""


def forget(program: Path, addresses: Sequence[str]) -> None:
    """Gives the program the addresses, one a line; it ends with 0 once none of them is answered from the cache any more.

    It gets none of our settings or secrets, and nothing that it says is kept. Raises Fault("cache-away").
    """
    given = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own program, by its absolute path
            [program],
            input="".join(f"{address}\n" for address in addresses).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=given,
            cwd="/",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Fault("cache-away", type(error).__name__) from None
    if done.returncode != 0:
        raise Fault("cache-away", f"its program ended with {done.returncode}")
