"""Holds the bill of materials against the lock, and asks pip-audit for known vulnerabilities, if anybody answers it.

pip-audit itself says "No known vulnerabilities" of what it could not ask about: so what it says of each is read.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LOCK = Path("deploy/requirements.lock")
BILL = Path("tests/out/sbom.json")

_PINNED = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def main(pip_audit: str) -> int:
    """0 when nothing is known against anything, or nobody could be asked; 1 for vulnerabilities or a bill that is not whole."""
    locked = set(_PINNED.findall(LOCK.read_text("utf-8")))  # some in two versions, for different Pythons
    billed = {(part["name"], part["version"]) for part in json.loads(BILL.read_text("utf-8"))["components"]}
    if locked != billed:
        print("The bill of materials is not the lock.")
        return 1
    print(f"Bill of materials: {len(billed)} distributions in {BILL}.")
    if unaudited(ask(pip_audit, [min(locked)])):  # one alone: where nobody answers, nobody is asked about the others
        print("NOT AUDITED for known vulnerabilities: the list cannot be reached from here.")
        return 0
    told = [answer for pins in once_each(locked) for answer in ask(pip_audit, pins)]
    missed, found = unaudited(told), vulnerable(told)
    for line in found:
        print(f"VULNERABLE: {line}")
    if missed or len(told) != len(locked):
        print(f"NOT AUDITED: {', '.join(missed) or 'some'}.")
    print(f"Audited: {len(told) - len(missed)} of {len(locked)} distributions; {len(found)} known vulnerabilities.")
    return 1 if found else 0


def once_each(locked: set[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Lists in which no name stands twice: it would take two versions for a mistake."""
    rest = sorted(locked)
    while rest:
        pins = list(dict(rest).items())
        yield pins
        rest = [pin for pin in rest if pin not in pins]


def ask(pip_audit: str, pinned: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """What it says of each; nothing when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder, "asked.txt"), Path(folder, "answer.json")
        asked.write_text("".join(f"{name}=={version}\n" for name, version in pinned), "utf-8")
        command = [pip_audit, "--requirement", str(asked), "--disable-pip", "--no-deps", "--format", "json"]
        subprocess.run([*command, "--output", str(answer)], check=False, capture_output=True)  # noqa: S603 - our own
        told: list[dict[str, Any]] = json.loads(answer.read_text("utf-8"))["dependencies"] if answer.exists() else []
    return told


def unaudited(told: list[dict[str, Any]]) -> list[str]:
    """The names that it could not ask about; a made-up one when it said nothing at all."""
    return [one["name"] for one in told if "vulns" not in one] if told else ["(no answer)"]


def vulnerable(told: list[dict[str, Any]]) -> list[str]:
    """Each vulnerability: of what, its number, and the versions that mend it."""
    return [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in told
        for flaw in one.get("vulns", ())
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
