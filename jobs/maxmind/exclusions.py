"""The job that brings the list of privacy exclusions up to date (MaxMind's Privacy Exclusions API).

It asks for what was updated after what is known, again and again until nothing new comes; `full` asks for everything,
and what is missing then has left the list. All of it is taken over in one transaction, so half a list is never used.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Final

import msgspec
import structlog

from control.exclusions import Listed
from jobs.maxmind.client import MaxMind
from jobs.maxmind.faults import BadAnswer
from jobs.maxmind.options import MaxMindOptions
from jobs.work import Context
from schemas.shared.times import microseconds, moment, parsed, text

PAGE_BYTES: Final = 64 * 2**20
MOST_PAGES: Final = 1000
MOST_EXCLUSIONS: Final = 2_000_000
OVERLAP: Final = timedelta(seconds=1)
"""MaxMind's times are whole seconds: of one second, some may have been listed and others not yet."""

log = structlog.get_logger()


class Item(msgspec.Struct, frozen=True):
    """One entry of the answer; `value` is a network where `data_type` says so."""

    exclusion_type: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    data_type: str
    value: str
    last_updated: str


class Answer(msgspec.Struct, frozen=True):
    """The answer's document; further keys may come."""

    exclusions: list[Item]


def sync(context: Context) -> None:
    """One attempt of the job; its payload may say `full`."""
    options, exclusions = context.lake.settings.room(MaxMindOptions), context.lake.control.exclusions
    whole = bool(context.job.payload.get("full", False))
    with MaxMind(options, context.stopping) as maxmind:
        listed = list(_listed(maxmind, options, None if whole else exclusions.newest()))
    changes = exclusions.apply(context.job.id, listed, whole=whole)
    log.info("exclusions_synced", whole=whole, **vars(changes))


def _listed(maxmind: MaxMind, options: MaxMindOptions, since: datetime | None) -> Iterator[Listed]:
    """What was updated since then, everything for None; some of it may be known already."""
    seen = set[Item]()
    for _ in range(MOST_PAGES):
        page = _page(maxmind, options, since)
        fresh = [item for item in page if item not in seen]
        if not fresh:
            return
        seen.update(fresh)
        if len(seen) > MOST_EXCLUSIONS:
            raise BadAnswer(f"MaxMind lists more than {MOST_EXCLUSIONS} exclusions")
        yield from (_one(item) for item in fresh if item.data_type == "network")
        since = max(map(_updated_at, page))
    raise BadAnswer(f"MaxMind's list does not end after {MOST_PAGES} pages")


def _page(maxmind: MaxMind, options: MaxMindOptions, since: datetime | None) -> list[Item]:
    after = {} if since is None else {"updates_after": text(microseconds(since - OVERLAP))}
    body = maxmind.read(f"{options.privacy_base_url}/privacy/exclusions", after, PAGE_BYTES)
    try:
        return msgspec.json.decode(body, type=Answer).exclusions
    except msgspec.MsgspecError as error:
        raise BadAnswer(f"MaxMind's list of exclusions is not as documented: {error}") from error


def _one(item: Item) -> Listed:
    try:
        return Listed(item.exclusion_type, ip_network(item.value), _updated_at(item))
    except ValueError as error:
        raise BadAnswer("MaxMind's list of exclusions has a value that is no network in CIDR notation") from error


def _updated_at(item: Item) -> datetime:
    try:
        return moment(parsed(item.last_updated))
    except ValueError as error:
        raise BadAnswer(f"MaxMind's list of exclusions has a last_updated that {error}") from error
