"""What the worker asks of the pipeline, and the pipeline itself behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.settings import ToolSettings
from media_pipeline import run
from media_pipeline.core.captions import Texts
from media_pipeline.core.findings import Findings
from media_pipeline.core.looks import Look
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import CHUNK_SECONDS
from media_pipeline.core.plan import RenderPlan
from media_pipeline.core.preview import Preview
from media_pipeline.core.proposal import Proposal
from media_pipeline.core.report import Bundle, PrivacyReport
from media_pipeline.core.review import ReviewDecision
from media_pipeline.ports.watch import Watch
from media_pipeline.run import Places
from media_pipeline.toolbox import Toolbox, ToolChoice, open_toolbox


class Pipeline(Protocol):
    """The arrows of the story. Each depends on nothing but what it is handed, so each may be repeated."""

    def probe(self, source: Path, watch: Watch) -> MediaFile:
        """What the file is. Raises Refused or Hostile."""

    def detect(self, source: Path, media: MediaFile, room: Path, watch: Watch) -> Findings:
        """Where people may be. Goes on with what is in the room."""

    def propose(self, media: MediaFile, findings: Findings) -> tuple[tuple[Look, ...], Proposal]:
        """The looks of the film, and what to cut."""

    def preview(self, source: Path, media: MediaFile, out: Path, watch: Watch) -> Preview:
        """`proxy.mp4`, and of a film `sheet-0000.jpg` … and `strip.jpg`, below the empty folder `out`."""

    def plan(self, media: MediaFile, findings: Findings, proposal: Proposal, decision: ReviewDecision) -> RenderPlan:
        """What the decision means. Raises Stale, NotReviewed, Refused."""

    def render(
        self, source: Path, media: MediaFile, plan: RenderPlan, places: Places, watch: Watch, texts: Texts
    ) -> None:
        """The finished files of the plan's renditions, with the approved of these words. Goes on with what is there."""

    def verify(
        self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch, texts: Texts, *, remember: bool
    ) -> PrivacyReport:
        """The proof, made by reading everything afresh. `remember` when another size of the same film is proven next."""

    def forget(self) -> None:
        """Lets go of what `verify` remembered: the next size may never come."""

    def package(self, report: PrivacyReport, out: Path) -> Bundle:
        """What may be published. Raises ProofFailed."""


class RealPipeline:
    """The pipeline with one set of tools."""

    def __init__(self, tools: Toolbox, chunk_seconds: int = CHUNK_SECONDS) -> None:
        self._tools, self._chunk_seconds = tools, chunk_seconds

    def probe(self, source: Path, watch: Watch) -> MediaFile:
        """See `Pipeline`, here and below."""
        return run.probe(source, self._tools, watch)

    def detect(self, source: Path, media: MediaFile, room: Path, watch: Watch) -> Findings:
        """Shots, spans and boxes."""
        return run.detect(source, media, room, self._tools, watch)

    def propose(self, media: MediaFile, findings: Findings) -> tuple[tuple[Look, ...], Proposal]:
        """By the default policy."""
        return run.propose(media, findings)

    def preview(self, source: Path, media: MediaFile, out: Path, watch: Watch) -> Preview:
        """Proxy, contact sheets and strip."""
        return run.preview(source, media, out, self._tools, watch)

    def plan(self, media: MediaFile, findings: Findings, proposal: Proposal, decision: ReviewDecision) -> RenderPlan:
        """Frame by frame."""
        return run.plan(media, findings, proposal, decision)

    def render(
        self, source: Path, media: MediaFile, plan: RenderPlan, places: Places, watch: Watch, texts: Texts
    ) -> None:
        """Encodes anew."""
        run.render(source, media, plan, places, self._tools, watch, self._chunk_seconds, texts)

    def verify(
        self, source: Path, media: MediaFile, plan: RenderPlan, out: Path, watch: Watch, texts: Texts, *, remember: bool
    ) -> PrivacyReport:
        """Distrusts render."""
        return run.verify(source, media, plan, out, self._tools, watch, texts, remember=remember)

    def forget(self) -> None:
        """The inspector's memory."""
        run.forget(self._tools)

    def package(self, report: PrivacyReport, out: Path) -> Bundle:
        """Refuses unless the report passed."""
        return run.package(report, out)


def open_pipeline(settings: ToolSettings, chunk_seconds: int = CHUNK_SECONDS) -> RealPipeline:
    """The pipeline with the tools that the operator chose. Raises Fault: no-sandbox, tool-missing, model-changed."""
    tools = open_toolbox(ToolChoice.named(settings.sandbox.name, settings.ffmpeg, settings.ffprobe))
    return RealPipeline(tools, chunk_seconds)
