"""Angles of stored windows are those of the code that analyses films, on the same landmarks."""

import numpy as np
import polars as pl
import pytest

from motion import window_parts
from motion.body.angles import SIDES, limbs
from motion.body.landmarks import Floats, Landmarks
from motion.synthetic import Camera, Clock, Movement, Side, Squat, project, squat
from motion.windows import Frames, windows
from schemas.pose.tables import JOINT_ANGLES
from schemas.pose.windows import SPREADS
from sinks.location import Location
from sinks.pose.windows import ANGLES
from sinks.pose.windows import windows as stored
from sinks.reader import TableReader
from tests.kit.pose_rows import AT
from tests.kit.pose_tables import commit
from tests.reference.pose.frame import Frame


@pytest.fixture(scope="module")
def movement() -> Movement:
    return squat(how=Squat(repetitions=2, rest=1.2))


@pytest.fixture(scope="module")
def film(movement: Movement) -> Landmarks:
    """The movement from the side, as 32 bits hold it."""
    return project(movement, Camera(side=Side.RIGHT), Clock(30))


def columns(film: Landmarks) -> list[Floats]:
    """x, y, visibility (n, 33) as they are stored."""
    x, y = film.points[..., 0] / film.width, film.points[..., 1] / film.height
    return [values.astype(np.float32).astype(np.float64) for values in (x, y, film.visibility)]


@pytest.fixture(scope="module")
def rows(film: Landmarks, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """What the flow makes of the film, sent in requests of twenty frames, the last ones first."""
    location = Location(str(tmp_path_factory.mktemp("tables")))
    x, y, visibility = (values.tolist() for values in columns(film))
    times, size = (film.times * 1000).tolist(), (film.width, film.height)
    frames = [
        Frame("somebody", "s", "squat", n, times[n], x[n], y[n], visibility[n], size) for n in range(film.times.size)
    ]
    for first in reversed(range(0, len(frames), 20)):
        commit(location, frames[first : first + 20])
    return stored(TableReader(location), AT).collect()


def test_they_are_those_of_motions_windows(film: Landmarks, rows: pl.DataFrame) -> None:
    x, y, visibility = columns(film)
    n = film.times.size
    found = windows(
        Frames(
            session=np.zeros(n, np.int64),
            elapsed_ms=np.floor(film.times * 1000).astype(np.int64),
            x=x,
            y=y,
            visibility=visibility,
            width=np.full(n, float(film.width)),
            height=np.full(n, float(film.height)),
        )
    )
    assert rows["start_ms"].to_list() == found.start_ms.tolist()
    for name in ANGLES:
        span = found.angles[name]
        for what, values in (("mean", span.mean), ("min", span.least), ("max", span.most)):
            np.testing.assert_allclose(rows[f"{name}_{what}"].fill_null(np.nan).to_numpy(), values, atol=1e-9)
    np.testing.assert_allclose(rows["form_score"].fill_null(np.nan).to_numpy(), found.form, atol=1e-12)
    np.testing.assert_allclose(rows["confidence"].to_numpy(), found.confidence, atol=1e-12)


def test_they_are_those_that_the_analysis_of_a_film_makes_of_unfiltered_points(
    film: Landmarks, rows: pl.DataFrame
) -> None:
    """Knee, elbow and shank have one definition in both; the stream's hip and shoulder are those of three points."""
    second = np.floor(film.times * 1000).astype(np.int64) // 1000
    for side in SIDES:
        series = limbs(film.points, side, 1.0).series()
        for name in ("knee_angle", "elbow_angle", "shank_inclination"):
            values = np.abs(series[name]) if name == "elbow_angle" else series[name]
            means = [values[second == one].mean() for one in np.unique(second)]
            np.testing.assert_allclose(rows[f"{side}_{name}_mean"].to_numpy(), means, atol=0.01)


def test_they_are_the_movements_own(film: Landmarks, movement: Movement, rows: pl.DataFrame) -> None:
    second = np.floor(film.times * 1000).astype(np.int64) // 1000
    truth = movement.angles(film.times)["right_knee_angle"]
    peaks = [truth[second == one].max() for one in np.unique(second)]
    np.testing.assert_allclose(rows["right_knee_angle_max"].to_numpy(), peaks, atol=0.05)


def test_schemas_and_motion_name_the_same_angles() -> None:
    assert JOINT_ANGLES == window_parts.JOINT_ANGLES
    assert (*window_parts.JOINT_ANGLES, *window_parts.LEANS) == SPREADS
    assert set(ANGLES) == set(windows(nothing()).angles)


def nothing() -> Frames:
    one = np.full((1, 33), np.nan)
    return Frames(np.zeros(1, np.int64), np.zeros(1, np.int64), one, one, np.zeros((1, 33)), np.ones(1), np.ones(1))
