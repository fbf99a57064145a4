"""The `storyshelf` command: the same code as the web, for scripts, for operators and for trying things.

Exit status: 0 done · 1 a fault of ours or of the machine · 2 the input is refused, nothing is left behind ·
3 the proof failed, nothing is publishable.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

from media_pipeline.core.errors import Cancelled, Fault, StoryshelfError

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "analyse": "app.cli.films",
        "render": "app.cli.films",
        "verify": "app.cli.films",
        "serve": "app.cli.operate",
        "worker": "app.cli.operate",
        "doctor": "app.cli.operate",
        "jobs": "app.cli.jobs",
        "add": "app.cli.adding",
        "withdraw": "app.cli.ending",
        "deletions": "app.cli.ending",
        "export": "app.cli.export",
        "evidence": "app.cli.evidence",
        "password": "app.cli.staff",
        "backup": "app.cli.backups",
        "restore": "app.cli.backups",
        "move": "app.cli.moving",
    }
)
"""Each command and the module that holds it."""


class Commands(click.Group):
    """Loads a command's module when it is called: reading a film must not wait for the web's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(cmd_name)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="storyshelf")
def storyshelf() -> None:
    """Publishes recorded library storytimes with participants cut out, and proves it."""


def main() -> None:
    """Runs the command and turns errors into one plain sentence on the terminal and an exit status."""
    try:
        storyshelf(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _end(Cancelled("cancelled"))
    except StoryshelfError as error:
        _end(error)
    except OSError as error:
        _end(Fault("disk-full" if error.errno == 28 else "store-failed", type(error).__name__))
    except Exception as error:
        _end(Fault("unexpected", type(error).__name__))


def _end(error: StoryshelfError) -> None:
    """The sentence for people, and the line for IT, which holds no name and no tool's words."""
    click.echo(error.sentence, err=True)
    if error.exit_status == 1:
        click.echo(f"({error.code}{': ' + error.detail if error.detail else ''})", err=True)
    sys.exit(error.exit_status)
