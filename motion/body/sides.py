"""Left and right put right: films that were mirrored, and frames in which the model took one limb for the other."""

from dataclasses import replace

import numpy as np

from motion.body.landmarks import POINTS, Landmarks
from motion.body.swaps import swapped

PAIRS = np.array([0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, POINTS))])
"""Each point's number on the other side."""

LEGS, ARMS = np.arange(23, POINTS), np.arange(11, 23)


def mirrored(landmarks: Landmarks) -> Landmarks:
    """What the same model says of the mirrored film: x from the other edge, left called right; its own inverse."""
    world = landmarks.world
    turned = flipped(landmarks)
    return replace(
        turned,
        points=turned.points[:, PAIRS],
        visibility=landmarks.visibility[:, PAIRS],
        world=None if world is None else world[:, PAIRS] * np.array([-1.0, 1.0, 1.0]),
    )


def flipped(landmarks: Landmarks) -> Landmarks:
    """The same points, called as they are, where they lie in the mirrored picture: for drawing on a mirrored film."""
    x, y = landmarks.points[..., 0], landmarks.points[..., 1]
    return landmarks.with_points(np.stack([landmarks.width - x, y], axis=-1))


def guarded(landmarks: Landmarks) -> Landmarks:
    """The landmarks with the legs' or the arms' sides exchanged where the model took one for the other."""
    order = np.tile(np.arange(POINTS), (landmarks.times.size, 1))
    for limb in (LEGS, ARMS):
        wrong = swapped(landmarks.times, landmarks.points[:, limb], landmarks.points[:, PAIRS[limb]])
        order[np.ix_(wrong, limb)] = PAIRS[limb]
    world = landmarks.world
    return replace(
        landmarks,
        points=np.take_along_axis(landmarks.points, order[..., None], axis=1),
        visibility=np.take_along_axis(landmarks.visibility, order, axis=1),
        world=None if world is None else np.take_along_axis(world, order[..., None], axis=1),
    )
