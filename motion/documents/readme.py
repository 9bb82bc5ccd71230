"""What an exported archive holds, in which units, for whoever opens it years later."""

from collections.abc import Iterable

from motion.analysis import Analysis
from motion.documents.info import ACTIVITIES, SessionInfo, exercise, title
from motion.documents.metrics import of_session, units

_FILES = {
    "session.json": "the session: angles, metrics with units, confidence, uncertainty, phases, reasons for nulls",
    "export.json": "angles, keypoints, metrics, units and phases in one document",
    "keypoints.csv": "t_ms, then for each point x and y in pixels and v, its visibility",
    "angles.csv": "t_ms, then one column for each angle",
    "metrics.csv": "one row for each metric, of the session (rep empty) and of each repetition",
    "analyzed.mp4": "the film with skeleton, angles and phases drawn on it",
    "pictures/": "one picture for each phase",
}

_MEANING = """\
Times are milliseconds from the first frame in timestamps (t_ms, start_ms, end_ms), seconds in metrics.

Keypoints: l and r are the person's own left and right; ear, sho(ulder), elb(ow), wri(st), hip, kne(e), ank(le),
hee(l), toe, and head (the nose). x and y are pixels of the upright film, unfiltered, from its top left corner, y down;
empty where no person was found, or another one than the one who is followed. v is how sure the pose model is that the
point is in sight, 0 to 1.
World keypoints, where present, are metres from the middle of the hips as the model guesses them; no metric uses them.

Angles: degrees in the plane of the picture, from filtered points; 0 is a straight joint, flexion is positive.
hip: thigh against the line from mid-hip to mid-shoulder (not the pelvis). ankle: the shank's inclination less its
value in standing; foot_shank_angle is 0 with the foot at right angles to the shank. shoulder: upper arm against the
trunk. abduction: away from the middle. knee_inward: towards the other knee, seen from the front. trunk_lean and
shank_inclination: forward of upright. knee_ratio: knees apart over ankles apart, a ratio. Empty is: not known.

Metrics: confidence 0 to 1; uncertainty is one standard deviation in the metric's unit; where there is no value, the
reason says why: not_visible, wrong_view, low_visibility, no_scale (no height was given), too_few, frame_rate,
camera_moved, no_mass, no_baseline, degenerate, another_person (what it needs may have been done while the film showed
somebody else, which is left out).
"""


def readme(analysis: Analysis, info: SessionInfo, files: Iterable[str]) -> str:
    """The README of an archive with these files, names of folders with a slash at their end."""
    request = analysis.request
    lines = [
        title(request, info),
        f"{ACTIVITIES[request.activity]}, {exercise(request)}, {info.date}",
        *(["Simulated data: a synthetic person, made up by a computer."] if info.demo else []),
        "",
        *(f"{name:<16}{_FILES[name]}" for name in files),
        "",
        _MEANING,
        "Units of the metrics:",
        *(f"  {name}: {unit}" for name, unit in units(of_session(analysis)).items()),
    ]
    return "\n".join(lines) + "\n"
