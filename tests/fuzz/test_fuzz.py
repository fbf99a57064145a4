"""A minute of coverage-guided fuzzing of each reader of what others made, from seeds that are generated here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.adapters.inspect.conftest import CleanFilms
from tests.contracts import test_captions as said
from tests.film_reading import ffprobe, run_ffmpeg

pytest.importorskip("atheris", reason="it has wheels for Linux on x86-64 alone")

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[2]

SECONDS = 60

LONGEST = 1 << 14
"""Bytes of a film that is tried."""

TUS = (
    "POST\nTus-Resumable: 1.0.0\nUpload-Length: 1024\nUpload-Metadata: filename R2FsbGVyeS5tcDQ=,type",
    "POST\nX-HTTP-Method-Override: PATCH\nTus-Resumable: 1.0.0",
    "PATCH \nTus-Resumable: 1.0.0\nContent-Type: application/offset+octet-stream\nUpload-Offset: 9\nContent-Length: 10",
    "HEAD \nTus-Resumable: 1.0.0",
    "DELETE \nTus-Resumable: 1.0.0",
    "OPTIONS\n",
)


def fuzz(target: str, folder: Path, seeds: Iterable[bytes], longest: int) -> None:
    """Runs a target for its time; what it finds is shown as bytes."""
    corpus = folder / "seeds"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    found = folder / "found"
    options = [
        f"-max_total_time={SECONDS}",
        f"-max_len={longest}",
        "-timeout=20",  # seconds for one input
        "-rss_limit_mb=1024",
        f"-exact_artifact_path={found}",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", target, str(corpus), *options],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        timeout=20 * SECONDS,
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0, f"{found.read_bytes()[:2000]!r}\n{said[-3000:]}" if found.exists() else said[-3000:]
    assert "Done " in said, said[-3000:]


def asked_of(film: Path, *words: str) -> bytes:
    """What ffprobe says of a film."""
    return subprocess.run([ffprobe(), "-v", "error", *words, film], capture_output=True, check=True).stdout


def test_any_boxes(clean: CleanFilms, tmp_path: Path) -> None:
    files = (*clean.films, clean.sound, *clean.fragments, *clean.sound_tracks, *clean.pictures)
    # their headers come first; of the media itself a little, so that a second holds many tries
    fuzz("boxes", tmp_path, (path.read_bytes()[:LONGEST] for path in files), LONGEST)


def test_any_answer_of_a_tool(clean: CleanFilms, tmp_path: Path) -> None:
    wanted = "format=duration:stream:stream_disposition:stream_tags"
    seeds = [asked_of(film, "-show_entries", wanted, "-of", "json") for film in (clean.film, clean.silent, clean.sound)]
    seeds.append(asked_of(clean.film, "-show_entries", "packet=pts,duration,flags", "-of", "csv=p=0"))
    seeds.append(run_ffmpeg("-i", clean.film, "-frames", "1", "-an", "-f", "framecrc", "pipe:1"))
    fuzz("probe", tmp_path, (b"\0" + seed for seed in seeds), 1 << 13)


def test_any_head_of_an_upload(tmp_path: Path) -> None:
    fuzz("tus", tmp_path, (head.encode() for head in TUS), 1 << 13)


def test_any_captions(tmp_path: Path) -> None:
    fuzz("captions", tmp_path, (text.encode() for text in (said.ZOOM, said.TEAMS, said.SRT, said.SAVED)), 1 << 12)
