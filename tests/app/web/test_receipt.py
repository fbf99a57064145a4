"""The privacy receipt: all of it while it is kept, its digests for good, and nothing of it for families."""

from __future__ import annotations

from sqlalchemy import delete, select

from app.db.models import Approval, SecondHeard
from app.services.values import PrivateFolder
from app.stores import files
from tests.app.web.desk import WHY, StaffBrowser, families, published


def test_the_receipt_tells_what_was_found_done_checked_and_by_whom(ann: StaffBrowser) -> None:
    recording_id, entry = published(ann.backend)
    told = ann.send("GET", f"/recordings/{recording_id}/receipt.json").get_json()
    assert (told["title"], told["role"], told["approver"]) == ("Bears", "a member of staff", "ann")
    assert told["found"][0] == ["Faces", 1]
    assert [(row["action"], row["count"], row["length"]) for row in told["done"]] == [
        ("cut", 1, "4 s"),
        ("cover", 0, "0 s"),
        ("crop", 0, "0 s"),
        ("mute", 0, "0 s"),
    ]
    heard = {"stays": "26 s", "had_to": "26 s", "heard": "26 s", "unheard": "0 s", "participants_muted": False}
    assert told["sound"] == heard
    (proof,) = told["proofs"]
    assert {check["outcome"] for check in proof["checks"]} == {"held"}
    row = ann.backend.row(recording_id)
    assert told["source"] == row.sha256
    assert len(told["digests"]["reports"]) == 1
    assert "video.mp4" in {file["name"] for file in told["files"]}
    page = ann.get(f"/recordings/{recording_id}/receipt").text
    for said in ("by a member of staff (ann)", row.sha256, "No cut or muted sound can be heard"):
        assert said in page
    assert f"/recordings/{recording_id}/receipt" in ann.get(f"/recordings/{recording_id}").text
    public = families(ann.backend).test_client().get(f"/s/{entry.slug}").text
    assert not [secret for secret in ("ann\n", "(ann)", row.sha256) if secret in public]


def test_the_receipt_tells_what_nobody_heard(ann: StaffBrowser) -> None:
    backend = ann.backend
    recording_id = backend.analysed()
    version = ann.send("GET", f"/recordings/{recording_id}/review").get_json()["version"]
    declared = {"version": version, "participants_muted": True}
    version = ann.send("PUT", f"/recordings/{recording_id}/sound", json=declared).get_json()["version"]
    backend.look_at_all(recording_id, ann.who)
    with backend.db.writing() as session:
        session.execute(delete(SecondHeard).where(SecondHeard.second >= 5))
    assert ann.send("POST", f"/recordings/{recording_id}/approve", json={**WHY, "version": version}).status_code == 200
    with backend.db.reading() as session:
        approval_id = session.scalars(select(Approval.id)).one()
    backend.make_public(recording_id, approval_id, backend.rendered(recording_id, approval_id))
    files.remove(PrivateFolder(backend.settings, recording_id).path)
    page = ann.get(f"/recordings/{recording_id}/receipt").text
    assert "Staff declared that participants were muted while this was recorded. Of 26 s of sound" in page
    assert "0 s had to be heard before approval. Whoever approved heard 5 s; 21 s were published unheard." in page


def test_the_digests_outlive_the_original(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend)
    before = ann.send("GET", f"/recordings/{recording_id}/receipt.json").get_json()
    files.remove(PrivateFolder(ann.backend.settings, recording_id).path)
    after = ann.send("GET", f"/recordings/{recording_id}/receipt.json").get_json()
    assert (after["found"], after["proofs"]) == (None, [])
    for kept in ("digests", "files", "done", "approver"):
        assert after[kept] == before[kept]
    assert "deleted with the original" in ann.get(f"/recordings/{recording_id}/receipt").text


def test_what_was_never_published_has_no_receipt(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    assert ann.get(f"/recordings/{recording_id}/receipt").status_code == 404
    assert "Privacy receipt" not in ann.get(f"/recordings/{recording_id}").text
