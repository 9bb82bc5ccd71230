"""Sessions for the texts: what was asked and found, without a film behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from motion.findings import Findings
from motion.metric import Metric
from motion.request import Activity, Exercise, Request

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
JOINTS = Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY)
JUMP = Request(activity=Activity.JUMPING, exercise=Exercise.COUNTERMOVEMENT_JUMP)
DROP = Request(activity=Activity.JUMPING, exercise=Exercise.DROP_JUMP)
SNATCH = Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.SNATCH)
RUN = Request(activity=Activity.RUNNING)


@dataclass(frozen=True)
class Session:
    request: Request
    findings: Findings


def session(request: Request, *metrics: Metric, repetitions: int = 3, notes: Sequence[str] = ()) -> Session:
    return Session(request, Findings(metrics, repetitions=repetitions, notes=tuple(notes)))


def degrees(name: str, value: float) -> Metric:
    """An angle, of a side if its name begins with one."""
    side = name.partition("_")[0]
    if side == "left":
        return Metric(name, value, "degrees", 0.9, side="left")
    return Metric(name, value, "degrees", 0.9, side="right" if side == "right" else None)


def squat(
    hip: float = 125, knee: float = 124, ankle: float = 33, inward: float = 1, ratio: float = 1.0, apart: float = 2
) -> Session:
    """A squat whose right side bends `apart` degrees less than the left one."""
    angles = {"hip_flexion": hip, "knee_flexion": knee, "ankle_flexion": ankle}
    return session(
        SQUAT,
        *(degrees(f"left_{name}", value) for name, value in angles.items()),
        *(degrees(f"right_{name}", value - apart) for name, value in angles.items()),
        *(degrees(f"{name}_asymmetry", apart) for name in angles),
        degrees("left_hip_abduction", 21),
        degrees("right_hip_abduction", 22),
        degrees("hip_abduction_asymmetry", 1),
        degrees("left_knee_inward", inward),
        degrees("right_knee_inward", inward - 1),
        Metric("knee_ratio", ratio, "ratio", 0.9),
        Metric("mobility_index", 97.0, "index", 0.9),
        Metric("quality_index", 88.0, "index", 0.9),
    )
