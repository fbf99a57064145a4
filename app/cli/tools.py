"""The tools by the settings of this machine."""

from __future__ import annotations

from app.settings import ToolSettings, load_tool_settings
from media_pipeline.toolbox import Toolbox, ToolChoice, open_toolbox


def open_tools(settings: ToolSettings | None = None) -> Toolbox:
    """The tools; without settings, by the environment and the settings file alone. Raises Fault."""
    chosen = settings or load_tool_settings()
    return open_toolbox(ToolChoice.named(chosen.sandbox.name, chosen.ffmpeg, chosen.ffprobe))
