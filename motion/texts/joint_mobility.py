"""Comments on joint angle mobility: how far each joint went, side by side."""

from collections.abc import Iterable

from motion.findings import Findings
from motion.metric import Metric
from motion.texts.labels import naming
from motion.texts.rules import Group, far, groups, quantity, unmeasured
from motion.texts.text import Comment, Sentence, sentence

_SOURCES = ("soucie_2011", "gwynne_2014")
_MOST, _LEAST = "_max", "_min"


def comments(findings: Findings) -> dict[str, Comment]:
    """One comment for each joint, and a summary."""
    found = groups(findings)
    joints = [name.removesuffix(_MOST) for name in found if name.endswith(_MOST)]
    single = {joint: _joint(findings, joint, found[joint + _MOST], found[joint + _LEAST]) for joint in joints}
    return {**single, "final_summary": _summary([joint for joint in joints if found[joint + _MOST].measured])}


def _joint(findings: Findings, joint: str, most: Group, least: Group) -> Comment:
    ranges = tuple(_range(joint, upper, lower) for upper, lower in _ends(most, least))
    if not ranges:
        return unmeasured(most.metrics[:1], _SOURCES)
    seen = (*ranges, *far(findings, most.measured), sentence("mobility.joint.about"))
    return Comment(seen, (sentence("mobility.joint.next"),), _SOURCES)


def _ends(most: Group, least: Group) -> Iterable[tuple[Metric, Metric]]:
    """Both ends of each side's range; of the mean of the sides only where no side stands alone."""
    lower = {metric.side: metric for metric in least.measured}
    ends = [(upper, lower[upper.side]) for upper in most.measured if upper.side in lower]
    return [pair for pair in ends if pair[0].side] or ends


def _range(joint: str, most: Metric, least: Metric) -> Sentence:
    name = naming(f"{most.side}_{joint}" if most.side else joint)
    return sentence("mobility.joint.range", name=name, least=quantity(least), most=quantity(most))


def _summary(joints: list[str]) -> Comment:
    closing = (sentence("general.pain"),)
    if not joints:
        return Comment((sentence("mobility.summary.none"), sentence("general.estimate")), closing, _SOURCES)
    names = tuple(naming(joint) for joint in joints)
    return Comment((sentence("mobility.summary.seen", names=names), sentence("general.estimate")), closing, _SOURCES)
