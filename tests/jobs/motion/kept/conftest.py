"""Films as gateway, job and flows leave them: blobs, messages on a real log, rows in real tables, what control has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from uuid import uuid4

import polars as pl
import pytest

from control.motion_sessions import MotionSession
from control.store import Control
from control.written_offsets import Written
from jobs.lake import Lake
from jobs.motion.messages import Filmed, records
from kinelake.installation import Installation
from kinelake.settings import load
from schemas.motion import STREAMS
from schemas.shared.times import microseconds
from tests.jobs.conftest import Clock
from tests.kit.cases import TENANT, Run
from tests.kit.migrated import migrated
from tests.kit.motion.documents import squatted
from tests.kit.motion.told import THREAD, uploaded
from tests.kit.on_the_log import items
from tests.kit.scanning import Scanner

PARTITIONS = 4


@dataclass
class Films:
    """One installation's, at the clock's time."""

    installation: Installation
    lake: Lake
    clock: Clock
    runs: Mapping[str, Run]

    def session(self, subject: str = "zoe") -> MotionSession:
        """A new one: its film is in the store, its row on the log."""
        session_id, now = str(uuid4()), self.clock()
        session = MotionSession(
            id=session_id,
            tenant=TENANT,
            subject=subject,
            user_id=f"{subject}@example.org",
            activity="mobility-assessment",
            exercise="Overhead Squat",
            title="A film",
            request={},
            video=f"motion-videos/{session_id}/original-0.mp4",
            sha256="0" * 64,
            video_bytes=4,
            request_id="request",
            consent_level=2,
            consent_source="default",
            gpc=False,
            created_at=now,
            queued_at=now,
        )
        self.lake.blobs.put(session.video, f"film of {session_id}".encode())
        self.runs["motion_sessions"].publish([uploaded(squatted().request, film_of(session), now)])
        self.lake.control.motion_sessions.begin(session, [Written(f"session:{session_id}", "motion_sessions", 0, 1)])
        return session

    def said(self, session: MotionSession, version: str = "1") -> None:
        """The job publishes its analysis now, whatever control knows."""
        analysed = records(film_of(session), squatted(), version, microseconds(self.clock()), [THREAD])
        self.runs["motion_landmarks"].publish(list(analysed.landmarks))
        self.runs["motion_sessions"].publish(list(analysed.sessions))

    def drawn(self, session: MotionSession) -> tuple[str, str]:
        """The job puts an overlay and a picture; both names."""
        film = f"motion-videos/{session.id}/analyzed-{token_hex(8)}.mp4"
        picture = f"motion-pictures/{session.id}/1-bottom.png"
        for name in (film, picture):
            self.lake.blobs.put(name, f"overlay of {session.id}".encode())
        return film, picture

    def analysed(self, session: MotionSession, version: str = "1") -> tuple[str, str]:
        """All that the job does; the names of its film and picture."""
        film, picture = self.drawn(session)
        self.said(session, version)
        self.lake.control.motion_sessions.note(session.id, status="done", analysis_version=version, analysed_video=film)
        return film, picture

    def flow(self) -> None:
        """Both flows put what there is into the tables, and say so."""
        for run in self.runs.values():
            run.flow()
        self.flows_said()

    def flows_said(self) -> None:
        """Everything accepted by now is in the tables."""
        partitions = range(PARTITIONS)
        for name in self.runs:
            self.lake.control.watermarks.write(
                name, dict.fromkeys(partitions, self.clock()), dict.fromkeys(partitions, 0)
            )

    def passing(self, time: timedelta) -> None:
        """Time in which the flows go on."""
        self.clock.pass_(time)
        self.flows_said()

    def rows(self) -> Mapping[str, pl.DataFrame]:
        """All that the tables have."""
        tables = [table for stream in STREAMS for table in stream.tables]
        return {table.name: self.lake.tables.rows(table).collect() for table in tables}

    def messages(self) -> int:
        """How many the log has that are not blank."""
        return sum(len({item.at[:2] for item in items(self.installation, stream)}) for stream in STREAMS)

    def in_files(self, word: str) -> set[str]:
        """The files of the data folder that have a word, however it is packed there."""
        return {found.place for found in Scanner([word]).folder(self.installation.folder.path)}

    def names(self, session: MotionSession) -> set[str]:
        """The session's blobs."""
        return {name for name in self.blobs() if session.id in name}

    def blobs(self) -> set[str]:
        return {name for folder in ("motion-videos", "motion-pictures") for name in self.lake.blobs.names(folder)}


def film_of(session: MotionSession) -> Filmed:
    return Filmed(session.tenant, session.subject, session.id, "request", 2, "default")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """With as many partitions as the flows that these tests run."""
    opened = Installation(load({"data": tmp_path / "data", "partitions": PARTITIONS}, {}))
    migrated(opened.folder.prepare().path)
    yield opened
    opened.close()


@pytest.fixture
def control(installation: Installation, clock: Clock) -> Iterator[Control]:
    """Of the installation, at the clock's time, which begins now: blobs have times of their own."""
    clock.now = datetime.now(UTC)
    opened = Control.open(migrated(installation.folder.path), clock)
    yield opened
    opened.close()


@pytest.fixture
def films(installation: Installation, lake: Lake, clock: Clock) -> Films:
    runs = {stream.name: Run(installation.folder.path, stream) for stream in STREAMS}
    return Films(installation, lake, clock, runs)


Do = Callable[..., str]
