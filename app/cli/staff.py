"""`password`: a way back in for whoever can use the server and not their account."""

from __future__ import annotations

import click

from app.db.engine import Database
from app.services import accounts, audit
from app.settings import load_settings
from media_pipeline.core.errors import Refused


@click.command()
@click.argument("name")
def password(name: str) -> None:
    """Prints a link by which whoever signs in as NAME chooses a new password, and drops their codes. Works once, within a day."""
    settings = load_settings()
    db = Database(settings.shelf_database)
    try:
        found = next((one for one in accounts.members(db) if one.login == name.strip().casefold()), None)
        if found is None:
            raise Refused("no-such-member")
        accounts.drop_codes(db, found.id)
        token = accounts.new_password_link(db, found.id)
        audit.note(db, None, "member-password-link", found.id)
    finally:
        db.close()
    click.echo(f"{settings.staff_url}/welcome/{token}")
