"""The report of an overhead squat: five groups of numbers with their curves, and what was said of them."""

from collections.abc import Mapping
from typing import Literal

from motion.analysis import Analysis
from motion.documents.angles import series_unit
from motion.documents.info import Document, SessionInfo, exercise, marked
from motion.documents.metrics import values
from motion.documents.numbers import Numbers, numbers, rounded, timestamps
from motion.texts.text import Text

Views = Mapping[Literal["left", "right", "front"], str]
"""View -> URL of the picture that shows the knees in it; every view has one."""

METRICS: Mapping[str, tuple[str, ...]] = {
    "hip_flexion": ("left_hip_flexion", "right_hip_flexion", "hip_flexion_asymmetry"),
    "hip_abduction": ("left_hip_abduction", "right_hip_abduction", "hip_abduction_asymmetry"),
    "knee_flexion": ("left_knee_flexion", "right_knee_flexion", "knee_flexion_asymmetry"),
    "knee_movement": ("left_knee_inward", "right_knee_inward", "knee_inward_asymmetry", "knee_ratio"),
    "ankle_dorsiflexion": ("left_ankle_flexion", "right_ankle_flexion", "ankle_flexion_asymmetry"),
}
"""Group -> its metrics."""

GRAPHS: Mapping[str, Mapping[str, str]] = {
    "hip_flexion": {"lhip_flexion": "left_hip_angle", "rhip_flexion": "right_hip_angle"},
    "hip_abduction": {"lhip_abduction": "left_hip_abduction", "rhip_abduction": "right_hip_abduction"},
    "knee_flexion": {"lkne_flexion": "left_knee_angle", "rkne_flexion": "right_knee_angle"},
    "knee_movement": {
        "lkne_inward": "left_knee_inward",
        "rkne_inward": "right_knee_inward",
        "knee_ratio": "knee_ratio",
    },
    "ankle_dorsiflexion": {"lank_flexion": "left_ankle_angle", "rank_flexion": "right_ankle_angle"},
}
"""Group -> curve -> the series that it shows."""

INDICES = ("mobility_index", "quality_index")


def report(analysis: Analysis, info: SessionInfo, comments: Mapping[str, Text], views: Views) -> Document:
    """The whole report; every curve has one number for each of `graph_timestamps`, in ms."""
    metrics, curves = _grouped(analysis), _curves(analysis)
    return _document(
        analysis,
        info,
        views,
        grouped_data={group: {"metrics": metrics[group], "graph_data": curves[group]} for group in METRICS},
        graph_timestamps=timestamps(analysis.body.raw.times),
        report_comments=_written(comments),
    )


def summary(analysis: Analysis, info: SessionInfo, comments: Mapping[str, Text], views: Views) -> Document:
    """The report without curves, its comments called `summary`."""
    return _document(analysis, info, views, grouped_data=_grouped(analysis), summary=_written(comments))


def _document(
    analysis: Analysis, info: SessionInfo, views: Views, *, grouped_data: Document, **more: object
) -> Document:
    timed = {"graph_timestamps": more.pop("graph_timestamps")} if "graph_timestamps" in more else {}
    document = {
        "grouped_data": grouped_data,
        **timed,
        "knee_movement_phases": {view: views[view] for view in ("left", "right", "front")},
        "user_info": dict(info.user_info),
        "exercise": exercise(analysis.request),
        **more,
        "output_quality": _output_quality(analysis),
        "date": info.date,
    }
    return marked(document, info)


def _grouped(analysis: Analysis) -> Document:
    found = {metric.name: metric for metric in analysis.findings.metrics if metric.rep is None}
    return {group: values(found[name] for name in names if name in found) for group, names in METRICS.items()}


def _curves(analysis: Analysis) -> dict[str, dict[str, Numbers]]:
    known = analysis.body.angles
    return {
        group: {curve: numbers(known[series], series_unit(series)) for curve, series in curves.items()}
        for group, curves in GRAPHS.items()
    }


def _written(comments: Mapping[str, Text]) -> dict[str, str]:
    return {name: said.text for name, said in comments.items()}


def _output_quality(analysis: Analysis) -> Document:
    """Both indices, 0 to 100, then the parts that they are made of, 0 to 1."""
    found = {metric.name: metric for metric in analysis.findings.metrics if metric.name in INDICES}
    parts = {name: rounded(part) for of in analysis.findings.parts.values() for name, part in of.items()}
    return values(found.values()) | parts
