"""Blobs that nothing refers to are swept after their grace, on a folder and on S3; what is referred to stays."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blob_store.store import BlobStore
from blob_store.upload import PARTS
from jobs.blobs import sweep
from jobs.capture.blobs import BLOBS
from jobs.faults import WorkStopped
from jobs.retention import retain
from tests.jobs.capture.conftest import Sent
from tests.jobs.conftest import Clock
from tests.kit.capture import forget
from tests.servers import S3

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOBODY = threading.Event()


@pytest.fixture(params=["folder", "s3"])
def stored(request: pytest.FixtureRequest, sent: Sent, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Blobs in a folder or a bucket, at the time that these say."""
    clock.now = datetime.now(UTC)
    if request.param == "s3":
        server: S3 = request.getfixturevalue("s3")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        sent.lake = replace(sent.lake, blobs=BlobStore(server.bucket()))
    return sent


def swept(sent: Sent) -> dict[str, int]:
    """By folder of the stream's, how many went."""
    gone = sweep(sent.lake, sent.clock(), NOBODY)
    return {blobs.folder: gone[blobs.folder] for blobs in BLOBS}


def passing(sent: Sent, time: timedelta) -> None:
    """Time in which the flow goes on."""
    sent.clock.pass_(time)
    sent.flow_said(sent.clock())


def test_only_the_newest_chunk_of_an_index_stays(stored: Sent) -> None:
    session = stored.session()
    old, other, new = (stored.chunk(session, index, b"x") for index in (0, 1, 0))
    never_accepted = f"chunks/{session}/7-of-a-request-that-broke"
    stored.lake.blobs.put(never_accepted, b"x")
    stored.committed()
    passing(stored, 23 * HOUR)
    assert swept(stored) == {"chunks": 0, "videos": 0}
    passing(stored, 2 * HOUR)
    assert swept(stored) == {"chunks": 2, "videos": 0}
    assert stored.lake.blobs.names("chunks") == sorted([other, new])
    assert old not in stored.lake.blobs.names("chunks")


def test_blobs_of_a_session_that_is_forgotten_go(stored: Sent) -> None:
    gone, stays = stored.session(), stored.session()
    for session in (gone, stays):
        stored.chunk(session, 0, b"x")
        stored.lake.blobs.put(f"videos/{session}/a.mp4", b"x")
        stored.lake.control.capture_sessions.assembled(session, f"videos/{session}/a.mp4", stored.clock())
    stored.committed()
    forget(stored.lake.control, gone)
    passing(stored, 2 * DAY)
    assert swept(stored) == {"chunks": 1, "videos": 1}
    assert all(stays in name for folder in ("chunks", "videos") for name in stored.lake.blobs.names(folder))


def test_a_chunk_whose_row_is_still_on_its_way_stays_however_long_the_flow_stands_still(stored: Sent) -> None:
    session = stored.session()
    stored.chunk(session, 0, b"x")
    stored.clock.pass_(10 * DAY)
    assert swept(stored) == {"chunks": 0, "videos": 0}, "no flow has ever said what its table has"
    stored.flow_said(stored.clock() - 10 * DAY)
    assert swept(stored) == {"chunks": 0, "videos": 0}
    stored.committed()
    assert swept(stored) == {"chunks": 0, "videos": 0}
    assert len(stored.lake.blobs.names("chunks")) == 1


def test_chunks_and_videos_go_with_the_rows(stored: Sent) -> None:
    session = stored.session()
    stored.chunk(session, 0, b"x")
    stored.committed()
    name, sessions = f"videos/{session}/a.mp4", stored.lake.control.capture_sessions
    stored.lake.blobs.put(name, b"x")
    sessions.assembled(session, name, stored.clock())
    passing(stored, 30 * DAY - HOUR)
    retain(stored.lake, stored.clock())
    assert swept(stored) == {"chunks": 0, "videos": 0}
    passing(stored, DAY + 2 * HOUR)
    retain(stored.lake, stored.clock())
    assert swept(stored) == {"chunks": 1, "videos": 1}
    known = sessions.get(session)
    assert known is not None
    assert known.video is None


def test_a_video_that_another_took_the_place_of_goes(stored: Sent) -> None:
    session = stored.session()
    stored.chunk(session, 0, b"x")
    for name in ("a", "b"):
        stored.lake.blobs.put(f"videos/{session}/{name}.mp4", b"x")
        stored.lake.control.capture_sessions.assembled(session, f"videos/{session}/{name}.mp4", stored.clock())
    stored.committed()
    passing(stored, 2 * DAY)
    assert swept(stored) == {"chunks": 0, "videos": 1}
    assert stored.lake.blobs.names("videos") == [f"videos/{session}/b.mp4"]


def test_a_video_goes_with_the_last_row_of_its_chunks(stored: Sent) -> None:
    session, name = stored.session(), "a.mp4"
    stored.lake.blobs.put(f"videos/{session}/{name}", b"x")
    stored.lake.control.capture_sessions.assembled(session, f"videos/{session}/{name}", stored.clock())
    stored.committed()
    passing(stored, 2 * DAY)
    assert swept(stored) == {"chunks": 0, "videos": 1}


def test_what_no_stream_declares_is_nobodys_to_sweep(stored: Sent) -> None:
    stored.lake.blobs.put("geo/database.mmdb", b"x")
    stored.committed()
    passing(stored, 100 * DAY)
    swept(stored)
    assert stored.lake.blobs.names("geo") == ["geo/database.mmdb"]


def test_parts_of_uploads_that_died_go(sent: Sent, clock: Clock) -> None:
    clock.now = datetime.now(UTC)
    folder = sent.installation.folder.path / "blobs" / PARTS
    folder.mkdir()
    for name, age in (("dead", 25 * HOUR), ("alive", HOUR)):
        (folder / name).write_bytes(b"half a blob")
        at = (clock.now - age).timestamp()
        os.utime(folder / name, (at, at))
    swept(sent)
    assert [part.name for part in folder.iterdir()] == ["alive"]


def test_a_stop_ends_a_sweep_between_pages(sent: Sent, clock: Clock) -> None:
    session = sent.session()
    sent.chunk(session, 0, b"x")
    sent.committed()
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(WorkStopped):
        sweep(sent.lake, clock(), stopping)


def test_sweeping_is_a_job(sent: Sent, clock: Clock, do: Callable[..., str]) -> None:
    clock.now = datetime.now(UTC)
    session = sent.session()
    sent.lake.blobs.put(f"chunks/{session}/0-orphan", b"x")
    sent.committed()
    passing(sent, 2 * DAY)
    assert do("sweep_blobs") == "finished"
    assert sent.lake.blobs.names("chunks") == []
