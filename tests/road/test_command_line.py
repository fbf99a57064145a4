"""The command line from end to end: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from media_pipeline.core import canonical
from media_pipeline.core.errors import Refused
from media_pipeline.core.intervals import Interval
from media_pipeline.core.report import PrivacyReport
from tests.film_dirt import Canaries, dirty_film, leaks
from tests.films import barcode_film
from tests.road.running import storyshelf, write_cuts

pytestmark = pytest.mark.slow

ONE_CUT = [Interval(Fraction(1), Fraction(2))]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dirty film that went the whole road, with its canaries beside it."""
    folder = tmp_path_factory.mktemp("road")
    planted = dirty_film(folder / "dirty.mp4", Canaries())
    done = storyshelf(
        "render", folder / "dirty.mp4", "--edits", write_cuts(folder / "e.json", ONE_CUT), "--out", folder / "out"
    )
    assert done.status == 0, done.said
    assert leaks(planted, [folder / "dirty.mp4"]), "the film is not dirty"
    assert not leaks(planted, [path for path in (folder / "out").rglob("*") if path.is_file()])
    return folder


def test_the_folder_is_as_it_is_described(finished: Path) -> None:
    out = finished / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {
        "video.mp4",
        "audio.m4a",
        "poster.jpg",
        "storyboard.jpg",
        "storyboard.vtt",
        "hls/master.m3u8",
        "report.json",
    } <= names
    report = canonical.loads(PrivacyReport, (out / "report.json").read_text())
    assert report.passed
    assert {file.name for file in report.outputs} == names - {"report.json"}


def test_verify_reads_it_afresh(finished: Path) -> None:
    done = storyshelf("verify", finished / "out")
    assert done.status == 0, done.said
    assert "BROKEN" not in done.said


@pytest.mark.parametrize(
    "name", ["video.mp4", "audio.m4a", "poster.jpg", "storyboard.jpg", "storyboard.vtt", "hls/master.m3u8"]
)
def test_one_byte_put_back_breaks_the_proof(finished: Path, name: str) -> None:
    path = finished / "out" / name
    clean = path.read_bytes()
    try:
        path.write_bytes(clean + b"A")
        done = storyshelf("verify", finished / "out")
    finally:
        path.write_bytes(clean)
    assert done.status == 3
    assert "BROKEN" in done.said


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    done = storyshelf("verify", tmp_path)
    assert (done.status, done.said.count("\n")) == (2, 1)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few frames: each of them is a shot, which is looked at."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    barcode_film(path, frames=30, rate=Fraction(12))
    return path


def test_analyse_writes_cuts_with_reasons(film: Path, tmp_path: Path) -> None:
    done = storyshelf("analyse", film, "--json", tmp_path / "out.json")
    assert done.status == 0, done.said
    told = json.loads((tmp_path / "out.json").read_text())
    assert set(told) == {"duration", "cuts", "looks"}
    assert told["duration"] > 2
    for cut in told["cuts"]:
        assert 0 <= cut["start"] < cut["end"] <= told["duration"] + 0.001
        assert cut["reasons"]
        assert all({"kind", "look"} <= set(reason) for reason in cut["reasons"])
    assert sum(look["share"] for look in told["looks"]) == pytest.approx(1, abs=0.001)


def test_analyse_takes_what_a_person_says_of_a_look(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = storyshelf("analyse", film, "--json", out, "--look", "1=participants")
    assert done.status == 0, done.said
    told = json.loads(out.read_text())
    assert told["looks"][0]["answer"] == "participants"
    assert all(0 <= moment <= told["duration"] for look in told["looks"] for moment in look["examples"])
    cut = [(row["start"], row["end"]) for row in told["cuts"]]
    assert all(any(a <= start and end <= b for a, b in cut) for start, end in told["looks"][0]["spans"])
    out.unlink()
    done = storyshelf("analyse", film, "--json", out, "--look", "99=page")
    assert (done.status, done.said.splitlines()[-1]) == (2, Refused("no-look").sentence)
    assert not out.exists()


@pytest.mark.parametrize("said", [["1"], ["1=child"], ["=page"], ["-1=page"], ["x=page"], ["1=page", "1=presenter"]])
def test_what_is_said_of_no_look_is_refused_before_anything_is_opened(tmp_path: Path, said: list[str]) -> None:
    done = storyshelf("analyse", tmp_path / "none.mp4", "--json", tmp_path / "o", *(f"--look={one}" for one in said))
    assert done.status == 2
    assert "NUMBER=KIND" in done.said


@pytest.mark.parametrize(
    "edits",
    [
        "not json",
        "[]",
        '{"edits": [{"action": "cut"}]}',
        '{"edits": [{"action": "cut", "start": 2, "end": 1}]}',
        '{"edits": [{"action": "cut", "start": 1e999, "end": 2}]}',
        '{"edits": [{"action": "burn", "start": 1, "end": 2}]}',
        '{"edits": [{"action": "cut", "start": 0, "end": 100}]}',
        '{"edits": [{"action": "cut", "start": 90, "end": 100}]}',
        '{"edits": [{"action": "mute", "start": 90, "end": 100}]}',
        '{"edits": [{"action": "cover", "start": 1, "end": 2, "box": [0, 0, 1000, 10]}]}',
    ],
)
def test_edits_that_cannot_be_carried_out_are_refused_and_leave_nothing(
    finished: Path, tmp_path: Path, edits: str
) -> None:
    (tmp_path / "e.json").write_text(edits)
    done = storyshelf("render", finished / "dirty.mp4", "--edits", tmp_path / "e.json", "--out", tmp_path / "out")
    assert done.status == 2
    sentences = [line for line in done.said.splitlines() if "sound tracks" not in line]
    assert len(sentences) == 1, "one plain sentence"
    assert not (tmp_path / "out").exists()


def test_a_folder_with_files_in_it_is_left_alone(finished: Path) -> None:
    done = storyshelf("render", finished / "dirty.mp4", "--edits", finished / "e.json", "--out", finished / "out")
    assert done.status == 2
    assert (finished / "out" / "report.json").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("text.mp4", b"Once upon a time there was a text.\n" * 50),
        ("list.mp4", b"#EXTM3U\n#EXTINF:10,\nvictim.mp4\n#EXT-X-ENDLIST\n"),
        ("concat.mp4", b"ffconcat version 1.0\nfile victim.mp4\n"),
        ("random.mp4", bytes(range(256)) * 100),
        ("recording.arf", b"\x01\x00\x02\x00" * 100),
        ("double_click_to_convert_01.zoom", b"\x00\x01\x02\x03" * 100),
    ],
)
def test_what_is_not_a_film_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    barcode_film(tmp_path / "victim.mp4", frames=25)
    (tmp_path / name).write_bytes(content)
    for arguments in (["analyse", name, "--json", "out.json"], ["render", name, "--edits", "e.json", "--out", "out"]):
        done = storyshelf(*arguments, folder=tmp_path)
        assert done.status == 2
        assert done.said.count("\n") == 1
        assert name not in done.said
        assert not (tmp_path / "out.json").exists()
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "maker"), [("meeting.zoom", "Zoom"), ("meeting.ARF", "Webex")])
def test_an_unconverted_recording_says_who_must_convert_it(tmp_path: Path, name: str, maker: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(256)) * 20)
    done = storyshelf("analyse", tmp_path / name, "--json", tmp_path / "out.json")
    assert done.status == 2
    assert maker in done.said


def test_a_film_that_breaks_off_is_refused(tmp_path: Path) -> None:
    barcode_film(tmp_path / "whole.mp4", frames=100)
    content = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: len(content) // 2])
    done = storyshelf("analyse", tmp_path / "half.mp4", "--json", tmp_path / "out.json")
    assert done.status == 2


def test_a_good_film_with_a_bad_name_is_a_good_film(tmp_path: Path) -> None:
    barcode_film(tmp_path / "-i.mp4", frames=50)
    write_cuts(tmp_path / "e.json", [Interval(Fraction(1, 2), Fraction(1))])
    done = storyshelf("render", "--edits", "e.json", "--out", "out", "--", "-i.mp4", folder=tmp_path)
    assert done.status == 0, done.said


@pytest.mark.parametrize("kind", ["silent", "sound"])
def test_films_without_sound_and_sound_without_film(tmp_path: Path, kind: str) -> None:
    barcode_film(tmp_path / "film.mp4", frames=75, audio=kind != "silent")
    source = tmp_path / "film.mp4"
    if kind == "sound":
        from tests.film_reading import run_ffmpeg

        source = tmp_path / "sound.m4a"
        run_ffmpeg("-i", tmp_path / "film.mp4", "-vn", "-c", "copy", source)
    done = storyshelf("render", source, "--edits", write_cuts(tmp_path / "e.json", ONE_CUT), "--out", tmp_path / "out")
    assert done.status == 0, done.said
    names = {path.name for path in (tmp_path / "out").rglob("*")}
    assert ("audio.m4a" in names) == (kind == "sound")
    assert ("video.mp4" in names) == (kind == "silent")
    assert storyshelf("verify", tmp_path / "out").status == 0


def test_a_second_sound_track_is_told_of(tmp_path: Path) -> None:
    barcode_film(tmp_path / "film.mp4", frames=36, rate=Fraction(12), audio_tracks=2)
    said = "This recording has 2 sound tracks; only the first of them is used."
    for command in (
        ("analyse", tmp_path / "film.mp4", "--json", tmp_path / "out.json"),
        ("render", tmp_path / "film.mp4", "--edits", write_cuts(tmp_path / "e.json", ONE_CUT), "--out", tmp_path / "o"),
    ):
        done = storyshelf(*command)
        assert done.status == 0, done.said
        assert said in done.said.splitlines()


def test_doctor_says_a_line_for_each_promise() -> None:
    done = storyshelf("doctor")
    lines = done.printed.splitlines()
    assert len(lines) == 9
    assert all(line[:4] in ("ok  ", "FAIL") for line in lines)
    assert "ok   What was cut is gone" in done.printed
    assert "ok   Recordings are opened in a sandbox" in done.printed
    assert done.status == 1, "no settings are given here"


def vtt(*cues: tuple[float, float, str]) -> str:
    return "WEBVTT\n" + "".join(f"\n00:00:0{start:.3f} --> 00:00:0{end:.3f}\n{text}\n" for start, end, text in cues)


def test_captions_follow_the_cuts_and_hold_no_name(tmp_path: Path) -> None:
    barcode_film(tmp_path / "film.mp4", frames=150)
    said = [
        (0.1, 0.9, "Ann Quillon: Once upon a time"),
        (0.9, 1.1, "Ann Quillon: Brindlewood was here"),
        (2.2, 2.4, "Kit Ferncastle: me, Hollowmere!"),
        (2.5, 3.5, "Ann Quillon: there was a fox & a hen"),
    ]
    (tmp_path / "said.vtt").write_text(vtt(*said), "utf-8")
    (tmp_path / "parts.vtt").write_text(vtt((0, 3, "Song"), (3, 6, "Story")), "utf-8")
    out, edits = tmp_path / "out", write_cuts(tmp_path / "e.json", ONE_CUT)
    words: list[str | Path] = ["--captions", tmp_path / "said.vtt", "--chapters", tmp_path / "parts.vtt"]
    done = storyshelf("render", tmp_path / "film.mp4", "--edits", edits, *words, "--out", out)
    assert done.status == 0, done.said
    assert (out / "captions.vtt").read_text() == vtt(
        (0.1, 0.9, "Once upon a time"), (1.5, 2.5, "there was a fox &amp; a hen")
    )
    assert (out / "transcript.txt").read_text() == "Once upon a time\nthere was a fox & a hen\n"
    assert (out / "chapters.vtt").read_text() == vtt((0, 2, "Song"), (2, 5, "Story"))
    everything = done.said.encode() + b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    for name in ("Quillon", "Ferncastle", "Brindlewood", "Hollowmere", "Ann"):
        assert name.encode() not in everything
    assert "captions" in done.said
    assert storyshelf("verify", out).status == 0
    (out / "captions.vtt").write_text(vtt((0.1, 0.9, "Ann")))
    assert storyshelf("verify", out).status == 3


@pytest.mark.parametrize(
    "said",
    [
        "no captions",
        vtt((0, 1, "Ann: a"), (1, 2, "Kit: b"), (2, 3, "Ann: a"), (3, 4, "Kit: b")),
        "[Ann] 14:30:00\nhello\n",
    ],
)
def test_captions_that_cannot_be_taken_are_refused_and_leave_nothing(tmp_path: Path, said: str) -> None:
    barcode_film(tmp_path / "film.mp4", frames=150)
    (tmp_path / "said.vtt").write_text(said, "utf-8")
    edits = write_cuts(tmp_path / "e.json", ONE_CUT)
    words: list[str | Path] = ["--captions", tmp_path / "said.vtt"]
    done = storyshelf("render", tmp_path / "film.mp4", "--edits", edits, *words, "--out", tmp_path / "out")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert "Ann" not in done.said
    assert not (tmp_path / "out").exists()
