"""The report of Joint Angle Mobility: how far each joint goes, with its course."""

from motion.analysis import Analysis
from motion.documents.info import Document, SessionInfo, exercise, marked, title
from motion.documents.numbers import numbers, rounded
from motion.request import Joint


def joint_mobility(analysis: Analysis, info: SessionInfo) -> Document:
    """Maximum, minimum and course of each joint that was asked for, degrees; shown are all, with no comments."""
    asked = [f"{joint}_angle" for joint in Joint if joint in analysis.request.joints]
    document = {
        "title": title(analysis.request, info),
        "angles": {name: _range(analysis, name) for name in asked},
        "exercise": exercise(analysis.request),
        "user_info": dict(info.user_info),
        "date": info.date,
        "uploaded_date": info.created_at.isoformat(),
        "shown_angles": asked,
        "comments": {},
    }
    return marked(document, info)


def _range(analysis: Analysis, name: str) -> Document:
    ends = {end: analysis.findings.metric(f"{name.removesuffix('_angle')}_{end}") for end in ("max", "min")}
    known = {end: None if one is None else rounded(one.value, one.unit) for end, one in ends.items()}
    return known | {"values": numbers(analysis.body.angles[name], "degrees")}
