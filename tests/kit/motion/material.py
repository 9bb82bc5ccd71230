"""Other people's videos and reference series, read where they lie; tests skip where they are missing."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from motion.body.landmarks import Floats, Point

MOTION = Path(os.environ.get("KINELAKE_TEST_MOTION") or Path(__file__).parents[4] / "shared" / "data" / "motion")

MARKERS = {
    "RHip": Point.RIGHT_HIP,
    "RKnee": Point.RIGHT_KNEE,
    "RAnkle": Point.RIGHT_ANKLE,
    "RBigToe": Point.RIGHT_TOE,
    "RHeel": Point.RIGHT_HEEL,
    "LHip": Point.LEFT_HIP,
    "LKnee": Point.LEFT_KNEE,
    "LAnkle": Point.LEFT_ANKLE,
    "LBigToe": Point.LEFT_TOE,
    "LHeel": Point.LEFT_HEEL,
    "Nose": Point.HEAD,
    "RShoulder": Point.RIGHT_SHOULDER,
    "RElbow": Point.RIGHT_ELBOW,
    "RWrist": Point.RIGHT_WRIST,
    "LShoulder": Point.LEFT_SHOULDER,
    "LElbow": Point.LEFT_ELBOW,
    "LWrist": Point.LEFT_WRIST,
}
"""The markers of a .trc file that are points of ours."""


def material(name: str) -> Path:
    """A file of the material, or a skipped test."""
    path = MOTION / name
    if not path.exists():
        pytest.skip(f"no {name} in {MOTION}: set KINELAKE_TEST_MOTION to the folder with other people's motion data")
    return path


def coordinates(path: Path) -> dict[str, Floats]:
    """Column -> (n) of an OpenSim .mot file: seconds, degrees, metres."""
    header, *rows = path.read_text().split("endheader")[1].strip().splitlines()
    return dict(zip(header.split(), np.array([row.split() for row in rows], float).T, strict=True))


def markers(path: Path) -> dict[Point, Floats]:
    """Point -> (n, 3) metres, y up, of a .trc file."""
    lines = path.read_text().splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name]
    rows = np.array([line.split("\t")[2 : 2 + 3 * len(names)] for line in lines[5:] if line.strip()], float)
    places = rows.reshape(len(rows), len(names), 3)
    return {point: places[:, names.index(name)] for name, point in MARKERS.items()}


@dataclass(frozen=True)
class Calibration:
    """A camera of a Qualisys calibration, as OpenCV describes cameras; its world has z up."""

    rotation: Floats
    translation: Floats
    matrix: Floats
    distortions: Floats

    def picture(self, place: Floats) -> Floats:
        """(n, 2) pixels of places (n, 3) with y up."""
        turned = np.ascontiguousarray(place[:, [2, 0, 1]])
        pixels, _ = cv2.projectPoints(turned, self.rotation, self.translation, self.matrix, self.distortions)
        return np.asarray(pixels[:, 0])


def calibration(path: Path, camera: str) -> Calibration:
    """The camera of that name."""
    table = tomllib.loads(path.read_text())[camera]
    return Calibration(*(np.array(table[name]) for name in ("rotation", "translation", "matrix", "distortions")))
