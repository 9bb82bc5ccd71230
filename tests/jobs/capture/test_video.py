"""The video of a session: of its newest chunks, by a worker, again when more come, and never one too many."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from blob_store.store import BlobStore
from control.tables import capture_sessions
from control.video_assembly import KIND
from jobs.kinds import kinds
from jobs.lake import Lake
from jobs.lane import Lane
from tests.jobs.capture.conftest import Sent
from tests.jobs.conftest import Clock, MakePlace
from tests.kit.capture import forget
from tests.kit.chunks import boxes, clusters, encoded, film, plain, shown
from tests.servers import S3

RED, GREEN, BLUE = (230, 20, 20), (20, 230, 20), (20, 20, 230)
WORK = {kind.name: kind.work for kind in kinds() if kind.name == KIND}
"""What a worker of the lane does."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.capture.video.PATIENCE_SECONDS", 0.0)


def picture(colour: tuple[int, int, int]) -> bytes:
    return encoded(plain(colour))


def video(lake: Lake, session_id: str, to: Path) -> list[str]:
    """The colours that the session's video shows, by their names; it is the only one there is."""
    session = lake.control.capture_sessions.get(session_id)
    assert session is not None
    assert lake.blobs.names(f"videos/{session_id}") == [session.video]
    to.write_bytes(lake.blobs.read(str(session.video)))
    names = ("red", "green", "blue")
    return [names[max(range(3), key=lambda channel: colour[channel])] for _, colour in shown(to)]


def outcome(lake: Lake) -> str:
    job = lake.control.jobs.list(kind=KIND)[0]
    return job.state if job.reason is None else f"{job.state}: {job.reason}"


def test_assembling_has_a_lane_of_its_own() -> None:
    assert [kind.lane for kind in kinds() if kind.name == KIND] == [Lane.ASSEMBLY]


def test_the_newest_chunk_of_each_index_is_shown(sent: Sent, lake: Lake, place: MakePlace, tmp_path: Path) -> None:
    session = sent.session()
    for index, colour in ((2, BLUE), (0, GREEN), (1, GREEN), (0, RED)):
        sent.chunk(session, index, picture(colour))
    sent.committed()
    lake.control.video_assembly.queue(session)
    assert place(WORK).work_once()
    assert outcome(lake) == "finished"
    assert video(lake, session, tmp_path / "v.mp4") == ["red", "green", "blue"]
    assert not lake.control.video_assembly.pending(session)


def test_pieces_of_a_video_become_one(sent: Sent, lake: Lake, place: MakePlace, tmp_path: Path) -> None:
    session = sent.session("video")
    for index, piece in enumerate(boxes(film([plain(colour) for colour in (RED, GREEN, BLUE) * 2]))):
        sent.chunk(session, index * 10, piece)
    sent.committed()
    lake.control.video_assembly.queue(session)
    assert place(WORK).work_once()
    assert video(lake, session, tmp_path / "v.mp4") == ["red", "green", "blue"] * 2


def test_a_late_chunk_makes_the_video_again_in_place_of_the_one_before(
    sent: Sent, lake: Lake, clock: Clock, place: MakePlace, tmp_path: Path
) -> None:
    session = sent.session()
    sent.chunk(session, 0, picture(RED))
    sent.committed()
    lake.control.video_assembly.queue(session)
    place(WORK).work_once()
    sent.chunk(session, 1, picture(BLUE))
    sent.committed()
    lake.control.video_assembly.queue(session)
    place(WORK).work_once()
    assert video(lake, session, tmp_path / "v.mp4") == ["red", "blue"]


def test_what_the_flow_has_not_written_yet_is_waited_for(
    sent: Sent, lake: Lake, clock: Clock, place: MakePlace, tmp_path: Path
) -> None:
    session = sent.session()
    sent.chunk(session, 0, picture(RED))
    lake.control.video_assembly.queue(session)
    assert place(WORK).work_once()
    assert lake.control.video_assembly.pending(session)
    assert not place(WORK).work_once(), "others go first for a minute"
    clock.pass_(timedelta(minutes=1))
    sent.committed()
    assert place(WORK).work_once()
    assert video(lake, session, tmp_path / "v.mp4") == ["red"]


def test_a_chunk_that_came_meanwhile_is_not_forgotten(
    sent: Sent, lake: Lake, clock: Clock, place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sent.session()
    sent.chunk(session, 0, picture(RED))
    sent.committed()
    lake.control.video_assembly.queue(session)
    put = BlobStore.put

    def putting(self: BlobStore, name: str, content: bytes) -> None:
        put(self, name, content)
        clock.pass_(timedelta(seconds=1))
        with lake.control._database.write() as connection:
            connection.execute(capture_sessions.update().values(chunked_at=clock()))

    monkeypatch.setattr(BlobStore, "put", putting)
    assert place(WORK).work_once()
    assert lake.control.video_assembly.pending(session)


def test_a_session_without_a_picture_fails_with_its_reason(sent: Sent, lake: Lake, place: MakePlace) -> None:
    session = sent.session()
    sent.chunk(session, 0, b"\xff\xd8\xff and no picture")
    sent.committed()
    lake.control.video_assembly.queue(session)
    assert place(WORK).work_once()
    assert outcome(lake) == "failed: nothing of it can be shown: 1 of its pieces are broken or no pictures"
    assert not lake.control.video_assembly.pending(session)


def test_chunks_whose_blobs_are_gone_are_left_out(sent: Sent, lake: Lake, place: MakePlace, tmp_path: Path) -> None:
    session = sent.session()
    gone = sent.chunk(session, 0, picture(RED))
    sent.chunk(session, 1, picture(BLUE))
    sent.committed()
    lake.blobs.delete(gone)
    lake.control.video_assembly.queue(session)
    assert place(WORK).work_once()
    assert video(lake, session, tmp_path / "v.mp4") == ["blue"]


def test_a_session_that_was_forgotten_leaves_no_video(
    sent: Sent, lake: Lake, place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, meanwhile = sent.session(), sent.session()
    for session in (before, meanwhile):
        sent.chunk(session, 0, picture(RED))
        lake.control.video_assembly.queue(session)
    sent.committed()
    forget(lake.control, before)
    assert place(WORK).work_once()
    put = BlobStore.put

    def putting(self: BlobStore, name: str, content: bytes) -> None:
        put(self, name, content)
        forget(lake.control, meanwhile)

    monkeypatch.setattr(BlobStore, "put", putting)
    assert place(WORK).work_once()
    assert {job.state for job in lake.control.jobs.list(kind=KIND)} == {"finished"}
    assert lake.blobs.names("videos") == []


def test_a_worker_that_dies_leaves_nothing_and_another_makes_the_video(
    sent: Sent, lake: Lake, clock: Clock, place: MakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = sent.session()
    sent.chunk(session, 0, picture(RED))
    sent.committed()
    lake.control.video_assembly.queue(session)
    assert lake.control.jobs.lease([KIND], "dead", clock()) is not None
    assert not place(WORK).work_once()
    clock.pass_(timedelta(minutes=2))
    assert place(WORK, owner="b").work_once()
    assert video(lake, session, tmp_path / "v.mp4") == ["red"]


def test_a_stop_gives_the_job_back(sent: Sent, lake: Lake, place: MakePlace) -> None:
    session, stopping = sent.session(), threading.Event()
    sent.chunk(session, 0, picture(RED))
    sent.committed()
    lake.control.video_assembly.queue(session)
    stopping.set()
    assert place(WORK, stopping=stopping).work_once()
    job = lake.control.jobs.list(kind=KIND)[0]
    assert (job.state, job.attempt) == ("queued", 0)
    assert lake.blobs.names("videos") == []


def test_the_video_of_a_session_whose_blobs_are_on_s3(
    sent: Sent, lake: Lake, place: MakePlace, s3: S3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    sent.lake = on_s3 = replace(lake, blobs=BlobStore(s3.bucket()))
    session = sent.session("video")
    for index, piece in enumerate(clusters(film([plain(RED), plain(BLUE)] * 4, "libvpx-vp9", "webm"))):
        sent.chunk(session, index, piece)
    sent.committed()
    lake.control.video_assembly.queue(session)
    assert place(WORK, over=on_s3).work_once()
    assert video(on_s3, session, tmp_path / "v.mp4") == ["red", "blue"] * 4
