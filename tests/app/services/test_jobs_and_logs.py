"""What is written of the work, and what is logged, is words, ids and numbers: texts cannot get through."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.services.job_words import Words
from app.services.jobs import ANALYSE, PUBLISH, DbosJobs, prepare_work
from app.services.logs import Log, configure_logging
from tests.app.backend import Backend


@pytest.fixture
def jobs(backend: Backend) -> Iterator[DbosJobs]:
    opened = DbosJobs(backend.settings)
    yield opened
    opened.close()


@pytest.mark.parametrize("text", ["Ann Smith", "Maple Street.mp4", "/data/private", "é", "A", "x" * 65, "a\n"])
def test_texts_are_not_written(text: str) -> None:
    for data in (text, [text], {"code": text}, {text: 1}, {"args": (text,), "kwargs": {}}):
        with pytest.raises(ValueError, match="our own words"):
            Words().serialize(data)


def test_words_and_numbers_are() -> None:
    data = {"args": ["abc234", 3], "ok": True, "code": "tool-failed", "nothing": None, "until": 1.5}
    assert Words().deserialize(Words().serialize(data)) == data
    with pytest.raises(ValueError, match="our own words"):
        Words().serialize(object())


def test_of_an_exception_nothing_is_written() -> None:
    text = Words().serialize(ValueError("Ann Smith"))
    assert "Ann" not in text
    assert isinstance(Words().deserialize(text), Exception)


def test_work_is_put_on_its_queue_once(backend: Backend, jobs: DbosJobs) -> None:
    assert jobs.look(ANALYSE, "abc", 1) == (False, False)
    for _ in range(2):
        jobs.analyse("abc", 1)
        jobs.publish("abc", "def", 2)
    assert jobs.look(ANALYSE, "abc", 1) == (True, False)
    rows = sqlite3.connect(backend.settings.data / "work.sqlite")
    found = rows.execute("SELECT workflow_uuid, name, queue_name, serialization FROM workflow_status").fetchall()
    inputs = dict(rows.execute("SELECT workflow_uuid, inputs FROM workflow_input").fetchall())
    rows.close()
    assert sorted(row[:3] for row in found) == [
        ("analyse-abc-1", ANALYSE, ANALYSE),
        ("publish-abc-2", PUBLISH, PUBLISH),
    ]
    assert {row[3] for row in found} == {"storyshelf_words"}
    assert json.loads(inputs["publish-abc-2"])["args"] == ["abc", 2, "def"]


def test_work_that_cannot_be_announced_does_not_fail_the_request(
    backend: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()
    (backend.settings.data / "work.sqlite").mkdir()
    jobs = DbosJobs(backend.settings)
    jobs.analyse("abc", 1)
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["event"] == "not-announced"


def test_the_work_database_can_be_prepared_again(backend: Backend) -> None:
    prepare_work(backend.settings)
    prepare_work(backend.settings)
    rows = sqlite3.connect(backend.settings.data / "work.sqlite")
    assert rows.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    rows.close()


def test_the_log_withholds_texts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    Log("worker").info("step", recording="abc", permille=3, name="Ann Smith", path="/data/Ann")
    Log("worker").info("Ann Smith arrived")
    logging.getLogger("sqlalchemy").error("could not insert %s", "Ann Smith")
    logging.getLogger("dbos").warning("Error executing workflow Ann Smith")
    try:
        raise ValueError("Ann Smith")
    except ValueError:
        logging.getLogger("alembic").exception("failed for Ann Smith")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "Ann" not in json.dumps(lines)
    assert lines[0]["recording"] == "abc"
    assert [line["event"] for line in lines] == ["step", "withheld", "library", "library", "library"]
    assert lines[-1]["error"] == "ValueError"
    assert lines[2]["where"].startswith("test_jobs_and_logs:")


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it goes into a file on a disk that is full."""
    configure_logging()
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        Log("worker").info("step", recording="abc")
        monkeypatch.undo()
        with suppress(OSError):
            full.close()
