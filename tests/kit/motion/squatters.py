"""Bodies of people who squat, made by hand: every series and every point is written down, nothing is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from motion.body.body import Body
from motion.body.landmarks import POINTS, Floats, Landmarks, Point
from motion.body.segment import Facing, Segment, View

RATE = 30.0
STANDING_PIXELS, ANKLES_Y, KNEES_X = 300.0, 900.0, 40.0
STANDING, SQUATTING = 1.0, 2.0

AT_THE_BOTTOM: Mapping[str, float] = {
    "left_hip_angle": 100.0,
    "right_hip_angle": 104.0,
    "left_knee_angle": 110.0,
    "right_knee_angle": 108.0,
    "left_ankle_angle": 25.0,
    "right_ankle_angle": 27.0,
    "left_shoulder_angle": 160.0,
    "right_shoulder_angle": 158.0,
    "trunk_lean": 40.0,
    "left_shank_inclination": 32.0,
    "right_shank_inclination": 32.0,
}
"""Degrees that the side shows."""
FROM_THE_FRONT: Mapping[str, float] = {
    "left_hip_abduction": 30.0,
    "right_hip_abduction": 26.0,
    "left_knee_inward": 8.0,
    "right_knee_inward": 4.0,
}


@dataclass(frozen=True)
class Scene:
    """Squats in one view; a squat is given by how far the hip drops, in standing heights."""

    view: View
    facing: Facing
    drops: tuple[float, ...] = (0.5, 0.5, 0.5)
    hidden: frozenset[int] = frozenset()
    bottom: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0


FROM_LEFT = Scene(View.SAGITTAL, Facing.LEFT)
FROM_RIGHT = Scene(View.SAGITTAL, Facing.RIGHT)
FROM_FRONT = Scene(View.FRONTAL, Facing.FRONT)
AT_AN_ANGLE = Scene(View.OBLIQUE, Facing.LEFT)


def drop_of(drops: tuple[float, ...]) -> Floats:
    """(n): how far the hip is below standing: a second of standing, squats of two seconds, a second after each."""
    squat = (1 - np.cos(2 * np.pi * np.arange(int(SQUATTING * RATE)) / (SQUATTING * RATE))) / 2
    stand = np.zeros(int(STANDING * RATE))
    return np.concatenate([stand, *(np.concatenate([drop * squat, stand]) for drop in drops)])


def body_of(*scenes: Scene, camera_moved: bool = False) -> Body:
    """The scenes one after the other."""
    drops = [drop_of(scene.drops) for scene in scenes]
    ends = np.cumsum([one.size for one in drops])
    segments = tuple(
        Segment(int(end - one.size), int(end) - 1, scene.view, scene.facing)
        for scene, one, end in zip(scenes, drops, ends, strict=True)
    )
    points = np.concatenate([_points(scene, drop) for scene, drop in zip(scenes, drops, strict=True)])
    reliable = ~np.isnan(points).any(axis=2)
    film = Landmarks(np.arange(ends[-1]) / RATE, points, reliable.astype(float), 1080, 1920)
    angles = [_angles(scene, drop) for scene, drop in zip(scenes, drops, strict=True)]
    series = {name: np.concatenate([one[name] for one in angles]) for name in angles[0]}
    return Body(film, film, reliable, segments, series, camera_moved)


def _points(scene: Scene, drop: Floats) -> Floats:
    """Ankles at rest, hips and all above them at the height; knees between, in front."""
    points = np.zeros((drop.size, POINTS, 2))
    hips = ANKLES_Y - scene.scale * STANDING_PIXELS * (1 - drop)
    points[:, :, 1] = hips[:, None]
    points[:, Point.LEFT_ANKLE :, 1] = ANKLES_Y
    points[:, Point.LEFT_KNEE : Point.RIGHT_KNEE + 1] = KNEES_X, ANKLES_Y - scene.scale * STANDING_PIXELS / 2
    points[:, sorted(scene.hidden)] = np.nan
    return points


def _angles(scene: Scene, drop: Floats) -> dict[str, Floats]:
    """Angles rise with the drop and reach what is written down at the deepest of the scene."""
    shown = {View.SAGITTAL: AT_THE_BOTTOM, View.OBLIQUE: AT_THE_BOTTOM, View.FRONTAL: FROM_THE_FRONT}[scene.view]
    share = drop / drop.max() if drop.any() else drop
    nothing = np.full(drop.size, np.nan)
    names = [*AT_THE_BOTTOM, *FROM_THE_FRONT]
    # Left points have odd numbers; who hides one hides the leg.
    hidden = {"right" if point % 2 == 0 else "left" for point in scene.hidden}
    seen = {name for name in shown if name.split("_")[0] not in hidden}
    angles = {name: share * {**shown, **scene.bottom}[name] if name in seen else nothing for name in names}
    return angles | {"knee_ratio": 1.0 - 0.3 * share if scene.view is View.FRONTAL else nothing}
