"""Rights by page: a record, where it is, what stops an approval, and publishing without it."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask

from app.db.kinds import RecordingState
from app.services import rights, works
from app.services.opened import open_review
from app.services.works import LARGEST_EVIDENCE
from tests.app.backend import Backend
from tests.app.web.desk import WHY, StaffBrowser, published

BEAR = {
    "kind": "book",
    "title": "Brown Bear",
    "author": "Ada Lane",
    "isbn": "0-306-40615-2",
    "year": "1967",
    "language": "en",
    "basis": "permission",
    "scope": "open-web",
    "at_end": "take-down",
    "download": "y",
}


def new_record(ann: StaffBrowser, recording_id: str = "", **fields: str) -> str:
    """Made by its form; returns its id."""
    before = {due.work.id for due in works.every(ann.backend.db)}
    answer = ann.submit(f"/works/new{f'?recording={recording_id}' if recording_id else ''}", **BEAR | fields)
    assert answer.status_code == 302, answer.text
    (work_id,) = {due.work.id for due in works.every(ann.backend.db)} - before
    return work_id


def approve(ann: StaffBrowser, recording_id: str) -> tuple[int, str]:
    backend = ann.backend
    backend.look_at_all(recording_id, ann.who)
    version = open_review(backend.db, backend.settings, recording_id).version
    answer = ann.send("POST", f"/recordings/{recording_id}/approve", json={"version": version, **WHY})
    return answer.status_code, answer.text


def rights_say(ann: StaffBrowser, path: str) -> str:
    return str(ann.send("GET", path).get_json()["rights_say"])


def test_an_empty_list_says_what_to_do(ann: StaffBrowser) -> None:
    assert "No records yet" in ann.get("/works/").text
    assert "works.csv" not in ann.get("/works/").text


def test_a_record_is_made_changed_and_listed(ann: StaffBrowser) -> None:
    last = rights.today() + timedelta(days=20)
    work_id = new_record(ann, last_day=last.isoformat())
    page = ann.get("/works/").text
    assert "Brown Bear" in page
    assert "(in 20 days)" in page
    assert f"{last:%B} {last.year}" in page
    assert "978-0-306-40615-7" in ann.get(f"/works/{work_id}").text
    changed = ann.submit(f"/works/{work_id}", **BEAR | {"title": "Polar Bear", "scope": "live"})
    assert changed.status_code == 302
    assert "At the live storytime only" in ann.get(f"/works/{work_id}").text
    assert ann.get("/works/none").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": ""}, "Please give its title."),
        ({"isbn": "0-306-40615-3"}, "That is no ISBN"),
        ({"year": "12"}, "four digits"),
        ({"basis": "fair-use"}, "in which role fair use was decided"),
        ({"scope": "everywhere"}, "Not a valid choice"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    ann: StaffBrowser, wrong: dict[str, str], says: str
) -> None:
    answer = ann.submit("/works/new", **BEAR | wrong)
    assert answer.status_code == 200
    assert says in answer.text
    assert "Ada Lane" in answer.text
    assert works.every(ann.backend.db) == ()


def test_fair_use_is_decided_by_a_role_on_a_day(ann: StaffBrowser) -> None:
    work_id = new_record(ann, basis="fair-use", decided_role="Head of youth services", decided_on="2026-09-01")
    work = works.find(ann.backend.db, work_id)
    assert work is not None
    assert rights.right_of(work).bar(rights.today()) is None
    ann.submit(f"/works/{work_id}", **BEAR)  # no longer fair use: nothing is left of the decision
    work = works.find(ann.backend.db, work_id)
    assert work is not None
    assert (work.decided_role, work.decided_on) == ("", "")


def test_a_new_record_is_in_the_recording_that_it_was_made_for(ann: StaffBrowser, backend: Backend) -> None:
    recording_id = backend.analysed()
    new_record(ann, recording_id)
    assert [one.work.title for one in rights.shown_in(backend.db, recording_id)] == ["Brown Bear"]
    other = backend.analysed(b"another")
    page = ann.get(f"/recordings/{other}/rights/").text
    assert "Brown Bear (Ada Lane)" in page
    (work_id,) = re.findall(r'<option value="([a-z0-9]{12})"', page)
    ann.submit(f"/recordings/{other}/rights/add", work=work_id)
    assert len(rights.shown_in(backend.db, other)) == 1
    ann.submit(f"/recordings/{other}/rights/add", work="none")
    assert len(rights.shown_in(backend.db, other)) == 1


def test_the_page_says_what_stops_an_approval_and_the_answer_says_the_same(ann: StaffBrowser, backend: Backend) -> None:
    recording_id = backend.analysed()
    base = f"/recordings/{recording_id}"
    ann.submit(f"{base}/rights/told", told="no")
    assert "Nobody has said yet" in ann.get(base).text
    assert "Nobody has said yet" in rights_say(ann, f"{base}/review")
    status, says = approve(ann, recording_id)
    assert status == 409
    assert "Nobody has said yet" in says
    ann.submit(f"{base}/rights/told", told="yes", back="recording")
    new_record(ann, recording_id, scope="closed")
    assert "may not be shown on the open web" in rights_say(ann, f"{base}/review")
    assert "It may not be shown on the open web." in ann.get(f"{base}/rights/").text
    status, says = approve(ann, recording_id)
    assert status == 409
    assert "open web" in says
    assert backend.row(recording_id).state is RecordingState.TO_REVIEW


def test_publishing_without_it_by_page(ann: StaffBrowser, backend: Backend) -> None:
    recording_id = backend.analysed()
    base = f"/recordings/{recording_id}/rights"
    work_id = new_record(ann, recording_id, scope="closed")
    (one,) = rights.shown_in(backend.db, recording_id)
    assert "please say from when to when" in ann.get(f"{base}/").text
    for start, end in (("0:02", ""), ("later", "0:05"), ("0:05", "0:02"), ("10:00", "11:00")):
        ann.submit(f"{base}/{one.id}/times", start=start, end=end)
        assert rights.shown_in(backend.db, recording_id)[0].use.span is None
    ann.submit(f"{base}/{one.id}/times", start="0:02", end="0:04.5")
    page = ann.get(f"{base}/").text
    assert 'value="0:04.5"' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    assert ann.submit(f"{base}/without", work=work_id, version="x").status_code == 400
    ann.submit(f"{base}/without", work=work_id, version=version[1])
    assert "Left out: all of it is cut." in ann.get(f"{base}/").text
    assert rights_say(ann, f"/recordings/{recording_id}/review") == ""
    assert approve(ann, recording_id)[0] == 200
    ann.submit(f"{base}/{one.id}/times", start="", end="")
    ann.submit(f"{base}/{one.id}/removal")
    assert rights.shown_in(backend.db, recording_id) == ()


def test_a_public_recording_that_may_not_be_is_told_of(ann: StaffBrowser, backend: Backend) -> None:
    recording_id, _ = published(backend)
    new_record(ann, recording_id, scope="live")
    assert (
        "This recording is public, and something in it may not be shown."
        in ann.get(f"/recordings/{recording_id}/rights/").text
    )


def test_the_list_and_the_recording_tell_of_what_ends(ann: StaffBrowser, backend: Backend) -> None:
    recording_id, _ = published(backend)
    new_record(ann, recording_id, last_day=(rights.today() + timedelta(days=7)).isoformat())
    assert "“Brown Bear” may be shown until" in ann.get("/").text
    assert "“Brown Bear” may be shown until" in ann.get(f"/recordings/{recording_id}").text


def test_what_proves_it_is_saved_and_never_shown_as_a_page(ann: StaffBrowser) -> None:
    work_id = new_record(ann)
    base = f"/works/{work_id}/evidence"
    assert ann.get(base).status_code == 404
    page = b"<script>alert(1)</script>"
    given = ann.client.post(base, data={"csrf_token": ann.csrf, "file": (io.BytesIO(page), "evil.html")})
    assert given.status_code == 302
    answer = ann.get(base)
    assert answer.data == page
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=evidence-{work_id}.txt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "evil" not in ann.get(f"/works/{work_id}").text
    ann.submit(f"{base}/removal")
    assert ann.get(base).status_code == 404


def test_a_scanned_letter_may_be_larger_than_other_forms(ann: StaffBrowser) -> None:
    base = f"/works/{new_record(ann)}/evidence"

    def give(size: int, to: str = base) -> int:
        letter = b"%PDF-" + b"x" * (size - 5)
        part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="letter.pdf"\r\n\r\n%b\r\n--edge--\r\n'
        headers = {"X-CSRFToken": ann.csrf, "Content-Type": "multipart/form-data; boundary=edge"}
        return ann.client.post(to, data=part % letter, headers=headers).status_code

    assert give(LARGEST_EVIDENCE) == 302
    assert give(LARGEST_EVIDENCE + 1) == 422
    assert give(2 * LARGEST_EVIDENCE) == 413
    assert give(2 << 20, "/works/new") == 413


def test_the_spreadsheet_takes_nothing_for_a_formula(ann: StaffBrowser, backend: Backend) -> None:
    recording_id = backend.analysed()
    new_record(ann, recording_id, title="=HYPERLINK(1)", publisher="@x")
    answer = ann.get("/works/works.csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["title"] == "'=HYPERLINK(1)"
    assert (row["publisher"], row["isbn"], row["download"], row["evidence"]) == ("'@x", "9780306406157", "yes", "no")
    assert row["recordings"] == recording_id


def test_families_read_the_credit_and_are_offered_to_save_only_what_may_be_saved(
    ann: StaffBrowser, backend: Backend, public_app: Flask
) -> None:
    recording_id, entry = published(backend)
    family = public_app.test_client()
    page, feed = f"/s/{entry.slug}", "/feeds/video.xml"
    assert " download=" in family.get(page).text
    assert entry.slug in family.get(feed).text
    work_id = new_record(ann, recording_id, credit="Read with permission.")
    assert "Brown Bear. Ada Lane. 1967. Read with permission" in family.get(page).text
    ann.submit(f"/works/{work_id}", **{name: value for name, value in BEAR.items() if name != "download"})
    assert " download=" not in family.get(page).text
    assert "no saving" in family.get(page).text
    assert entry.slug not in family.get(feed).text


def test_the_trail_names_the_record(ann: StaffBrowser, backend: Backend) -> None:
    work_id = new_record(ann)
    ann.submit(f"/works/{work_id}", **BEAR)
    ann.submit(f"/works/{work_id}/removal")
    page = ann.get("/people/trail").text
    assert page.count(work_id) == 2
    assert "Removed a record of rights" in page
    assert "Brown Bear" not in page
