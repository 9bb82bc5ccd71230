"""Erasures as the tables and the log are looked through for them."""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import polars as pl

from control.erasures import Erasure
from control.store import Control
from schemas.shared.again import asks_again
from schemas.shared.scopes import reach_of
from schemas.shared.times import microseconds
from sinks.erased import PEOPLE, SESSIONS, Erasing

SESSION_IDS: Final = re.compile(rb'"session_id":"([^"]*)"')
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


def chosen(control: Control, erasures: Sequence[Erasure]) -> Callable[[bytes, bytes], bool]:
    """Which messages of the log, by key and value, are of these people and from before, or of sessions that went.

    A message is written with its head first; whoever it is of, and when it came in, stands there or with an item.
    What asks for one of their sessions to be folded again is theirs, too.
    """
    sought = [_Sought(_marks(each), microseconds(each.erased_at), _sessions(control, each)) for each in erasures]

    def is_meant(_: bytes, value: bytes) -> bool:
        return any(each.means(value) for each in sought)

    return is_meant


class _Sought(NamedTuple):
    """What messages of an erased person have in them, when they were erased, and the sessions that went."""

    marks: Sequence[bytes]
    erased_at: int
    sessions: frozenset[bytes]

    def means(self, value: bytes) -> bool:
        if not all(mark in value for mark in self.marks):
            return False
        return _before(value, self.erased_at) or not self.sessions.isdisjoint(SESSION_IDS.findall(value))


def _sessions(control: Control, erasure: Erasure) -> frozenset[bytes]:
    return frozenset(map(str.encode, control.erasures.sessions(erasure.id)))


def _marks(erasure: Erasure) -> Sequence[bytes]:
    reach = reach_of(erasure.scope)
    within = [_said(*reach)] if reach.column else []
    return [_said("subject", erasure.subject), _said("tenant", erasure.tenant), *within]


def _before(value: bytes, at: int) -> bool:
    times = [int(found) for found in TIMES.findall(value)]
    return asks_again(value) or not times or min(times) < at


def _said(key: str, text: str) -> bytes:
    """As every message has it: none is written with blanks."""
    return msgspec.json.encode({key: text})[1:-1]
