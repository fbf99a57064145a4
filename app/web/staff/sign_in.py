"""Signing in and out, and one-time links."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from app.db.kinds import LinkPurpose
from app.services import audit, people
from app.web.guard import open_to_all
from app.web.room import staff_room
from app.web.staff.limits import SIGN_IN, WRONG, limiter, untrusted_name
from app.web.staff.typed import Form
from media_pipeline.core.errors import Stale

sign_in = Blueprint("sign_in", __name__)


_OLD_LINK = (
    "This link has been used, or is older than a day. Please ask one of your administrators for a new one. If nobody has an "
    "account yet, ask IT to start the server again: it then shows a new link."
)

_WRONG = "Name, password or code is not right. Please try again; after ten wrong tries it takes a quarter of an hour until any is."


def new_password() -> PasswordField:
    """The field in which somebody chooses a password."""
    least, most = people.PASSWORD_LEAST, people.PASSWORD_MOST
    told = f"Please choose a password of at least {least} characters; four or five words are good."
    return PasswordField("Choose a password", [Length(least, most, told)])


def same_again() -> PasswordField:
    """And types it once more."""
    return PasswordField("The password once more", [EqualTo("password", "The two passwords are not the same.")])


class SignInForm(Form):
    """Name, password and code."""

    login = StringField(
        "Your name for signing in", [DataRequired("Please type your name."), Length(max=people.LOGIN_MOST)]
    )
    password = PasswordField("Password", [DataRequired("Please type your password."), Length(max=people.PASSWORD_MOST)])
    code = StringField("Code from your phone", [Length(max=12)])


class PasswordForm(Form):
    """A new password."""

    password = new_password()
    again = same_again()


class WelcomeForm(PasswordForm):
    """Somebody new chooses a name as well."""

    login = StringField(
        "Choose a name for signing in", [DataRequired("Please choose a name."), Length(max=people.LOGIN_MOST)]
    )


@sign_in.route("/sign-in", methods=["GET", "POST"])
@open_to_all("where staff sign in")
@limiter.limit(SIGN_IN, methods=["POST"])
@limiter.limit(WRONG, methods=["POST"], key_func=untrusted_name, deduct_when=lambda answer: answer.status_code != 302)
def form() -> str | Response:
    """The form, and its answer."""
    filled, room = SignInForm(), staff_room()
    if filled.validate_on_submit():
        login, password = filled.login.data or "", filled.password.data or ""
        token = people.sign_in(room.db, room.settings, login, password, filled.code.data or "")
        if token is not None:
            return signed_in(token, "sign-in")
        filled.password.errors = [_WRONG]
    return render_template("staff/sign_in.html", form=filled)


@sign_in.route("/welcome/<token>", methods=["GET", "POST"])
@open_to_all("one-time links: the first administrator's, invitations, new passwords")
@limiter.limit(SIGN_IN, methods=["POST"])
def welcome(token: str) -> str | Response:
    """Whoever is invited chooses a name and a password; whoever forgot theirs a password."""
    purpose = people.link_purpose(staff_room().db, token)
    if purpose is None:
        return old_link()
    anew = purpose is LinkPurpose.NEW_PASSWORD
    filled = PasswordForm() if anew else WelcomeForm()
    if filled.validate_on_submit():
        made = _changed(token, filled) if anew else _made(token, filled)
        if not filled.errors:
            return signed_in(made, "welcome") if made is not None else redirect(url_for("sign_in.form"))
    first = purpose is LinkPurpose.FIRST_ADMINISTRATOR
    return render_template("staff/welcome.html", form=filled, first=first, anew=anew, token=token)


def old_link() -> Response:
    """A link that is no good (any more)."""
    return Response(render_template("staff/error.html", sentence=_OLD_LINK), 404, content_type="text/html")


def _made(token: str, filled: WelcomeForm) -> str | None:
    room = staff_room()
    try:
        return people.accept_link(room.db, room.settings, token, filled.login.data or "", filled.password.data or "")
    except ValueError:
        filled.login.errors = ["Please choose a name of ordinary letters and digits."]
    except Stale as taken:
        filled.login.errors = [taken.sentence]
    return None


def _changed(token: str, filled: PasswordForm) -> str | None:
    room = staff_room()
    return people.change_password(room.db, room.settings, token, filled.password.data or "")


@sign_in.post("/sign-out")
def out() -> Response:
    """Ends the session on the server."""
    people.sign_out(staff_room().db, session.pop("token"))
    session.clear()
    return redirect(url_for("sign_in.form"))


@sign_in.get("/healthz")
@open_to_all("asked by whatever watches over the servers")
def health() -> tuple[str, int, dict[str, str]]:
    """Whether this server reaches its database."""
    people.link_purpose(staff_room().db, "-")
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


def signed_in(token: str, deed: str) -> Response:
    """Begins the session in this browser, and notes how."""
    session.clear()  # nothing from before signing in is carried over
    session["token"] = token
    room = staff_room()
    who = people.who(room.db, token)
    audit.note(room.db, who.user_id if who is not None else None, deed)
    return redirect(url_for("recordings.shelf"))
