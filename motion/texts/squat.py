"""Comments on the overhead squat: the six threads of its report.

Targets are those of the mobility index (deep squat of the Functional Movement Screen, Cook 2006).
"""

from collections.abc import Mapping

from motion.body.asymmetry import NOISE
from motion.findings import Findings
from motion.metric import Metric
from motion.squat import indices
from motion.texts.quantity import Quantity
from motion.texts.rules import (
    CLEAR_DEGREES,
    Pair,
    compared,
    far,
    level,
    other_side,
    pair,
    quantity,
    unmeasured,
    value,
    values,
)
from motion.texts.text import Comment, Sentence, sentence

TARGETS = {name: indices.TARGETS[name] for name in indices.NEEDED}
"""Degrees, by metric."""

THREADS = {"ankle_flexion": "ankle_dorsiflexion"}
"""Threads that are not called like their metric."""

WEDGE_METRES = 0.02

ALIGNED_RATIO = 0.9
"""The knees are as far apart as the ankles, but for noise: the upper end of the quality index's alignment part."""
NARROW_RATIO = 0.75
"""The middle of the quality index's alignment part, 0.6 to 0.9."""


def comments(findings: Findings) -> dict[str, Comment]:
    """The six threads."""
    joints = {
        "hip_flexion": _depth(findings, "hip_flexion", "hip_flexion", _HIP_SOURCES),
        "hip_abduction": _abduction(pair(findings, "hip_abduction")),
        "knee_flexion": _depth(findings, "knee_flexion", "knee_flexion", _KNEE_SOURCES),
        "knee_movement": _knee_movement(findings),
        "ankle_dorsiflexion": _depth(findings, "ankle_flexion", "ankle", _ANKLE_SOURCES),
    }
    return joints | {"final_summary": _summary(findings, joints)}


_HIP_SOURCES = ("cook_2006", "hemmerich_2006", "butler_2010", "bishop_2018")
_KNEE_SOURCES = ("cook_2006", "schoenfeld_2010", "hemmerich_2006", "bishop_2018")
_ANKLE_SOURCES = ("macrum_2012", "konor_2012", "young_2013", "bishop_2018")
_MOVEMENT_SOURCES = ("willson_2008", "gwynne_2014", "bell_2008")
_SUMMARY_SOURCES = ("cook_2006", "butler_2010")


def _depth(findings: Findings, name: str, thread: str, sources: tuple[str, ...]) -> Comment:
    """A joint whose flexion has a target: how deep, compared, what to practise."""
    sides = pair(findings, name)
    if sides.least is None:
        return unmeasured(sides.sides, sources)
    target = TARGETS[name]
    reached = level(sides.least, target)
    goal = Quantity(target, "degrees", decimals=0)
    seen = (
        sentence(f"squat.{thread}.seen", values=values(sides.measured)),
        sentence(f"squat.{thread}.{reached}", target=goal),
        *far(findings, sides.measured),
        *compared(sides),
    )
    wedge = Quantity(WEDGE_METRES, "m")
    return Comment(seen, (sentence(f"squat.{thread}.next_{reached}", wedge=wedge), *other_side(sides)), sources)


def _abduction(sides: Pair) -> Comment:
    """Abduction has no target: it goes by the stance."""
    sources = ("schoenfeld_2010", "bishop_2018")
    if not sides.measured:
        return unmeasured(sides.sides, sources)
    seen = sentence("squat.hip_abduction.seen", values=values(sides.measured))
    stance = sentence("squat.hip_abduction.stance")
    return Comment((seen, stance, *compared(sides)), (sentence("squat.hip_abduction.next"),), sources)


def _knee_movement(findings: Findings) -> Comment:
    inward, ratio = pair(findings, "knee_inward"), _ratio(findings)
    kind = movement(findings)
    if kind is None:
        return unmeasured(inward.sides, _MOVEMENT_SOURCES)
    seen = (
        *((sentence("squat.knee_movement.inward", values=values(inward.measured)),) if inward.measured else ()),
        *(sentence("squat.knee_movement.ratio", ratio=quantity(metric)) for metric in ratio),
        sentence(f"squat.knee_movement.{kind}"),
    )
    return Comment(seen, (sentence(f"squat.knee_movement.next_{kind}"),), _MOVEMENT_SOURCES)


def movement(findings: Findings) -> str | None:
    """How the knees move, `aligned`, `slight` or `clear`: the worse of angles and distances; None without both."""
    angles = [value(metric) for metric in pair(findings, "knee_inward").measured]
    closest = [value(metric) for metric in _ratio(findings)]
    if not angles and not closest:
        return None
    if max(angles, default=0.0) >= CLEAR_DEGREES or min(closest, default=1.0) < NARROW_RATIO:
        return "clear"
    slight = max(angles, default=0.0) >= NOISE or min(closest, default=1.0) < ALIGNED_RATIO
    return "slight" if slight else "aligned"


def _ratio(findings: Findings) -> tuple[Metric, ...]:
    """The smallest distance of the knees over that of the ankles, if it was measured."""
    metric = findings.metric("knee_ratio")
    return () if metric is None or metric.value is None else (metric,)


def _summary(findings: Findings, joints: Mapping[str, Comment]) -> Comment:
    """What it comes to, and the exercise of the joint to work on first."""
    if not findings.repetitions:
        return Comment((sentence("squat.summary.none"), sentence("general.estimate")), _CLOSING, _SUMMARY_SOURCES)
    shares = _shares(findings)
    first = _first(findings, shares)
    exercise = joints[THREADS.get(first, first)].next[:1] if first else ()
    seen = (
        sentence("squat.summary.repetitions", findings.repetitions),
        *_indices(findings),
        *_balance(findings, shares, first),
        sentence("general.estimate"),
    )
    return Comment(seen, (*exercise, *_CLOSING), _SUMMARY_SOURCES)


_CLOSING = (sentence("squat.summary.again"), sentence("general.pain"))


def _indices(findings: Findings) -> tuple[Sentence, ...]:
    found = {kind: findings.metric(f"{kind}_index") for kind in ("mobility", "quality")}
    return tuple(
        sentence(f"squat.summary.{kind}", index=quantity(metric))
        for kind, metric in found.items()
        if metric is not None and metric.value is not None
    )


def _shares(findings: Findings) -> dict[str, float]:
    """How much of its target each measured joint reaches, on its worse side."""
    return {name: least / target for name, target in TARGETS.items() if (least := pair(findings, name).least)}


def _balance(findings: Findings, shares: Mapping[str, float], first: str | None) -> tuple[Sentence, ...]:
    """The strong point, what to work on first, and what the film does not show."""
    best = _best(shares)
    return (
        *((sentence("squat.summary.best", name=sentence(f"name.{best}")),) if best and best != first else ()),
        *((sentence("squat.summary.first", name=sentence(f"name.{first}")),) if first else ()),
        *_not_measured(findings, shares),
    )


def _best(shares: Mapping[str, float]) -> str | None:
    reached = {name: share for name, share in shares.items() if share >= 1}
    return max(reached, key=reached.__getitem__, default=None)


def _first(findings: Findings, shares: Mapping[str, float]) -> str | None:
    """Knees that fall clearly inward come before range of motion, which comes before a slight inward movement."""
    moves = movement(findings)
    if moves == "clear":
        return "knee_movement"
    short = {name: share for name, share in shares.items() if share < 1}
    return min(short, key=short.__getitem__, default="knee_movement" if moves == "slight" else None)


def _not_measured(findings: Findings, shares: Mapping[str, float]) -> tuple[Sentence, ...]:
    names = [name for name in TARGETS if name not in shares]
    if movement(findings) is None:
        names.append("knee_movement")
    if not names:
        return () if _first(findings, shares) else (sentence("squat.summary.all_good"),)
    return (sentence("squat.summary.missing", names=tuple(sentence(f"name.{name}") for name in names)),)
