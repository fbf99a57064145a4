"""`analyse`, `render` and `verify`: one recording on the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from app.cli.tools import open_tools
from app.cli.watching import terminal_watch
from app.web.words import sound_tracks
from media_pipeline import run
from media_pipeline.core import canonical
from media_pipeline.core.captions import Texts
from media_pipeline.core.edits import EditList, read_edit
from media_pipeline.core.errors import ProofFailed, Refused
from media_pipeline.core.findings import Findings
from media_pipeline.core.looks import Look, LookKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.pieces import LONGEST_CHUNK_SECONDS
from media_pipeline.core.plan import make_plan
from media_pipeline.core.proposal import Proposal
from media_pipeline.core.report import Check, Outcome, PrivacyReport
from media_pipeline.core.speakers import MOST_BYTES, Given, listen, read_chapters, usual_choice
from media_pipeline.ports.captions import CaptionReader

REPORT = "report.json"

_ROOM = ".making"
"""What is on its way, in the output folder while it is filled: it is as large as what comes of it."""


def _answers(_context: click.Context, _option: click.Parameter, said: tuple[str, ...]) -> dict[int, LookKind]:
    """`1=presenter` and so on."""
    answers: dict[int, LookKind] = {}
    for number, _, kind in (one.partition("=") for one in said):
        if not number.isdecimal() or kind not in set(LookKind) or int(number) in answers:
            raise click.BadParameter(f"say each look once as NUMBER=KIND, such as 1=presenter ({', '.join(LookKind)})")
        answers[int(number)] = LookKind(kind)
    return answers


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where to write.")
@click.option(
    "--look",
    "looks_are",
    multiple=True,
    callback=_answers,
    metavar="NUMBER=KIND",
    help=f"What a look shows: {', '.join(LookKind)}. May be said of several.",
)
def analyse(file: Path, out: Path, looks_are: dict[int, LookKind]) -> None:
    """Finds what may show participants in FILE and writes the cuts to propose, with reasons, as JSON.

    The JSON numbers the looks of FILE (rooms, pages, layouts). Once you know what they show, say so: --look 1=presenter
    """
    with terminal_watch() as watch, TemporaryDirectory() as room:
        tools = open_tools()
        media = run.probe(file, tools, watch.begin("Reading the recording"))
        _tell_of_sound(media)
        findings = run.detect(file, media, Path(room), tools, watch.begin("Looking for participants"))
    looks, proposal = run.propose(media, findings, looks_are)
    if not set(looks_are) <= {look.number for look in looks}:
        raise Refused("no-look")
    described = describe(findings, looks, proposal, looks_are)
    out.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{len(proposal.cuts)} cuts proposed.", err=True)


def describe(
    findings: Findings, looks: tuple[Look, ...], proposal: Proposal, looks_are: Mapping[int, LookKind]
) -> dict[str, Any]:
    """A proposal as plain JSON; times are seconds rounded to microseconds."""
    kinds = {taken.look: taken.kind.value for taken in proposal.kinds}
    return {
        "duration": _float(proposal.whole.length),
        "cuts": [
            {
                "start": _float(cut.span.start),
                "end": _float(cut.span.end),
                "reasons": [
                    {
                        "kind": reason.why.value,
                        "start": _float(reason.span.start),
                        "end": _float(reason.span.end),
                        "look": reason.look or None,
                    }
                    for reason in cut.reasons
                ],
            }
            for cut in proposal.cuts
        ],
        "looks": [
            {
                "number": look.number,
                "share": round(float(look.share), 6),
                "layout": look.layout.value,
                "kind": kinds.get(look.number),
                "answer": looks_are.get(look.number),
                "examples": [_float(moment) for moment in look.examples],
                "spans": [
                    [_float(findings.shots[shot].span.start), _float(findings.shots[shot].span.end)]
                    for shot in look.shots
                ],
            }
            for look in looks
        ],
    }


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--edits", type=click.Path(path_type=Path), required=True, help="The list of edits, as JSON.")
@click.option(
    "--captions", type=click.Path(path_type=Path), help="What is said in FILE: VTT, SRT, a Zoom or Teams transcript."
)
@click.option("--chapters", type=click.Path(path_type=Path), help="Titles of its parts, as VTT.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new or empty folder.")
def render(file: Path, edits: Path, captions: Path | None, chapters: Path | None, out: Path) -> None:
    """Cuts FILE, cleans what is left, proves it, and writes the finished files and their report to a folder."""
    made = not out.exists()
    if not made and any(out.iterdir()):
        raise Refused("output-exists")
    try:
        report = _render(file, edits, _Words(captions, chapters), out)
    except BaseException:
        _leave_nothing(out, made)
        raise
    (out / REPORT).write_text(canonical.dumps(report) + "\n", encoding="ascii")
    _tell(report.checks)
    run.package(report, out)


@dataclass(frozen=True, slots=True)
class _Words:
    """The files of words that are given with a recording."""

    captions: Path | None
    chapters: Path | None


def _render(file: Path, edits: Path, words: _Words, out: Path) -> PrivacyReport:
    with terminal_watch() as watch:
        tools = open_tools()
        media = run.probe(file, tools, watch.begin("Reading the recording"))
        _tell_of_sound(media)
        plan = make_plan(read_edits(edits, media), media)
        texts = _read_words(words, media, tools.captions).surviving(plan)
        plan = replace(plan, captions=texts.captions.digest, chapters=texts.chapters.digest)
        places = run.Places(out / _ROOM, out)
        making = watch.begin("Cutting and encoding")
        run.render(file, media, plan, places, tools, making, chunk_seconds=LONGEST_CHUNK_SECONDS, texts=texts)
        shutil.rmtree(places.room)
        return run.verify(file, media, plan, out, tools, watch.begin("Proving"), texts)


def _read_words(words: _Words, media: MediaFile, reader: CaptionReader) -> Texts:
    """What may be published of them as far as no cut forbids it. Raises Refused, also when it is not clear whose words to keep."""
    given = Given()
    if words.captions is not None:
        said = listen(reader.read(_bytes(words.captions)), media.whole)
        given = Given(said, usual_choice(said))
        if not given.kept:
            raise Refused("captions-whose")
    if words.chapters is not None:
        given = replace(given, chapters=read_chapters(reader.read(_bytes(words.chapters)), media.whole))
    return given.texts


def _bytes(path: Path) -> bytes:
    """No more of a file than a reader would take. Raises Refused("missing")."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError:
        raise Refused("missing") from None


def _leave_nothing(out: Path, made: bool) -> None:
    shutil.rmtree(out, ignore_errors=True)
    if not made:
        out.mkdir(exist_ok=True)


def read_edits(path: Path, media: MediaFile) -> EditList:
    """`{"edits": [{"action", "start", "end", "box"?}]}` in seconds and source pixels. Raises Refused."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"), parse_float=Fraction)["edits"]
        edits = tuple(sorted((read_edit(row) for row in rows), key=lambda edit: edit.span))
    except FileNotFoundError:
        raise Refused("missing") from None
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError):
        raise Refused("edits-unreadable") from None
    return EditList(media.sha256, media.whole, edits)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def verify(folder: Path) -> None:
    """Reads the finished files in FOLDER afresh and says of each check whether it still holds."""
    try:
        report = canonical.loads(PrivacyReport, (folder / REPORT).read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise Refused("no-report") from None
    with terminal_watch() as watch:
        checks = run.verify_again(report, folder, open_tools(), watch.begin("Reading afresh"))
    _tell(checks)
    if not report.passed or any(check.outcome is Outcome.BROKEN for check in checks):
        raise ProofFailed("checks-failed")


def _tell_of_sound(media: MediaFile) -> None:
    if said := sound_tracks(media.audio_tracks):
        click.echo(said, err=True)


def _tell(checks: tuple[Check, ...]) -> None:
    for check in checks:
        mark = "held  " if check.outcome is Outcome.HELD else "BROKEN"
        extra = f", {check.undecided} cannot be told apart from removed ones" if check.undecided else ""
        click.echo(f"{mark} {check.name.value:<14} {check.compared} compared, {check.wrong} wrong{extra}", err=True)


def _float(moment: Fraction) -> float:
    return round(float(moment), 6)
