"""What the gateway does with a body of a game client before it publishes it, without HTTP, and what that may cost."""

import time
from typing import Final

import msgspec

from control.organisations import subject_of
from event_log import Record
from ingest_gateway.game.reading import Reading
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.intake import Intake
from schemas.game import STREAM
from schemas.game.tables import APP_COLUMN
from schemas.shared.requests import NO_HEAD
from schemas.shared.validation import EventValidator
from tests.kit.fuzzing import COLLECTIONS
from tests.kit.game_bodies import APP, GAMEPLAY, encoded
from web.caller import Caller, Role
from web.problems import Problem

MOST_SECONDS: Final = 0.05
"""Of the processor, for one body."""
MOST_BYTES: Final = 64 * 2**20
"""Beside the body."""
TRIES: Final = 4
WORK: Final = 5000
"""Pieces that are read to see how fast the machine is now."""
WORK_SECONDS: Final = 0.006
"""What they take where the figures of docs and commits were measured."""
MOST_SLOW: Final = 2.0
RECEIVED: Final = 1_770_890_410_000_000
READING: Final = Reading(730)

_VALIDATOR: Final = EventValidator(STREAM, 730)
_HEAD: Final = NO_HEAD._replace(fields={APP_COLUMN.name: APP})
_ORGANISATION_KEY: Final = b"k" * 32
_PIECE: Final = encoded(GAMEPLAY)
_IDS: Final = TimeOrderedIds()
_CALLER: Final = Caller(
    tenant="acme",
    subject="",
    user_id=APP,
    role=Role.SYSTEM,
    consent_level=2,
    consent_source="default",
    gpc=False,
    client_ip="198.18.0.1",
    user_agent="UnityPlayer/2022.3",
    request_id="r",
    trusted=False,
    project_id=APP,
)


def taken(body: bytes) -> Record:
    """All of a body as the message that is published; raises the Problem that refuses it."""
    items = READING(body, RECEIVED)
    subjects = {player: subject_of(_ORGANISATION_KEY, player) for player in {item.player for item in items}}
    intake = Intake(Admission(STREAM, _CALLER), _VALIDATOR, _IDS, None, RECEIVED, _HEAD, holder=APP)
    return intake.whole([intake.taken(item.event, index, subjects[item.player]) for index, item in enumerate(items)])


def outcome(body: bytes, most_seconds: float = MOST_SECONDS) -> Record | Problem:
    """What becomes of a body; AssertionError where that takes longer on a machine as fast as the one of the figures.

    The fastest of TRIES counts: caches and pages of a loaded machine are not the body's.
    """
    seconds = list[float]()
    while len(seconds) < TRIES:
        found, took = timed(body)
        if took < most_seconds or took < most_seconds * slowness():
            return found
        seconds.append(took)
    raise AssertionError(f"{seconds} s, {slowness():.2f} times as slow: {body[:4096].hex()}")


def slowness() -> float:
    """How many times as long as on the machine of the figures a piece of work takes here and now; 1 to MOST_SLOW."""
    began = time.thread_time()
    for _ in range(WORK):
        sorted(msgspec.msgpack.decode(_PIECE))
    return min(max((time.thread_time() - began) / WORK_SECONDS, 1.0), MOST_SLOW)


def timed(body: bytes) -> tuple[Record | Problem, float]:
    """What becomes of a body, and seconds of the processor without whole collections of what others left."""
    found: Record | Problem
    began = time.thread_time() - COLLECTIONS.seconds
    try:
        found = taken(body)
    except Problem as problem:
        found = problem
    return found, time.thread_time() - COLLECTIONS.seconds - began
