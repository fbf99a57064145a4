"""One's own account: the password, codes from a phone, and being signed in elsewhere."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField

from app.services import arriving, codes, people
from app.web.room import staff_room
from app.web.staff.limits import SIGN_IN, limiter
from app.web.staff.sign_in import PasswordForm

account = Blueprint("account", __name__, url_prefix="/account")

_NONCE = "nonce"
"""What the secret on the page is derived from, until a code shows that the phone has it: in the signed cookie."""


class OwnPasswordForm(PasswordForm):
    """A new password, by whoever knows the old one."""

    old = PasswordField("Your password now")


@account.get("")
def page() -> str:
    """What there is to change."""
    return _page(OwnPasswordForm())


@account.post("/password")
@limiter.limit(SIGN_IN)
def password() -> str | BaseResponse:
    """Changes the password, and signs out everywhere else."""
    form, room = OwnPasswordForm(), staff_room()
    if not form.validate_on_submit():
        return _page(form)
    if not people.is_right_password(room.db, g.who.user_id, form.old.data or ""):
        form.old.errors = ["This is not your password."]
        return _page(form)
    people.set_password(room.db, g.who.user_id, form.password.data or "", g.who.session_id)
    flash("Your password is changed. You are signed out everywhere else.")
    return _back()


@account.post("/codes")
@limiter.limit(SIGN_IN)
def codes_on() -> BaseResponse:
    """Codes are asked for from now on, if the phone shows the right one."""
    room, nonce = staff_room(), session.get(_NONCE, "")
    if nonce and codes.turn_on(room.db, room.settings, g.who.user_id, nonce, request.form.get("code", "")):
        session.pop(_NONCE)
        flash("From now on you sign in with a code from your phone as well.")
        return _back()
    flash("This is not the code that your phone should show now. Please try the next one.", "bad")
    return redirect(url_for("account.page", _anchor="codes"), 303)


@account.post("/codes/off")
@limiter.limit(SIGN_IN)
def codes_off() -> BaseResponse:
    """Codes are asked for no more, if it is really them."""
    room = staff_room()
    if people.is_right_password(room.db, g.who.user_id, request.form.get("password", "")):
        codes.turn_off(room.db, g.who.user_id)
        flash("You sign in without a code again.")
    else:
        flash("This is not your password.", "bad")
    return _back()


@account.post("/sessions/end")
def end_others() -> BaseResponse:
    """Signs out everywhere else."""
    room = staff_room()
    with room.db.writing() as opened:
        people.end_sessions(opened, g.who.user_id, but=g.who.session_id)
    flash("You are signed out everywhere else.")
    return _back()


def _page(form: OwnPasswordForm) -> str:
    room, user_id = staff_room(), g.who.user_id
    on = codes.is_on(room.db, user_id)
    nonce = "" if on else session.setdefault(_NONCE, codes.new_nonce())
    return render_template(
        "staff/account.html",
        form=form,
        codes_on=on,
        secret=_in_fours(codes.secret_of(room.settings, user_id, nonce)) if nonce else "",
        picture=_picture(codes.address_of(room.settings, user_id, nonce, g.who.login)) if nonce else "",
        sessions=people.open_sessions(room.db, user_id),
        joined=arriving.joined(room.db, room.settings, user_id),
    )


def _in_fours(secret: str) -> str:
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def _picture(address: str) -> str:
    """A code to scan, drawn here, as the text of an SVG."""
    out = BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, lineclass=None, light="#fff"
    )
    return out.getvalue().decode("utf-8")


def _back() -> BaseResponse:
    return redirect(url_for("account.page"))
