"""The angle series of a session, those of the joints that were asked for."""

from collections.abc import Mapping

from motion.analysis import Analysis
from motion.body.angles import SIDES
from motion.documents.numbers import Numbers, numbers
from motion.request import Joint

RATIO = "knee_ratio"
"""The one series that is not in degrees."""

OF_JOINT: Mapping[Joint, tuple[str, ...]] = {
    Joint.ANKLE: ("foot_shank_angle", "shank_inclination"),
    Joint.KNEE: ("knee_inward",),
    Joint.HIP: ("hip_abduction",),
    Joint.SHOULDER: (),
    Joint.ELBOW: (),
}
"""What each side has beside the joint's own angle."""

OF_BODY: Mapping[Joint, tuple[str, ...]] = {Joint.KNEE: (RATIO,), Joint.HIP: ("trunk_lean",)}
"""What belongs to a joint but to no side."""


def series_unit(name: str) -> str:
    """degrees, or ratio."""
    return "ratio" if name == RATIO else "degrees"


def angles(analysis: Analysis) -> dict[str, Numbers]:
    """Name -> one number for each timestamp, null where nothing can be said."""
    known = analysis.body.angles
    return {name: numbers(known[name], series_unit(name)) for name in _names(analysis.request.joints) if name in known}


def _names(joints: frozenset[Joint]) -> list[str]:
    chosen = [joint for joint in Joint if joint in joints]
    own = [f"{start}{joint}_angle" for joint in chosen for start in ("", *(f"{side}_" for side in SIDES))]
    sided = [f"{side}_{name}" for joint in chosen for name in OF_JOINT[joint] for side in SIDES]
    return own + sided + [name for joint in chosen for name in OF_BODY.get(joint, ())]
