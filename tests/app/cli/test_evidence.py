"""The evidence pack opens, its hashes hold, it tells what it should, and names nobody."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import evidence as command
from app.cli import storyshelf
from app.db.kinds import WorkKind
from app.factory import create_public_app
from app.services import policies, publish, rights, works
from app.services.datamap import data_map
from app.services.values import PrivateFolder
from app.services.works import Record
from app.settings import Settings
from media_pipeline.core.captions import Cue
from media_pipeline.core.errors import Refused
from media_pipeline.core.rights import Basis, Right, Scope
from media_pipeline.core.speakers import Given, Said
from tests.app.backend import Backend
from tests.app.web.desk import published

CANARY = "Zanzibar Quillfeather"
"""What a participant is called."""


@pytest.fixture
def here(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """A shelf whose settings the command line finds; of a machine whose promises hold."""
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    monkeypatch.setattr(command, "promises", lambda: iter([("Settings are complete", None), ("A trial", "it failed")]))
    return backend


def run(*words: str) -> Result:
    return CliRunner().invoke(storyshelf, list(words), standalone_mode=False)


def pack(here: Backend, file: Path) -> dict[str, bytes]:
    answer = run("evidence", str(file))
    assert answer.exception is None, answer.exception
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


def test_it_holds_what_a_board_asks_for_and_its_hashes_hold(here: Backend, tmp_path: Path) -> None:
    recording_id, entry = published(here)
    gone_id, gone = published(here, b"another film")
    publish.unpublish(here.db, here.settings, gone_id)
    work_id = works.save(here.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.OWN, Scope.OPEN_WEB)))
    rights.add(here.db, recording_id, work_id)
    held = pack(here, tmp_path / "evidence.zip")
    sums = dict(line.split("  ")[::-1] for line in held.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(body).hexdigest() for name, body in held.items()}
    assert {f"receipts/{each.slug}.{kind}" for each in (entry, gone) for kind in ("html", "json")} <= set(held)
    told = json.loads(held[f"receipts/{entry.slug}.json"])
    assert told["approver"] == ""
    assert {file["sha256"] for file in told["files"]} == {file.sha256 for file in entry.files}
    assert "Privacy receipt" in held[f"receipts/{entry.slug}.html"].decode()
    assert [row["address"] for row in table(held["publications.csv"]) if row["withdrawn"]] == [gone.slug]
    assert [row["rule"] for row in table(held["deletions.csv"])] == ["staff"]
    assert [row["title"] for row in table(held["rights.csv"])] == ["Brown Bear"]
    assert table(held["self-check.csv"])[:2] == [
        {"what": "Settings are complete", "outcome": "held"},
        {"what": "A trial", "outcome": "it failed"},
    ]
    assert "Privacidad" in held["policy/now-es.html"].decode()
    assert b"<h1" in held["accessibility/en.html"]


def test_a_file_that_is_there_is_not_written_over(here: Backend, tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    file.write_bytes(b"mine")
    answer = run("evidence", str(file))
    assert isinstance(answer.exception, Refused)
    assert file.read_bytes() == b"mine"


def test_the_policy_of_then_is_kept_when_it_changes_and_only_then(
    here: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        create_public_app(here.settings)
    assert len(policies.said(here.db)) == 2  # in two languages
    monkeypatch.setenv("STORYSHELF_ORIGINALS_DAYS", "33")
    held = pack(here, tmp_path / "evidence.zip")
    rows = [row for row in table(held["policy/policies.csv"]) if row["language"] == "en"]
    assert [bool(row["until"]) for row in rows] == [True, False]
    assert b"33 days" not in held[rows[0]["file"]]
    assert b"33 days" in held[rows[1]["file"]]
    assert b"33 days" in held["policy/now-en.html"]


def test_nothing_in_it_names_a_participant_a_file_or_a_member_of_staff(here: Backend, tmp_path: Path) -> None:
    recording_id, _ = published(here)
    folder = PrivateFolder(here.settings, recording_id)
    given = Given()
    folder.save_given(replace(given, said=(Said(Cue(folder.media().whole, (CANARY,)), 0, look=False),)))
    (folder.path / "values" / f"{CANARY}.txt").write_text(CANARY)
    works.give_evidence(
        here.db,
        here.settings,
        works.save(here.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.OWN, Scope.OPEN_WEB))),
        CANARY.encode(),
    )
    held = pack(here, tmp_path / "evidence.zip")
    for name, body in held.items():
        assert CANARY.encode() not in body, name
        assert b">ann<" not in body, name
        assert b"(ann)" not in body, name


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.endswith("_days")])
def test_the_data_map_tells_every_number_of_days_that_a_job_enforces(backend: Backend, name: str) -> None:
    changed = backend.settings.model_copy(update={name: 77})
    (row,) = [row for row in data_map(changed) if row.setting == f"STORYSHELF_{name.upper()}"]
    assert row.how_long.startswith("77 days ")
    assert [one for one in data_map(changed) if one not in data_map(backend.settings)] == [row]
