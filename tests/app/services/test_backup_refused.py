"""A backup or a ledger that is not whole restores nothing, and nothing that is there is written over."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.services import backup, ledger
from app.services.restore import restore
from media_pipeline.core.errors import Refused
from tests.app.backend import Backend
from tests.app.services.backing_up import backed_up, files_of, wiped

pytestmark = pytest.mark.both_databases


def remade(content: bytes, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            body = old.extractfile(member)
            assert body is not None
            changed = change(member, body.read())
            if changed is not None:
                new.addfile(changed[0], io.BytesIO(changed[1]))
    return out.getvalue()


def named(name: str) -> Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]:
    """The first public file is called otherwise, in the manifest too."""

    def change(member: tarfile.TarInfo, body: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name.startswith("public/") and member.name.endswith("video.mp4"):
            member.name = name
        if member.name == backup.MANIFEST:
            told = json.loads(body)
            told["sha256"] = {
                name if old.startswith("public/") and old.endswith("video.mp4") else old: sha256
                for old, sha256 in told["sha256"].items()
            }
            body = json.dumps(told).encode()
            member.size = len(body)
        return member, body

    return change


def linked(member: tarfile.TarInfo, body: bytes) -> tuple[tarfile.TarInfo, bytes]:
    if member.name.startswith("public/"):
        member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
        return member, b""
    return member, body


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "cut off before the manifest": lambda content: remade(
        content, lambda m, b: None if m.name == "manifest.json" else (m, b)
    ),
    "empty": lambda _: b"",
    "no tar": lambda _: b"x" * 20_000,
    "a byte": lambda content: content.replace(b"another film", b"another filn"),
    "a file less": lambda content: remade(content, lambda m, b: None if m.name.endswith("original") else (m, b)),
    "a way out": lambda content: remade(content, named("public/aaaaaaaaaaaa/../../../out")),
    "an absolute name": lambda content: remade(content, named("/etc/passwd")),
    "a hidden name": lambda content: remade(content, named("public/aaaaaaaaaaaa/.hidden")),
    "another folder": lambda content: remade(content, named("secrets.toml")),
    "a link": lambda content: remade(content, linked),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_backup_that_is_not_whole_restores_nothing(full: Backend, kind: str) -> None:
    content = DAMAGE[kind](backed_up(full))
    wiped(full)
    before = sorted(full.settings.data.rglob("*"))
    with pytest.raises(Refused, match="backup-unreadable"):
        restore(full.settings, io.BytesIO(content), ())
    assert sorted(full.settings.data.rglob("*")) == before


def test_a_database_that_holds_a_shelf_is_not_written_over(full: Backend) -> None:
    content = backed_up(full)
    elsewhere = full.settings.model_copy(update={"data": full.settings.data.with_name("empty")})
    elsewhere.make_folders()
    named = full.settings.database_url or full.settings.shelf_database
    with pytest.raises(Refused, match="database-taken"):
        restore(elsewhere.model_copy(update={"database_url": named}), io.BytesIO(content), ())
    assert not any(elsewhere.private.iterdir())


def test_a_shelf_that_is_there_is_not_written_over(full: Backend) -> None:
    content, files = backed_up(full), files_of(full)
    with pytest.raises(Refused, match=r"not-empty|database-taken"):
        restore(full.settings, io.BytesIO(content), ())
    assert files_of(full) == files


@pytest.mark.parametrize("text", ["{", '{"what": "nothing", "place": "a"}', '{"what": "original"}', "é"])
def test_a_ledger_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "ledger").write_text(text, "utf-8")
    with pytest.raises(Refused, match="ledger-unreadable"):
        ledger.read(tmp_path / "ledger")
