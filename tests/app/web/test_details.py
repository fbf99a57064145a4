"""What families read of a recording: saved as typed, or told what is wrong with it."""

from __future__ import annotations

import pytest

from tests.app.web.desk import StaffBrowser

DETAILS = {"title": "Bears", "series": "", "age_group": "", "language": "", "description": ""}


def test_details_are_saved_and_shown(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    fields = {
        "title": "  The\t<Wolf>  ",
        "series": "Night Tales",
        "age_group": "school-age",
        "language": "fr",
        "description": "One.\r\n\r\nTwo.\tThree. ",
    }
    answer = ann.submit(f"/recordings/{recording_id}", **fields)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/recordings/{recording_id}")
    row = ann.backend.row(recording_id)
    assert (row.title, row.series, row.language) == ("The <Wolf>", "Night Tales", "fr")
    assert row.age_group is not None
    assert row.age_group.value == "school-age"
    assert row.description == "One.\n\nTwo. Three."
    page = ann.get(f"/recordings/{recording_id}").text
    assert "Saved." in page
    assert "<h1>The &lt;Wolf&gt;</h1>" in page
    assert '<option selected value="school-age">' in page
    assert '<option selected value="fr">' in page
    ann.submit(f"/recordings/{recording_id}", **(fields | {"age_group": "", "language": ""}))
    row = ann.backend.row(recording_id)
    assert (row.age_group, row.language) == (None, "")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Please give it a title."),
        ({"title": "x" * 121}, "longer than 120"),
        ({"description": "x" * 2001}, "longer than 2000"),
        ({"age_group": "grown-ups"}, "Not a valid choice"),
    ],
)
def test_unfit_details_are_told_and_nothing_typed_is_lost(
    ann: StaffBrowser, wrong: dict[str, str], sentence: str
) -> None:
    recording_id = ann.backend.analysed()
    answer = ann.submit(f"/recordings/{recording_id}", **(DETAILS | {"series": "Typed already"} | wrong))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert "Typed already" in answer.text
    assert ann.backend.row(recording_id).series == ""


def test_control_characters_are_refused(ann: StaffBrowser) -> None:
    recording_id = ann.backend.analysed()
    assert ann.submit(f"/recordings/{recording_id}", **(DETAILS | {"title": "a\x01b"})).status_code == 400
