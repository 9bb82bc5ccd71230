"""Films of a synthetic person who squats, as a client's pose model would tell of them; labelled as example data."""

from random import Random
from typing import Any, Final

import numpy as np

from kinelake.example.pose.film import FRAMES_PER_SECOND, Film
from motion.body.landmarks import Landmarks
from motion.synthetic import Camera, Clock, Flaws, Movement, Person, Side, Squat, project, squat

CAMERA: Final = Camera(metre=170.0, width=640, height_px=480)


def film(seed: int) -> Film:
    """One way of squatting, seen from one side; the same for the same seed."""
    random = Random(f"squats:{seed}")
    movement = squat(Person.of_cm(random.uniform(155, 195)), _how(random))
    side = random.choice((Side.RIGHT, Side.LEFT, Side.FRONT, Side.OBLIQUE))
    camera = Camera(side, CAMERA.metre, CAMERA.width, CAMERA.height_px)
    seen = project(movement, camera, Clock(FRAMES_PER_SECOND), Flaws(noise=0.5, seed=seed))
    score = round(random.uniform(0.5, 0.95), 2)
    return Film(tuple(_frame(seen, movement, number, score) for number in range(seen.times.size)))


def _how(random: Random) -> Squat:
    depth = random.uniform(80, 120)
    return Squat(
        knee=(depth, depth - random.uniform(0, 12)),
        shank=(0.28 * depth, 0.28 * depth),
        lean=0.32 * depth,
        repetitions=random.randint(3, 6),
        descent=random.uniform(0.8, 1.4),
        ascent=random.uniform(0.7, 1.1),
        rest=random.uniform(0.8, 1.6),
    )


def _frame(seen: Landmarks, movement: Movement, number: int, score: float) -> dict[str, Any]:
    at = float(seen.times[number])
    points, depth = seen.points[number], _depth(seen, number)
    counted = sum(end <= at for end in movement.truth.events["end"])
    return {
        "landmark_x": (points[:, 0] / seen.width).round(5).tolist(),
        "landmark_y": (points[:, 1] / seen.height).round(5).tolist(),
        "landmark_z": depth.round(5).tolist(),
        "landmark_visibility": seen.visibility[number].round(3).tolist(),
        "pose_confidence": 0.96,
        "landmarks_detected": 33,
        "rep_count": counted,
        "form_score": score,
        "active_exercise_phase": _phase(movement, at),
        "camera_resolution": f"{seen.width}x{seen.height}",
        "processing_time_ms": 12,
    }


def _depth(seen: Landmarks, number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(33): depth from the mid-hip in picture widths."""
    assert seen.world is not None, "a synthetic person has metres"
    return np.asarray(seen.world[number, :, 2] * CAMERA.metre / CAMERA.width)


def _phase(movement: Movement, at: float) -> str:
    """Down, up, or neither."""
    events = movement.truth.events
    for start, bottom, end in zip(events["start"], events["bottom"], events["end"], strict=True):
        if start <= at < bottom:
            return "eccentric"
        if bottom <= at < end:
            return "concentric"
    return "rest"
