"""`move`: the shelf to another database, or its files to another store."""

from __future__ import annotations

import click
from pydantic import TypeAdapter, ValidationError

from app.services.moving import move as move_rows
from app.services.resettling import resettle
from app.settings import load_settings
from app.settings.kinds import Database, StoreChoice


def _address(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return TypeAdapter(Database).validate_python(text or "nothing")
    except ValidationError as error:
        raise click.BadParameter(str(error.errors()[0]["msg"])) from None


@click.command()
@click.option(
    "--to-database",
    "address",
    metavar="URL",
    callback=_address,
    help="postgresql://role@host/database, whose password may stand in ~/.pgpass, or sqlite:/// with a path.",
)
@click.option(
    "--to-store",
    "store",
    type=click.Choice([choice.value for choice in StoreChoice]),
    help="Where files are kept from now on; the settings of the bucket must be there.",
)
def move(address: str | None, store: str | None) -> None:
    """Copies the shelf into another, empty database, or its files into another store, compares both, and leaves the old one as it is.

    End Storyshelf first. To a database, recordings and films do not move; to a store, rows do not.
    """
    if address is not None and store is None:
        _to_database(address)
    elif store is not None and address is None:
        _to_store(StoreChoice(store))
    else:
        raise click.UsageError("Please say either --to-database or --to-store.")


def _to_store(choice: StoreChoice) -> None:
    count = resettle(load_settings(), choice)
    click.echo(f"{count} files copied and compared. The old ones are left as they are.")
    click.echo(f"Now set STORYSHELF_STORE={choice.value} and start Storyshelf again.")
    if choice is StoreChoice.DISK:
        click.echo("Nothing deletes what is left in the bucket: please empty it once families can watch.")
    else:
        click.echo("What is left in the data folder's private and public is cleared within the hour that follows.")


def _to_database(address: str) -> None:
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
