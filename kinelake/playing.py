"""Plays example traffic into an installation: over HTTP as players would, or straight to the log."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import islice

import httpx

from control import subject_of
from event_log import Publisher, Record, open_publisher
from kinelake.drained import ready_log
from kinelake.example.load import Load, Pace, Played
from kinelake.example.media import EVENTS_PER_SESSION, MediaTraffic, Traffic
from kinelake.example.messages import log_messages
from kinelake.example.people import ORGANISATION
from kinelake.installation import Installation
from kinelake.role import now
from kinelake.tokens import development_token
from schemas.media.events import STREAM
from schemas.shared.times import microseconds
from web.options import is_loopback

SESSIONS = 200
"""Of a play without a rate: about ten thousand events, most of them of the last day."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TOKEN_LASTS = timedelta(hours=12)
CHUNK_SECONDS = 0.1


@dataclass(frozen=True)
class Wanted:
    """What to play: `rate` in events per second, none plays the last day at once and then goes live for `seconds`."""

    seed: int
    family: str = "media"
    rate: float | None = None
    seconds: float = 60
    batch: int = 100
    url: str | None = None
    straight: bool = False


def new_seed() -> int:
    """A seed that was hardly ever used: nine digits, to be copied by hand."""
    return secrets.randbelow(10**9)


def play(installation: Installation, wanted: Wanted) -> Played:
    """Plays and says what became of it; Refused or Busy when the server would not take it."""
    traffic = MediaTraffic(_traffic(wanted))
    if wanted.straight:
        return asyncio.run(_straight(installation, traffic, wanted))
    return asyncio.run(_over_http(installation, traffic, wanted))


def _traffic(wanted: Wanted) -> Traffic:
    if wanted.rate is None:
        span = DAY + timedelta(seconds=wanted.seconds)
        return Traffic(wanted.seed, SESSIONS, microseconds(now() - DAY), span // timedelta(microseconds=1))
    sessions = 1 + int(1.5 * wanted.rate * wanted.seconds / EVENTS_PER_SESSION)
    return Traffic(wanted.seed, sessions, microseconds(now() - HOUR), HOUR // timedelta(microseconds=1))


async def _over_http(installation: Installation, traffic: MediaTraffic, wanted: Wanted) -> Played:
    settings = installation.settings
    url = wanted.url or f"http://{settings.host}:{settings.port}"

    @cache
    def token(person: str) -> str:
        return development_token(installation, sub=person, org=ORGANISATION, role="user", consent=2, ttl=TOKEN_LASTS)

    pace = Pace(rate=wanted.rate, batch=wanted.batch, seconds=wanted.seconds)
    # a proxy of the surroundings cannot reach this machine's own addresses
    through_proxy = not is_loopback(httpx.URL(url).host)
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=through_proxy) as client:
        return await Load(client, token, now, pace).play(traffic.client_events())


async def _straight(installation: Installation, traffic: MediaTraffic, wanted: Wanted) -> Played:
    """As fast as the rate says, without one as fast as the log takes it."""
    key = installation.control.organisations.ensure(ORGANISATION).key
    ready_log(installation, STREAM)
    records = (Record(*message) for message in log_messages(traffic, lambda name: subject_of(key, name)))
    publisher = open_publisher(installation.settings.log_url, installation.settings)
    try:
        return await _publish(publisher, records, wanted)
    finally:
        await publisher.close()


async def _publish(publisher: Publisher, records: Iterator[Record], wanted: Wanted) -> Played:
    loop = asyncio.get_running_loop()
    played, began = Played(), loop.time()
    size = wanted.batch if wanted.rate is None else max(1, int(wanted.rate * CHUNK_SECONDS))
    while (passed := loop.time() - began) < wanted.seconds and (chunk := list(islice(records, size))):
        await publisher.publish(STREAM.name, chunk)
        played.accepted += len(chunk)
        played.requests += 1
        if wanted.rate is not None:
            await asyncio.sleep(max(0.0, played.accepted / wanted.rate - passed))
    return played
