"""Synthetic people filmed and analysed, and how far what was found lies from what is true."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from motion.body.body import Body
from motion.body.body_of import body
from motion.body.landmarks import Landmarks
from motion.findings import Findings
from motion.metric import Reason
from motion.request import Activity, Exercise, Request
from motion.synthetic import Camera, Clock, Flaws, Movement, Side, project

STATURE_CM = 175.0

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT, height_cm=STATURE_CM)
RANGES = Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY, height_cm=STATURE_CM)
RUNNING = Request(activity=Activity.RUNNING, height_cm=STATURE_CM)
COUNTERMOVEMENT = Request(activity=Activity.JUMPING, exercise=Exercise.COUNTERMOVEMENT_JUMP, height_cm=STATURE_CM)
DROP = Request(activity=Activity.JUMPING, exercise=Exercise.DROP_JUMP, height_cm=STATURE_CM)

Measure = Callable[[Body, Request], Findings]


def film(movement: Movement, rate: float, side: Side = Side.RIGHT, flaws: Flaws | None = None) -> Landmarks:
    """The movement through an orthographic camera."""
    return project(movement, Camera(side), Clock(rate), flaws or Flaws())


def seen(landmarks: Landmarks, request: Request, measure: Measure) -> tuple[Body, Findings]:
    """The body of a film, and what the activity finds."""
    whole = body(landmarks, request)
    return whole, measure(whole, request)


def value(findings: Findings, name: str) -> float:
    """A session's value, which has to be there."""
    metric = findings.metric(name)
    assert metric is not None, name
    assert metric.value is not None, (name, metric.reason)
    return metric.value


def uncertainty(findings: Findings, name: str) -> float:
    """What a session's value states as one standard deviation."""
    metric = findings.metric(name)
    assert metric is not None
    assert metric.uncertainty is not None, name
    return metric.uncertainty


def why_null(findings: Findings, name: str) -> Reason | None:
    """The reason of a session's metric, None where it has a value."""
    metric = findings.metric(name)
    assert metric is not None, name
    return metric.reason


def shown(title: str, errors: Mapping[str, float], unit: str) -> float:
    """Prints the errors; the greatest without its sign."""
    worst = max(errors, key=lambda name: abs(errors[name]))
    rest = ", ".join(f"{name} {error:+.3g}" for name, error in errors.items())
    print(f"{title}: worst {errors[worst]:+.3g} {unit} ({worst}); {rest}")
    return abs(errors[worst])


def frames_off(found: ArrayLike, true: ArrayLike, rate: float) -> dict[str, float]:
    """Each true instant's distance to the nearest found one, in frames."""
    instants = np.atleast_1d(np.asarray(found, dtype=np.float64))
    assert instants.size, "nothing was found"
    nearest = [instants[np.abs(instants - t).argmin()] - t for t in np.atleast_1d(np.asarray(true, dtype=np.float64))]
    return {f"{number}": float(off * rate) for number, off in enumerate(nearest, 1)}
