"""Books, songs and pictures of others: their records of rights, when those end, and the files that prove them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from app.db.kinds import WorkKind
from app.db.works import Work
from app.services import rights
from app.services import works as records
from app.services.library import recording as find_recording
from app.services.states import PUBLIC
from app.services.works import CREDIT_MOST, FIRST_YEAR, LAST_YEAR, ROLE_MOST, TEXT_MOST, Due, Record
from app.web import words
from app.web.room import staff_room
from app.web.staff.rights_sayings import AT_ENDS, BASES, KINDS, SCOPES, ends_says
from app.web.staff.typed import Form, one_line
from media_pipeline.core.rights import AtEnd, Basis, Right, Scope

works = Blueprint("works", __name__, url_prefix="/works")

_ONE_LINES = ("title", "author", "illustrator", "publisher", "credit", "decided_role")
_CHOICES = ("kind", "basis", "scope", "at_end", "language", "year", "download")


def _options(said: Mapping[Any, str], none: str = "") -> Any:
    # Any: the published types of WTForms know tuples only, which it no longer wants
    return ({"": none} if none else {}) | {str(each): says for each, says in said.items()}


class WorkForm(Form):
    """A record of rights."""

    kind = SelectField("What is it?", choices=_options(KINDS))
    title = StringField("Title", [DataRequired("Please give its title."), Length(max=TEXT_MOST)])
    author = StringField("Author, or whoever made it", [Length(max=TEXT_MOST)])
    illustrator = StringField("Illustrator", [Length(max=TEXT_MOST)])
    publisher = StringField("Publisher", [Length(max=TEXT_MOST)])
    isbn = StringField("ISBN", [Length(max=20)])
    year = IntegerField("Year", [Optional(), NumberRange(FIRST_YEAR, LAST_YEAR, "Please give a year of four digits.")])
    language = SelectField("Language", choices=_options(words.LANGUAGES, none="—"))
    basis = SelectField("Why may it be shown?", choices=_options(BASES))
    scope = SelectField("Where?", choices=_options(SCOPES))
    decided_role = StringField("Fair use: decided by, as a role", [Length(max=ROLE_MOST)])
    decided_on = DateField("Fair use: decided on", [Optional()])
    credit = StringField("Credit line", [Length(max=CREDIT_MOST)])
    download = BooleanField("Families may save it", default=True)
    last_day = DateField("Last day on which it may be shown", [Optional()])
    at_end = SelectField("When that day is over", choices=_options(AT_ENDS))

    def validate_isbn(self, field: StringField) -> None:
        """Its check digit."""
        try:
            records.compact_isbn(field.data or "")
        except ValueError:
            raise ValidationError("That is no ISBN: a digit is wrong or missing.") from None

    def validate_decided_role(self, field: StringField) -> None:
        """Fair use takes a decision; nothing else has one."""
        fair = self.basis.data == Basis.FAIR_USE.value
        if fair and not (one_line(field.data) and self.decided_on.data):
            raise ValidationError("Please say in which role fair use was decided, and on which day.")


@works.get("/")
def page() -> str:
    """All of them, as a calendar: those whose last day comes first."""
    today = rights.today()
    months: dict[str, list[dict[str, Any]]] = {}
    for due in records.every(staff_room().db):
        last = due.right.last_day
        name = "Without an end" if last is None else "Over" if last < today else f"{last:%B} {last.year}"
        months.setdefault(name, []).append(_row(due))
    return render_template("staff/works.html", months=months)


@works.get("/works.csv")
def as_csv() -> Response:
    """The same for a spreadsheet."""
    answer = Response(records.as_csv(staff_room().db), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=works.csv"
    return answer


@works.route("/new", methods=["GET", "POST"])
def new() -> str | BaseResponse:
    """A new record; `?recording=` is in which recording it is, too."""
    untrusted_id = request.args.get("recording", "")
    recording = find_recording(staff_room().db, untrusted_id) if untrusted_id else None
    form = WorkForm()
    if form.validate_on_submit():
        work_id = records.save(staff_room().db, _record(form))
        flash("Saved.")
        if recording is None:
            return redirect(url_for("works.one", work_id=work_id))
        rights.add(staff_room().db, recording.id, work_id)
        return redirect(url_for("rights.page", recording_id=recording.id))
    return render_template("staff/work_record.html", form=form, work=None, recording=recording)


@works.route("/<work_id>", methods=["GET", "POST"])
def one(work_id: str) -> str | BaseResponse:
    """One record, with where it is used and the file that proves it."""
    room, work = staff_room(), _found(work_id)
    form = WorkForm(data=_data(work))
    if form.validate_on_submit():
        records.save(room.db, _record(form), work_id)
        flash("Saved, for every recording that it is in.")
        return redirect(url_for("works.one", work_id=work_id))
    due = next((due for due in records.every(room.db) if due.work.id == work_id), None)
    if due is None:
        abort(404)
    proof = records.evidence(room.db, work_id)
    given = f"{proof.suffix.upper()}, {words.size(len(proof.content))}, {words.moment(proof.given_at)}" if proof else ""
    return render_template("staff/work_record.html", form=form, work=_row(due), given=given, recording=None)


@works.post("/<work_id>/removal")
def remove(work_id: str) -> BaseResponse:
    """A record that no recording names."""
    room = staff_room()
    records.remove(room.db, room.settings, work_id)
    flash("Removed.")
    return redirect(url_for("works.page"))


@works.post("/<work_id>/evidence")
def give_evidence(work_id: str) -> BaseResponse:
    """The file that proves it; read in memory, and its name is not kept."""
    file = request.files.get("file")
    room = staff_room()
    records.give_evidence(room.db, room.settings, work_id, file.stream.read() if file is not None else b"")
    flash("The file is kept with the record.")
    return redirect(url_for("works.one", work_id=work_id, _anchor="evidence"))


@works.get("/<work_id>/evidence")
def evidence(work_id: str) -> Response:
    """That file, to save: never shown as a page."""
    found = records.evidence(staff_room().db, work_id)
    if found is None:
        abort(404)
    answer = Response(found.content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename=evidence-{found.work_id}.{found.suffix}"
    return answer


@works.post("/<work_id>/evidence/removal")
def remove_evidence(work_id: str) -> BaseResponse:
    """Deletes that file."""
    room = staff_room()
    records.remove_evidence(room.db, room.settings, work_id)
    flash("The file was deleted.")
    return redirect(url_for("works.one", work_id=work_id, _anchor="evidence"))


def _found(work_id: str) -> Work:
    work = records.find(staff_room().db, work_id)
    if work is None:
        abort(404)
    return work


def _row(due: Due) -> dict[str, Any]:
    work = due.work
    return {
        "id": work.id,
        "title": work.title,
        "kind": KINDS[work.kind],
        "line": rights.line(work),
        "may": f"{BASES[work.basis]}; {SCOPES[work.scope][0].lower()}{SCOPES[work.scope][1:]}",
        "ends": ends_says(due.right, rights.today()),
        "at_end": AT_ENDS[work.at_end] if due.right.last_day else "",
        "soon": due.right.warned(rights.today()) is not None or due.right.bar(rights.today()) is not None,
        "evidenced": due.evidenced,
        "recordings": [
            {"id": each.id, "title": each.title or "Untitled", "public": each.state in PUBLIC}
            for each in due.recordings
        ],
    }


def _data(work: Work) -> dict[str, Any]:
    record = records.record_of(work)
    told: dict[str, Any] = {name: getattr(work, name) for name in (*_ONE_LINES, *_CHOICES)}
    told |= {name: told[name].value for name in ("kind", "basis", "scope", "at_end")}
    return told | {
        "isbn": records.written_isbn(work.isbn),
        "last_day": record.right.last_day,
        "decided_on": record.decided_on,
    }


def _record(form: WorkForm) -> Record:
    fair = form.basis.data == Basis.FAIR_USE.value
    texts = {name: one_line(form[name].data) for name in _ONE_LINES}
    if not fair:
        texts["decided_role"] = ""
    try:
        return Record(
            **texts,
            kind=WorkKind(form.kind.data),
            right=Right(
                basis=Basis(form.basis.data),
                scope=Scope(form.scope.data),
                last_day=form.last_day.data,
                at_end=AtEnd(form.at_end.data),
                download=form.download.data,
                decided=fair,
            ),
            isbn=one_line(form.isbn.data),
            year=form.year.data,
            language=form.language.data,
            decided_on=form.decided_on.data if fair else None,
        )
    except ValueError:
        abort(400)
