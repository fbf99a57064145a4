"""Captions on the staff's pages and the families': what is shown is what is approved, and what is approved is what is public."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db.kinds import RecordingState
from app.db.models import Approval
from app.services import publish
from app.services.values import PrivateFolder
from media_pipeline.core.captions import NO_TEXTS
from media_pipeline.core.speakers import Given
from tests.app.web.desk import PAGE, WHY, StaffBrowser


def vtt(*rows: str) -> bytes:
    """A caption a second."""
    return (
        "WEBVTT\n\n" + "".join(f"00:{n:02d}.000 --> 00:{n:02d}.900\n{row}\n\n" for n, row in enumerate(rows))
    ).encode()


TRANSCRIPT = vtt(
    "Ann Quillon: Good morning & hello",
    "Kit Ferncastle: Hollowmere!",
    "Ann Quillon: Hello Kit",
    "Kit Ferncastle: Hollowmere again!",
    "Ann Quillon: Once upon a time",
    *["Ann Quillon: on it went"] * 10,
)
CHAPTERS = (
    b"WEBVTT\n\n00:00.000 --> 00:11.000\nSong\n\n00:11.000 --> 00:12.000\nGone\n\n00:12.000 --> 00:30.000\nStory\n"
)


def give(ann: StaffBrowser, base: str, content: bytes, what: str = "captions") -> TestResponse:
    file = (io.BytesIO(content), "Kit Ferncastle says.vtt")
    data = {"csrf_token": ann.csrf, "file": file}
    return ann.client.post(f"{base}/{what}", data=data, headers=PAGE, content_type="multipart/form-data")


def page(ann: StaffBrowser, base: str) -> str:
    return ann.get(base).text


def said_on(text: str) -> str:
    found = re.search(r'name="said" value="([0-9a-f]{64})"', text)
    assert found is not None
    return found[1]


def choose(ann: StaffBrowser, base: str, said: str, **more: list[str]) -> TestResponse:
    return ann.client.post(f"{base}/captions/choice", data={"csrf_token": ann.csrf, "said": said, **more}, headers=PAGE)


def folder_of(ann: StaffBrowser, base: str) -> PrivateFolder:
    return PrivateFolder(ann.backend.settings, base.rsplit("/", 1)[1])


def approve(ann: StaffBrowser, base: str, **more: Any) -> TestResponse:
    state = ann.send("GET", f"{base}/review").get_json()
    ann.backend.look_at_all(base.rsplit("/", 1)[1], ann.who)
    return ann.send("POST", f"{base}/approve", json={**WHY, "version": state["version"], **more})


def digest_on(text: str) -> str:
    found = re.search(r'data-texts="([0-9a-f]{64})"', text)
    assert found is not None
    return found[1]


def test_without_captions_the_page_says_so(ann: StaffBrowser, base: str) -> None:
    text = page(ann, base)
    assert "No captions were given." in text
    assert "No chapters were given." in text
    assert digest_on(text) == NO_TEXTS.digest
    assert ann.send("GET", f"{base}/review").get_json()["captions_say"] == "No captions were given."


def bring_back(ann: StaffBrowser, base: str) -> None:
    """Undoes what was proposed to be cut when the transcript came: the moments in which Kit speaks."""
    version = ann.send("GET", f"{base}/review").get_json()["version"]
    assert ann.send("POST", f"{base}/edits/undo", json={"version": version}).status_code == 200


def test_captions_are_shown_as_they_will_be_read(ann: StaffBrowser, base: str) -> None:
    answer = give(ann, base, TRANSCRIPT)
    assert answer.headers["Location"] == f"{base}#captions"
    assert "somebody else speaks, by the transcript" in ann.send("GET", f"{base}/review").text
    assert ann.send("GET", f"{base}/review").get_json()["captions_gone"][:3] == [0, 2, 4]
    bring_back(ann, base)
    text = page(ann, base)
    assert "Good morning &amp; hello" in text
    assert "Speaker 1" in text
    assert "Speaker 2" in text
    assert "Quillon" not in text
    assert "Ferncastle" not in text
    rows = re.findall(r'<li data-place="(\d+)"( class="gone")?', text)
    assert [int(place) for place, _ in rows] == [0, 2, *range(4, 15)]
    assert [int(place) for place, gone in rows if gone] == [9, 10, 11, 12, 13, 14]
    state = ann.send("GET", f"{base}/review").get_json()
    assert state["captions_gone"] == [int(place) for place, gone in rows if gone]
    assert state["captions_say"] in text
    assert text.count("May hold a name") == 1, "Kit is greeted"
    ann.send(
        "PUT", f"{base}/edits", json={"version": state["version"], "edits": [{"action": "cut", "start": 0, "end": 30}]}
    )
    gone = ann.send("GET", f"{base}/review").get_json()
    assert gone["captions_gone"] == [int(place) for place, _ in rows]
    assert gone["captions_say"].startswith("0 captions will be published")


def test_whose_words_are_kept_is_chosen_and_single_ones_left_out(ann: StaffBrowser, base: str) -> None:
    give(ann, base, TRANSCRIPT)
    said = said_on(page(ann, base))
    assert choose(ann, base, said, speaker=["1"], leave=["2"]).status_code == 302
    given = folder_of(ann, base).given()
    assert (given.kept, given.left_out) == ((1,), (2,))
    assert "Hello Kit" not in {line for cue in given.texts.captions.cues for line in cue.lines}
    assert choose(ann, base, said).status_code == 302
    assert "Nobody’s words are chosen" in page(ann, base)
    for wrong in ({"speaker": ["9"]}, {"speaker": ["x"]}, {"leave": ["99"]}, {"leave": ["-1"]}):
        assert choose(ann, base, said, **wrong).status_code == 400
    late = choose(ann, base, "0" * 64, speaker=["2"])
    assert late.status_code == 409
    assert "The captions have changed" in late.text


def test_words_are_put_right_and_back(ann: StaffBrowser, base: str) -> None:
    give(ann, base, TRANSCRIPT)
    bring_back(ann, base)
    text = page(ann, base)
    before, version = folder_of(ann, base).given(), ann.send("GET", f"{base}/review").get_json()["version"]

    def put(place: int, body: object) -> TestResponse:
        return ann.send("PUT", f"{base}/captions/{place}", json=body)

    told = put(4, {"said": said_on(text), "text": "Once upon a tide \n<b>"}).get_json()
    assert (told["text"], told["corrected"]) == ("Once upon a tide\n<b>", True)
    assert "Once upon a tide\n&lt;b&gt;" in page(ann, base)
    assert (told["said"], told["texts"]) == (said_on(page(ann, base)), digest_on(page(ann, base)))
    assert ann.send("GET", f"{base}/review").get_json()["version"] == version + 1
    refused = approve(ann, base, texts=digest_on(text))
    assert (refused.status_code, "The captions have changed" in refused.text) == (409, True)
    assert put(4, {"said": said_on(text), "text": "late"}).status_code == 409
    bodies: list[object] = [{"said": told["said"], "text": " "}, {"said": told["said"], "text": 1}, {"said": "x"}, []]
    for body in bodies:
        assert put(4, body).status_code == 400
    assert put(99, {"said": told["said"], "text": "there is none"}).status_code == 400
    assert put(4, {"said": told["said"], "text": "x" * 4001}).status_code == 400
    back = put(4, {"said": told["said"], "text": None}).get_json()
    assert (back["text"], back["corrected"]) == ("Once upon a time", False)
    assert folder_of(ann, base).given() == before
    hint = '<p class="small mark-look">'
    assert page(ann, base).count(hint) == 1
    told = put(2, {"said": said_on(page(ann, base)), "text": "Hello friends"}).get_json()
    assert (told["look"], page(ann, base).count(hint)) == (False, 0)
    assert put(2, {"said": told["said"], "text": None}).get_json()["look"]
    assert page(ann, base).count(hint) == 1, "the name is back, and so is the hint"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cannot be read"),
        (b"14:31:02 From Kit Ferncastle to Everyone:\n\thi\n", "cannot be read"),
        (b"[Kit Ferncastle] 14:31:02\nhi\n", "time of day"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(
    ann: StaffBrowser, base: str, content: bytes, sentence: str
) -> None:
    for what in ("captions", "chapters"):
        answer = give(ann, base, content, what)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Ferncastle" not in answer.text
    assert not folder_of(ann, base).captions.exists()


def send_raw(ann: StaffBrowser, base: str, content: bytes) -> TestResponse:
    """As a browser sends it: the test client itself would put so much into a temporary file."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="Kit.vtt"\r\n\r\n'
    headers = PAGE | {"X-CSRFToken": ann.csrf}
    kind = "multipart/form-data; boundary=x"
    return ann.client.post(
        f"{base}/captions", data=head + content + b"\r\n--x--\r\n", headers=headers, content_type=kind
    )


def test_a_file_never_touches_a_disk_on_its_way_and_is_bounded(
    ann: StaffBrowser, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (
        "tempfile.SpooledTemporaryFile",
        "tempfile.TemporaryFile",
        "werkzeug.formparser.SpooledTemporaryFile",
    ):
        monkeypatch.setattr(place, None)
    assert send_raw(ann, base, TRANSCRIPT + b"\n" * 900_000).status_code == 302
    assert folder_of(ann, base).captions.stat().st_size < 10_000
    assert send_raw(ann, base, b"x" * (1 << 20)).status_code == 413


def test_strangers_and_forgers_give_nothing(ann: StaffBrowser, base: str) -> None:
    stranger = ann.client.application.test_client()
    paths = ["captions", "captions/choice", "captions/removal", "chapters", "chapters/removal"]
    for path in paths:
        assert stranger.post(f"{base}/{path}").status_code == 401
        assert ann.client.post(f"{base}/{path}", headers=PAGE).status_code == 400, "no token"
        assert ann.get(f"{base}/{path}").status_code == 405
    assert not folder_of(ann, base).captions.exists()


def test_they_are_removed_for_good(ann: StaffBrowser, base: str) -> None:
    give(ann, base, TRANSCRIPT)
    give(ann, base, CHAPTERS, "chapters")
    assert "Story" in page(ann, base)
    ann.submit(f"{base}/captions/removal")
    assert folder_of(ann, base).given() == Given(chapters=folder_of(ann, base).given().chapters)
    assert "Story" in page(ann, base)
    ann.submit(f"{base}/chapters/removal")
    assert not folder_of(ann, base).captions.exists()


def test_the_page_is_there_when_captions_cannot_be_read(ann: StaffBrowser, base: str) -> None:
    folder_of(ann, base).captions.write_text("{")
    assert "captions cannot be read at the moment" in page(ann, base)


def test_only_captions_that_were_on_the_page_are_approved(ann: StaffBrowser, base: str, recording_id: str) -> None:
    before = digest_on(page(ann, base))
    give(ann, base, TRANSCRIPT)
    for seen in ({"texts": before}, {}):
        late = approve(ann, base, **seen)
        assert late.status_code == 409
        assert "captions have changed" in late.text
    assert approve(ann, base, texts=7).status_code == 400
    state = ann.send("GET", f"{base}/review").get_json()
    give(ann, base, CHAPTERS, "chapters")
    old = ann.send(
        "POST", f"{base}/approve", json={**WHY, "version": state["version"], "texts": digest_on(page(ann, base))}
    )
    assert old.status_code == 409
    assert approve(ann, base, texts=digest_on(page(ann, base))).status_code == 200
    assert ann.backend.row(recording_id).state is RecordingState.PUBLISHING
    assert give(ann, base, TRANSCRIPT).status_code == 409, "nothing changes while it is made"


def public(ann: StaffBrowser, recording_id: str) -> str:
    """Publishes what stands approved; its slug."""
    backend = ann.backend
    with backend.db.reading() as session:
        approval = session.query(Approval).filter_by(recording_id=recording_id).one()
    report = backend.rendered(recording_id, approval.id)
    attempt = backend.row(recording_id).attempt
    return publish.make_public(backend.db, backend.settings, recording_id, attempt, approval.id, report).slug


def test_families_get_captions_chapters_and_a_transcript(
    ann: StaffBrowser, viewer: FlaskClient, base: str, recording_id: str
) -> None:
    give(ann, base, TRANSCRIPT)
    bring_back(ann, base)
    give(ann, base, CHAPTERS, "chapters")
    assert approve(ann, base, texts=digest_on(page(ann, base))).status_code == 200
    text = viewer.get(f"/s/{public(ann, recording_id)}").text
    captions = re.search(r'<track kind="captions" src="([^"]+)" label="Captions" srclang="en">', text)
    chapters = re.search(r'<track kind="chapters" src="([^"]+)" srclang="en">', text)
    transcript = re.search(r'href="([^"]+/transcript.txt)" download="[^"]+">Transcript as plain text<', text)
    assert captions
    assert chapters
    assert transcript
    told = viewer.get(captions[1], buffered=True)
    assert told.content_type == "text/vtt; charset=utf-8"
    assert told.text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:00.900\nGood morning &amp; hello\n")
    plain = viewer.get(transcript[1], buffered=True)
    assert plain.content_type == "text/plain; charset=utf-8"
    assert "Once upon a time" in plain.text
    titles = viewer.get(chapters[1], buffered=True).text
    assert "Song" in titles
    assert "Gone" not in titles, "it was cut"
    for answer in (told.text, plain.text, titles, text):
        assert not re.search("Quillon|Ferncastle|Hollowmere", answer)


def test_without_captions_families_are_offered_none(
    ann: StaffBrowser, viewer: FlaskClient, base: str, recording_id: str
) -> None:
    assert approve(ann, base).status_code == 200
    text = viewer.get(f"/s/{public(ann, recording_id)}").text
    assert "<track" not in text
    assert "Transcript" not in text


def test_captions_of_which_nothing_stays_are_none(ann: StaffBrowser, base: str, recording_id: str) -> None:
    give(ann, base, b"WEBVTT\n\n00:11.000 --> 00:12.000\nHollowmere\n")
    assert approve(ann, base, texts=digest_on(page(ann, base))).status_code == 200
    with ann.backend.db.reading() as session:
        approval = session.query(Approval).one()
    assert '"captions":""' in approval.decision_json
