"""Signing in through the service elsewhere that the settings name; without one, nothing here answers.

A browser sends our cookie only when it comes from a page of ours (SameSite=Strict). So whoever comes back from the service meets
`back`, which looks at nothing and sends them on to `arrive` from a page of ours. On the way there likewise: a form may lead to
this server alone, by our own policy, so it answers with a page that goes on by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.db.kinds import AskPurpose
from app.services import arriving, audit, oidc, people
from app.services.logs import Log
from app.web.guard import open_to_all
from app.web.room import staff_room
from app.web.staff.limits import SIGN_IN, WRONG, limiter
from app.web.staff.sign_in import WelcomeForm, old_link, signed_in
from app.web.staff.typed import Form
from media_pipeline.core.errors import Refused, Stale, StoryshelfError

service = Blueprint("service", __name__)

log = Log("service")

_ASKED = "asked"
"""The token of a browser that is on its way, in the signed cookie."""

_LONGEST = 2048
"""Characters of anything that the service sends back with the browser."""


class CodeForm(Form):
    """A code from a phone."""

    code = StringField("Code from your phone", [DataRequired("Please type the code."), Length(max=12)])


def untrusted_asker() -> str:
    """Whose code it is that somebody tries, as no more than a hash."""
    user_id = arriving.whose_code(staff_room().db, session.get(_ASKED, ""))
    return sha256(f"code {user_id}".encode()).hexdigest()


@service.before_request
def _only_if_set() -> None:
    if not staff_room().settings.oidc_issuer:
        abort(404)


@contextmanager
def _noted() -> Iterator[None]:
    """Leaves a word in the log for IT of why nobody was signed in: never one of the service's own."""
    try:
        yield
    except StoryshelfError as error:
        log.warning("sign-in-service", code=error.code, why=error.detail)
        raise


@service.post("/sign-in/service")
@open_to_all("where staff leave for the service by which they sign in")
@limiter.limit(SIGN_IN)
def begin() -> str:
    """To the service."""
    return _leave(arriving.begin(staff_room().db))


@service.post("/welcome/<token>/service")
@open_to_all("an invitation, for an account that signs in by the service")
@limiter.limit(SIGN_IN)
def welcome(token: str) -> str | Response:
    """To the service, with the name that somebody who is invited has chosen."""
    filled = WelcomeForm()
    if filled.login.validate(filled):
        try:
            asked = arriving.begin_welcome(staff_room().db, token, filled.login.data or "")
            return old_link() if asked is None else _leave(asked, anew=True)
        except ValueError:
            filled.login.errors = ["Please choose a name of ordinary letters and digits."]
        except Stale as taken:
            filled.login.errors = [taken.sentence]
    return render_template("staff/welcome.html", form=filled, first=False, anew=False, token=token)


@service.post("/account/service")
@limiter.limit(SIGN_IN)
def join() -> str | Response:
    """To the service, by whoever is signed in and types their password."""
    if not _is_own_password():
        return _to_account("This is not your password.", "bad")
    return _leave(arriving.begin_joining(staff_room().db, g.who), anew=True)


@service.post("/account/service/part")
@limiter.limit(SIGN_IN)
def part() -> Response:
    """They sign in by password alone again."""
    if not _is_own_password():
        return _to_account("This is not your password.", "bad")
    arriving.part(staff_room().db, g.who.user_id, but=g.who.session_id)
    return _to_account("You sign in with your password alone again. You are signed out everywhere else.")


@service.post("/people/<user_id>/service/part")
def part_member(user_id: str) -> Response:
    """Somebody else does."""
    arriving.part(staff_room().db, user_id)
    flash(
        "They sign in with their password alone, and are signed out everywhere. Whoever has none needs a link for one."
    )
    return redirect(url_for("people.page"))


@service.get(oidc.BACK)
@open_to_all("where the service sends staff back to")
def back() -> str:
    """Looks at nothing but the form of what it was given, and touches no cookie."""
    given = {name: request.args.get(name, "") for name in ("code", "state", "iss", "error")}
    fit: dict[str, Any] = {
        name: text for name, text in given.items() if text and len(text) <= _LONGEST and text.isprintable()
    }
    return _onward(url_for("service.arrive", **fit), "Go on")


@service.get("/sign-in/service/arrive")
@open_to_all("whoever is back from the service")
@limiter.limit(SIGN_IN)
@_noted()
def arrive() -> Response:
    """What they had left for."""
    room, token = staff_room(), session.pop(_ASKED, "")
    ask = arriving.take(room.db, room.settings, token, request.args.get("state", ""))
    if request.args.get("iss", room.settings.oidc_issuer) != room.settings.oidc_issuer:
        raise Refused("service-refused", "another-issuer")
    if "error" in request.args or not request.args.get("code"):
        raise Refused("service-refused", "told-an-error")
    way = oidc.way_of(room.settings, token)
    subject = oidc.subject(room.settings, way, request.args["code"])
    if ask.purpose is AskPurpose.WELCOME:
        return signed_in(arriving.welcome(room.db, room.settings, ask, subject), "service-welcome")
    if ask.purpose is AskPurpose.JOIN:
        arriving.join(room.db, room.settings, ask, g.who, subject)
        audit.note(room.db, g.who.user_id, "service-joined")
        return _to_account(f"From now on you may sign in with {room.settings.oidc_name.strip()} as well.")
    held, still = arriving.sign_in(room.db, room.settings, subject)
    if held is None:
        session[_ASKED] = still
        return redirect(url_for("service.code"))
    return signed_in(held, "service-sign-in")


@service.route("/sign-in/service/code", methods=["GET", "POST"])
@open_to_all("whoever is back from the service and has set up codes")
@limiter.limit(SIGN_IN, methods=["POST"])
@limiter.limit(WRONG, methods=["POST"], key_func=untrusted_asker, deduct_when=lambda answer: answer.status_code != 302)
def code() -> str | Response:
    """The code from their phone."""
    filled, room, token = CodeForm(), staff_room(), session.get(_ASKED, "")
    if arriving.whose_code(room.db, token) is None:
        raise Stale("service-late")
    if filled.validate_on_submit():
        held = arriving.give_code(room.db, room.settings, token, filled.code.data or "")
        if held is not None:
            return signed_in(held, "service-sign-in")
        filled.code.errors = ["This is not the code that your phone should show now. Please try the next one."]
    return render_template("staff/service_code.html", form=filled)


@_noted()
def _leave(asked: str, anew: bool = False) -> str:
    """Remembers the browser, and sends it to the service."""
    room = staff_room()
    address = oidc.leave(room.settings, oidc.way_of(room.settings, asked), anew)
    session[_ASKED] = asked
    return _onward(address, f"Go on to {room.settings.oidc_name.strip()}")


def _onward(address: str, words: str) -> str:
    """A page that goes on by itself, and has a link. It holds no token of a form: that would begin a new session."""
    return render_template("staff/onward.html", address=address, words=words)


def _is_own_password() -> bool:
    return people.is_right_password(staff_room().db, g.who.user_id, request.form.get("password", ""))


def _to_account(says: str, kind: str = "good") -> Response:
    flash(says, kind)
    return redirect(url_for("account.page", _anchor="service"))
