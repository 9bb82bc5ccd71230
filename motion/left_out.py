"""What of a film is left out because it shows another person, and which numbers are missing for that."""

from dataclasses import replace

from motion.body.body import Body
from motion.body.edges import spans
from motion.findings import Findings
from motion.metric import Metric, Reason

NOTE = str(Reason.ANOTHER_PERSON)

LACKING = frozenset({Reason.TOO_FEW, Reason.NO_BASELINE})
"""Reasons of what may have been done while another person was seen."""

HIDDEN = frozenset({Reason.NOT_VISIBLE, Reason.LOW_VISIBILITY})
"""Reasons that come of it where another person was seen most of the time."""

MOSTLY = 0.5
"""Share of the frames with somebody in them."""


def left_out(body: Body) -> list[tuple[float, float]]:
    """Seconds, from first to last frame, in which another person was seen."""
    times = body.raw.times
    if body.others is None:
        return []
    return [(float(times[first]), float(times[last])) for first, last in spans(body.others)]


def explained(findings: Findings, body: Body) -> Findings:
    """The findings, with a note that others were seen, and ANOTHER_PERSON as the reason of what is missing for it."""
    if body.others is None or not body.others.any():
        return findings
    mostly = body.others.sum() > MOSTLY * (body.others | body.raw.found).sum()
    reasons = LACKING | HIDDEN if mostly else LACKING
    metrics = tuple(_because(metric, reasons) for metric in findings.metrics)
    return replace(findings, metrics=metrics, notes=(*findings.notes, NOTE))


def _because(metric: Metric, reasons: frozenset[Reason]) -> Metric:
    return replace(metric, reason=Reason.ANOTHER_PERSON) if metric.reason in reasons else metric
