"""What the rules of all activities share: values of both sides, levels, comparison of sides, and what is missing."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from motion.body.asymmetry import NOISE
from motion.findings import Findings
from motion.metric import Metric, Reason, Side, missing
from motion.texts.labels import base, naming
from motion.texts.quantity import Quantity, vanishes
from motion.texts.text import Comment, Sentence, sentence

CLEAR_DEGREES = 10.0
"""A difference that a coach acts on; ours, in the middle of the quality index's 5–20°."""

SURE = 2.0
"""Uncertainties that a difference of the sides has to exceed to be called clear."""

CLOSE = 0.8
"""The share of a target from which on it is called close; ours."""

TRUSTED = 0.2
"""The confidence from which on something is concluded from a value; ours: events at 30 frames/s get at most 0.25."""

CAMERA_METRES = 3.0

DECIMALS = 1
"""Of degrees in texts."""

FRONTAL = frozenset({"hip_abduction", "knee_inward", "knee_ratio"})
"""Base names of what only a camera in front can show; everything else is filmed from the side."""

_HOW = {
    Reason.NO_SCALE: "how.scale",
    Reason.TOO_FEW: "how.more",
    Reason.FRAME_RATE: "how.frames",
    Reason.CAMERA_MOVED: "how.still",
    Reason.NO_BASELINE: "how.stand",
    Reason.ANOTHER_PERSON: "how.alone",
}
_BAR_POWER = "mean_power"

IMPLAUSIBLE = "implausible:"
FAR_SIDE = "far_side:"
OBLIQUE = "oblique:"
"""Starts of notes that end with a metric's name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One quantity of both sides and their difference, as far as they were measured; `far`: away from the camera."""

    name: str
    left: Metric | None
    right: Metric | None
    difference: Metric | None
    far: frozenset[Side] = frozenset()

    @property
    def sides(self) -> tuple[Metric, ...]:
        """The sides' metrics, measured or not."""
        return tuple(side for side in (self.left, self.right) if side is not None)

    @property
    def measured(self) -> tuple[Metric, ...]:
        """The sides that have a value."""
        return tuple(side for side in self.sides if side.value is not None)

    @property
    def least(self) -> float | None:
        """The smaller of the values that something is concluded from: far sides' only for want of near ones."""
        near = [metric for metric in self.measured if metric.side not in self.far]
        return min((value(metric) for metric in near or self.measured), default=None)

    @property
    def guessed(self) -> tuple[Side, ...]:
        """The measured sides that were away from the camera."""
        return tuple(metric.side for metric in self.measured if metric.side in self.far)


@dataclass(frozen=True, slots=True)
class Group:
    """A session's metrics of one base name: the value of both sides together, or of each side."""

    name: str
    metrics: tuple[Metric, ...]

    @property
    def measured(self) -> tuple[Metric, ...]:
        """Those that have a value."""
        return tuple(metric for metric in self.metrics if metric.value is not None)

    @property
    def trusted(self) -> bool:
        """Whether something can be concluded from what was measured."""
        return any(metric.confidence >= TRUSTED for metric in self.measured)

    @property
    def mean(self) -> float:
        """The mean of the measured values."""
        found = [value(metric) for metric in self.measured]
        return sum(found) / len(found)


Rule = Callable[[Group], Comment]
"""What is added to a group's bare values: more of what was seen, and what to do next."""

Sources = Mapping[str, tuple[str, ...]]
"""Keys of publications by base name."""


def groups(findings: Findings) -> dict[str, Group]:
    """The session's metrics by base name; how often something was counted is no metric to comment on."""
    found: dict[str, list[Metric]] = {}
    for metric in findings.metrics:
        if metric.rep is None and metric.unit != "count":
            found.setdefault(base(metric), []).append(metric)
    return {name: Group(name, tuple(metrics)) for name, metrics in found.items()}


def commented(findings: Findings, rules: Mapping[str, Rule], sources: Sources) -> dict[str, Comment]:
    """A comment for each group: its values and what its rule adds, or why it has none."""
    return {
        name: _comment(findings, group, rules.get(name, _nothing), sources.get(name, ()))
        for name, group in groups(findings).items()
    }


def _comment(findings: Findings, group: Group, rule: Rule, sources: tuple[str, ...]) -> Comment:
    if not group.measured:
        return unmeasured(group.metrics, sources)
    shown = tuple(with_side(metric, uncertain=True) for metric in group.measured)
    doubt = _doubt(findings, group)
    added = _nothing(group) if doubt else rule(group)
    unscaled = tuple(each for metric in group.metrics if metric.reason is Reason.NO_SCALE for each in how(metric))[:1]
    seen = (sentence("value.measured", name=naming(group.name), values=shown), *doubt, *added.seen)
    return Comment(seen, (*added.next, *unscaled), sources)


def _doubt(findings: Findings, group: Group) -> tuple[Sentence, ...]:
    """Why nothing is concluded from the values, if so."""
    if any(f"{IMPLAUSIBLE}{metric.name}" in findings.notes for metric in group.measured):
        return (sentence("general.implausible"),)
    return () if group.trusted else (sentence("general.uncertain"),)


def _nothing(group: Group) -> Comment:
    return Comment(())


def pair(findings: Findings, name: str) -> Pair:
    """A quantity's two sides and their asymmetry."""
    left, right = (findings.metric(f"{side}_{name}") for side in ("left", "right"))
    sides = [metric for metric in (left, right) if metric is not None]
    far = frozenset(metric.side for metric in sides if metric.side and f"{FAR_SIDE}{metric.name}" in findings.notes)
    return Pair(name, left, right, findings.metric(f"{name}_asymmetry"), far)


def value(metric: Metric) -> float:
    """The value of a metric that has one."""
    if metric.value is None:
        raise ValueError(f"{metric.name} has no value: {metric.reason}")
    return metric.value


def quantity(metric: Metric, uncertain: bool = False) -> Sentence:
    """A measured value with its unit, and on request with its stated uncertainty."""
    written = Quantity(value(metric), metric.unit)
    if not uncertain or metric.uncertainty is None or vanishes(metric.uncertainty, metric.unit):
        return sentence("value.plain", value=written)
    return sentence("value.uncertain", value=written, uncertainty=Quantity(metric.uncertainty, metric.unit))


def with_side(metric: Metric, uncertain: bool = False) -> Sentence:
    """A measured value with the side it is of, if it is of one."""
    written = quantity(metric, uncertain)
    return sentence(f"value.{metric.side}", value=written) if metric.side else written


def values(metrics: Iterable[Metric]) -> tuple[Sentence, ...]:
    """Measured values, each with its side."""
    return tuple(with_side(metric) for metric in metrics)


def level(measured: float, target: float) -> str:
    """`reached`, `close` or `below` a target, by the angle as it is shown."""
    shown = round(measured, DECIMALS)
    if shown >= target:
        return "reached"
    return "close" if shown >= CLOSE * target else "below"


def compared(pair: Pair) -> tuple[Sentence, ...]:
    """What the difference between the sides means; nothing where both sides were not reliable enough.

    Clear is only what exceeds SURE times its uncertainty and was filmed on both sides; else what film would tell.
    """
    if pair.difference is None or pair.difference.value is None or len(pair.measured) < 2:
        return ()
    written = quantity(pair.difference)
    if pair.guessed:
        sides = tuple(sentence(f"side.{side}") for side in pair.guessed)
        return (sentence("asymmetry.one_side", difference=written, side=sides),)
    if pair.difference.value < NOISE:
        return (sentence("asymmetry.noise", difference=written),)
    error = SURE * (pair.difference.uncertainty or 0.0)
    if pair.difference.value >= CLEAR_DEGREES and pair.difference.value > error:
        return (sentence("asymmetry.clear", difference=written),)
    limit = Quantity(max(CLEAR_DEGREES, error), "degrees")
    return (sentence("asymmetry.watch", difference=written, limit=limit),)


def other_side(pair: Pair) -> tuple[Sentence, ...]:
    """The request to film the other side too, where only one was measured."""
    if len(pair.measured) != 1 or len(pair.sides) != 2:
        return ()
    return (sentence("how.other_side", side=sentence(f"side.{pair.measured[0].side}")),)


def far(findings: Findings, metrics: Iterable[Metric]) -> tuple[Sentence, ...]:
    """That values are of the side away from the camera, once for each side."""
    found = (metric.side for metric in metrics if metric.side and f"{FAR_SIDE}{metric.name}" in findings.notes)
    return tuple(sentence("general.far_side", side=sentence(f"side.{side}")) for side in dict.fromkeys(found))


def straight(findings: Findings) -> Findings:
    """The findings without the values of views at an angle, which are good for no comment."""
    oblique = {note.removeprefix(OBLIQUE) for note in findings.notes if note.startswith(OBLIQUE)}
    return replace(findings, metrics=tuple(_unless(metric, oblique) for metric in findings.metrics))


def _unless(metric: Metric, oblique: Collection[str]) -> Metric:
    if metric.name not in oblique:
        return metric
    return missing(metric.name, metric.unit, Reason.WRONG_VIEW, side=metric.side, rep=metric.rep)


def unmeasured(metrics: Sequence[Metric], references: tuple[str, ...] = ()) -> Comment:
    """Why a quantity has no value, said once for both sides, and how to film it."""
    metric = metrics[0]
    name = naming(base(metric) if len(metrics) > 1 else metric.name)
    seen = sentence("reason.none", name=name), sentence(f"reason.{metric.reason}")
    return Comment(seen, how(metric), references)


def how(metric: Metric) -> tuple[Sentence, ...]:
    """How to film, or what to give, so that the metric gets a value."""
    if metric.reason is Reason.NO_MASS:
        return (sentence("how.bar_mass" if metric.name.endswith(_BAR_POWER) else "how.body_mass"),)
    if metric.reason is Reason.DEGENERATE:
        return (sentence("how.feet"),) if camera(metric) == "front" else ()
    if metric.reason in _HOW:
        return (sentence(_HOW[metric.reason]),)
    film = sentence(f"how.{camera(metric)}", distance=Quantity(CAMERA_METRES, "distance"))
    return (film,) if metric.reason is Reason.WRONG_VIEW else (film, sentence("how.visible"))


def camera(metric: Metric) -> str:
    """Where the camera has to stand: `front` or `side`."""
    return "front" if base(metric).removesuffix("_asymmetry") in FRONTAL else "side"
