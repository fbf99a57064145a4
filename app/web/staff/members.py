"""Who is on the staff, and the trail of what they did: for administrators."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.db.kinds import StaffRole
from app.services import accounts, audit
from app.web import words
from app.web.room import staff_room
from app.web.staff.deeds import DEEDS, STAFF_ROLES

members = Blueprint("people", __name__, url_prefix="/people")

_SHOWN = 200
"""Lines of the trail on its page."""


@members.get("")
def page() -> str:
    """Everybody, with what they may do."""
    return _page()


@members.post("/invite")
def invite() -> Response:
    """A link for somebody new, shown once."""
    link = accounts.invite(staff_room().db, _role())
    return _shown_once(link, "Give this link to whom you invite. It works once, within a day, and is not shown again:")


@members.post("/<user_id>/password")
def new_password(user_id: str) -> Response:
    """A link for somebody who forgot their password, shown once."""
    link = accounts.new_password_link(staff_room().db, user_id)
    return _shown_once(
        link, "Give this link to whoever forgot the password. It works once, within a day, and is not shown again:"
    )


@members.post("/<user_id>/role")
def role(user_id: str) -> BaseResponse:
    """What somebody may do from now on."""
    accounts.set_role(staff_room().db, user_id, _role())
    return _back("Saved.")


@members.post("/<user_id>/disable")
def disable(user_id: str) -> BaseResponse:
    """Locks somebody out, at once."""
    accounts.set_disabled(staff_room().db, user_id, True)
    return _back("Locked out, at once and everywhere. What they did stays in the trail.")


@members.post("/<user_id>/enable")
def enable(user_id: str) -> BaseResponse:
    """Lets somebody in again."""
    accounts.set_disabled(staff_room().db, user_id, False)
    return _back("They may sign in again.")


@members.post("/<user_id>/codes-off")
def codes_off(user_id: str) -> BaseResponse:
    """Somebody has lost their phone."""
    accounts.drop_codes(staff_room().db, user_id)
    return _back("They sign in without a code, until they set one up again.")


@members.get("/trail")
def trail() -> str:
    """What was done lately."""
    room = staff_room()
    rows = [
        {"when": words.moment(one.at), "who": one.who, "what": DEEDS.get(one.what, one.what), "about": one.about}
        for one in audit.trail(room.db, _SHOWN)
    ]
    return render_template("staff/trail.html", rows=rows, most=_SHOWN, days=words.days(room.settings.trail_days))


@members.get("/trail.csv")
def trail_csv() -> Response:
    """All of it, for a spreadsheet."""
    text = audit.as_csv(audit.trail(staff_room().db))
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=trail.csv"
    return answer


def _page(link: str = "", says: str = "") -> str:
    everybody = [
        {
            "id": member.id,
            "login": member.login,
            "role": member.role.value,
            "disabled": member.disabled,
            "codes": member.codes,
            "service": member.service,
            "password": member.password,
            "last": words.moment(member.last) if member.last else "",
            "own": member.id == g.who.user_id,
        }
        for member in accounts.members(staff_room().db)
    ]
    roles = [(each.value, says) for each, says in STAFF_ROLES.items()]
    return render_template("staff/people.html", people=everybody, roles=roles, link=link, link_says=says)


def _shown_once(token: str, says: str) -> Response:
    address = f"{staff_room().settings.staff_url}{url_for('sign_in.welcome', token=token)}"
    return Response(_page(address, says), 201, content_type="text/html; charset=utf-8")


def _role() -> StaffRole:
    try:
        return StaffRole(request.form.get("role", ""))
    except ValueError:
        abort(400)


def _back(says: str) -> BaseResponse:
    flash(says)
    return redirect(url_for("people.page"))
