"""A pipeline of no films, for tests of what lies above it.

It does what the real one does to the files, in a few bytes: each of its values depends on what it was handed and on
nothing else, so a step that is taken again must give the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from media_pipeline.core.captions import NO_TEXTS, Texts
from media_pipeline.core.cue_text import written
from media_pipeline.core.findings import DetectorName, Finding, FindingKind, Findings
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import Look, group_looks
from media_pipeline.core.media import AudioCodec, AudioTrack, Box, MediaFile, VideoCodec, VideoTrack
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.playlists import output_names
from media_pipeline.core.policy import Policy
from media_pipeline.core.preview import Preview
from media_pipeline.core.proposal import Proposal, propose
from media_pipeline.core.report import Bundle, Check, Outcome, OutputFile, PrivacyReport, required
from media_pipeline.core.review import ReviewDecision, approve, sheet_count
from media_pipeline.ports.watch import Watch
from media_pipeline.run import Places
from tests.core.values import shot

FILM = b"thirty seconds of a storytime"
SECONDS = 30
GALLERY = Interval(Fraction(10), Fraction(14))
"""Where the film of no pictures shows two faces."""


LARGE = b"large storytime"
"""A film that is published in three sizes."""


def media_of(film: bytes) -> MediaFile:
    """Thirty seconds at 25 frames a second, 320 × 180, with sound; what begins with b"large" has 1280 × 720, with b"sound" none."""
    width, height = (1280, 720) if film.startswith(b"large") else (320, 180)
    return MediaFile(
        sha256=hashlib.sha256(film).hexdigest(),
        size=len(film),
        whole=Interval(Fraction(0), Fraction(SECONDS)),
        video=None
        if film.startswith(b"sound")
        else VideoTrack(0, VideoCodec.H264, width, height, Fraction(25), Fraction(0), 25 * SECONDS, True),
        audio=AudioTrack(1, AudioCodec.AAC, 2, 48000, Fraction(0)),
        audio_tracks=1,
    )


class FakePipeline:
    """Every arrow of the story, without a film."""

    remembers = False
    """Whether a proof has kept what it decoded of a film."""

    def probe(self, source: Path, watch: Watch) -> MediaFile:
        return media_of(source.read_bytes())

    def detect(self, source: Path, media: MediaFile, room: Path, watch: Watch) -> Findings:
        room.mkdir(exist_ok=True)
        (room / "seen-0000-of-0001.json").write_text("{}")
        if media.video is None:
            return Findings(media.sha256, (), ())
        edges = (Fraction(0), GALLERY.start, GALLERY.end, media.whole.end)
        shots = []
        for index, (start, end) in enumerate(pairwise(edges)):
            faces = 2 if index == 1 else 1
            shots.append(
                replace(shot(0, 1, index % 2, faces), span=Interval(start, end), looked_at=(start,), crowded=start)
            )
        face = Finding(FindingKind.FACE, DetectorName.CENTERFACE, GALLERY, Box(10, 10, 20, 20), 900)
        return Findings(media.sha256, tuple(shots), (face,))

    def propose(self, media: MediaFile, findings: Findings) -> tuple[tuple[Look, ...], Proposal]:
        looks = group_looks(findings)
        return looks, propose(media, findings, looks, Policy())

    def preview(self, source: Path, media: MediaFile, out: Path, watch: Watch) -> Preview:
        proxy = b"proxy of " + media.sha256.encode()
        (out / "proxy.mp4").write_bytes(proxy)
        if media.video:
            (out / "strip.jpg").write_bytes(b"strip")
        for sheet in range(sheet_count(media.whole) if media.video else 0):
            (out / f"sheet-{sheet:04d}.jpg").write_bytes(f"sheet {sheet}".encode())
        return Preview(tuple(n % 256 for n in range(10 * SECONDS)), tuple((n, n + 2) for n in range(SECONDS)))

    def plan(self, media: MediaFile, findings: Findings, proposal: Proposal, decision: ReviewDecision) -> RenderPlan:
        plan = make_plan(approve(proposal, decision), media, findings)
        return replace(plan, captions=decision.captions, chapters=decision.chapters)

    def render(
        self, source: Path, media: MediaFile, plan: RenderPlan, places: Places, watch: Watch, texts: Texts = NO_TEXTS
    ) -> None:
        for name in output_names(plan):
            (places.out / name).parent.mkdir(parents=True, exist_ok=True)
            (places.out / name).write_bytes(f"{name} of {plan.digest}".encode())
        for name, text in written(texts, plan).items():
            (places.out / name).write_text(text, "utf-8")

    def verify(
        self,
        source: Path,
        media: MediaFile,
        plan: RenderPlan,
        out: Path,
        watch: Watch,
        texts: Texts = NO_TEXTS,
        *,
        remember: bool,
    ) -> PrivacyReport:
        self.remembers = remember
        return PrivacyReport(plan, outputs_of(out, plan), self.checks(source.read_bytes(), plan))

    def checks(self, film: bytes, plan: RenderPlan) -> tuple[Check, ...]:
        """What a proof of that film finds: everything held."""
        return tuple(Check(name, Outcome.HELD, 1, 0) for name in sorted(required(plan)))

    def forget(self) -> None:
        self.remembers = False

    def package(self, report: PrivacyReport, out: Path) -> Bundle:
        assert outputs_of(out, report.plan) == report.outputs
        return Bundle(report)


def outputs_of(out: Path, plan: RenderPlan) -> tuple[OutputFile, ...]:
    """What lies in `out`, hashed."""
    return tuple(
        OutputFile(name, hashlib.sha256((out / name).read_bytes()).hexdigest(), (out / name).stat().st_size)
        for name in output_names(plan)
    )
