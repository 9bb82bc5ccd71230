"""The films of demo sessions, as a worker makes them: once, labelled in every frame, where reads look for them."""

import os
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from control.motion_sessions import JOB as ANALYSE
from jobs.kinds import kinds
from jobs.lake import Lake
from jobs.motion import demo
from jobs.motion.options import MotionJobOptions
from jobs.schedule import recurring
from jobs.video.decode import frames
from jobs.video.probe import probe
from jobs.video.synthetic import BEHIND_WORDS
from jobs.work import Kind
from motion.analysis import analyse
from motion.documents.pictures import pictured
from motion.request import Activity
from motion.synthetic import demo as landmarks
from motion.synthetic import demo_request
from query_api.motion.demo import demo_session
from tests.jobs.motion.kept.conftest import Do

JUMPING = Activity.JUMPING


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The activities that were drawn, without a process apart."""
    made = list[object]()

    def apart(_: object, work: Any, url: str, activity: Activity) -> None:
        made.append(activity)
        monkeypatch.setattr(os, "nice", lambda _: 0)
        monkeypatch.setattr(demo, "drawn", lambda _, folder: (folder / demo.ORIGINAL).write_bytes(b"film"))
        work(url, activity)

    monkeypatch.setattr(demo, "run_apart", apart)
    return made


def test_the_films_of_an_activity_lie_where_reads_look_for_them(lake: Lake, do: Do) -> None:
    assert do(demo.KIND, JUMPING) == "finished"
    known, analysis = demo_session(JUMPING, "anybody"), analyse(landmarks(JUMPING), demo_request(JUMPING))
    pictures = {f"{known.pictures}/{name}" for name, _ in pictured(analysis)}
    films = {known.video, known.analysed_video}
    assert {*lake.blobs.names(demo.folder_of(JUMPING))} == films | pictures | {demo.marker(JUMPING)}
    for name in films:
        with lake.blobs.file(str(name)) as path:
            film = probe(path)
            seen = [frame.picture()[2, 2] for frame in frames(film)]
        assert len(seen) == analysis.body.raw.times.size
        assert np.abs(np.array(seen, int) - BEHIND_WORDS).max() < 16, "the label's bar is in every frame"


def test_they_are_made_once_and_again_where_they_are_missing_or_older(
    lake: Lake, do: Do, works: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert do(demo.KIND, JUMPING) == "finished"
    assert works == [JUMPING]
    assert do(demo.KIND, Activity.RUNNING) == "finished"
    assert works == [JUMPING, Activity.RUNNING]
    monkeypatch.setattr(demo, "VERSION", "2")
    lake.blobs.put(f"{demo.folder_of(JUMPING)}/pictures/of-before.png", b"picture")
    assert do(demo.KIND, JUMPING) == "finished"
    assert lake.blobs.names(demo.folder_of(JUMPING)) == [
        "motion-demo/jumping/original.mp4", "motion-demo/jumping/version-2",
    ]  # fmt: skip


def test_what_died_before_the_end_is_made_again(lake: Lake, do: Do, works: list[object]) -> None:
    do(demo.KIND, JUMPING)
    lake.blobs.delete(demo.marker(JUMPING))
    assert do(demo.KIND, JUMPING) == "finished"
    assert works == [JUMPING, JUMPING]


def test_a_film_that_waits_gets_the_place_and_the_demo_is_put_off(lake: Lake, do: Do) -> None:
    film = lake.control.jobs.enqueue(ANALYSE, "somebody's film", {})
    assert do(demo.KIND, JUMPING) == "finished"
    assert lake.blobs.names(demo.folder_of(JUMPING)) == []
    assert [each.id for each in lake.control.jobs.list(ANALYSE, "queued")] == [film.id]


def of_demo() -> Kind:
    (kind,) = (kind for kind in kinds() if kind.name == demo.KIND)
    return kind


class Settings:
    """Those of motion's jobs."""

    def __init__(self, *, wanted: bool) -> None:
        self._options = MotionJobOptions(motion_demo=wanted)

    def room(self, _: object) -> Any:
        return self._options


def test_every_activity_comes_round_unless_nobody_wants_them() -> None:
    found = recurring([of_demo()], Settings(wanted=True))
    assert [(each.key, each.every) for each in found] == [(str(each), timedelta(hours=1)) for each in Activity]
    assert not recurring([of_demo()], Settings(wanted=False))
