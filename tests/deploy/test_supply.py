"""What CI says of what we are made of: nothing that was not asked about is called audited."""

from __future__ import annotations

import json
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

FLAW = {"id": "CVE-2026-0001", "fix_versions": ["9.9"]}
LISTED = "{'name': name, 'version': version, 'vulns': []}"
UNLISTED = "{'name': name, 'skip_reason': 'not found'}"
FLAWED = f"{LISTED} if name != 'flask' else {{'name': name, 'version': version, 'vulns': [{FLAW!r}]}}"
ONE_UNLISTED = f"{LISTED} if name != 'flask' else {UNLISTED}"

Audit = Callable[[str], int]


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """CI's audit of our lock, with a list of vulnerabilities that says this of each."""
    program: dict[str, Any] = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
    pins = re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / "deploy" / "requirements.lock").read_text(), re.MULTILINE)
    bill = {"components": [{"name": name, "version": version} for name, version in pins]}
    (tmp_path / "bill.json").write_text(json.dumps(bill))
    monkeypatch.setitem(program["main"].__globals__, "BILL", tmp_path / "bill.json")
    monkeypatch.chdir(ROOT)

    def run(said: str) -> int:
        fake = tmp_path / "pip-audit"
        fake.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            "told, asked = [], open(sys.argv[sys.argv.index('--requirement') + 1]).read().split()\n"
            "assert len({pin.split('==')[0] for pin in asked}) == len(asked)\n"
            f"for name, version in (pin.split('==') for pin in asked):\n    told.append({said})\n"
            "json.dump({'dependencies': told}, open(sys.argv[sys.argv.index('--output') + 1], 'w'))\n"
            "print('No known vulnerabilities found')\n"
        )
        fake.chmod(0o700)
        status: int = program["main"](str(fake))
        return status

    return run


def test_nothing_known_is_said_with_how_much_was_asked(audit: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(LISTED) == 0
    assert re.search(r"^Audited: (\d+) of \1 distributions; 0 known vulnerabilities\.$", capsys.readouterr().out, re.M)


def test_what_is_known_ends_it(audit: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(FLAWED) == 1
    assert re.search(r"^VULNERABLE: flask \S+: CVE-2026-0001, mended in 9\.9$", capsys.readouterr().out, re.M)


@pytest.mark.parametrize("said", [UNLISTED, "1 / 0"], ids=["of nothing", "no answer"])
def test_a_list_that_cannot_be_reached_is_no_audit(said: str, audit: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(said) == 0
    told = capsys.readouterr().out
    assert "NOT AUDITED" in told
    assert "Audited:" not in told


def test_what_the_list_does_not_know_is_named(audit: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(ONE_UNLISTED) == 0
    assert "NOT AUDITED: flask." in capsys.readouterr().out


def test_a_bill_that_is_not_the_lock_is_refused(audit: Audit, tmp_path: Path) -> None:
    bill = json.loads((tmp_path / "bill.json").read_text())
    bill["components"].pop()
    (tmp_path / "bill.json").write_text(json.dumps(bill))
    assert audit(LISTED) == 1


def test_ci_runs_it_before_the_tests() -> None:
    assert (ROOT / ".ci" / "run").read_text().endswith(".ci/supply\nexec tests/run\n")
