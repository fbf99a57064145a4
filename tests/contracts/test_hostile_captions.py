"""Captions made to harm: a megabyte that would be tried in every way, or grow, while it is read. All of it is read or refused.

They are read in a process of their own, which the kernel ends when it takes far more time or memory than reading needs: the
longest of these takes a few seconds.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from media_pipeline.core.speakers import MOST_BYTES

CPU_SECONDS = 120
"""Of one bomb; tried in every way, a line of a million spaces takes hours."""

ADDRESS_SPACE = 2 << 30

READ = """
import sys
from fractions import Fraction
from pathlib import Path
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval
from media_pipeline.core.speakers import listen, read_chapters
from media_pipeline.toolbox import caption_reader
whole = Interval(Fraction(0), Fraction(30))
try:
    cues = caption_reader().read(Path(sys.argv[1]).read_bytes())
    read_chapters(cues, whole)
    print(sum(len(line) for said in listen(cues, whole) for line in said.cue.lines))
except Refused as refused:
    print(refused.code)
"""

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\n"
ZOOM = "[A] 0:00:01\n"
AFTER = "x\n\n00:03.000 --> 00:04.000\nx\n"


def much(piece: str, before: str = VTT, after: str = "") -> str:
    """As often as a file may hold it."""
    return before + piece * ((MOST_BYTES - len(before) - len(after)) // len(piece.encode())) + after


BOMBS: Mapping[str, str] = {
    "a voice of spaces": much(" ", f"{VTT}<v", "x"),
    "a voice of tabs": much("\t ", f"{VTT}<v.a", "\n"),
    "voices that never end": much("<v "),
    "voices in voices": much("<v a><v b>"),
    "classes of a voice": much(".a", f"{VTT}<v"),
    "marks that never end": much("<"),
    "marks of ASS that never end": much("{\\"),
    "entities": much("&amp;lt;&#60;"),
    "an entity of a million digits": much("9", f"{VTT}&#"),
    "entities that never end": much("&"),
    "a name of spaces": much("\u00a0", f"{VTT}>>", "a: b"),
    "a name of arrows": much(">", VTT, " a: b"),
    "a name of colons": much(": "),
    "a name of brackets": much("(", f"{VTT}a", ": x"),
    "names of brackets": much("a [[((: x\n"),
    "names without end": much("a: b\n"),
    "one letter": much("a"),
    "lines": much("a\n"),
    "spaces": much(" ", SRT, "x"),
    "an arrow of spaces": much(" ", "WEBVTT\n\n00:01.000 -->", "x"),
    "arrows": much("-->\n", "WEBVTT\n\n"),
    "times of digits": much("0", "WEBVTT\n\n", ":00.000 --> 00:02.000\nx\n"),
    "times of times": much("00:", "WEBVTT\n\n", "00.000 --> 00:02.000\nx\n"),
    "a number of digits": much("1", "", "\n00:00:01,000 --> 00:00:02,000\nx\n"),
    "numbers": much("1\n", ""),
    "styles": much("::cue {\n", "WEBVTT\n\nSTYLE\n", "\n\n00:01.000 --> 00:02.000\nx\n"),
    "notes": much("NOTE x\n\n", "WEBVTT\n\n"),
    "empty lines": much("\n", "WEBVTT"),
    "other line breaks": much("\r", "WEBVTT\n\n"),
    "settings": much("align:start ", "WEBVTT\n\n00:01.000 --> 00:02.000 ", "\nx\n"),
    "a time that never ends": much("9", "WEBVTT\n\n00:01.000 --> 99", ":59:59.999\nx\n"),
    "saved captions": much(ZOOM + "x\n", ""),
    "a line of saved captions": much("[x", ZOOM),
    "brackets of saved captions": much("[", ""),
    "letters upon letters": much("\u0301", f"{VTT}a"),
    "letters that turn": much("\u202e\u2066", VTT, AFTER),
    "letters that grow when they are folded": much("\ufb03ß", VTT, ": x"),
    "a page": much("<script>alert(1)</script>"),
    "cues": much("00:01.000 --> 00:02.000\nx\n\n", "WEBVTT\n\n"),
    "as many names as cues": "WEBVTT\n\n"
    + "".join(f"00:01.000 --> 00:02.000\n<v N{n}>{n} and N{n + 1}\n\n" for n in range(19_000)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOMBS)
def test_bombs_of_captions_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    bomb = BOMBS[kind].encode()
    assert 100_000 < len(bomb) <= MOST_BYTES
    (tmp_path / "bomb").write_bytes(bomb)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))

    command = [sys.executable, "-W", "error", "-c", READ, str(tmp_path / "bomb")]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.strip()
    assert said in {"captions-unreadable", "captions-elsewhere"} or int(json.loads(said)) <= len(bomb)
