"""Programs that others made to judge websites: installed as the lock has them, and asked.

npm runs none of their own scripts. They look at pages on this machine and are given no way to any other.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.serving import CHROMIUM, QUIET

FOLDER = Path(__file__).parent
NODE_MODULES = FOLDER / "node_modules"

HOST = "families.localhost"
"""What the shelf is called where a tool must know whose page it is: an address of numbers is nobody's, and without HTTPS only such
a name gives a page all that a page can use."""

FLAGS = [*QUIET, f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
"""Chromium finds this machine and no other."""

NO_ORIGIN = "Resource violates Content Security Policy.*"
"""What the Nu HTML Checker says of every file: it has no server that could be its own."""

OLDEST_NODE = 20

PATIENCE_S = 1800
"""How long a program may look at all of its pages on a machine that is busy."""

QUIETLY = {
    "CI": "1",
    "DO_NOT_TRACK": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "CHROME_PATH": CHROMIUM,
    "PUPPETEER_EXECUTABLE_PATH": CHROMIUM,
    "PUPPETEER_SKIP_DOWNLOAD": "1",
}
"""None of them fetches a browser of its own, asks for news or tells of its use."""


def need(**packages: str) -> None:
    """Fails with a sentence unless each program is there; its Debian package stands beside it."""
    missing = [package for program, package in packages.items() if shutil.which(program) is None]
    if missing:
        pytest.fail(
            f"Missing: {' '.join(missing)}. `tests/run --full` installs Debian packages; or ask IT.", pytrace=False
        )


def install() -> None:
    """What the lock names, and nothing else, once for each lock."""
    need(node="nodejs", npm="npm", chromium="chromium")
    version = _run(["node", "--version"], 60).strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.fail(f"Node {OLDEST_NODE} or newer is needed, this is {version}: Debian 13 has one.", pytrace=False)
    stamp = hashlib.sha256((FOLDER / "package-lock.json").read_bytes() + version.encode()).hexdigest()
    stamped = NODE_MODULES / ".storyshelf"
    if not stamped.is_file() or stamped.read_text() != stamp:
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], PATIENCE_S)
        stamped.write_text(stamp)


def ask(program: str, told: dict[str, object], **environment: str) -> Any:
    """What a program beside this file answers."""
    told = {"chromium": CHROMIUM, "flags": FLAGS} | told
    return json.loads(_run(["node", program], PATIENCE_S, json.dumps(told), **environment))


def read_by_vnu(pages: Iterable[Path]) -> list[dict[str, Any]]:
    """What the Nu HTML checker says of each page: what is wrong, and what it would rather see."""
    need(java="default-jre-headless")
    jar = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always"]
    command += ["--filterpattern", NO_ORIGIN]
    messages: list[dict[str, Any]] = json.loads(_run([*command, *map(str, pages)], PATIENCE_S))["messages"]
    return messages


def _run(command: list[str], seconds: int, told: str = "", **environment: str) -> str:
    ran = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | QUIETLY | environment,
        input=told,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert ran.returncode == 0, f"{command[:2]} ended with {ran.returncode}: {ran.stderr[-3000:]}"
    return ran.stdout
