"""A recording's private folder: the original, and every value that a step made of it, as canonical JSON.

<private>/<recording id>/original     captions.json     values/<name>.json     proxy.mp4     strip.jpg     sheets/sheet-0000.jpg …
    render/     looking/    making/

All but the last two, which hold what is half done, are the store's (`app/stores`): values and captions are read from there each
time, because another machine may have written them; of the rest there may be a copy at its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from app.settings import Settings
from app.stores import Kept, open_store
from app.stores.files import remove
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
        self._name = f"{settings.private.name}/{recording_id}"
        self._store = open_store(settings)

    @property
    def elsewhere(self) -> bool:
        """Whether the store is not this disk: places then hold copies to work with."""
        return self._store.elsewhere

    def take_in(self, film: Path, sha256: str) -> None:
        """The store has the original when this returns; on the disk, which is the store, moving it there is all. Raises Fault."""
        if self.elsewhere and not self._store.put(self.name(self.original), film, sha256):
            raise Fault("store-failed", "an upload changed while it was taken in")

    def name(self, path: Path) -> str:
        """What the store calls the file or folder with that place."""
        return f"{self._name}/{path.relative_to(self.path)}"

    def here(self, path: Path) -> Path:
        """A file of this folder, fetched where the store has it elsewhere. Raises Fault when it is not there."""
        return self._store.here(self.name(path))

    def keep(self, *paths: Path) -> None:
        """What was made at these places is in the store when this returns. Raises Fault."""
        for path in paths:
            self._store.keep(self.name(path))

    def kept(self, path: Path) -> Kept:
        """A file of this folder, to be sent."""
        return self._store.kept(self.name(path))

    def has(self, path: Path) -> bool:
        """Whether the store has that file. Raises Fault."""
        return bool(self._store.stamp(self.name(path)))

    def remove(self, path: Path) -> None:
        """Removes a file or folder of this folder for good. Raises Fault."""
        self._store.remove(self.name(path))

    def bring_render(self) -> None:
        """What another machine has finished is here. Raises Fault."""
        self._store.bring(self.name(self.render))

    def let_go(self) -> None:
        """Removes what is here only to work with; on the disk, which is the store, that is nothing. Raises Fault."""
        self._store.let_go(self._name)

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
            return canonical.loads(Given, self._read(self.captions))
        except FileNotFoundError:
            return Given()
        except ValueError:
            raise Fault("store-failed", "the captions cannot be read") from None

    def save_given(self, given: Given) -> None:
        """Replaces them; the file goes when nothing is left. Raises Fault."""
        if given == Given():
            self.remove(self.captions)
        else:
            self._store.write(self.name(self.captions), canonical.dumps(given))

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
        for name in self._values("proposal-"):
            if name.removeprefix("proposal-") not in digests:
                self.remove(self._value(name))

    def preview(self) -> Preview:
        """What the review page plays, in numbers; none of what was analysed before there were any."""
        return self._load(Preview, "preview", Preview())

    def plan(self) -> RenderPlan:
        """What is rendered."""
        return self._load(RenderPlan, "plan")

    def report(self, part: RenderPlan) -> PrivacyReport:
        """What the proof found of one size (or of a sound recording)."""
        return self._load(PrivacyReport, _report_name(part))

    def reports(self) -> tuple[PrivacyReport, ...]:
        """Every report of the latest render that is there. Raises Fault when one cannot be read."""
        return tuple(self._load(PrivacyReport, name) for name in self._values("report-"))

    def save_report(self, report: PrivacyReport) -> str:
        """Writes the report of one size; returns its digest. Raises Fault."""
        return self.save(report, _report_name(report.plan))

    def discard_reports(self) -> None:
        """Removes the reports of what was made before. Raises Fault."""
        for name in self._values("report-"):
            self.remove(self._value(name))

    @property
    def has_pieces(self) -> bool:
        """Whether anything is there of findings or of a finished film on their way."""
        here = any(place.exists() for place in (self.looking, self.making, self.render))
        return here or self._store.anything(self.name(self.render))

    def discard_pieces(self) -> None:
        """Removes what was seen, and made of the finished film, so far. Raises Fault."""
        remove(self.looking)  # what is half done lies only here
        remove(self.making)
        self.remove(self.render)

    def safe(self) -> IntervalSet:
        """The moments that staff declared safe after a second look; none before that."""
        return self._load(IntervalSet, "safe", IntervalSet())

    def stamps(self, *names: str) -> tuple[str, ...]:
        """Another stamp means another value; empty for none. Raises Fault."""
        return tuple(self._store.stamp(self.name(self._value(name))) for name in names)

    def save(
        self,
        value: MediaFile | Findings | tuple[Look, ...] | Proposal | Preview | RenderPlan | PrivacyReport | IntervalSet,
        name: str,
    ) -> str:
        """Writes a value under its name; returns its digest. Raises Fault."""
        self._store.write(self.name(self._value(name)), canonical.dumps(value))
        return canonical.digest(value)

    def _load(self, kind: type[T], name: str, otherwise: T | None = None) -> T:
        """A value; `otherwise`, where that is given, when there is none."""
        try:
            return canonical.loads(kind, self._read(self._value(name)))
        except FileNotFoundError:
            if otherwise is not None:
                return otherwise
            raise Fault("store-failed", f"the value {name} is not there") from None
        except ValueError:
            raise Fault("store-failed", f"the value {name} cannot be read") from None

    def _read(self, path: Path) -> str:
        return self._store.read(self.name(path)).decode("ascii")

    def _value(self, name: str) -> Path:
        return self.path / "values" / f"{name}.json"

    def _values(self, begin: str) -> list[str]:
        names = (Path(name).stem for name in self._store.names(self.name(self.path / "values")))
        return sorted(name for name in names if name.startswith(begin))


def _report_name(part: RenderPlan) -> str:
    """`report-360`, or `report-sound` of what has no pictures."""
    return f"report-{'-'.join(str(size.height) for size in part.renditions) or 'sound'}"
