"""Dirty films that went the whole road, each container once a run, for all tests that look at what came out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.intervals import Interval
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan, make_plan
from media_pipeline.core.report import PrivacyReport
from media_pipeline.ports.tools import Toolbox
from media_pipeline.ports.watch import Unwatched
from media_pipeline.run import Places, probe, render, verify
from media_pipeline.toolbox import ToolChoice, open_toolbox
from tests.film_dirt import Canaries, Planted, dirty_film

ONE_CUT = Interval(Fraction(1), Fraction(2))


@dataclass(frozen=True)
class Road:
    """One dirty film, what was planted in it, and what came of it."""

    source: Path
    planted: Planted
    media: MediaFile
    plan: RenderPlan
    out: Path
    report: PrivacyReport

    @property
    def files(self) -> list[Path]:
        """All that is published."""
        return sorted(path for path in self.out.rglob("*") if path.is_file())


class Roads:
    """Goes the road with a film of each container when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._gone: dict[str, Road] = {}
        self.tools: Toolbox = open_toolbox(ToolChoice())

    def of(self, container: str) -> Road:
        """The road of a film whose name ends so."""
        if container not in self._gone:
            self._gone[container] = self._go(container)
        return self._gone[container]

    def _go(self, container: str) -> Road:
        folder = self._folder / container[1:]
        folder.mkdir()
        source = folder / f"dirty{container}"
        planted = dirty_film(source, Canaries())
        media = probe(source, self.tools, Unwatched())
        plan = make_plan(EditList(media.sha256, media.whole, (Edit(Action.CUT, ONE_CUT),)), media)
        render(source, media, plan, Places(folder / "room", folder / "out"), self.tools, Unwatched())
        report = verify(source, media, plan, folder / "out", self.tools, Unwatched())
        return Road(source, planted, media, plan, folder / "out", report)
