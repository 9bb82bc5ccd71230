"""Every film of the test material from file to folder, each as another activity."""

import json
from pathlib import Path

import av
import pytest

from jobs.video.analyze import analyze_file
from jobs.video.folder import LIFTS, NAMES, PAGE, PDF, PICTURES, SESSION, VIDEO
from motion.request import Activity, Exercise, Request
from tests.kit.motion.material import material

FILMS = {
    "pose2sim_balancing/cam01.mp4": (Activity.MOBILITY, Exercise.OVERHEAD_SQUAT),
    "pose2sim_balancing/cam02.mp4": (Activity.WEIGHTLIFTING, Exercise.SNATCH),
    "sports2d_demo/demo.mp4": (Activity.JUMPING, Exercise.COUNTERMOVEMENT_JUMP),
}
BEGINS_OF_OTHERS = {
    "pose2sim_balancing/cam01.mp4": [],
    "pose2sim_balancing/cam02.mp4": [],
    # whoever jumps is lost in a somersault; from then on the model holds to one who walks by, and to one who runs in
    "sports2d_demo/demo.mp4": [57],
}
"""Tenths of a second at which the model goes over to somebody else, as the eye sees it."""
OF_SOME = {PAGE, PDF, LIFTS, PICTURES}


def silent(done: int, total: int, stage: object) -> None:
    pass


def moving_pictures(path: Path) -> tuple[str, int, int, int]:
    """Codec, width, height and number of frames."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frames = sum(1 for _ in film.decode(stream))
        return stream.codec_context.name, stream.codec_context.width, stream.codec_context.height, frames


@pytest.mark.parametrize(("name", "asked"), FILMS.items(), ids=FILMS)
def test_a_film_of_the_material_runs_end_to_end(name: str, asked: tuple[Activity, Exercise], tmp_path: Path) -> None:
    source = material(name)
    activity, exercise = asked
    done = analyze_file(source, Request(activity=activity, exercise=exercise, height_cm=175), tmp_path / "out", silent)
    assert {entry.name for entry in done.folder.iterdir()} >= NAMES - OF_SOME
    session = json.loads((done.folder / SESSION).read_text())
    assert session["status"] == "done"
    assert session["metrics"].keys() == session["units"].keys()
    assert all((value is None) == (key in session["quality"]["reasons"]) for key, value in session["metrics"].items())
    assert [round(one["start_ms"] / 100) for one in session["quality"]["left_out"]] == BEGINS_OF_OTHERS[name]
    codec, *shape = moving_pictures(done.folder / VIDEO)
    assert codec == "h264"
    assert shape == list(moving_pictures(source)[1:])
