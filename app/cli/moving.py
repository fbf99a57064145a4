"""`move`: the shelf to another database."""

from __future__ import annotations

import click
from pydantic import TypeAdapter, ValidationError

from app.services.moving import move as move_rows
from app.settings import load_settings
from app.settings.kinds import Database


def _address(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return TypeAdapter(Database).validate_python(text or "nothing")
    except ValidationError as error:
        raise click.BadParameter(str(error.errors()[0]["msg"])) from None


@click.command()
@click.option(
    "--to-database",
    "address",
    metavar="URL",
    required=True,
    callback=_address,
    help="postgresql://role@host/database, whose password may stand in ~/.pgpass, or sqlite:/// with a path.",
)
def move(address: str) -> None:
    """Copies the shelf into another, empty database, compares both, and leaves the old one as it is.

    End Storyshelf first. Recordings and films stay in the data folder.
    """
    rows = move_rows(load_settings(), address)
    click.echo(f"{rows} rows copied and compared. The old database is left as it is.")
    if address.startswith("postgresql"):
        click.echo(
            "Now set STORYSHELF_DATABASE_URL to the address that you gave, and STORYSHELF_WORK_URL to a second database"
        )
        click.echo("of that server, which is still empty. Then start Storyshelf again.")
    else:
        click.echo(
            "Now set STORYSHELF_DATABASE_URL to the address that you gave, or to nothing if it is shelf.sqlite in the data"
        )
        click.echo("folder, and STORYSHELF_WORK_URL to nothing. Then start Storyshelf again.")
