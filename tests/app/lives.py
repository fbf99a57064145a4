"""What a worker of the tests is to do, and what becomes of it: values that go into its process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.db.kinds import StepName
from app.services.going_on import AGAIN
from app.services.jobs import VERSION
from app.settings import Settings
from app.worker import Pace
from app.worker.keeping import LOST_SECONDS
from tests.app.backend import make_settings

PACE = Pace(queue_seconds=0.05, look_seconds=0.2, pauses=(0, 0, 0))


@dataclass(frozen=True)
class Death:
    """Where a worker kills itself, as if the power had gone."""

    step: StepName | str
    """One of the workflows' steps, or "tidy"."""

    moment: str
    """"entering" it, in its "middle", when two "chunks" are there, or "leaving" it: done, but not yet remembered as done."""

    number: int = 0
    """For which size, from the smallest."""

    seconds: float = 0.0
    """For the moment "later": how long after its beginning, wherever the worker is then."""


@dataclass(frozen=True)
class Upset:
    """What happens to the machine as a worker enters a step."""

    step: StepName
    number: int = 0
    server: int = 0
    """The process of a database server that ends at once; 0 for none."""

    filler: Path | None = None
    """A file that takes all that is left of the disk; None for none."""

    clock: Path | None = None
    """The file that moves the clock; None when it stays."""

    by: float = 0.0
    """Seconds by which it is moved."""


@dataclass(frozen=True)
class Life:
    """What a worker is to do."""

    data: Path
    death: Death | None = None
    pipeline: str = "fake"
    version: str = VERSION
    others: tuple[tuple[str, object], ...] = ()
    """More settings."""

    databases: tuple[tuple[str, str], ...] = ()
    """Settings that name databases of PostgreSQL, and their values."""

    look: float = PACE.look_seconds
    """How often it looks for work that nobody announced."""

    lost: float = LOST_SECONDS
    """Without its database for so long, it ends."""

    upset: Upset | None = None

    again: float = AGAIN.total_seconds()
    """Seconds until it takes up what a fault of the machine has stopped."""

    notes: Path | None = None
    """Where marks and log are, if not below `data`: that disk may be full."""

    clock: Path | None = None
    """The file that moves its clock; None for the machine's."""

    answers: float = 0.0
    """Seconds that it waits for a store; 0 for as long as it does by itself."""

    @property
    def settings(self) -> Settings:
        """The worker's."""
        return make_settings(self.data, **dict(self.databases), **dict(self.others))

    @property
    def marks(self) -> list[str]:
        """Every beginning and end of a step, in order."""
        path = self.told / "marks"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def remembered(self) -> list[str]:
        """Of every publication that ended here: whether something of its film was remembered then, and afterwards."""
        path = self.told / "remembered"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def log(self) -> Path:
        """What the workers on this shelf have written on stderr."""
        return self.told / "log"

    @property
    def told(self) -> Path:
        """The folder of all three."""
        return self.notes or self.data

    @property
    def began(self) -> list[tuple[str, float]]:
        """Every beginning of a step, and when, by a clock that only goes on."""
        path = self.told / "began"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(name, float(moment)) for name, _, moment in (line.rpartition(" ") for line in lines)]
