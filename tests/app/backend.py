"""A shelf in a temporary folder, with a worker that only listens: for tests of the services and what stands on them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from math import ceil, floor
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from sqlalchemy import select

from app.db.engine import Database, now
from app.db.kinds import StaffRole, StepName
from app.db.migrate import upgrade
from app.db.models import Recording, SecondHeard, SecondWatched, StaffSession, User
from app.services import eyes, intake, publish, review, work
from app.services.in_force import current_proposal
from app.services.opened import open_review
from app.services.people import SignedIn
from app.services.sizes import parts
from app.services.values import PrivateFolder
from app.settings import Settings
from app.stores import files
from media_pipeline.core import canonical
from media_pipeline.core.captions import Uncaptioned
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.report import PrivacyReport
from media_pipeline.core.review import ReviewDecision
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import Places
from tests.app.fake_pipeline import FILM, FakePipeline

WHY = Uncaptioned.FOLLOWING
"""Said of every recording that a test publishes without captions."""


def make_settings(data: Path, **others: object) -> Settings:
    """Settings for a shelf below `data`."""
    fields: dict[str, object] = {"data": data, "secret_key": SecretStr("s" * 40), "disk_reserve_bytes": 0}
    fields |= {"privacy_officer_name": "Dana Ruiz", "privacy_officer_contact": "dana@library.example"}
    return Settings.model_validate(fields | others)


@dataclass
class Announced:
    """Jobs that only listens."""

    said: list[tuple[str, ...]] = field(default_factory=list)

    def analyse(self, recording_id: str, attempt: int) -> None:
        self.said.append(("analyse", recording_id, str(attempt)))

    def publish(self, recording_id: str, approval_id: str, attempt: int) -> None:
        self.said.append(("publish", recording_id, approval_id, str(attempt)))


@cache
def _empty_shelf() -> bytes:
    """A database that has all its tables: made once, because every test wants one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shelf.sqlite"
        db = Database(f"sqlite:///{path}")
        upgrade(db)
        db.close()
        return path.read_bytes()


class Backend:
    """A shelf with one member of staff, and the steps that a test takes to get a recording where it wants it."""

    def __init__(self, data: Path, **others: object) -> None:
        self.settings = make_settings(data, **others)
        self.settings.make_folders()
        if (
            not self.settings.database_url and not (self.settings.data / "shelf.sqlite").exists()
        ):  # else it is the shelf of a server that runs
            (self.settings.data / "shelf.sqlite").write_bytes(_empty_shelf())
        self.db = Database(self.settings.shelf_database)
        self.jobs = Announced()
        self.store = intake.incoming(self.settings)
        self.pipeline = FakePipeline()

    def staff(self, login: str = "ann") -> SignedIn:
        """Somebody signed in, on a browser of their own."""
        at = now()
        with self.db.writing() as session:
            user = session.scalar(select(User).where(User.login == login))
            if user is None:
                user = User(login=login, password_hash=secrets.token_hex(), created_at=at, role=StaffRole.ADMINISTRATOR)
                session.add(user)
                session.flush()
            token = hashlib.sha256(secrets.token_bytes()).hexdigest()
            held = StaffSession(token_sha256=token, user_id=user.id, created_at=at, expires_at=at + timedelta(hours=1))
            session.add(held)
            session.flush()
            return SignedIn(held.id, user.id, login, user.role, held.expires_at)

    def upload(self, film: bytes = FILM) -> str:
        """A recording that has just been taken in."""
        path = self.settings.data / "film"
        path.write_bytes(film)
        recording_id = intake.accept_demo(self.db, self.settings, self.jobs, path)
        with self.db.writing() as session:
            row = session.get(Recording, recording_id)
            assert row is not None
            row.demo, row.title = False, "Bears"
        return recording_id

    def analysed(self, film: bytes = FILM) -> str:
        """A recording that waits for its review."""
        recording_id = self.upload(film)
        self.analyse(recording_id)
        return recording_id

    def analyse(self, recording_id: str) -> None:
        """Brings one that has been taken in to its review."""
        folder, watch = PrivateFolder(self.settings, recording_id), Unwatched()
        media = self.pipeline.probe(folder.original, watch)
        findings = self.pipeline.detect(folder.original, media, folder.looking, watch)
        files.remove(folder.looking)
        looks, proposal = self.pipeline.propose(media, findings)
        for value, name in ((media, "media"), (findings, "findings"), (looks, "looks"), (proposal, "proposal")):
            folder.save(value, name)
        folder.sheets.mkdir()
        folder.save(self.pipeline.preview(folder.original, media, folder.path, watch), "preview")
        for sheet in folder.path.glob("sheet-*"):
            sheet.rename(folder.sheets / sheet.name)
        row = self.row(recording_id)
        assert work.begin(self.db, recording_id, row.attempt, StepName.READY)
        work.ready(self.db, recording_id, row.attempt, media)

    def look_at_all(self, recording_id: str, who: SignedIn) -> None:
        """Every contact sheet is sent and seen, what pictures are too few for was watched, and all of the sound heard."""
        self.hear_all(recording_id, who)
        page = open_review(self.db, self.settings, recording_id)
        self._played(SecondWatched, recording_id, who, page.watch)
        for sheet in range(page.sheets):
            eyes.mark_issued(self.db, self.settings, recording_id, who.session_id, sheet)
            eyes.mark_seen(self.db, recording_id, who.session_id, sheet)

    def hear_all(self, recording_id: str, who: SignedIn) -> None:
        """Every second was played aloud, however long that took."""
        whole = PrivateFolder(self.settings, recording_id).media().whole
        self._played(SecondHeard, recording_id, who, IntervalSet((whole,)))

    def watch_all(self, recording_id: str, who: SignedIn) -> None:
        """Every second was watched."""
        whole = PrivateFolder(self.settings, recording_id).media().whole
        self._played(SecondWatched, recording_id, who, IntervalSet((whole,)))

    def _played(
        self, account: type[SecondHeard] | type[SecondWatched], recording_id: str, who: SignedIn, spans: IntervalSet
    ) -> None:
        with self.db.writing() as session:
            for second in (second for span in spans for second in range(floor(span.start), ceil(span.end))):
                session.merge(account(recording_id=recording_id, session_id=who.session_id, second=second, at=now()))

    def approved(self, recording_id: str) -> str:
        """The edit and the words as they stand, approved by somebody who saw all of it; returns the approval's id."""
        who = self.staff()
        self.look_at_all(recording_id, who)
        page = open_review(self.db, self.settings, recording_id)
        texts = page.given.texts.digest
        return review.approve(self.db, self.settings, self.jobs, recording_id, who, page.version, texts, WHY).id

    def approved_by_ear(self, recording_id: str) -> str:
        """The same of a sound recording, which was played to its end."""
        who = self.staff()
        self.hear_all(recording_id, who)
        version = open_review(self.db, self.settings, recording_id).version
        return review.approve(self.db, self.settings, self.jobs, recording_id, who, version, uncaptioned=WHY).id

    def rendered(self, recording_id: str, approval_id: str) -> PrivacyReport:
        """The finished files of a film of one size in `render/`, with their report."""
        (report,) = self.all_rendered(recording_id, approval_id)
        return report

    def all_rendered(self, recording_id: str, approval_id: str) -> tuple[PrivacyReport, ...]:
        """The finished files of every size in `render/`, with a report for each, the smallest first."""
        folder = PrivateFolder(self.settings, recording_id)
        approval = work.approval(self.db, approval_id)
        assert approval is not None
        decision = canonical.loads(ReviewDecision, approval.decision_json)
        proposal = current_proposal(folder, self.row(recording_id))
        plan = self.pipeline.plan(folder.media(), folder.findings(), proposal, decision)
        folder.save(plan, "plan")
        folder.render.mkdir(exist_ok=True)
        for part in parts(plan):
            self.pipeline.render(
                folder.original,
                folder.media(),
                part,
                Places(folder.making, folder.render),
                Unwatched(),
                folder.given().texts,
            )
            report = self.pipeline.verify(
                folder.original, folder.media(), part, folder.render, Unwatched(), folder.given().texts, remember=False
            )
            folder.save_report(report)
        return tuple(folder.report(part) for part in parts(plan))

    def make_public(self, recording_id: str, approval_id: str, *reports: PrivacyReport) -> str:
        """Makes public what was rendered; returns the short address."""
        attempt = self.row(recording_id).attempt
        for report in reports:
            made = publish.make_public(self.db, self.settings, recording_id, attempt, approval_id, report)
        return made.slug

    def row(self, recording_id: str) -> Recording:
        """The recording's row as it is now."""
        with self.db.reading() as session:
            row = session.get(Recording, recording_id)
        assert row is not None
        return row
