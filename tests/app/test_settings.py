"""Settings are refused unless every one is known and fit; secrets have no default and leak nowhere."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.settings import SandboxChoice, Settings, load_settings, load_tool_settings
from app.settings.kinds import DARK_GROUNDS, ENOUGH, LIGHT_GROUNDS, contrast
from media_pipeline.core.errors import Fault

KEY = "k" * 40


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("STORYSHELF_")]:
        monkeypatch.delenv(name)


def wrong() -> str:
    with pytest.raises(Fault) as caught:
        load_settings()
    assert caught.value.code == "settings-unfit"
    return caught.value.detail


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(tmp_path))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", KEY)
    monkeypatch.setenv("STORYSHELF_ORIGINALS_DAYS", "3")
    monkeypatch.setenv("STORYSHELF_SANDBOX", "none-i-accept-the-risk")
    settings = load_settings()
    assert (settings.data, settings.originals_days) == (tmp_path, 3)
    assert settings.sandbox is SandboxChoice.NONE
    assert settings.shelf_database == f"sqlite:///{tmp_path}/shelf.sqlite"


def test_a_secret_has_no_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(tmp_path))
    assert "secret_key" in wrong()


def test_a_short_secret_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(tmp_path))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "hunter2")
    assert "hunter2" not in wrong()
    with pytest.raises(ValidationError) as caught:
        Settings(data=tmp_path, secret_key=SecretStr("hunter2"))
    assert "hunter2" not in str(caught.value)


def test_unknown_names_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(tmp_path))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", KEY)
    monkeypatch.setenv("STORYSHELF_ORIGINAL_DAYS", "3")
    assert "STORYSHELF_ORIGINAL_DAYS" in wrong()


def test_the_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "storyshelf.toml"
    file.write_text(f'data = "{tmp_path}"\nsecret_key = "{KEY}"\nlibrary_name = "Elm"\noriginals_days = 5\n')
    monkeypatch.setenv("STORYSHELF_CONFIG", str(file))
    monkeypatch.setenv("STORYSHELF_ORIGINALS_DAYS", "6")
    settings = load_settings()
    assert (settings.library_name, settings.originals_days) == ("Elm", 6)
    file.write_text(file.read_text() + 'colour = "red"\n')
    assert "colour" in wrong()


def test_a_file_that_is_not_there_is_not_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORYSHELF_CONFIG", str(tmp_path / "no.toml"))
    assert "cannot be read" in wrong()


def test_secrets_come_from_the_data_folder_only_while_they_are_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'secret_key = "{KEY}"\n')
    secrets.chmod(0o600)
    monkeypatch.setenv("STORYSHELF_DATA", str(tmp_path))
    assert load_settings().secret_key.get_secret_value() == KEY
    secrets.chmod(0o640)
    assert "0600" in wrong()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://localhost:8081"),  # the staff's
        ("public_url", "http://shelf.example/path"),
        ("public_url", "ftp://shelf.example"),
        ("staff_bind", "8081"),
        ("https", True),  # while the addresses are http
        ("data", Path("relative")),
        ("originals_days", -1),
        ("library_colour", "orange"),
        ("library_colour", "#e08a50"),  # not readable on white
        ("library_colour_dark", "#8a3b12"),  # nor this in the dark
        ("library_logo", Path("/srv/logo.html")),
        ("embed_hosts", "https://a.example/path"),
        ("embed_hosts", "*"),
        ("robots", "some"),
        ("database_url", "mysql://h/shelf"),
        ("database_url", "shelf.sqlite"),
        ("database_url", "postgresql://h:port/shelf"),
        ("database_url", "postgresql://h/shelf"),  # the work's would be a file beside
        ("work_url", "postgresql://h/work"),
    ],
)
def test_unfit_settings_are_refused(tmp_path: Path, name: str, value: object) -> None:
    good: dict[str, object] = {"data": tmp_path, "secret_key": SecretStr(KEY)}
    Settings.model_validate(good)
    with pytest.raises(ValidationError):
        Settings.model_validate(good | {name: value})


def test_two_databases_of_one_kind(tmp_path: Path) -> None:
    good: dict[str, object] = {"data": tmp_path, "secret_key": SecretStr(KEY)}
    one, other = (
        "postgresql://ann:b%40ck@h/shelf?sslmode=verify-full",
        "postgresql+psycopg://ann@/work?host=/run/postgresql",
    )
    settings = Settings.model_validate(good | {"database_url": one, "work_url": other})
    assert (settings.shelf_database, settings.work_database) == (one, other)
    Settings.model_validate(good | {"database_url": f"sqlite:///{tmp_path}/other.sqlite"})
    with pytest.raises(ValidationError, match="two databases"):
        Settings.model_validate(good | {"database_url": one, "work_url": one})


def test_colours_are_measured_as_the_standard_says() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert contrast("#123456", "#123456") == 1


def test_our_own_colours_are_those_that_a_librarys_are_held_against(tmp_path: Path) -> None:
    sheet = (Path(__file__).parents[2] / "app" / "static" / "style.css").read_text()
    day, dark, *_ = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    for tokens, grounds, name in ((day, LIGHT_GROUNDS, "library_colour"), (dark, DARK_GROUNDS, "library_colour_dark")):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", tokens))
        assert {colours["sheet"], colours["paper"], colours["warm"]} == set(grounds)
        assert colours["brand-ink"] in grounds
        chosen = Settings.model_validate(
            {"data": tmp_path, "secret_key": SecretStr(KEY), name: colours["brand"].upper()}
        )
        assert getattr(chosen, name) == colours["brand"]
        for ink in ("ink", "quiet", "brand", "good", "bad"):
            assert min(contrast(colours[ink], ground) for ground in grounds) >= ENOUGH, ink


def test_one_film_on_the_command_line_needs_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_FFMPEG", "/opt/ffmpeg")
    assert load_tool_settings().ffmpeg == Path("/opt/ffmpeg")


def test_every_folder_is_private(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", secret_key=SecretStr(KEY))
    settings.make_folders()
    for folder in (settings.data, *settings.data.iterdir()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, secret_key=SecretStr(KEY))
    with pytest.raises(ValidationError):
        settings.library_name = "Other"


@pytest.mark.parametrize(
    "wrong",
    [
        {"store_bucket": ""},
        {"store_bucket": "Not/A/Bucket"},
        {"store_holder": " "},
        {"store_endpoint": "http://s3.library.example"},  # recordings would cross the network for all to read
        {"store_endpoint": "http://localhost.example"},
        {"store_prefix": "../other"},
        {"store_prefix": "shelf/"},
        {"store_access_key": "key"},  # without its secret
        {"store": "tape"},
    ],
)
def test_a_store_elsewhere_is_whole_or_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    store = {
        "store": "s3",
        "store_bucket": "shelf",
        "store_holder": "Larch",
        "store_endpoint": "https://s3.example:9000",
    }
    good: dict[str, object] = {"data": tmp_path, "secret_key": SecretStr(KEY), **store}
    for endpoint in ("", "https://s3.example", "http://127.0.0.1:9000", "http://localhost"):
        Settings.model_validate(good | {"store_endpoint": endpoint, "store_prefix": "maple/shelf"})
    with pytest.raises(ValidationError):
        Settings.model_validate(good | wrong)


SERVICE = {
    "oidc_issuer": "https://login.city.example/realms/library",
    "oidc_client_id": "storyshelf",
    "oidc_client_secret": "s3cret/+",
    "oidc_name": "City account",
    "staff_url": "https://staff.example",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": ""},
        {"oidc_client_id": ""},
        {"oidc_client_secret": ""},
        {"oidc_name": " "},
        {"oidc_issuer": "http://login.city.example"},  # anybody between could say who somebody is
        {"oidc_issuer": "http://localhost.example"},
        {"oidc_issuer": "http://127.0.0.1:80@login.city.example"},
        {"oidc_issuer": "https://login.city.example/?tenant=1"},
        {"oidc_issuer": "https://login.city.example/#a"},
        {"oidc_issuer": "https://ann:secret@login.city.example"},
        {"oidc_issuer": "login.city.example"},
        {"oidc_client_id": "story shelf"},
        {"oidc_client_secret": "s\u00e9cret"},
        {"staff_url": "http://staff.example"},  # the code would come back in the clear
    ],
)
def test_a_service_for_signing_in_is_whole_or_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    good = {"data": tmp_path, "secret_key": SecretStr(KEY), **SERVICE}
    settings = Settings.model_validate(good)
    assert "s3cret" not in repr(settings)
    for fit in ("https://login.city.example/", "https://login.city.example:8443", "http://127.0.0.1:9000/a"):
        assert Settings.model_validate(good | {"oidc_issuer": fit}).oidc_issuer == fit
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(good | wrong)
    assert "s3cret" not in str(caught.value)
