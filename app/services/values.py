"""A recording's private folder: the original, and every value that a step made of it, as canonical JSON.

<private>/<recording id>/original     captions.json     values/<name>.json     proxy.mp4     strip.jpg     sheets/sheet-0000.jpg …
    looking/    making/     render/
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from app.services.files import make_folder, remove, write
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.errors import Fault
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.looks import Look
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.preview import Preview
from media_pipeline.core.proposal import Proposal
from media_pipeline.core.report import PrivacyReport
from media_pipeline.core.speakers import Given

T = TypeVar("T")


class PrivateFolder:
    """The private folder of one recording."""

    def __init__(self, settings: Settings, recording_id: str) -> None:
        self.path = settings.private / recording_id

    @property
    def original(self) -> Path:
        """The uploaded file. Never opened outside the sandbox."""
        return self.path / "original"

    @property
    def proxy(self) -> Path:
        """What the review page plays."""
        return self.path / "proxy.mp4"

    @property
    def strip(self) -> Path:
        """A few pictures of all of a film, for the timeline."""
        return self.path / "strip.jpg"

    @property
    def sheets(self) -> Path:
        """The contact sheets' folder."""
        return self.path / "sheets"

    @property
    def drafts(self) -> Path:
        """Where proxy and contact sheets are made, before they are moved to their places."""
        return self.path / "drafts"

    @property
    def render(self) -> Path:
        """Finished files on their way to the proof."""
        return self.path / "render"

    @property
    def making(self) -> Path:
        """Chunks and sound on their way to finished files."""
        return self.path / "making"

    @property
    def looking(self) -> Path:
        """What was seen of each stretch, on its way to findings."""
        return self.path / "looking"

    def sheet(self, number: int) -> Path:
        """One contact sheet, from 0."""
        return self.sheets / f"sheet-{number:04d}.jpg"

    @property
    def captions(self) -> Path:
        """The words that were given with the recording: the only file that holds any of them before they are published."""
        return self.path / "captions.json"

    def given(self) -> Given:
        """Captions and chapters, and what staff chose of them; nothing when none were given. Raises Fault."""
        try:
            return canonical.loads(Given, self.captions.read_text("ascii"))
        except FileNotFoundError:
            return Given()
        except (OSError, ValueError):
            raise Fault("store-failed", "the captions cannot be read") from None

    def save_given(self, given: Given) -> None:
        """Replaces them; the file goes when nothing is left. Raises Fault."""
        if given == Given():
            remove(self.captions)
        else:
            write(self.captions, canonical.dumps(given))

    def media(self) -> MediaFile:
        """What was probed. This and the others raise Fault("store-failed") when the value is not there or not readable."""
        return self._load(MediaFile, "media")

    def findings(self) -> Findings:
        """What was detected."""
        return self._load(Findings, "findings")

    def looks(self) -> tuple[Look, ...]:
        """The film's looks, the longest first."""
        return self._load(tuple[Look, ...], "looks")

    def proposal(self, digest: str = "") -> Proposal:
        """What the analysis proposed; with a digest, what was proposed anew and has that digest."""
        return self._load(Proposal, f"proposal-{digest}" if digest else "proposal")

    def save_proposal(self, proposal: Proposal) -> str:
        """Writes what was proposed anew, beside what was proposed before; returns its digest. Raises Fault."""
        return self.save(proposal, f"proposal-{proposal.digest}")

    def keep_proposals(self, digests: frozenset[str]) -> None:
        """Removes everything that was proposed anew but these. Raises Fault."""
        for path in (self.path / "values").glob("proposal-*.json"):
            if path.stem.removeprefix("proposal-") not in digests:
                remove(path)

    def preview(self) -> Preview:
        """What the review page plays, in numbers; none of what was analysed before there were any."""
        if not (self.path / "values" / "preview.json").exists():
            return Preview()
        return self._load(Preview, "preview")

    def plan(self) -> RenderPlan:
        """What is rendered."""
        return self._load(RenderPlan, "plan")

    def report(self, part: RenderPlan) -> PrivacyReport:
        """What the proof found of one size (or of a sound recording)."""
        return self._load(PrivacyReport, _report_name(part))

    def reports(self) -> tuple[PrivacyReport, ...]:
        """Every report of the latest render that is there. Raises Fault when one cannot be read."""
        names = sorted(path.stem for path in (self.path / "values").glob("report-*.json"))
        return tuple(self._load(PrivacyReport, name) for name in names)

    def save_report(self, report: PrivacyReport) -> str:
        """Writes the report of one size; returns its digest. Raises Fault."""
        return self.save(report, _report_name(report.plan))

    def discard_reports(self) -> None:
        """Removes the reports of what was made before. Raises Fault."""
        for path in (self.path / "values").glob("report-*.json"):
            remove(path)

    @property
    def has_pieces(self) -> bool:
        """Whether anything is there of findings or of a finished film on their way."""
        return any(place.exists() for place in (self.looking, self.making, self.render))

    def discard_pieces(self) -> None:
        """Removes what was seen, and made of the finished film, so far. Raises Fault."""
        remove(self.looking)
        remove(self.making)
        remove(self.render)

    def safe(self) -> IntervalSet:
        """The moments that staff declared safe after a second look; none before that."""
        if not (self.path / "values" / "safe.json").exists():
            return IntervalSet()
        return self._load(IntervalSet, "safe")

    def written_ns(self, *names: str) -> tuple[int, ...]:
        """When values were written (ns): another number means another value; 0 for none."""
        paths = (self.path / "values" / f"{name}.json" for name in names)
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)

    def save(
        self,
        value: MediaFile | Findings | tuple[Look, ...] | Proposal | Preview | RenderPlan | PrivacyReport | IntervalSet,
        name: str,
    ) -> str:
        """Writes a value under its name; returns its digest. Raises Fault."""
        values = self.path / "values"
        make_folder(values)
        write(values / f"{name}.json", canonical.dumps(value))
        return canonical.digest(value)

    def _load(self, kind: type[T], name: str) -> T:
        try:
            return canonical.loads(kind, (self.path / "values" / f"{name}.json").read_text("ascii"))
        except (OSError, ValueError):
            raise Fault("store-failed", f"the value {name} cannot be read") from None


def _report_name(part: RenderPlan) -> str:
    """`report-360`, or `report-sound` of what has no pictures."""
    return f"report-{'-'.join(str(size.height) for size in part.renditions) or 'sound'}"
