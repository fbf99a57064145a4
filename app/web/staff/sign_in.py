"""Signing in and out, and the first administrator's one-time link."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from app.services import people
from app.web.guard import open_to_all
from app.web.room import staff_room
from app.web.staff.limits import SIGN_IN, limiter

sign_in = Blueprint("sign_in", __name__)


_OLD_LINK = (
    "This link has been used, or is older than a day. If nobody has an account yet, ask IT to start the server again: "
    "it then shows a new link."
)


class SignInForm(FlaskForm):  # type: ignore[misc] # Flask-WTF is not typed
    """Name and password."""

    login = StringField(
        "Your name for signing in", [DataRequired("Please type your name."), Length(max=people.LOGIN_MOST)]
    )
    password = PasswordField("Password", [DataRequired("Please type your password."), Length(max=people.PASSWORD_MOST)])


class WelcomeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF is not typed
    """The first administrator chooses both."""

    login = StringField(
        "Choose a name for signing in", [DataRequired("Please choose a name."), Length(max=people.LOGIN_MOST)]
    )
    password = PasswordField(
        "Choose a password",
        [
            Length(
                people.PASSWORD_LEAST,
                people.PASSWORD_MOST,
                f"Please choose a password of at least {people.PASSWORD_LEAST} characters; four or five words are good.",
            )
        ],
    )
    again = PasswordField("The password once more", [EqualTo("password", "The two passwords are not the same.")])


@sign_in.route("/sign-in", methods=["GET", "POST"])
@open_to_all("where staff sign in")
@limiter.limit(SIGN_IN, methods=["POST"])
def form() -> str | Response:
    """The form, and its answer."""
    filled, room = SignInForm(), staff_room()
    if filled.validate_on_submit():
        token = people.sign_in(room.db, room.settings, filled.login.data or "", filled.password.data or "")
        if token is not None:
            return _signed_in(token)
        filled.password.errors = ["Name or password is not right. Please try again."]
    return render_template("staff/sign_in.html", form=filled)


@sign_in.route("/welcome/<token>", methods=["GET", "POST"])
@open_to_all("the first administrator's one-time link")
@limiter.limit(SIGN_IN, methods=["POST"])
def welcome(token: str) -> str | Response:
    """The first administrator chooses a name and a password."""
    room = staff_room()
    if not people.is_good_link(room.db, token):
        return Response(render_template("staff/error.html", sentence=_OLD_LINK), 404, content_type="text/html")
    filled = WelcomeForm()
    if filled.validate_on_submit():
        try:
            login, password = filled.login.data or "", filled.password.data or ""
            made = people.accept_link(room.db, room.settings, token, login, password)
        except ValueError:
            filled.login.errors = ["Please choose a name of ordinary letters and digits."]
        else:
            return _signed_in(made) if made is not None else redirect(url_for("sign_in.form"))
    return render_template("staff/welcome.html", form=filled)


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
    people.is_good_link(staff_room().db, "-")
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


def _signed_in(token: str) -> Response:
    session.clear()  # nothing from before signing in is carried over
    session["token"] = token
    return redirect(url_for("recordings.shelf"))
