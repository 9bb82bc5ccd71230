"""Erasures as the tables and the log are looked through for them."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import polars as pl

from control.erasures import Erasure
from control.store import Control
from schemas.shared.again import asks_again
from schemas.shared.times import microseconds
from sinks.erased import PEOPLE, SCOPE, SESSIONS, Erasing

TIMES: Final = re.compile(rb'"(?:received_at|occurred_at)":(-?\d{1,18})[,}]')


def erasing_of(control: Control, erasures: Sequence[Erasure]) -> Erasing:
    """Who they are, and which sessions went with them."""
    people = [(each.number, each.tenant, each.subject, each.scope, each.erased_at) for each in erasures]
    sessions = [(each.number, name) for each in erasures for name in control.erasures.sessions(each.id)]
    return Erasing(
        pl.DataFrame(people, schema=PEOPLE, orient="row"), pl.DataFrame(sessions, schema=SESSIONS, orient="row")
    )


def naming(erasures: Sequence[Erasure]) -> Sequence[bytes]:
    """What every message of these people has in it."""
    return [_said("subject", each.subject) for each in erasures]


def chosen(erasures: Sequence[Erasure]) -> Callable[[bytes, bytes], bool]:
    """Which messages of the log, by key and value, are of these people and from before.

    A message is written with its head first; whoever it is of, and when it came in, stands there or with an item.
    What asks for one of their sessions to be folded again is theirs, too.
    """
    marks = [(_marks(each), microseconds(each.erased_at)) for each in erasures]

    def is_meant(_: bytes, value: bytes) -> bool:
        return any(all(mark in value for mark in theirs) and _before(value, at) for theirs, at in marks)

    return is_meant


def _marks(erasure: Erasure) -> Sequence[bytes]:
    within = [_said(SCOPE, erasure.scope)] if erasure.scope else []
    return [_said("subject", erasure.subject), _said("tenant", erasure.tenant), *within]


def _before(value: bytes, at: int) -> bool:
    times = [int(found) for found in TIMES.findall(value)]
    return asks_again(value) or not times or min(times) < at


def _said(key: str, text: str) -> bytes:
    """As every message has it: none is written with blanks."""
    return msgspec.json.encode({key: text})[1:-1]
