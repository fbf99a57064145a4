"""The staff's list and the page of one recording, in every state."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from app.db.kinds import RecordingState, StepName
from app.db.models import Recording
from app.services import library, publish, work
from app.services.states import PUBLIC, REMOVABLE, RETRYABLE, REVIEWABLE, WORKING, Event
from app.services.values import PrivateFolder
from app.uploads.names import NameHint
from app.web import words
from app.web.staff.sayings import (
    ACTIONS,
    CHECKED,
    DONE,
    FINDINGS,
    GROUPS,
    NAME_WARNINGS,
    OWN,
    PUBLIC_ALREADY,
    ROLES,
    STATES,
    STEPS,
    WHYS,
)
from media_pipeline.core.edits import Action
from media_pipeline.core.findings import FindingKind
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.proposal import Why
from media_pipeline.core.report import Check, CheckName, Outcome
from media_pipeline.core.review import Role
from tests.app.fake_pipeline import LARGE
from tests.app.web.desk import SECOND_LOOK, StaffBrowser, disproven, published


def put(ann: StaffBrowser, recording_id: str, **values: object) -> None:
    with ann.backend.db.writing() as session:
        row = session.get(Recording, recording_id)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


def test_everything_has_words() -> None:
    assert set(STATES) == set(RecordingState)
    assert set(STEPS) == set(StepName)
    assert set(WHYS) == set(Why)
    assert set(NAME_WARNINGS) <= set(NameHint)
    assert set(PUBLIC_ALREADY) == PUBLIC - {RecordingState.PUBLISHED}
    assert {name.value for name in CheckName} <= set(words.CHECKS)
    assert set(CHECKED) == set(CheckName)
    assert set(FINDINGS) == set(FindingKind)
    assert set(ACTIONS) == set(OWN) == set(DONE) == set(Action)
    assert set(ROLES) == {role.value for role in Role}


def test_an_empty_list_invites(ann: StaffBrowser) -> None:
    assert "Nothing here yet" in ann.get("/").text


def test_the_list_shows_one_group_and_says_when_it_is_empty(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    other = ann.backend.upload(b"another film")
    assert set().union(*(group.states for group in GROUPS.values())) == set(RecordingState)

    def shown(group: str) -> set[str]:
        return set(re.findall('data-id="([a-z0-9]+)"', ann.get(f"/?show={group}").text))

    assert shown("all") == {recording_id, other}
    assert (shown("waiting"), shown("working")) == ({recording_id}, {other})
    assert "Nothing is public yet." in ann.get("/?show=public").text
    assert "Waiting for you (1)" in ann.get("/").text
    assert ann.get("/?show=x").status_code == 404


def test_several_are_removed_once_somebody_is_sure(ann: StaffBrowser) -> None:
    chosen = [ann.backend.analysed(film) for film in (b"one", b"two", b"three")]
    public, _ = published(ann.backend)
    form = {"csrf_token": ann.csrf, "recording": [*chosen[:2], public, "nothing"]}
    asked = ann.client.post("/recordings/removal", data=form)
    assert "these 2 recordings" in asked.text
    assert library.recording(ann.backend.db, chosen[0]) is not None
    done = ann.client.post("/recordings/removal", data=form | {"sure": "yes"}, follow_redirects=True)
    assert "2 recordings removed" in done.text
    assert [library.recording(ann.backend.db, one) is None for one in (*chosen, public)] == [True, True, False, False]
    assert not PrivateFolder(ann.backend.settings, chosen[0]).path.exists()
    none = ann.client.post("/recordings/removal", data={"csrf_token": ann.csrf}, follow_redirects=True)
    assert "Nothing was chosen" in none.text


@pytest.mark.parametrize("state", list(RecordingState))
def test_the_page_of_every_state(ann: StaffBrowser, state: RecordingState) -> None:
    if state in PUBLIC:
        recording_id, _ = published(ann.backend)
        put(ann, recording_id, state=state)
    else:
        recording_id = ann.backend.analysed()
        put(ann, recording_id, state=state, code="truncated" if state is RecordingState.REFUSED else None)
    page = ann.get(f"/recordings/{recording_id}").text
    assert STATES[state] in page
    assert ('id="review"' in page) == (state in REVIEWABLE)
    assert ("Yes, remove it for good" in page) == (state in REMOVABLE)
    assert (">Stop<" in page) == (state in WORKING)
    assert ("Try again" in page) == (state in RETRYABLE)
    assert ("Take it down" in page) == (state in PUBLIC)
    assert ("cut off or damaged" in page) == (state is RecordingState.REFUSED)
    assert STATES[state] in ann.get("/").text


def test_families_watch_while_larger_sizes_are_made(ann: StaffBrowser) -> None:
    recording_id, entry = published(ann.backend, LARGE, sizes=1)
    row = ann.backend.row(recording_id)
    work.begin(ann.backend.db, recording_id, row.attempt, StepName.RENDER, goes_on=True)
    work.tell(ann.backend.db, recording_id, row.attempt, 412)
    page = ann.get(f"/recordings/{recording_id}").text
    assert "Public. Larger sizes are on their way" in page
    assert "They can already watch it" in page
    assert f"/s/{entry.slug}" in page
    doing = how_it_does(ann)
    assert (doing["step"], doing["permille"], doing["working"]) == ("Larger sizes: cutting and encoding", 412, True)
    # the next step goes on from there
    work.begin(ann.backend.db, recording_id, row.attempt, StepName.VERIFY, goes_on=True)
    assert how_it_does(ann)["permille"] == 412
    work.end(ann.backend.db, recording_id, row.attempt, Event.FAIL, "chunk-failed")
    page = ann.get(f"/recordings/{recording_id}").text
    assert "Public. Larger sizes could not be made" in page
    assert library.sentence("chunk-failed") in page
    assert "the larger ones are missing" in page
    assert "Try again" in page
    assert ann.submit(f"/recordings/{recording_id}/unpublish").status_code == 302
    assert "Taken down" in ann.get(f"/recordings/{recording_id}").text


def test_a_failed_proof_is_told_in_plain_words(ann: StaffBrowser) -> None:
    places = tuple(f"frame {number}" for number in range(20))
    recording_id = disproven(ann, Check(CheckName.FRAMES, Outcome.BROKEN, 700, 31, codes=places))
    page = ann.get(f"/recordings/{recording_id}").text
    assert words.TAKEN_DOWN in page
    assert words.CHECKS["frames"] in page
    assert "(720 lines)" in page
    assert "frame 0, frame 1," in page
    assert "frame 19 and 11 more" in page
    assert words.NOT_YOURS in page
    assert words.LOOK_AGAIN not in page
    assert 'id="review"' in page
    ann.backend.approved(recording_id)
    assert words.TAKEN_DOWN not in ann.get(f"/recordings/{recording_id}").text
    assert "What the proof found" not in ann.get(f"/recordings/{recording_id}").text


def test_the_list_tells_whether_something_public_was_taken_down(ann: StaffBrowser) -> None:
    recording_id = disproven(ann, SECOND_LOOK)
    assert how_it_does(ann)["trouble"] == words.TAKEN_DOWN
    assert words.TAKEN_DOWN in ann.get("/").text
    ann.backend.approved(recording_id)
    attempt = ann.backend.row(recording_id).attempt
    publish.disprove(ann.backend.db, ann.backend.settings, recording_id, attempt, "checks-failed")
    assert how_it_does(ann)["trouble"] == library.sentence("checks-failed"), "this time nothing was public"


def test_moments_of_a_second_look_lead_to_the_review(ann: StaffBrowser) -> None:
    recording_id = disproven(ann, SECOND_LOOK)
    page = ann.get(f"/recordings/{recording_id}").text
    assert re.search(r'<a href="#review">0:1[67]\.[0-9]</a>', page)
    assert words.LOOK_AGAIN in page
    assert words.NOT_YOURS not in page


def test_what_staff_can_mend_is_told_from_the_rest(ann: StaffBrowser) -> None:
    sound = Check(CheckName.SOUND, Outcome.BROKEN, 100, 1, codes=("second 4",))
    page = ann.get(f"/recordings/{disproven(ann, SECOND_LOOK, sound)}").text
    assert words.LOOK_AGAIN in page
    assert f"The rest {words.NOT_YOURS}" in page


def test_staff_who_have_looked_may_say_that_it_is_safe(ann: StaffBrowser) -> None:
    recording_id = disproven(ann, SECOND_LOOK)
    folder = PrivateFolder(ann.backend.settings, recording_id)
    assert folder.safe() == IntervalSet()
    assert "I have looked" in ann.get(f"/recordings/{recording_id}").text
    assert ann.submit(f"/recordings/{recording_id}/safe").status_code == 302
    assert folder.safe().holds(Fraction(17))
    assert not folder.safe().holds(Fraction(5)), "another shot"
    approval = work.approval(ann.backend.db, ann.backend.approved(recording_id))
    assert approval is not None
    assert work.decision_of(approval).safe == folder.safe()


def test_nothing_is_declared_safe_without_a_second_look(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    ann.submit(f"/recordings/{recording_id}/safe")
    assert PrivateFolder(ann.backend.settings, recording_id).safe() == IntervalSet()


def test_a_gallery_recording_is_warned_of(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    put(ann, recording_id, hint=NameHint.GALLERY.value)
    assert "everyone is visible" in ann.get(f"/recordings/{recording_id}").text


def test_a_recording_of_a_screen_is_warned_of(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    put(ann, recording_id, hint=NameHint.SCREEN.value)
    assert "audio watermark" in ann.get(f"/recordings/{recording_id}").text


def how_it_does(ann: StaffBrowser) -> dict[str, object]:
    rows: list[dict[str, object]] = ann.send("GET", "/progress").get_json()
    (doing,) = rows
    return doing


def test_progress_is_told_in_words_and_numbers_without_titles(ann: StaffBrowser) -> None:
    recording_id = ann.backend.upload()
    row = ann.backend.row(recording_id)
    doing = how_it_does(ann)
    assert doing["step"] == "Waiting for its turn"
    work.begin(ann.backend.db, recording_id, row.attempt, StepName.DETECT)
    work.tell(ann.backend.db, recording_id, row.attempt, 421)
    doing = how_it_does(ann)
    assert doing == {
        "id": recording_id,
        "state": "analysing",
        "says": "Being looked through",
        "trouble": "",
        "working": True,
        "step": "Looking for participants",
        "permille": 421,
    }
    assert ann.submit(f"/recordings/{recording_id}/cancel").status_code == 302
    doing = how_it_does(ann)
    assert doing["step"] == "Being stopped"
    assert ">Stop<" not in ann.get(f"/recordings/{recording_id}").text
    work.end(ann.backend.db, recording_id, row.attempt, Event.FAIL, "cancelled")
    doing = how_it_does(ann)
    assert (doing["working"], doing["step"]) == (False, "")
    assert doing["trouble"] == library.sentence("cancelled")


def test_taking_down_and_removing(ann: StaffBrowser) -> None:
    recording_id, entry = published(ann.backend)
    page = ann.get(f"/recordings/{recording_id}").text
    assert f"{ann.backend.settings.public_url}/s/{entry.slug}" in page
    assert "moved on" in ann.submit(f"/recordings/{recording_id}/remove").text
    assert ann.submit(f"/recordings/{recording_id}/unpublish").status_code == 302
    page = ann.get(f"/recordings/{recording_id}").text
    assert "Taken down" in page
    assert entry.slug not in page
    assert ann.submit(f"/recordings/{recording_id}/remove").headers["Location"] == "/"
    assert "Removed, with every file of it." in ann.get("/").text
    assert not PrivateFolder(ann.backend.settings, recording_id).path.exists()
    assert ann.get(f"/recordings/{recording_id}").status_code == 404


def test_trying_again(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    put(ann, recording_id, state=RecordingState.ANALYSIS_FAILED, code="tool-failed")
    ann.backend.jobs.said.clear()
    assert ann.submit(f"/recordings/{recording_id}/retry").status_code == 302
    assert ann.backend.jobs.said == [("analyse", recording_id, str(ann.backend.row(recording_id).attempt))]
    assert ann.submit(f"/recordings/{recording_id}/retry").status_code == 409


@pytest.mark.parametrize("action", ["cancel", "retry", "unpublish", "remove"])
def test_what_cannot_be_done_is_one_sentence(ann: StaffBrowser, action: str) -> None:
    answer = ann.submit(f"/recordings/aaaaaaaaaaaa/{action}")
    assert answer.status_code == 409
    assert "This recording has moved on" in answer.text


def test_the_list_shows_pictures_of_what_is_public_only(ann: StaffBrowser) -> None:
    waiting = ann.backend.analysed()
    recording_id, _ = published(ann.backend, b"another film")
    address = f"/recordings/{recording_id}/poster.jpg"
    listed = ann.get("/").text
    assert f'src="{address}"' in listed
    assert listed.count("poster.jpg") == 1
    assert ann.get(f"/recordings/{waiting}/poster.jpg").status_code == 404
    answer = ann.send("GET", address, buffered=True)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    publish.unpublish(ann.backend.db, ann.backend.settings, recording_id)
    assert "poster.jpg" not in ann.get("/").text
    assert ann.get(address).status_code == 404


def test_the_first_size_has_a_picture_already(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend, sizes=1)
    assert ann.send("GET", f"/recordings/{recording_id}/poster.jpg", buffered=True).status_code == 200
