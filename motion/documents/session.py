"""The session as every reader sees it, before and after its analysis."""

from collections.abc import Mapping
from types import MappingProxyType

from motion.analysis import Analysis
from motion.documents.angles import angles
from motion.documents.info import ACTIVITIES, Document, Images, SessionInfo, Status, exercise, marked, title
from motion.documents.metrics import of_session, phases, units, values
from motion.documents.numbers import milliseconds, rounded, timestamps
from motion.left_out import left_out
from motion.metric import Reason
from motion.request import ASSUMED_BARBELL_KG, Activity, Request

NO_IMAGES: Images = MappingProxyType({})

ALL = 100
"""Percent."""


def session(analysis: Analysis, info: SessionInfo, images: Images = NO_IMAGES) -> Document:
    """The session of a finished analysis; `images` are the phases' pictures."""
    metrics = of_session(analysis)
    found = {
        "segments": len(analysis.body.segments),
        "angles": angles(analysis),
        "all_timestamps": timestamps(analysis.body.raw.times),
        "metrics": values(metrics),
        "units": units(metrics),
        "phases": phases(analysis, images),
        "repetitions": analysis.findings.repetitions,
        "confidence": {metric.name: rounded(metric.confidence) for metric in metrics},
        "uncertainty": {
            metric.name: rounded(metric.uncertainty, metric.unit)
            for metric in metrics
            if metric.uncertainty is not None
        },
        "quality": _quality(analysis),
    }
    return _document(analysis.request, info, Status.DONE, ALL, None, found)


def unfinished(
    request: Request, info: SessionInfo, status: Status, *, progress: int = 0, error: str | None = None
) -> Document:
    """The session before its analysis is done, or where it failed: the same keys, and nothing in them."""
    return _document(request, info, status, progress, error, _NOTHING)


def brief(
    request: Request, info: SessionInfo, status: Status, *, progress: int = 0, error: str | None = None
) -> Document:
    """What is known of a session without its analysis: the keys of the session but for those of what was found."""
    whole = unfinished(request, info, status, progress=progress, error=error)
    return {name: value for name, value in whole.items() if name not in _NOTHING}


_NOTHING: Mapping[str, object] = {
    "segments": 0,
    "angles": {},
    "all_timestamps": [],
    "metrics": {},
    "units": {},
    "phases": [],
    "repetitions": 0,
    "confidence": {},
    "uncertainty": {},
    "quality": {"view": None, "segments": [], "left_out": [], "reasons": {}, "notes": [], "parts": {}},
}


def _document(
    request: Request,
    info: SessionInfo,
    status: Status,
    progress: int,
    error: str | None,
    found: Mapping[str, object],
) -> Document:
    document = {
        "session_id": info.session_id,
        "segments": found["segments"],
        "video_url": info.video_url,
        "analyzed_video_url": info.analyzed_video_url,
        "activity": ACTIVITIES[request.activity],
        "title": title(request, info),
        "user_name": info.user_name,
        "created_at": {"date": info.date, "time": info.time},
        "exercise": exercise(request),
        "angles": found["angles"],
        "all_timestamps": found["all_timestamps"],
        "status": str(status),
        "progress": progress,
        "error": error,
        **{name: found[name] for name in ("metrics", "units", "phases", "repetitions")},
        **{name: found[name] for name in ("confidence", "uncertainty", "quality")},
    }
    return marked(document | _barbell(request), info)


def _barbell(request: Request) -> Document:
    """The mass that lifts are counted with."""
    if request.activity is not Activity.WEIGHTLIFTING:
        return {}
    given = request.barbell_mass
    return {
        "barbell_mass": ASSUMED_BARBELL_KG if given is None else rounded(given),
        "barbell_mass_assumed": given is None,
    }


def _quality(analysis: Analysis) -> Document:
    """How the person was seen, when another one was; why numbers are missing, notes, parts of indices."""
    times = analysis.body.raw.times
    segments = [
        {
            "start_ms": milliseconds(times[one.first]),
            "end_ms": milliseconds(times[one.last]),
            "view": str(one.view),
            "facing": str(one.facing),
        }
        for one in analysis.body.segments
    ]
    parts = analysis.findings.parts
    return {
        "view": None if analysis.view is None else str(analysis.view),
        "segments": segments,
        "left_out": [
            {"start_ms": milliseconds(start), "end_ms": milliseconds(end), "reason": str(Reason.ANOTHER_PERSON)}
            for start, end in left_out(analysis.body)
        ],
        "reasons": {name: str(reason) for name, reason in analysis.reasons.items()},
        "notes": list(analysis.findings.notes),
        "parts": {index: {name: rounded(part) for name, part in of.items()} for index, of in parts.items()},
    }
