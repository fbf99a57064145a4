"""Step 6: name what may be published. Refuses unless the report passed and the files are the very ones it speaks of."""

from __future__ import annotations

from pathlib import Path

from media_pipeline.core.errors import ProofFailed
from media_pipeline.core.report import Bundle, PrivacyReport
from media_pipeline.steps.finished import list_outputs


def package(report: PrivacyReport, out: Path) -> Bundle:
    """The bundle of `out`. Raises ProofFailed when the proof did not hold or the files have changed since."""
    bundle = Bundle(report)
    if list_outputs(report.plan, out) != report.outputs:
        raise ProofFailed("report-elsewhere")
    return bundle
