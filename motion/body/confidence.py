"""How far a metric can be trusted: what was seen, what was filled, how the camera stood, how many frames there were."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from motion.body.body import Body

RATE, EVENT_RATE = 30.0, 120.0
"""Frames per second that are enough for values, and for instants such as take-off."""

FAR_SIDE = 0.6
"""What the side away from the camera is worth at most: the model guesses it behind the near one; ours."""


def confidence(
    body: Body, frames: NDArray[np.intp] | slice, points: Sequence[int], view: float = 1.0, *, events: bool = False
) -> float:
    """0 to 1: median visibility used × share of unfilled frames × `view` × min(1, fps ÷ RATE), of events ÷ EVENT_RATE.

    `frames` and `points` are those that the value was made from; a frame is unfilled if all of the points were visible
    in it. `view`: 1 where the view shows the value, 0.5 at an angle, 0 where it does not.
    """
    reliable = body.reliable[frames][:, list(points)]
    if reliable.size == 0:
        return 0.0
    visibility = float(np.median(body.raw.visibility[frames][:, list(points)]))
    return visibility * float(reliable.all(axis=1).mean()) * view * rate_factor(body.raw.rate, events=events)


def rate_factor(rate: float, *, events: bool) -> float:
    """What a frame rate is worth, 0 to 1."""
    return min(1.0, rate / (EVENT_RATE if events else RATE))
