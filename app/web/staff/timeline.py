"""What the lanes of the timeline show: pictures, loudness, what was found where, and which look is when."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.services.opened import Review
from app.services.values import PrivateFolder
from app.web.staff.edits import number
from app.web.staff.sayings import FINDINGS
from media_pipeline.core.findings import Findings
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.preview import PEAKS_A_SECOND, STRIP_COLUMNS, strip_moments


def timeline(opened: Review, folder: PrivateFolder) -> dict[str, Any]:
    """Plain JSON; times are seconds, loudness is 0 to 255. Raises Fault."""
    findings, has_strip = folder.findings(), folder.strip.exists()
    return {
        "strip": url_for("review.strip", recording_id=opened.recording.id) if has_strip else None,
        "strip_moments": [number(moment) for moment in strip_moments(opened.media.whole)] if has_strip else [],
        "strip_columns": STRIP_COLUMNS,
        "peaks": folder.preview().peaks,
        "peaks_a_second": PEAKS_A_SECOND,
        "findings": _lanes(findings),
        "looks": [
            {"number": look.number, "spans": _pairs(IntervalSet.of(findings.shots[shot].span for shot in look.shots))}
            for look in opened.looks
        ],
    }


def _lanes(findings: Findings) -> list[dict[str, Any]]:
    """One lane for each kind that was found, with the moments of all findings of that kind."""
    lanes = []
    for kind, says in FINDINGS.items():
        spans = IntervalSet.of(finding.span for finding in findings.findings if finding.kind is kind)
        if spans:
            lanes.append({"kind": kind.value, "says": says, "spans": _pairs(spans)})
    return lanes


def _pairs(spans: IntervalSet) -> list[list[float]]:
    return [[number(span.start), number(span.end)] for span in spans]
