"""The points of a body under the names that exports give them."""

from collections.abc import Mapping

import numpy as np

from motion.analysis import Analysis
from motion.body.landmarks import Landmarks, Point
from motion.body.sides import flipped
from motion.documents.numbers import Numbers, numbers

NAMES: Mapping[str, Point] = {
    "head": Point.HEAD,
    **{
        f"{side}{short}": Point[f"{long}_{part}"]
        for side, long in (("l", "LEFT"), ("r", "RIGHT"))
        for short, part in (
            ("ear", "EAR"),
            ("sho", "SHOULDER"),
            ("elb", "ELBOW"),
            ("wri", "WRIST"),
            ("hip", "HIP"),
            ("kne", "KNEE"),
            ("ank", "ANKLE"),
            ("hee", "HEEL"),
            ("toe", "TOE"),
        )
    },
}
"""Name -> point."""


def keypoints(analysis: Analysis) -> dict[str, Numbers]:
    """`<name>x`, `<name>y`: unfiltered pixels of the film, null where no person is; `<name>v`: visibility, always."""
    film = _as_filmed(analysis)
    columns = {}
    for name, point in NAMES.items():
        columns[f"{name}x"] = numbers(film.points[:, point, 0])
        columns[f"{name}y"] = numbers(film.points[:, point, 1])
        columns[f"{name}v"] = numbers(np.nan_to_num(film.visibility[:, point]))
    return columns


def world_keypoints(analysis: Analysis) -> dict[str, Numbers]:
    """`<name>x`, `<name>y`, `<name>z`: metres from the middle of the hips, as the model guesses them; {} without."""
    world = analysis.body.raw.world
    if world is None:
        return {}
    return {
        f"{name}{axis}": numbers(world[:, point, number])
        for name, point in NAMES.items()
        for number, axis in enumerate("xyz")
    }


def _as_filmed(analysis: Analysis) -> Landmarks:
    """The raw points where they lie in the film, also in a mirrored one; the names stay the person's own sides."""
    return flipped(analysis.body.raw) if analysis.request.mirrored else analysis.body.raw
