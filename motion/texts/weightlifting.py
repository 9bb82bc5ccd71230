"""Comments on the snatch, the clean, and the clean and jerk; the wrist stands for the bar."""

from collections.abc import Mapping

from motion.findings import Findings
from motion.metric import Metric, Reason
from motion.texts.labels import naming
from motion.texts.quantity import Quantity
from motion.texts.rules import Group, Rule, Sources, commented, quantity
from motion.texts.text import Comment, Sentence, sentence

TIRING, TIRED = 10.0, 25.0
"""Percent of velocity lost; sets ended at 20 rather than 40 keep more of it (Pareja-Blanco 2017)."""
STOP = 20.0
FALLING = {"m": 0.15, "leg lengths": 0.17}
"""The bar's drop into the catch above which lifters meet it late: 0.10–0.15 m in elite snatches (Gourgoulis 2000)."""
STRAYING = {"m": 0.15, "leg lengths": 0.17}
"""Horizontal travel of the bar above what elite lifters show, 0.05–0.15 m (Stone 1998, Gourgoulis 2000)."""


def comments(findings: Findings) -> dict[str, Comment]:
    """One comment for each quantity that was looked for, and a summary."""
    return {**commented(findings, _RULES, SOURCES), "final_summary": _summary(findings)}


SOURCES: Sources = {
    "peak_velocity": ("gourgoulis_2000",),
    "mean_velocity": ("sanchez_2011",),
    "velocity_loss": ("pareja_2017", "sanchez_2011"),
    "max_height": ("gourgoulis_2000",),
    "drop": ("gourgoulis_2000",),
    "horizontal_deviation": ("stone_1998", "gourgoulis_2000"),
    "depth": ("gourgoulis_2000",),
    "mean_power": ("garhammer_1980",),
}


def _loss(group: Group) -> Comment:
    kind = "fresh" if group.mean < TIRING else "tiring" if group.mean < TIRED else "tired"
    seen = sentence(f"lifting.velocity_loss.{kind}")
    following = sentence("lifting.velocity_loss.next", limit=Quantity(STOP, "%", decimals=0))
    return Comment((seen,), (following,) if kind == "tired" else ())


def _drop(group: Group) -> Comment:
    return _beyond(group, FALLING)


def _deviation(group: Group) -> Comment:
    return _beyond(group, STRAYING)


def _beyond(group: Group, limits: Mapping[str, float]) -> Comment:
    seen = (sentence(f"lifting.{group.name}.about"),)
    far = group.mean > limits[group.measured[0].unit]
    return Comment(seen, (sentence(f"lifting.{group.name}.next"),) if far else ())


def _depth(group: Group) -> Comment:
    if abs(group.mean) <= (group.measured[0].uncertainty or 0.0):
        return Comment((sentence("lifting.depth.level"),))
    if group.mean > 0:
        return Comment((sentence("lifting.depth.deep"),))
    return Comment((sentence("lifting.depth.high"),), (sentence("lifting.depth.next"),))


def _power(group: Group) -> Comment:
    return Comment((sentence("lifting.power.about"),))


_RULES: Mapping[str, Rule] = {
    "velocity_loss": _loss,
    "drop": _drop,
    "horizontal_deviation": _deviation,
    "depth": _depth,
    "mean_power": _power,
}


def _summary(findings: Findings) -> Comment:
    closing = sentence("lifting.summary.next"), sentence("general.pain")
    if not findings.repetitions:
        return Comment((sentence("lifting.summary.none"), sentence("general.estimate")), closing)
    seen = (
        sentence("lifting.summary.repetitions", findings.repetitions),
        *_headlines(findings),
        *((sentence("lifting.summary.mass"),) if _massless(findings.metric("mean_power")) else ()),
        sentence("general.estimate"),
    )
    return Comment(seen, closing, ("gourgoulis_2000",))


def _massless(power: Metric | None) -> bool:
    return power is not None and power.reason is Reason.NO_MASS


def _headlines(findings: Findings) -> tuple[Sentence, ...]:
    found = (findings.metric(name) for name in ("peak_velocity", "max_height"))
    return tuple(
        sentence("value.measured", name=naming(metric.name), values=(quantity(metric),))
        for metric in found
        if metric is not None and metric.value is not None
    )
