"""Makes of ordinary traffic what odd players send: jumps unreported, sleep, rates, ties, live streams, lying seeks."""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, TypeAlias

import msgspec

from kinelake.example.traffic import ClientEvent
from schemas.shared.times import SECOND_US, parsed, text

Bodies: TypeAlias = list[dict[str, Any]]
"""One session's events in the order of their time, each once; an oddity changes them in place."""


def odd(events: Iterable[ClientEvent], seed: int) -> list[ClientEvent]:
    """The same arrivals, repeats included, of players of which most are odd in one way or several."""
    arrivals = [(event, msgspec.json.decode(event.body)) for event in events]
    bodies = {body["event_id"]: body for _, body in arrivals}
    sessions: dict[str, Bodies] = {}
    for body in sorted(bodies.values(), key=lambda body: parsed(body["timestamp"])):
        sessions.setdefault(body["session_id"], []).append(body)
    for session_id, session in sessions.items():
        _distort(Random(f"{seed}:{session_id}"), session)
    return [event._replace(body=msgspec.json.encode(bodies[body["event_id"]])) for event, body in arrivals]


def _distort(random: Random, session: Bodies) -> None:
    for oddity in ODDITIES:
        if random.random() < 0.2:
            oddity(random, session)


def jumps(random: Random, session: Bodies) -> None:
    """Some positions are elsewhere."""
    for body in random.sample(session, 1 + len(session) // 10):
        if body["data"].get("position_seconds") is not None:
            body["data"]["position_seconds"] = round(random.uniform(0, 600), 3)


def sleeps(random: Random, session: Bodies) -> None:
    """Nothing for some minutes, and then as if nothing had been."""
    woken = random.randrange(len(session))
    away = random.choice((1, 9, 25)) * 60 * SECOND_US
    for body in session[woken:]:
        body["timestamp"] = text(parsed(body["timestamp"]) + away)


def hurries(random: Random, session: Bodies) -> None:
    """A playback rate that is told now and then, whatever the playhead does."""
    for body in session:
        if body["event"] == "heartbeat":
            body["data"]["playback_rate"] = random.choice((0.5, 1.0, 1.5, 3.0))


def ties(random: Random, session: Bodies) -> None:
    """A clock that stands still over some events."""
    for number in range(1, len(session)):
        if random.random() < 0.3:
            session[number]["timestamp"] = session[number - 1]["timestamp"]


def counts(random: Random, session: Bodies) -> None:
    """A count of its own, which some players forget at times, and some turn round."""
    complete, turned = random.random() < 0.7, random.random() < 0.3
    for number, body in enumerate(session):
        if complete or random.random() < 0.5:
            body["sequence"] = len(session) - number if turned else number


def is_live(random: Random, session: Bodies) -> None:
    """A stream without a length."""
    for body in session:
        if body["event"] == "session_start":
            body["data"]["total_duration_seconds"] = None


def says_no_position(random: Random, session: Bodies) -> None:
    """Only where the contract demands one."""
    for body in session:
        if body["event"] in ("milestone", "quality_change", "error", "session_end"):
            body["data"].pop("position_seconds", None)


def seeks_from_its_target(random: Random, session: Bodies) -> None:
    """A player that asks too late where it was."""
    for body in session:
        if body["event"] == "seek":
            body["data"]["from_seconds"] = body["data"]["to_seconds"]


def says_little(random: Random, session: Bodies) -> None:
    """The beginning and the end, nothing in between."""
    for body in session:
        if body["event"] == "heartbeat":
            body["event"] = "quality_change"
            body["data"] = {"to_resolution": "720p", "to_bitrate": body["data"]["current_bitrate"]}


ODDITIES: tuple[Callable[[Random, Bodies], None], ...] = (
    jumps, sleeps, hurries, ties, counts, is_live, says_no_position, seeks_from_its_target, says_little,
)  # fmt: skip
