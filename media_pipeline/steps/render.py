"""Step 4: make the finished files, from nothing, in an empty folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import RenderPlan
from media_pipeline.ports.renderer import Renderer
from media_pipeline.ports.watch import Watch


def render(source: Path, media: MediaFile, plan: RenderPlan, out: Path, renderer: Renderer, watch: Watch) -> None:
    """Every file of the plan below `out`. What an interrupted run left there is thrown away first."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    renderer.render(source, media, plan, out, watch)
