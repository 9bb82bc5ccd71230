"""What becomes of a session and its job, whatever happens to the process that has the film.

That process is acted here; real ones are in test_confined, test_over_http and tests/chaos.
"""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from blob_store.store import BlobStore
from control.faults import ControlUnavailable
from control.motion_sessions import MotionSessions
from control.written_offsets import WrittenOffsets
from jobs.lease import LEASE_SECONDS
from jobs.motion.shown import Shown
from jobs.motion.task import Broken, Found
from jobs.motion.version import ANALYSIS_VERSION
from jobs.outbox import Outbox
from jobs.work import Progress
from schemas.motion import LANDMARKS as LANDMARK_STREAM
from schemas.motion import SESSIONS as SESSION_STREAM
from tests.jobs.conftest import Clock
from tests.jobs.motion.conftest import Studio
from tests.kit.motion.acted import FRAMES, Acted


def test_an_analysis_is_on_the_log_in_the_store_and_then_its_session_is_done(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()
    assert studio.work()
    done = studio.session(name)
    assert studio.state(name) == ("done", None, "finished", 1)
    assert (done.progress, done.analysis_version) == (100.0, ANALYSIS_VERSION)
    assert done.analysed_video is not None
    assert studio.lake.blobs.read(done.analysed_video) == b"overlay"
    assert studio.blobs("motion-pictures") == [f"motion-pictures/{name}/1-bottom.png"]
    assert [one["frame_number"] for one in studio.said(LANDMARK_STREAM.name)] == list(range(FRAMES))
    (ended,) = studio.said(SESSION_STREAM.name)
    assert (ended["event_type"], ended["analysis_version"], ended["subject"]) == (
        "analysed",
        ANALYSIS_VERSION,
        done.subject,
    )
    written = studio.lake.control.written.of(f"session:{name}")
    assert {stream: max(offsets.values()) for stream, offsets in written.items()} == {
        stream.name: sum(studio.lake.log.end_offsets(stream.name).values())
        for stream in (LANDMARK_STREAM, SESSION_STREAM)
    }
    assert not acted.tasks[0].folder.exists(), "nothing of the film stays beside the store"


def test_each_step_is_durable_before_the_next(studio: Studio, acted: Acted, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def watched(owner: type, method: str, words: Callable[..., str]) -> None:
        real = getattr(owner, method)

        def call(*given: Any, **named: Any) -> Any:
            done = real(*given, **named)
            told.append(words(*given, **named))
            return done

        monkeypatch.setattr(owner, method, call)

    studio.filmed()
    watched(BlobStore, "put", lambda _, name, content: f"put {name.rpartition('.')[2]}")
    watched(Outbox, "publish", lambda _, topic, records: f"publish {topic}")
    watched(WrittenOffsets, "note", lambda _, written: "written")
    watched(MotionSessions, "note_of", lambda _, job, **values: values.get("status", "progress"))
    assert studio.work()
    assert told == [
        "processing", "progress", "progress", "put mp4", "put png", "publish motion_landmarks", "written",
        "publish motion_sessions", "written", "done",
    ]  # fmt: skip


def test_a_film_that_cannot_be_analysed_has_failed_and_its_job_is_done(studio: Studio, acted: Acted) -> None:
    acted.meanwhile = lambda _: Broken("no_person", "nobody in it")
    name = studio.filmed()
    assert studio.work()
    assert studio.state(name) == ("failed", "no_person", "finished", 1)
    (ended,) = studio.said(SESSION_STREAM.name)
    assert (ended["event_type"], ended["reason"]) == ("failed", "no_person")
    assert studio.said(LANDMARK_STREAM.name) == []
    assert list(studio.lake.control.written.of(f"session:{name}")) == [SESSION_STREAM.name]


def test_a_film_that_is_not_kept_any_more_has_failed(studio: Studio) -> None:
    name = studio.filmed(film=None)
    assert studio.work()
    assert studio.state(name) == ("failed", "not_kept", "finished", 1)


def test_what_was_found_before_goes_on_to_count_where_the_film_is_gone(
    studio: Studio, acted: Acted, clock: Clock
) -> None:
    name = studio.filmed()
    assert studio.work()
    before = studio.session(name)
    studio.lake.blobs.delete(before.video)
    studio.again(name)
    assert studio.work()
    now = studio.session(name)
    assert (now.status, now.error, now.analysed_video) == ("done", None, before.analysed_video)
    assert [one["event_type"] for one in studio.said(SESSION_STREAM.name)] == ["analysed", "failed"]


def test_a_newer_version_takes_the_place_of_the_older_overlay(studio: Studio, acted: Acted, clock: Clock) -> None:
    name = studio.filmed()
    acted.version = "0.9"
    assert studio.work()
    before = studio.session(name)
    acted.version = ANALYSIS_VERSION
    studio.again(name)
    assert studio.work()
    now = studio.session(name)
    assert now.analysed_video not in (None, before.analysed_video)
    assert studio.blobs("motion-videos") == sorted([now.video, str(now.analysed_video)])
    assert [one["analysis_version"] for one in studio.said(SESSION_STREAM.name)] == ["0.9", ANALYSIS_VERSION]


def test_an_analysis_that_was_done_when_its_worker_died_is_not_done_again(
    studio: Studio, acted: Acted, clock: Clock
) -> None:
    name = studio.filmed()
    with patch("jobs.worker.Place._end"):
        assert studio.work()
    clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
    assert studio.work(owner="b")
    assert studio.state(name) == ("done", None, "finished", 2)
    assert len(acted.tasks) == 1


def test_the_session_says_how_far_it_is_once_a_second_and_never_less(
    studio: Studio, acted: Acted, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, shown, now = studio.filmed(), list[tuple[float, float]](), iter(range(100))
    monkeypatch.setattr("jobs.motion.analysing.Shown", lambda context: Shown(context, lambda: next(now) / 3))

    def going(context_progress: Progress) -> None:
        for fraction in (0.51, 0.6, 0.55, 0.7, 0.9):
            context_progress(fraction, "pose")
            shown.append((fraction, studio.session(name).progress))

    real = Acted.__call__

    def call(self: Acted, *given: Any, progress: Progress, **named: Any) -> Found | Broken:
        going(progress)
        return real(self, *given, progress=progress, **named)

    monkeypatch.setattr(Acted, "__call__", call)
    assert studio.work()
    told = [percent for _, percent in shown]
    assert told == sorted(told)
    assert told[0] == 51.0
    assert set(told) < {51.0, 60.0, 70.0, 90.0}, "not each is told"


@pytest.mark.parametrize(
    ("owner", "step"),
    [(BlobStore, "put"), (Outbox, "publish"), (WrittenOffsets, "note"), (MotionSessions, "note_of")],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_store_that_is_away_for_a_moment_costs_no_attempt(
    owner: type, step: str, studio: Studio, acted: Acted, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, real, calls = studio.filmed(), getattr(owner, step), itertools.count()

    def away(*given: Any, **named: Any) -> Any:
        if next(calls) % 2 == 0:
            raise ControlUnavailable("away")
        return real(*given, **named)

    monkeypatch.setattr(owner, step, away)
    monkeypatch.setattr("jobs.motion.patience.PAUSE_SECONDS", 0.001)
    assert studio.work()
    assert studio.state(name) == ("done", None, "finished", 1)
    assert next(calls) >= 2
