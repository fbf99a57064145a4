"""What somebody typed into a form, as it is kept."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict


class Form(FlaskForm):  # type: ignore[misc] # Flask-WTF is not typed
    """A form that is sent as a form: Flask-WTF alone would read JSON too, whose values may be anything."""

    class Meta:
        """How WTForms is told."""

        def wrap_formdata(self, _form: FlaskForm, _formdata: object) -> MultiDict[str, str] | None:
            """What was typed; None for a page that is looked at."""
            return request.form or None


def lines(text: str | None) -> str:
    """Each line by itself, without empty ones around them."""
    return "\n".join(one_line(line) for line in (text or "").split("\n")).strip()


def one_line(text: str | None) -> str:
    """Tabs and runs of spaces come with pasted text."""
    return " ".join((text or "").split())
