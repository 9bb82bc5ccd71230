"""A flow that dies by kill -9 at every seam of a commit, with messages of a hundred items each.

Every message has a broken item in its middle and an item that comes a second time, so that every table of the stream
has something of it. Requests are two messages long, and half of the time a poll's end cuts them: the flow then dies
with the first one half landed and the second one not read. Dead letters are replayed between the deaths, a message of
one item each. The sum is looked at after each death, while something is in flight.
"""

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from event_log import LogOptions, Record, open_publisher
from flows.run import tables_of
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.suppressed import SUPPRESSED
from tests.kit.cases import record
from tests.kit.chaos.lake import expect_sessions, the_sum
from tests.kit.forked import Forked
from tests.kit.on_the_log import BROKEN, Item, items
from tests.kit.running import waiting
from tests.kit.seams import NOTE, dying
from tests.kit.site import Site
from tests.servers import Kafka

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PRIMARY = STREAM.primary.name
DERIVED = [table.name for table in tables_of(STREAM) if table.name != PRIMARY]
SEAMS = [*(f"before {table}" for table in DERIVED), f"before {PRIMARY}", f"after {PRIMARY}"]
ITEMS = 100
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148"
"""A device that flows know without compiling rules first."""
BEGIN = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """An installation on the embedded log or on Kafka."""
    if request.param == "sqlite":
        return Site(tmp_path / "data", epoch_seconds=0.001)
    broker: Kafka = request.getfixturevalue("kafka")
    return Site(tmp_path / "data", epoch_seconds=0.001, log_url=f"{broker.url}?topic_prefix={tmp_path.name}.")


def test_a_flow_killed_at_every_seam_of_a_commit_stores_each_item_once(site: Site) -> None:
    with site.installation() as installation:
        installation.log.ensure_topic(STREAM.name, STREAM.max_record_bytes)
        for number, seam in enumerate(SEAMS):
            asyncio.run(publish(installation, [request(number, session) for session in ("one", "two")]))
            dies(site, seam, messages=1 if number % 2 else 10_000)
            expect_in_flight(installation)
        assert ahead(installation) == set()
        replay_letters(site, installation)
        dies(site, f"before {PRIMARY}", messages=10_000)
        assert ahead(installation) == set(DERIVED)
        expect_in_flight(installation)
        with site.role("flow"):
            waiting(lambda: balanced(installation) == 0)
        expect_each_item_once(installation)


def replay_letters(site: Site, installation: Installation) -> None:
    """Once by a replay that dies after it has sent them, once by one that does not know of that."""
    letters = installation.tables.scan(DEAD_LETTERS.name).collect().height
    before = len(items(installation, STREAM))
    dies(site, NOTE, 10_000, "replay")
    replay = site.ran("replay --json")
    assert replay.returncode == 0, replay.stderr
    assert json.loads(replay.stdout) == {"sent": letters, "before": 0, "kept": 0}
    replayed = items(installation, STREAM)[before:]
    assert sum(item.line == BROKEN and item.place == 0 for item in items(installation, STREAM)) == 2 * letters
    assert len(replayed) == 2 * letters
    expect_in_flight(installation)


def request(number: int, session: str) -> list[Record]:
    """Two messages of a hundred items of one session, as a gateway writes a request that is longer than one."""
    return [record(STREAM, line(2 * number + half, session)) for half in range(2)]


def line(number: int, session: str) -> dict[str, Any]:
    """Items a second apart, the last one a repeat of another, and a broken one in the middle."""
    start = BEGIN + timedelta(seconds=ITEMS * number)
    bodies = [body(session, start + timedelta(seconds=second), ITEMS * number + second) for second in range(ITEMS - 2)]
    received = start + timedelta(seconds=ITEMS)
    sent = {"received_at": received.isoformat(), "user_agent": PHONE}
    return {**sent, "bodies": [*bodies, bodies[20]], "broken": {ITEMS // 2: BROKEN.decode()}}


def body(session: str, at: datetime, number: int) -> dict[str, Any]:
    return {
        "event": "heartbeat",
        "event_id": f"00000000-0000-4000-8000-{number:08}{session.encode()[:2].hex()}",
        "session_id": session,
        "media_id": "exercise",
        "timestamp": at.isoformat(),
        "data": {"position_seconds": float(number)},
    }


async def publish(installation: Installation, requests: list[list[Record]]) -> None:
    """Each request at once."""
    options = installation.settings.room(LogOptions)
    publisher = open_publisher(options.log_url, options)
    for records in requests:
        await publisher.publish(STREAM.name, records)
    await publisher.close()


def dies(site: Site, seam: str, messages: int, command: str = "flow") -> None:
    """The command comes to the seam and dies there."""
    _, _, _, *arguments = site.command(command)
    printed = site.printed(seam)
    process = Forked([seam, str(messages), *arguments], site.environment, printed, dying)
    try:
        code = process.wait()
    finally:
        process.kill()
    assert code == -signal.SIGKILL, f"{seam}: {code}\n{printed.read_text()}"


def expect_in_flight(installation: Installation) -> None:
    """Nobody has told the primary table of what is there: it is in flight, and the sum is zero."""
    found = the_sum(installation)
    assert found.accepted == len(items(installation, STREAM))
    assert found.in_flight > 0
    assert found.balance == 0


def balanced(installation: Installation) -> int:
    """What is in flight; the sum is zero at every look."""
    found = the_sum(installation)
    assert found.balance == 0
    return found.in_flight


def ahead(installation: Installation) -> set[str]:
    """The tables that have what the primary has not."""
    partitions = range(installation.settings.partitions)
    primary = installation.tables.offsets(PRIMARY, STREAM.name, partitions)
    offsets = {name: installation.tables.offsets(name, STREAM.name, partitions) for name in DERIVED}
    return {name for name, own in offsets.items() if any(own[p] > primary[p] for p in partitions)}


def expect_each_item_once(installation: Installation) -> None:
    """Rows, dead letters and repeats are, by their places, the items that lie on the log."""
    found = items(installation, STREAM)
    broken = {item.at: item for item in found if item.line == BROKEN}
    first: dict[str | None, Item] = {}
    for item in found:
        if item.at not in broken:
            first.setdefault(item.event_id, item)
    rows = installation.tables.scan(PRIMARY).collect()
    places = ["log_partition", "log_offset", "log_item"]
    assert sorted(rows.select(*places, "event_id").rows()) == sorted((*i.at, i.event_id) for i in first.values())
    letters = installation.tables.scan(DEAD_LETTERS.name).select(*places, "value").collect().rows()
    assert sorted(letters) == sorted((*item.at, item.head + b"\n" + item.line) for item in broken.values())
    repeats = installation.tables.scan(SUPPRESSED.name).collect()
    assert set(repeats["reason"]) == {"duplicate"}
    assert repeats["count"].sum() == len(found) - len(broken) - len(first)
    expect_sessions(installation, rows)
