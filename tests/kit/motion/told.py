"""Analyses of synthetic people on their way through the motion streams, up to the rows that tables have of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

import msgspec
import numpy as np
import polars as pl

from event_log import Fetched, Record
from flows.conveyor.batch import Batch
from flows.conveyor.source import Poll
from flows.motion.findings import with_findings
from flows.motion.flow import with_angles
from flows.steps.decode import Decode
from jobs.motion.messages import Filmed
from motion.analysis import Analysis, analyse
from motion.request import Activity, Exercise, Joint, Request
from motion.synthetic import Side, demo, demo_request, drop_jump, joint_mobility, squat, walk
from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.findings import ThreadSaid
from schemas.motion.tables import MOTION_ANGLES, MOTION_METRICS, MOTION_PHASES
from schemas.shared.columns import Table
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from sinks.motion.rebuilt import Rows
from tests.kit.cases import published
from tests.kit.motion import documents, lifters
from tests.kit.motion.crossing import BLUE, RED, filmed, gone_over, passer_by
from tests.kit.motion.filmed import DROP, RANGES, RUNNING, SQUAT, film

AT: Final = datetime(2026, 2, 17, 10, tzinfo=UTC)
AT_US: Final = microseconds(AT)
VERSION: Final = "1"
SESSION: Final = "01900000-0000-7000-8000-000000000001"
FILMED: Final = Filmed("clinic", "somebody", SESSION, "request", 2, "default")
THREAD: Final = ThreadSaid(
    thread_id="thread_boQ0PSivWvPHIx4MQ02HqSEX",
    kind="summary",
    metric="knee_flexion",
    language="en",
    measurement_system="metric",
    rules_version=1,
    text="Your knees bend by 112°.",
    references=["Cook 2006"],
)


def _crossed() -> Analysis:
    """Somebody else walks through the film."""
    return analyse(gone_over(filmed(squat(), RED), passer_by(BLUE), 2.0)[0], SQUAT)


def _demo(activity: Activity) -> Callable[[], Analysis]:
    return lambda: analyse(demo(activity), demo_request(activity))


PEOPLE: Final[Mapping[str, Callable[[], Analysis]]] = {
    **{f"demo {activity}": _demo(activity) for activity in Activity},
    "squat from the left": lambda: documents.squatted(Side.LEFT),
    "squat from the front": lambda: documents.squatted(Side.FRONT),
    "squat at an angle": lambda: documents.squatted(Side.OBLIQUE),
    "squat in a mirrored film": lambda: documents.squatted(mirrored=True),
    "knees alone": lambda: documents.squatted(joints=frozenset({Joint.KNEE})),
    "joint mobility": lambda: analyse(film(joint_mobility(), 30), RANGES),
    "snatch": documents.lifted,
    "clean and jerk": lambda: lifters.analysed(Exercise.CLEAN_AND_JERK, repetitions=2),
    "drop jump": lambda: analyse(film(drop_jump(), 60), DROP),
    "walk": lambda: analyse(film(walk(), 60), RUNNING),
    "another person": _crossed,
}


@cache
def person(name: str) -> Analysis:
    return PEOPLE[name]()


def uploaded(request: Request, film: Filmed = FILMED, at: datetime = AT) -> Record:
    """The message of the film, as the gateway publishes it."""
    body = {
        "kind": "uploaded",
        "session_id": film.session_id,
        "activity": str(request.activity),
        "title": "A film",
        **({} if request.exercise is None else {"exercise": str(request.exercise)}),
        "video": f"motion-videos/{film.session_id}/original.mp4",
        "sha256": "0" * 64,
        "video_bytes": 1000,
        "request": request.model_dump(mode="json", exclude_none=True),
        "event_id": film.session_id,
    }
    whose = {"tenant": film.tenant, "subject": film.subject}
    return published(SESSIONS, {"received_at": at.isoformat(), "body": body, **whose})


def decoded(stream: Stream, records: Sequence[Record], first: int = 0) -> Batch:
    """The records as the steps before a flow's own leave them, the first at that offset."""
    fetched = Fetched(
        partitions=np.zeros(len(records), np.int32),
        offsets=np.arange(first, first + len(records), dtype=np.int64),
        keys=[record.key for record in records],
        values=[record.value for record in records],
        clients=[b""] * len(records),
    )
    return Decode(stream, lambda: AT)(Poll(fetched, {0: first + len(records)}))


def rows_of(sessions: Batch, landmarks: Batch) -> Rows:
    """What the flows make of them."""
    ended, seen = with_findings(sessions), with_angles(landmarks)
    return Rows(
        ended.rows,
        seen.rows,
        _made(seen, MOTION_ANGLES),
        _made(ended, MOTION_METRICS),
        _made(ended, MOTION_PHASES),
    )


def _made(batch: Batch, table: Table) -> pl.DataFrame:
    return batch.tables.get(table.name, pl.DataFrame(schema=table.schema))


def told(records: Mapping[str, Sequence[Record]]) -> Rows:
    """Rows of messages by stream."""
    return rows_of(*(decoded(stream, records[stream.name]) for stream in (SESSIONS, LANDMARKS)))


def numbers(record: Record) -> list[int]:
    """Frames of a message."""
    return [msgspec.json.decode(line)["frame_number"] for line in record.value.splitlines()[1:]]
