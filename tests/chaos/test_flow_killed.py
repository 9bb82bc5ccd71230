"""The flow alone dies by kill -9 again and again, often between the commits of two tables of one epoch."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, count, islice
from pathlib import Path
from random import Random

import msgspec
import pytest

from event_log import LogOptions, Record, open_publisher
from flows.run import tables_of
from kinelake.example.media.messages import log_messages
from kinelake.example.media.traffic import MediaTraffic, Traffic
from kinelake.example.traffic import LogMessage
from kinelake.installation import Installation, opened
from schemas.media.events import STREAM
from schemas.shared.message import LINE_END
from schemas.shared.times import microseconds
from tests.kit.chaos.lake import expect_sessions, the_sum
from tests.kit.chaos.plan import ROUNDS, seed
from tests.kit.chaos.roles import Role, running
from tests.kit.chaos.storm import until
from tests.kit.long import LONG
from tests.kit.running import PATIENCE

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120 + 10 * ROUNDS), LONG]

BACKLOG = 10_000
FED_AT_ONCE = 100
FED_EVERY = 0.2
NO_EVENT = Record(b"", b"\x00 no event")
"""One with each publish, so that every table of the flow has something in every epoch."""
SETTINGS = {"KINELAKE_EPOCH_SECONDS": "0.05"}


def test_a_flow_killed_at_any_moment_stores_every_event_once(tmp_path: Path) -> None:
    random = Random(seed())
    # without an end: a slow machine takes minutes, and every table is waited for
    messages = chain.from_iterable(map(example, count(random.randrange(2**32))))
    fed: list[LogMessage] = []
    flow = Role("flow", ["flow", "media", "--data", str(tmp_path / "data")], SETTINGS, tmp_path / "flow.out")
    with opened(data=tmp_path / "data") as installation:
        installation.log.ensure_topic(STREAM.name)
        asyncio.run(rage(installation, flow, messages, fed, random))
        assert flow.exits == [], flow.output
        expect_each_once(installation, fed)


async def rage(
    installation: Installation, flow: Role, messages: Iterator[LogMessage], fed: list[LogMessage], random: Random
) -> None:
    """A backlog, then a trickle while the flow dies; ends when all of it is in the tables."""

    async def caught_up() -> bool:
        return the_sum(installation).in_flight == 0

    async with feeding(installation, messages, fed), running([flow]):
        for _ in range(ROUNDS):
            await moment(installation, random)
            await flow.kill(away=0)
    async with running([flow]):
        await until(caught_up)


async def moment(installation: Installation, random: Random) -> None:
    """Right after a commit to a drawn table, or a while after the start."""
    table = random.choice([*tables_of(STREAM), None])
    if table is None:
        await asyncio.sleep(random.uniform(0, 3))
        return
    before = installation.tables.version(table.name) if installation.location.exists(table.name) else None
    log = Path(installation.location.uri(table.name), "_delta_log")
    seen = f"{-1 if before is None else before:020}.json"
    async with asyncio.timeout(PATIENCE):
        while max((file.name for file in log.glob("*.json")), default="") <= seen:
            await asyncio.sleep(0.005)
    await asyncio.sleep(random.choice((0, 0, random.uniform(0, 0.05))))


@asynccontextmanager
async def feeding(
    installation: Installation, messages: Iterator[LogMessage], fed: list[LogMessage]
) -> AsyncIterator[None]:
    """A backlog on the log at once, then a hundred messages at a time until the block ends."""
    options = installation.settings.room(LogOptions)
    publisher = open_publisher(options.log_url, options)

    async def feed(count: int) -> None:
        some = list(islice(messages, count))
        await publisher.publish(STREAM.name, [Record(*message) for message in some] + [NO_EVENT])
        fed.extend(some)

    async def trickle(over: asyncio.Event) -> None:
        while not over.is_set():
            await feed(FED_AT_ONCE)
            await asyncio.sleep(FED_EVERY)

    await feed(BACKLOG)
    over = asyncio.Event()
    trickling = asyncio.create_task(trickle(over))
    try:
        yield
    finally:
        over.set()
        await trickling
        await publisher.close()


def example(drawn: int) -> Iterator[LogMessage]:
    """Messages of yesterday's sessions as a gateway would have published them, repeats among them."""
    start = microseconds(datetime.now(UTC) - timedelta(days=1))
    day = timedelta(days=1) // timedelta(microseconds=1)
    traffic = Traffic(drawn, 400 + 100 * ROUNDS, start, day, templates=60)
    return log_messages(MediaTraffic(traffic), str)


def expect_each_once(installation: Installation, fed: list[LogMessage]) -> None:
    rows = installation.tables.scan(STREAM.primary.name).collect()
    sent = {msgspec.json.decode(message.value.split(LINE_END)[1])["event_id"] for message in fed}
    assert rows["event_id"].n_unique() == rows.height
    assert set(rows["event_id"]) == sent
    found = the_sum(installation)
    assert (found.stored, found.duplicate) == (len(sent), len(fed) - len(sent))
    assert found.accepted == len(fed) + found.dead_lettered
    assert found.balance == 0
    expect_sessions(installation, rows)
