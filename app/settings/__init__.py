"""Everything that an operator chooses, checked once at the start: from the environment or one TOML file.

    environment (STORYSHELF_…)  >  the TOML file that STORYSHELF_CONFIG names  >  secrets.toml in the data folder

Unknown names are refused, because a misspelt setting would silently be none. Secrets have no default.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.settings.cache import CacheSettings
from app.settings.kinds import (
    Address,
    Addresses,
    Bind,
    Colour,
    DarkColour,
    Database,
    RobotsChoice,
    SandboxChoice,
    Token,
    safe_on_the_way,
)
from app.settings.service import ServiceSettings
from app.settings.sources import CONFIG, ConfigFile, SecretsFile
from app.settings.store import StoreSettings
from media_pipeline.core.errors import Fault

__all__ = ["CONFIG", "PREFIX", "SandboxChoice", "Settings", "ToolSettings", "load_settings", "load_tool_settings"]

PREFIX = "STORYSHELF_"
GIBIBYTE = 1024**3

LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
"""What a logo's name may end in, and what it then is."""

S = TypeVar("S", bound="ToolSettings")


class ToolSettings(BaseSettings):
    """The settings that one film on the command line needs: no data folder and no secret."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    sandbox: SandboxChoice = SandboxChoice.BUBBLEWRAP
    """How recordings are opened."""

    ffmpeg: Path | None = None
    """Another build of ffmpeg; nothing means the pinned one."""

    ffprobe: Path | None = None
    """Another build of ffprobe; nothing means the pinned one."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where settings come from, the strongest first; no .env file and no folder of secrets is read."""
        return init_settings, env_settings, ConfigFile(settings_cls), SecretsFile(settings_cls)


class Settings(StoreSettings, CacheSettings, ServiceSettings, ToolSettings):
    """Every setting, frozen."""

    model_config = SettingsConfigDict(extra="forbid")

    data: Path
    """The folder that holds everything: uploads, originals, public files, databases, secrets."""

    secret_key: SecretStr = Field(min_length=32)
    """Signs the staff's forms. At least 32 random characters; `deploy/start` makes it."""

    library_name: str = Field(default="Our library", min_length=1, max_length=120)
    """Stands on every page."""

    privacy_officer_name: str = Field(default="", max_length=120)
    """Whom families ask about privacy; empty means that it is not set."""

    privacy_officer_contact: str = Field(default="", max_length=200)
    """How: an e-mail address, a telephone number or a postal address."""

    accessibility_contact: str = Field(default="", max_length=200)
    """Whom families ask when they cannot see, hear or use something, and how; empty means the privacy officer."""

    privacy_law: str = Field(default="", max_length=300)
    """The law on library records or children's privacy that the library cites, as families shall read it."""

    live_platform: str = Field(default="", max_length=120)
    """What live storytimes are held with, such as Zoom: named on the privacy page."""

    library_logo: Path | None = None
    """A picture (SVG, PNG, JPEG or WebP) for the head of every page."""

    library_colour: Colour = ""
    """The library's own colour, such as #8a3b12, for links and buttons; empty means ours. It must be readable."""

    library_colour_dark: DarkColour = ""
    """The same for screens that are set to dark."""

    embed_hosts: Addresses = ""
    """Websites that may show storytimes inside their own pages, such as https://www.library.example, with spaces between."""

    robots: RobotsChoice = RobotsChoice.PAGES
    """What search engines are asked to do: find pages, or nothing."""

    public_url: Address = "http://localhost:8080"
    """Where families find the shelf, as they type it."""

    staff_url: Address = "http://localhost:8081"
    """Where staff sign in, as they type it."""

    public_bind: Bind = "127.0.0.1:8080"
    """Where the families' server listens."""

    staff_bind: Bind = "127.0.0.1:8081"
    """Where the staff's server listens."""

    https: bool = False
    """Whether both addresses are served by HTTPS: cookies are then Secure, and HSTS is sent."""

    originals_days: int = Field(default=14, ge=0, le=3650)
    """How many days the original is kept after publication, or after the recording was refused."""

    drafts_days: int = Field(default=60, ge=1, le=3650)
    """How many days after its upload a recording that was never published is kept."""

    published_days: int = Field(default=365, ge=1, le=36500)
    """How many days a recording is public when staff set no other end."""

    trail_days: int = Field(default=730, ge=30, le=3650)
    """How many days it is kept who of the staff did what."""

    backups_days: int = Field(default=30, ge=1, le=3650)
    """How many days a backup is kept in the folder that backups are written to."""

    ledger: Path | None = None
    """A file outside the data folder, best on another disk, in which every deletion and takedown is noted at once: a backup
    that is restored then brings back nothing of it."""

    watch_folder: Path | None = None
    """A folder on the worker's machine, outside the data folder, into which other programs put recordings: each is taken in and
    removed from there."""

    traces_days: int = Field(default=30, ge=1, le=3650)
    """How many days the worker's own notes of finished work are kept."""

    waiting_hours: int = Field(default=0, ge=0, le=720)
    """How many hours lie between an approval and the publication, so that somebody may still object; 48 is a good number."""

    second_person: bool = False
    """Whether an edit must be approved by somebody else than whoever was the last to change it."""

    upload_limit_bytes: int = Field(default=20 * GIBIBYTE, ge=1)
    """The largest recording that is accepted."""

    disk_reserve_bytes: int = Field(default=2 * GIBIBYTE, ge=0)
    """Bytes of the disk that uploads leave free."""

    session_hours: int = Field(default=10, ge=1, le=168)
    """How long a member of staff stays signed in."""

    metrics_token: Token = SecretStr("")
    """What a program must send to read /metrics and /ready of the staff's server; empty means that none may."""

    database_url: Database = Field(default="", repr=False)
    """The shelf's database, such as postgresql://storyshelf:password@localhost/storyshelf; empty means `shelf.sqlite` in the data
    folder."""

    work_url: Database = Field(default="", repr=False)
    """The worker's database, another one of the same kind; empty means `work.sqlite` in the data folder."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if not self.data.is_absolute():
            raise ValueError("data must be an absolute path")
        if self.https and not (self.public_url.startswith("https:") and self.staff_url.startswith("https:")):
            raise ValueError("with https, public_url and staff_url must begin with https://")
        if self.oidc_issuer and not safe_on_the_way(self.staff_url):
            raise ValueError("with oidc_issuer, staff_url must begin with https://")
        if self.public_url == self.staff_url:
            raise ValueError("families and staff have an address each")
        if self.ledger is not None and (not self.ledger.is_absolute() or self.ledger.is_relative_to(self.data)):
            raise ValueError("ledger must be an absolute path outside the data folder")
        watched = self.watch_folder
        if watched is not None and (not watched.is_absolute() or watched.is_relative_to(self.data)):
            raise ValueError("watch_folder must be an absolute path outside the data folder")
        if self.database_url.startswith("postgresql") is not self.work_url.startswith("postgresql"):
            raise ValueError("database_url and work_url must both be of PostgreSQL, or neither")
        if self.database_url and self.database_url == self.work_url:
            raise ValueError("database_url and work_url must name two databases")
        if self.library_logo is not None and self.library_logo.suffix not in LOGO_TYPES:
            raise ValueError(f"library_logo must end in one of {', '.join(LOGO_TYPES)}")
        return self

    @property
    def officer_named(self) -> bool:
        """Whether families know whom to ask, and how."""
        return bool(self.privacy_officer_name.strip() and self.privacy_officer_contact.strip())

    @property
    def private(self) -> Path:
        """Originals and all that is made of them before approval: a folder a recording."""
        return self.data / "private"

    @property
    def public(self) -> Path:
        """Proven files of publications: a folder each."""
        return self.data / "public"

    @property
    def incoming(self) -> Path:
        """Uploads that are on their way."""
        return self.data / "incoming"

    @property
    def logs(self) -> Path:
        """Where `deploy/start` puts the log of each process."""
        return self.data / "logs"

    @property
    def worker_lock(self) -> Path:
        """Held by the one worker, where the databases are SQLite's."""
        return self.data / "worker.lock"

    @property
    def shelf_database(self) -> str:
        """SQLAlchemy's address of the shelf's database."""
        return self.database_url or f"sqlite:///{self.data / 'shelf.sqlite'}"

    @property
    def work_database(self) -> str:
        """SQLAlchemy's address of the worker's database."""
        return self.work_url or f"sqlite:///{self.data / 'work.sqlite'}"

    def make_folders(self) -> None:
        """Makes every folder below `data` that is missing, readable by this user alone. Raises OSError."""
        for folder in (self.data, self.private, self.public, self.incoming, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)


def load_settings() -> Settings:
    """The settings of this process. Raises Fault("settings-unfit"), whose detail names what is wrong, never a value."""
    return _load(Settings)


def load_tool_settings() -> ToolSettings:
    """The settings that one film on the command line needs, from the same places. Raises Fault("settings-unfit")."""
    return _load(ToolSettings)


def _load(kind: type[S]) -> S:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise Fault("settings-unfit", f"unknown in the environment: {', '.join(unknown)}")
    try:
        return kind.model_validate({})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise Fault("settings-unfit", wrong) from None
