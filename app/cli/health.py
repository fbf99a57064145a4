"""Whether this machine can keep the promises: each is tried, not believed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from app.cli.tools import open_tools
from app.db import migrate
from app.db.engine import Database
from app.factory import create_public_app
from app.settings import SandboxChoice, load_settings, load_tool_settings
from app.settings.kinds import StoreChoice
from app.stores import shared_cache
from media_pipeline import run
from media_pipeline.core.errors import Fault, StoryshelfError
from media_pipeline.ports.watch import Unwatched
from media_pipeline.toolbox import try_models

Trial = Callable[[], str | None]
"""Says what is wrong, or None. May raise errors of the tree."""


def promises() -> Iterator[tuple[str, str | None]]:
    """Each promise with what stands against it on this machine, or None. Every trial is made, whatever the others say."""
    trials: tuple[tuple[str, Trial], ...] = (
        ("Settings are complete", _settings),
        ("Recordings are opened in a sandbox, and the detectors work", _sandbox),
        ("What was cut is gone, and nothing rides along (a trial film with a secret)", _trial_film),
        ("Viewers are nobody: no cookie, no third party, nothing that needs a script", _viewers),
        ("Nothing is lost: the data folder keeps what is written", _data),
        ("The databases answer", _databases),
        ("Nothing outlives its purpose: originals have an end date", _retention),
        ("Families know whom to ask: the privacy officer is named", _officer),
    )
    for words, trial in trials:
        yield words, _tried(trial)
    if _is_set("cache_purge"):
        yield "The cache in front of the families' address can be told what to forget", _tried(_cache)
    if _is_set("oidc_issuer"):
        yield "The service for signing in offers what is needed", _tried(_service)
    told: list[str] = []
    trouble = _tried(lambda: _store(told))
    yield f"The store keeps, gives back and deletes, and no stranger reads it{''.join(told)}", trouble


def _tried(trial: Trial) -> str | None:
    try:
        return trial()
    except StoryshelfError as error:
        return f"{error.sentence}{f' ({error.detail})' if error.detail else ''}"
    except OSError as error:
        return f"the disk says no ({type(error).__name__})"


def _settings() -> str | None:
    load_settings()
    return None


def _sandbox() -> str | None:
    settings = load_tool_settings()
    open_tools(settings)
    try_models()
    if settings.sandbox is SandboxChoice.NONE:
        return "it is switched off by name"
    return None


def _trial_film() -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        report = run.try_out(open_tools(), Path(folder), Unwatched())
    if not report.passed:
        return f"this build of ffmpeg cannot be made clean: {', '.join(report.broken)}"
    return None


def _viewers() -> str | None:
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:  # the shelf's own database is left alone
        bare = settings.model_copy(update={"data": Path(folder), "database_url": ""})
        bare.make_folders()
        db = Database(bare.shelf_database)
        migrate.upgrade(db)
        db.close()
        client = create_public_app(bare).test_client()
        for path in ("/", "/privacy", "/accessibility"):
            answer = client.get(path)
            if answer.status_code != 200 or answer.headers.getlist("Set-Cookie") or b"<script" in answer.data:
                return "a public page is not as it should be"
    return None


def _data() -> str | None:
    settings = load_settings()
    settings.make_folders()
    probe = settings.data / ".doctor"
    try:
        with probe.open("wb") as file:
            file.write(b"storyshelf")
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)
    free = shutil.disk_usage(settings.data).free
    if free < settings.disk_reserve_bytes:
        raise Fault("disk-full", "less than the reserve is free")
    return None


def _databases() -> str | None:
    """Those of PostgreSQL; SQLite's are files in the data folder."""
    settings = load_settings()
    for address in (settings.database_url, settings.work_url):
        if not address:
            continue
        db = Database(address)
        try:
            with db.reading() as session:
                if not db.is_sqlite and session.scalar(text("SHOW server_encoding")) != "UTF8":
                    return "a database is not made with --encoding=UTF8"
        finally:
            db.close()
    return None


def _store(told: list[str]) -> str | None:
    settings = load_settings()
    if settings.store is StoreChoice.DISK:
        told.append(" (this disk)")
        return "others may read the data folder" if settings.data.stat().st_mode & 0o077 else None
    from app.stores.trial import try_out  # only here: boto3 takes memory

    settings.make_folders()
    tried = try_out(settings)
    told.append(f" (a bucket that {tried.versions})")
    return tried.trouble


def _is_set(name: str) -> bool:
    """Whether there is such a thing here; settings that are wrong are told by themselves."""
    with suppress(StoryshelfError):
        return bool(getattr(load_settings(), name))
    return False


def _cache() -> str | None:
    """Its program is given nothing to forget, which it must be able to do."""
    program = load_settings().cache_purge
    if program is not None:
        shared_cache.forget(program, ())
    return None


def _service() -> str | None:
    from app.services import oidc  # only here: what it brings takes memory

    oidc.try_out(load_settings())
    return None


def _retention() -> str | None:
    return None if load_settings().originals_days <= 365 else "originals are kept for more than a year"


def _officer() -> str | None:
    settings = load_settings()
    named = settings.privacy_officer_name and settings.privacy_officer_contact
    return None if named else "set privacy_officer_name and privacy_officer_contact"
