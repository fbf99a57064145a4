"""The privacy receipt of a publication: what was found, what was done about it, what was checked, and who approved it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.db.engine import Database
from app.db.models import Approval, Publication, Recording, User
from app.services.publish import publication_of
from app.services.shelf import public_files
from app.services.values import PrivateFolder
from app.services.work import decision_of
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.edits import Action, Edit
from media_pipeline.core.errors import Fault, Stale
from media_pipeline.core.findings import FindingKind
from media_pipeline.core.hearing import Hearing
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.report import OutputFile, PrivacyReport


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one publication. For staff: it names the approver and the source."""

    recording: Recording
    """What was published."""

    publication: Publication
    """When, and under which address."""

    approval: Approval
    """In which part, when, and with which digests it was approved."""

    approver: str
    """The login; empty for the demonstration's own approval, or when that account is gone."""

    edits: tuple[Edit, ...]
    """What was decided."""

    hearing: Hearing
    """What was heard, and what had to be."""

    found: dict[FindingKind, int] | None
    """How often what was found; None once the private files are deleted."""

    reports: tuple[PrivacyReport, ...]
    """The proof of each size; empty once the private files are deleted."""

    report_digests: tuple[str, ...]
    """What binds them to what was published: kept for good."""

    files: tuple[OutputFile, ...]
    """What is public, with hashes."""

    def spans(self, action: Action) -> IntervalSet:
        """Every moment to which something was done."""
        return IntervalSet.of(edit.span for edit in self.edits if edit.action is action)


def receipt(db: Database, settings: Settings, recording_id: str) -> Receipt:
    """The receipt of the latest publication of a recording. Raises Stale("moved-on") when there is none; Fault."""
    publication = publication_of(db, recording_id)
    if publication is None:
        raise Stale("moved-on")
    return receipt_of(db, settings, publication.id)


def receipt_of(db: Database, settings: Settings, publication_id: str) -> Receipt:
    """The receipt of one publication, public or withdrawn. Raises Stale("moved-on") when it or its recording is gone; Fault."""
    with db.reading() as session:
        publication = session.get(Publication, publication_id)
        if publication is None or publication.recording_id is None:
            raise Stale("moved-on")
        recording = session.get(Recording, publication.recording_id)
        approval = session.scalar(select(Approval).where(Approval.publication_id == publication.id))
        user = session.get(User, approval.user_id) if approval is not None and approval.user_id else None
    if recording is None or approval is None:
        raise Stale("moved-on")
    digests, decision = _digests(publication), decision_of(approval)
    found, reports = _private(PrivateFolder(settings, recording.id))
    return Receipt(
        recording=recording,
        publication=publication,
        approval=approval,
        approver=user.login if user is not None else "",
        edits=decision.edits,
        hearing=decision.hearing,
        found=found,
        reports=tuple(report for report in reports if canonical.digest(report) in digests),
        report_digests=digests,
        files=public_files(publication),
    )


def _digests(publication: Publication) -> tuple[str, ...]:
    try:
        return canonical.loads(tuple[str, ...], publication.reports_json)
    except ValueError:
        raise Fault("store-failed", "the digests of the reports cannot be read") from None


def _private(folder: PrivateFolder) -> tuple[dict[FindingKind, int] | None, tuple[PrivacyReport, ...]]:
    """What was found and proven, as long as it is kept."""
    try:
        kinds = [finding.kind for finding in folder.findings().findings]
        return {kind: kinds.count(kind) for kind in FindingKind}, folder.reports()
    except Fault:
        return None, ()
