"""One pose session as it is answered: a summary, and its windows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl
from msgspec import Struct

from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.tables import JOINT_ANGLES
from sinks.pose.sessions import whole_sessions
from sinks.pose.windows import ANGLES, windows
from sinks.reader import TableReader
from web.caller import Caller, Role, at_least
from web.problems import Problem

MOST_WINDOWS = 3600
"""Windows in one answer: an hour of exercise."""
MOST_PHASES = 100
"""Phases in one answer, those that lasted longest: their names are the client's, who might say another each frame."""


class Spread(Struct, frozen=True):
    """An angle in a window, degrees; null where it was never seen."""

    mean: float | None
    min: float | None
    max: float | None


class Window(Struct, frozen=True):
    """A second of a session."""

    start_ms: int
    end_ms: int
    frames: int
    dropped: int
    angles: Mapping[str, Spread]
    rep_count: int | None
    form_score: float | None
    rom_degrees: float | None
    confidence: float


class Summary(Struct, frozen=True):
    """A whole session; `rom_degrees` is the best repetition's, `phases` are seconds of those that lasted longest."""

    reps: int | None
    rom_degrees: Mapping[str, float | None]
    form_score: float | None
    client_form_score: float | None
    phases: Mapping[str, float]
    frames: int
    dropped: int


class PoseSession(Struct, frozen=True):
    """The answer."""

    session_id: str
    media_id: str
    summary: Summary
    windows: list[Window]


class Wanted(NamedTuple):
    """Which session, and from where on its windows; `subject` None is anybody's whom the caller may see."""

    session_id: str
    from_ms: int
    subject: str | None


class Found(NamedTuple):
    """The answer, and where the windows begin that it has no room for."""

    body: PoseSession
    next_from_ms: int | None


def session(reader: TableReader, caller: Caller, wanted: Wanted, at: datetime) -> Found:
    """The session; of several people's of that name the newest. Raises the 404 where the caller can see none."""
    visible = _visible(caller, wanted)
    parts = reader.rows(POSE_SESSIONS).filter(visible)
    # the person first: an organisation may have a session of this name for each of its people
    newest = parts.select("last_received_at", "subject").sort("last_received_at", "subject").tail(1).collect()
    if newest.is_empty():
        raise Problem(404, "not_found", "There is no such session, or it is not yours.")
    theirs = visible & (pl.col("subject") == newest["subject"].item())
    seconds = windows(reader, at, theirs).collect()
    (fact,) = whole_sessions(parts.filter(theirs), seconds.lazy()).collect().iter_rows(named=True)
    ahead = seconds.filter(pl.col("start_ms") >= wanted.from_ms)
    body = PoseSession(wanted.session_id, fact["media_id"], _summary(fact), _windows(ahead.head(MOST_WINDOWS)))
    return Found(body, ahead["start_ms"][MOST_WINDOWS] if ahead.height > MOST_WINDOWS else None)


def _visible(caller: Caller, wanted: Wanted) -> pl.Expr:
    """A session of the caller's organisation: any for a specialist, else one's own."""
    named = (pl.col("tenant") == caller.tenant) & (pl.col("session_id") == wanted.session_id)
    if caller.role not in at_least(Role.SPECIALIST):
        named &= pl.col("subject") == caller.subject
    return named if wanted.subject is None else named & (pl.col("subject") == wanted.subject)


def _summary(fact: Mapping[str, Any]) -> Summary:
    return Summary(
        reps=fact["reps"],
        rom_degrees={name: fact[f"{name}_rom_best"] for name in JOINT_ANGLES},
        form_score=fact["form_score"],
        client_form_score=fact["client_form_score"],
        phases={each["phase"]: each["seconds"] for each in _longest(fact["phases"] or ())},
        frames=fact["frames"],
        dropped=fact["dropped"],
    )


def _longest(phases: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """In the order of their names, as they come."""
    if len(phases) <= MOST_PHASES:
        return phases
    kept = {each["phase"] for each in nlargest(MOST_PHASES, phases, key=itemgetter("seconds"))}
    return [each for each in phases if each["phase"] in kept]


def _windows(rows: pl.DataFrame) -> list[Window]:
    return [
        Window(
            row["start_ms"],
            row["end_ms"],
            row["frames"],
            row["dropped"],
            {name: Spread(*(row[f"{name}_{what}"] for what in ("mean", "min", "max"))) for name in ANGLES},
            row["rep_count"],
            row["form_score"],
            row["rom_degrees"],
            row["confidence"],
        )
        for row in rows.iter_rows(named=True)
    ]
