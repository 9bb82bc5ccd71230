"""A camera that films a synthetic person, and everything that films suffer from."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from motion.body.landmarks import Flags, Floats, Landmarks
from motion.synthetic.curves import Clock
from motion.synthetic.movement import Movement, turned

SEEN, HIDDEN = 0.98, 0.2
"""Visibility of a point in sight, and of one that is out of sight."""

FAR_SIDE = 0.7
"""Share of its width by which the body must be turned edge on for a far side to be out of sight: 45°."""

_LEFT, _RIGHT = slice(11, 33, 2), slice(12, 33, 2)


class Side(Enum):
    """Degrees by which the person must be turned for the camera to see them so; 0 faces right in the picture."""

    RIGHT = 0.0
    LEFT = 180.0
    FRONT = -90.0
    BACK = 90.0
    OBLIQUE = -30.0


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera stands and what its picture is like.

    Orthographic with `distance` None, else a pinhole so many metres from the origin and `height` metres over the floor,
    level. `metre`: pixels of a metre at the origin; `floor`: y of the origin on the floor as a share of the picture's
    height. `roll`: degrees by which the picture is turned clockwise about its centre.
    """

    side: Side = Side.RIGHT
    metre: float = 380.0
    width: int = 1080
    height_px: int = 1080
    floor: float = 0.92
    distance: float | None = None
    height: float = 1.0
    roll: float = 0.0

    def pixels(self, points: Floats) -> Floats:
        """(…, 2): pixels of points (…, 3): metres right, away from the camera, up."""
        right, away, up = np.moveaxis(points, -1, 0)
        scale = np.ones_like(away) if self.distance is None else self.distance / (self.distance + away)
        horizon = 0.0 if self.distance is None else self.height
        x = self.width / 2 + self.metre * scale * right
        y = self.floor * self.height_px - self.metre * (horizon + scale * (up - horizon))
        return self._rolled(np.stack([x, y], axis=-1))

    def _rolled(self, pixels: Floats) -> Floats:
        centre = np.array([self.width, self.height_px]) / 2
        angle = np.radians(self.roll)
        x, y = np.moveaxis(pixels - centre, -1, 0)
        return np.asarray(
            np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=-1) + centre
        )


@dataclass(frozen=True, slots=True)
class Flaws:
    """What is wrong with a film.

    `noise`: pixels, one standard deviation of every coordinate. `far_side_hidden`: the side away from the camera is out
    of sight while the person is seen edge on. `hidden`: points never in sight. `dropped`: share of frames that are
    missing, times and all. `lost`: spans of seconds in which nobody is found. `seed`: of all that is random.
    """

    noise: float = 0.0
    far_side_hidden: bool = False
    hidden: Sequence[int] = ()
    dropped: float = 0.0
    lost: Sequence[tuple[float, float]] = ()
    seed: int = 0


FLAWLESS = Flaws()


def project(
    movement: Movement, camera: Camera | None = None, clock: Clock | None = None, flaws: Flaws = FLAWLESS
) -> Landmarks:
    """What a pose model without error would find in a film of the movement, then the flaws.

    `world` holds metres from the mid-hip: right, down and away from the camera.
    """
    camera, random = camera or Camera(), np.random.default_rng(flaws.seed)
    times = _kept((clock or Clock()).times(movement.duration), flaws.dropped, random)
    points = turned(movement.joints(times), np.full(times.size, camera.side.value))
    pixels = camera.pixels(points)
    pixels += flaws.noise * random.standard_normal(pixels.shape)
    nobody = _within(times, flaws.lost)
    visibility = np.where(nobody[:, None], 0.0, _visibility(points, flaws))
    pixels[nobody] = np.nan
    world = np.where(nobody[:, None, None], np.nan, _about_the_hips(points))
    return Landmarks(times - times[0], pixels, visibility, camera.width, camera.height_px, world)


def _kept(times: Floats, dropped: float, random: np.random.Generator) -> Floats:
    """The times without a share of them; first and last stay."""
    inner = np.arange(1, times.size - 1)
    away = random.choice(inner, int(dropped * inner.size), replace=False)
    return np.delete(times, away)


def _within(times: Floats, spans: Sequence[tuple[float, float]]) -> Flags:
    return np.asarray(sum(((times >= a) & (times <= b) for a, b in spans), np.zeros(times.size, dtype=bool)) > 0)


def _visibility(points: Floats, flaws: Flaws) -> Floats:
    seen = np.full(points.shape[:2], SEEN)
    if flaws.far_side_hidden:
        deeper = points[:, 11, 1] - points[:, 12, 1]
        limit = FAR_SIDE * np.linalg.norm(points[:, 11] - points[:, 12], axis=-1)
        seen[:, _LEFT] = np.where(deeper > limit, HIDDEN, SEEN)[:, None]
        seen[:, _RIGHT] = np.where(-deeper > limit, HIDDEN, SEEN)[:, None]
    seen[:, list(flaws.hidden)] = HIDDEN
    return seen


def _about_the_hips(points: Floats) -> Floats:
    about = points - points[:, 23:25].mean(axis=1, keepdims=True)
    return np.stack([about[..., 0], -about[..., 2], about[..., 1]], axis=-1)
