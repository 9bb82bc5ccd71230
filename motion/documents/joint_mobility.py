"""The report of Joint Angle Mobility: how far each joint goes, with its course."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from motion.analysis import Analysis
from motion.documents.info import Document, SessionInfo, exercise, marked, title
from motion.documents.numbers import numbers, rounded
from motion.request import Joint, Request


@dataclass(frozen=True, slots=True)
class Shown:
    """How a report is to be shown: which angles, and what somebody noted of some."""

    angles: Sequence[str]
    comments: Mapping[str, str] = field(default_factory=dict)


def asked_angles(request: Request) -> list[str]:
    """The angles of the joints that were asked for, in their usual order."""
    return [f"{joint}_angle" for joint in Joint if joint in request.joints]


def joint_mobility(analysis: Analysis, info: SessionInfo, shown: Shown | None = None) -> Document:
    """Maximum, minimum and course of each joint that was asked for, degrees; shown are all of them unless chosen."""
    asked = asked_angles(analysis.request)
    chosen = shown or Shown(asked)
    document = {
        "title": title(analysis.request, info),
        "angles": {name: _range(analysis, name) for name in asked},
        "exercise": exercise(analysis.request),
        "user_info": dict(info.user_info),
        "date": info.date,
        "uploaded_date": info.created_at.isoformat(),
        "shown_angles": list(chosen.angles),
        "comments": dict(chosen.comments),
    }
    return marked(document, info)


def _range(analysis: Analysis, name: str) -> Document:
    ends = {end: analysis.findings.metric(f"{name.removesuffix('_angle')}_{end}") for end in ("max", "min")}
    known = {end: None if one is None else rounded(one.value, one.unit) for end, one in ends.items()}
    return known | {"values": numbers(analysis.body.angles[name], "degrees")}
