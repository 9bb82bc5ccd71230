"""Plays the streams' example traffic into an installation: over HTTP as clients would, or straight to the log."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

import httpx

from control.organisations import subject_of
from event_log import Publisher, Record, open_publisher
from kinelake.api_keys import kinds, people_kinds
from kinelake.applications import example_token, token_kind
from kinelake.development_keys import development_key
from kinelake.drained import ready_log
from kinelake.example.load import Load, Pace, Played
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import Example, Plan, Token, examples
from kinelake.faults import NoExampleTraffic
from kinelake.installation import Installation
from kinelake.role import now
from kinelake.tokens import development_token
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds
from web.options import is_loopback

EVENTS = 10_000
"""Of a stream played without a rate; most of them are of the last day."""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TOKEN_LASTS = timedelta(hours=12)
CHUNK_SECONDS = 0.1


@dataclass(frozen=True)
class Wanted:
    """What to play: the streams and those of the families named, else all.

    `rate` in events per second, of all streams together; none plays the last day at once and then goes live for
    `seconds`.
    """

    seed: int
    streams: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    rate: float | None = None
    seconds: float = 60
    batch: int = 100
    url: str | None = None
    straight: bool = False


def new_seed() -> int:
    """A seed that was hardly ever used: nine digits, to be copied by hand."""
    return secrets.randbelow(10**9)


def play(installation: Installation, wanted: Wanted) -> Played:
    """Plays and says what became of it.

    Raises:
        NoExampleTraffic: a stream that is named has none, or none for the log.
        Refused, Busy: the server would not take it.
    """
    chosen = _chosen(wanted)
    each = scaled(wanted, 1 / sum(example.share for example in chosen))
    playing = _straight if wanted.straight else _over_http
    return asyncio.run(playing(installation, chosen, each))


def _chosen(wanted: Wanted) -> list[Example[Any]]:
    named = (*wanted.streams, *(name for family in wanted.families for name in _of_family(family)))
    found = {name: example for name, example in examples().items() if name in named or _playable(example, wanted)}
    lacking = sorted(set(named) - found.keys())
    if lacking:
        raise NoExampleTraffic(f"no example traffic for {', '.join(lacking)}; there is some for {', '.join(found)}")
    return [found[name] for name in dict.fromkeys(named or found)]


def _of_family(family: str) -> list[str]:
    """The streams of a family that have example traffic."""
    families = {name: example.stream.family for name, example in examples().items()}
    if family not in families.values():
        there = ", ".join(dict.fromkeys(families.values()))
        raise NoExampleTraffic(f"no example traffic for the family {family}; there is some for {there}")
    return [name for name, its in families.items() if its == family]


def _playable(example: Example[Any], wanted: Wanted) -> bool:
    """Unless it is named, what cannot go straight to the log is left out of what does."""
    return not wanted.straight or example.messages is not None


def scaled(wanted: Wanted, factor: float) -> Wanted:
    """The same at so many times the rate, if it has one."""
    return wanted if wanted.rate is None else replace(wanted, rate=wanted.rate * factor)


def plan_of(wanted: Wanted) -> Plan:
    """The traffic of one stream: of the last day and the seconds to come, or what the rate takes, of an hour."""
    if wanted.rate is None:
        span = DAY + timedelta(seconds=wanted.seconds)
        return Plan(wanted.seed, EVENTS, microseconds(now() - DAY), span // timedelta(microseconds=1))
    events = 1 + int(1.5 * wanted.rate * wanted.seconds)
    return Plan(wanted.seed, events, microseconds(now() - HOUR), HOUR // timedelta(microseconds=1))


async def _over_http(installation: Installation, chosen: Sequence[Example[Any]], wanted: Wanted) -> Played:
    settings = installation.settings
    url = wanted.url or f"http://{settings.host}:{settings.port}"
    plan = plan_of(wanted)
    # a proxy of the surroundings cannot reach this machine's own addresses
    through_proxy = not is_loopback(httpx.URL(url).host)
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=through_proxy) as client:
        loads = [(Load(each, client, _tokens(installation, each), now, _pace(wanted, each)), each) for each in chosen]
        return await _together([load.play(each.traffic(plan).client_events()) for load, each in loads])


def _pace(wanted: Wanted, example: Example[Any]) -> Pace:
    return Pace(rate=scaled(wanted, example.share).rate, batch=wanted.batch, seconds=wanted.seconds)


def _tokens(installation: Installation, example: Example[Any]) -> Token:
    """By whom the traffic is sent: people with tokens, or one holder of the family's key or token of development."""
    shared = _shared_key(installation, example.stream.family)
    if shared is not None:
        return lambda person: shared

    @cache
    def token(person: str) -> str:
        return development_token(
            installation, sub=person, org=ORGANISATION, role=example.role, consent=2, ttl=TOKEN_LASTS
        )

    return token


def _shared_key(installation: Installation, family: str) -> str | None:
    """What every caller of a family shows; None where each has a token of their own."""
    if family == token_kind().family:
        return example_token(installation)
    kind = kinds().get(family) or people_kinds().get(family)
    return None if kind is None else development_key(installation, kind)


async def _straight(installation: Installation, chosen: Sequence[Example[Any]], wanted: Wanted) -> Played:
    """As fast as the rate says, without one as fast as the log takes it."""
    key = installation.control.organisations.ensure(ORGANISATION).key
    plan = plan_of(wanted)
    messages = [(each, _messages(each, plan, lambda name: subject_of(key, name))) for each in chosen]
    for each, _ in messages:
        ready_log(installation, each.stream)
    publisher = open_publisher(installation.settings.log_url, installation.settings)
    try:
        return await _together(
            [_publish(publisher, each.stream, records, scaled(wanted, each.share)) for each, records in messages]
        )
    finally:
        await publisher.close()


def _messages(example: Example[Any], plan: Plan, subject: Callable[[str], str]) -> Iterator[Record]:
    if example.messages is None:
        name = example.stream.name
        raise NoExampleTraffic(f"no example traffic of {name} for the log; leave out --straight, or --stream others")
    return (Record(*message) for message in example.messages(example.traffic(plan), subject))


async def _publish(publisher: Publisher, stream: Stream, records: Iterator[Record], wanted: Wanted) -> Played:
    loop = asyncio.get_running_loop()
    played, began = Played(), loop.time()
    size = wanted.batch if wanted.rate is None else max(1, int(wanted.rate * CHUNK_SECONDS))
    while (passed := loop.time() - began) < wanted.seconds and (chunk := list(islice(records, size))):
        await publisher.publish(stream.name, chunk)
        played.accepted += len(chunk)
        played.requests += 1
        if wanted.rate is not None:
            await asyncio.sleep(max(0.0, played.accepted / wanted.rate - passed))
    return played


async def _together(plays: Sequence[Coroutine[Any, Any, Played]]) -> Played:
    """All at the same time, added up; what ends one ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in plays]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return sum((task.result() for task in tasks), Played())
