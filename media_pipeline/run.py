"""The story: how a recording becomes something that may be public.

    media    = probe(source)                  MediaFile: tracks, clock, size; refuses what is hostile
    findings = detect(source, media, room)    Findings: shots, spans and boxes; each says which detector
    proposal = propose(media, findings)       Proposal: cuts, with reasons
                                              PAUSE. A person decides. Silence is never yes.
    plan     = plan(media, findings, proposal, decision)  RenderPlan: digests must match, every kept second was shown
    render(source, media, plan, places)       encodes anew, chunk by chunk; goes on where it was interrupted, as detect does
    report   = verify(source, media, plan, out)  reads the files afresh; distrusts render
    bundle   = package(report, out)           refuses unless the report passed

Each arrow's value can be saved, so each step can be taken again: none looks at anything but what it is handed. The last
three are walked once for the smallest rendition, which families can watch from then on, and once for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from media_pipeline.core.captions import NO_TEXTS, Texts
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.findings import FindingKind, Findings
from media_pipeline.core.intervals import Interval
from media_pipeline.core.looks import Look, LookKind, group_looks
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import CHUNK_SECONDS
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.policy import Policy
from media_pipeline.core.preview import Preview
from media_pipeline.core.proposal import NO_ANSWERS, Proposal
from media_pipeline.core.proposal import propose as propose_cuts
from media_pipeline.core.report import Bundle, Check, PrivacyReport
from media_pipeline.core.review import ReviewDecision, approve, sheet_moments
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Part, Watch
from media_pipeline.steps import analyse as analysing
from media_pipeline.steps import package as packaging
from media_pipeline.steps import probe as probing
from media_pipeline.steps import render as rendering
from media_pipeline.steps import verify as verifying
from media_pipeline.steps.analyse import Sight
from media_pipeline.steps.detect import Eyes
from media_pipeline.steps.render import Places

__all__ = [
    "Places",
    "detect",
    "forget",
    "package",
    "plan",
    "preview",
    "probe",
    "propose",
    "render",
    "try_out",
    "verify",
    "verify_again",
]


def probe(source: Path, tools: Toolbox, watch: Watch) -> MediaFile:
    """What the file is. Raises Refused or Hostile."""
    return probing.probe(source, tools.prober, watch)


def detect(source: Path, media: MediaFile, room: Path, tools: Toolbox, watch: Watch) -> Findings:
    """Where people may be, and what cannot be read. A sound recording has no pictures to look at.

    `room` is for what is on its way, a folder of its own: the next call with it goes on, and any number may at once.
    """
    return analysing.analyse(source, media, room, _sight(tools), watch)


def _sight(tools: Toolbox) -> Sight:
    return Sight(tools.frames, tools.shots, Eyes(tools.detectors, tools.once, tools.scenes))


def _second_sight(tools: Toolbox) -> Sight:
    """Eyes for faces: how often others see something else in a film that was encoded anew was not measured."""
    faces = [detector for detector in tools.detectors if detector.finds is FindingKind.FACE]
    return Sight(tools.frames, tools.shots, Eyes(faces, (), tools.scenes))


def propose(
    media: MediaFile, findings: Findings, answers: Mapping[int, LookKind] = NO_ANSWERS
) -> tuple[tuple[Look, ...], Proposal]:
    """The looks of the film, and what to cut; `answers` are what staff said of looks. Pure."""
    looks = group_looks(findings)
    return looks, propose_cuts(media, findings, looks, Policy(), answers)


def preview(source: Path, media: MediaFile, out: Path, tools: Toolbox, watch: Watch) -> Preview:
    """What staff look at while they decide: `proxy.mp4`, the contact sheets and the strip below `out`. Never public."""
    half = Fraction(1, 2)
    made = tools.previewer.proxy(source, media, out, Part(watch, Fraction(0), half))
    if media.video is not None:
        tools.previewer.contact_sheets(source, media, sheet_moments(media.whole), out, Part(watch, half, Fraction(1)))
    return made


def plan(media: MediaFile, findings: Findings, proposal: Proposal, decision: ReviewDecision) -> RenderPlan:
    """What the person's decision means, frame by frame. Raises Stale, NotReviewed, Refused. Pure."""
    made = make_plan(approve(proposal, decision), media, findings, decision.safe)
    return replace(made, captions=decision.captions, chapters=decision.chapters)


def render(
    source: Path,
    media: MediaFile,
    plan: RenderPlan,
    places: Places,
    tools: Toolbox,
    watch: Watch,
    chunk_seconds: int | None = CHUNK_SECONDS,
    texts: Texts = NO_TEXTS,
) -> None:
    """The finished files of the plan's renditions, below `places.out`. `texts` are the approved words."""
    rendering.render(rendering.Film(source, media, plan, texts), places, tools.renderer, watch, chunk_seconds)


def verify(
    source: Path,
    media: MediaFile,
    plan: RenderPlan,
    out: Path,
    tools: Toolbox,
    watch: Watch,
    texts: Texts = NO_TEXTS,
    *,
    remember: bool = False,
) -> PrivacyReport:
    """The proof, made by reading everything afresh. `texts` are the approved words.

    With `remember` what was decoded of the recording is kept for the next part of the ladder, in nameless temporary files
    of this process (some 370 MB an hour): prove the last part without, or `forget`.
    """
    original = verifying.Original(source, media, tools.prober.untrusted_texts(source), texts)
    readers = verifying.Readers(tools.inspector, _second_sight(tools))
    return verifying.verify(original, plan, out, readers, watch, remember=remember)


def forget(tools: Toolbox) -> None:
    """Lets go of what a proof remembered for a next part that never comes."""
    tools.inspector.forget()


def verify_again(report: PrivacyReport, out: Path, tools: Toolbox, watch: Watch) -> tuple[Check, ...]:
    """The checks that need no recording, on files that a report speaks of: they must be the very same and still clean."""
    return verifying.verify_again(report, out, tools.inspector, watch)


def package(report: PrivacyReport, out: Path) -> Bundle:
    """What may be published. Raises ProofFailed."""
    return packaging.package(report, out)


def try_out(tools: Toolbox, folder: Path, watch: Watch) -> PrivacyReport:
    """The whole road for a film of four seconds that these tools make: cut in the middle, cleaned and proven, below `folder`."""
    source = tools.trial_films.make(folder)
    media = probe(source, tools, watch)
    detect(source, media, folder / "looking", tools, watch)
    middle = Edit(Action.CUT, Interval(Fraction(1), Fraction(2)))
    made = make_plan(EditList(media.sha256, media.whole, (middle,)), media)
    render(source, media, made, Places(folder / "room", folder / "out"), tools, watch)
    return verify(source, media, made, folder / "out", tools, watch)
