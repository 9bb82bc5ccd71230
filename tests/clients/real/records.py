"""CMCD records as they passed the front door: just enough of each to know it again."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.clients.real.front import Front

SID, NUMBER, CONTENT = re.compile(rb'sid="([^"]+)"'), re.compile(rb"(?:^|,)sn=(\d+)"), re.compile(rb'cid="([^"]+)"')
TIME, EVENT = re.compile(rb"(?:^|,)ts=(\d+)"), re.compile(rb"(?:^|,)e=(\w+)")
PARTS = 4
"""A row's `sequence` is so many times the record's number, and which of its rows it is."""


class Report(NamedTuple):
    """A record: session, its number there, content id, kind of event, ms since 1970; whether it got a 2xx."""

    session: str
    number: int
    content: str
    event: str
    at: int
    taken: bool


def reports(front: Front) -> Iterator[Report]:
    """Each as often as it was sent."""
    for seen in list(front.seen):
        if seen.method == "POST" and seen.path.startswith("/v1/cmcd/"):
            yield from (_report(line, seen.taken) for line in seen.body.splitlines())


def _report(line: bytes, taken: bool) -> Report:
    session, number, content, event, at = (
        found[1].decode() if (found := pattern.search(line)) else "" for pattern in (SID, NUMBER, CONTENT, EVENT, TIME)
    )
    return Report(session, int(number), content, event, int(at), taken)
