"""How much the two sides of a body differ in one angle."""

from math import hypot

from motion.metric import Metric, Reason, missing

RELIABLE_SHARE = 0.8
"""The share of the frames in which a side has to be seen for the difference to mean anything; ours."""
NOISE = 5.0
"""Degrees below which a difference is within noise: 2-D angles repeat to 2–4° (Gwynne & Curran 2014)."""
DECIMALS = 1


def asymmetry(name: str, left: Metric, right: Metric, seen: tuple[float, float]) -> Metric:
    """|left − right| of the two values as they are reported, rounded; degrees, 0 or more.

    `seen`: the share of its frames in which each side was reliable, left and right; below RELIABLE_SHARE there is no
    value, as where a side has none. Confidence is that of the weaker side, uncertainties add in squares.
    """
    if left.value is None or right.value is None:
        return missing(name, left.unit, min(metric.reason for metric in (left, right) if metric.reason))
    if min(seen) < RELIABLE_SHARE:
        return missing(name, left.unit, Reason.LOW_VISIBILITY)
    difference = abs(round(left.value, DECIMALS) - round(right.value, DECIMALS))
    return Metric(
        name,
        round(difference, DECIMALS),
        left.unit,
        confidence=min(left.confidence, right.confidence),
        uncertainty=hypot(left.uncertainty or 0.0, right.uncertainty or 0.0),
    )
