"""What is written is true: settings, commands and files that the documents name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import COMMANDS, storyshelf
from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_example_names_every_setting_with_its_default() -> None:
    lines = dict(re.findall(rf"^#{PREFIX}([A-Z_]+)=(.*)$", read("deploy/env.example"), re.MULTILINE))
    assert {name.lower() for name in lines} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if not field.is_required():
            default = "" if field.default is None else str(field.default)
            assert lines[name.upper()].lower() == default.lower(), name


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"storyshelf ([a-z]+)", read("README.md")))
    commands = set(COMMANDS)
    assert named <= commands
    assert commands == named


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(storyshelf, [name, "--help"])
    assert told.exit_code == 0
    assert len(told.output.splitlines()) > 4


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "THREAT_MODEL.md", "CHANGELOG.md"])
def test_documents_name_files_that_are_there(document: str) -> None:
    for name in re.findall(
        r"`((?:deploy|tests|app|media_pipeline|\.ci)/[\w./-]*|[A-Z_]+\.md|pyproject\.toml)`", read(document)
    ):
        assert (ROOT / name).exists(), name


def test_the_two_commands_are_in_the_readme_and_can_be_run() -> None:
    blocks = re.findall(r"```sh\n(.*?)\n```", read("README.md"), re.DOTALL)
    assert blocks == ["deploy/start --demo", "tests/run"]
    for command in blocks:
        assert (ROOT / command.split()[0]).stat().st_mode & 0o111
    assert "tests/run" in read(".ci/run")
