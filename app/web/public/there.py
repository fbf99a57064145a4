"""What is there is shown; what never was and what was taken down have an answer each."""

from __future__ import annotations

from typing import TypeVar

from flask import abort

from app.services.shelf import Absent

T = TypeVar("T")


def there(found: T | Absent) -> T:
    """What was found; else the request ends with 404, or with 410 for what was taken down."""
    if isinstance(found, Absent):
        abort(410 if found is Absent.WITHDRAWN else 404)
    return found
