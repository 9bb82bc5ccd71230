"""A public key that was abused is purged while web, flows and worker die by kill -9 at drawn moments.

Players and SDKs with that key, with another and with a token write sessions of their own, and the keys some together.
Afterwards no table has a row of the key, and all that the others were told is durable is there as it was, once. The
drawn seed is printed; KINELAKE_CHAOS_SEED repeats it.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from signal import SIGKILL
from threading import Event
from uuid import uuid4

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from control.write_keys import PURGE_KIND, WriteKey
from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from kinelake.write_keys import create_write_key
from schemas.shared.stream import streams
from tests.kit.chaos.killing import Mortal, lapsed
from tests.kit.chaos.lake import expect_sessions
from tests.kit.chaos.plan import ROUNDS, seed
from tests.kit.chaos.speaker import Speaker
from tests.kit.erasing import DONE, Rounds, rounds
from tests.kit.long import LONG
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site
from tests.servers import Kafka

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(180 + 15 * ROUNDS)]

FEW_ROUNDS = 4
MOST_EFFECTS = 14
"""Effects after which a round of the job dies at the latest."""
MOST_SECONDS = 0.4
MANY = 1_000_000
STREAMS = ("media", "analytics")
PRIMARY = ("media_events", "analytics_events")
KEYED = (*PRIMARY, "media_session_states")
SCHEMAS = {table.name: table.schema for stream in STREAMS for table in streams()[stream].tables}
OTHERS = ("good", "token")
FLOWS = "flows media analytics"


@dataclass(frozen=True)
class World:
    """A running installation, who dies of it, the key that is purged, and who speaks."""

    site: Site
    installation: Installation
    draw: Random
    bad: WriteKey
    speakers: Mapping[str, Speaker]
    together: Event
    victims: list[Mortal]

    def rows(self, table: str) -> pl.DataFrame:
        there = self.installation.location.exists(table)
        return self.installation.tables.scan(table).collect() if there else pl.DataFrame(schema=SCHEMAS[table])

    def rage(self, kills: int) -> None:
        """Web and flows die in turns, each at a drawn moment after more was taken."""
        for number in range(kills):
            before = self.taken
            waiting(lambda before=before: self.taken > before)
            self.kills(self.victims[number % len(self.victims)])

    @property
    def taken(self) -> int:
        return sum(self.speakers[name].taken for name in OTHERS)

    def kills(self, victim: Mortal) -> None:
        """At a drawn moment from now."""
        Event().wait(self.draw.uniform(0, MOST_SECONDS))
        victim.kill()
        victim.begin()

    def stored(self, name: str) -> bool:
        """Whether all is there that was taken of somebody, each once; they are silent by now."""
        items = self.rows("analytics_events").filter(pl.col("event_name").str.starts_with(f"{name} "))["event_name"]
        records = self.rows("media_events").filter(media_id=name)
        assert items.is_unique().all()
        assert records.select("session_id", "sequence").is_unique().all()
        sent = set(range(self.speakers[name].taken))
        numbers = {int(item.split()[1]) for item in items}
        return numbers == sent and set((records["sequence"] // 4).to_list()) == sent

    def balanced(self, stream: str) -> Balance:
        def at_rest() -> Balance | None:
            found = balance(self.installation, position(self.installation, stream))
            return None if found.in_flight else found

        return waiting(at_rest)


@contextmanager
def living(site: Site) -> Iterator[World]:
    """Web and flows run, and everybody speaks."""
    together = Event()
    together.set()
    with site.installation() as installation, ExitStack() as lives:
        installation.control.organisations.ensure(ORGANISATION)
        (bad, bad_key), (_, good_key) = (create_write_key(installation, ORGANISATION, 2) for _ in range(2))
        victims = [Mortal(site, role, lives) for role in ("web", FLOWS)]
        shown = {"bad": (bad_key, basic(bad_key)), "good": (good_key, basic(good_key))}
        shown["token"] = (good_key, site.client("user").headers["Authorization"])
        speakers = {name: Speaker(site.url, name, *each, together) for name, each in shown.items()}
        running = lives.enter_context(ThreadPoolExecutor())
        speaking = {name: running.submit(speaker) for name, speaker in speakers.items()}
        try:
            yield World(site, installation, Random(seed()), bad, speakers, together, victims)
        finally:
            for name, speaker in speakers.items():
                speaker.over.set()
                speaking[name].result()


def basic(key: str) -> str:
    return f"Basic {b64encode(f'{key}:'.encode()).decode()}"


ON_KAFKA = [LONG, pytest.mark.kafka, pytest.mark.xdist_group("kafka")]


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=ON_KAFKA)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """With the embedded log, or with a broker."""
    settings = {"erase_every_seconds": 1, "epoch_seconds": 0.2, "write_key_requests_per_minute": MANY}
    if request.param == "sqlite":
        return Site(tmp_path / "data", **settings)
    broker: Kafka = request.getfixturevalue("kafka")
    broker.start()
    return Site(tmp_path / "data", log_url=f"{broker.url}?topic_prefix=purge-{uuid4().hex}.", **settings)


@pytest.mark.parametrize("kills", [FEW_ROUNDS, pytest.param(ROUNDS, marks=LONG)])
def test_whatever_dies_nothing_of_the_key_is_left_and_what_others_sent_is(site: Site, kills: int) -> None:
    with living(site) as world:
        world.rage(kills)
        silence(world, "bad")
        before = {table: world.rows(table) for table in PRIMARY}
        purge(world, kills)
        for name in OTHERS:
            world.speakers[name].end()
        expect_gone(world, before)
        expect_others(world, before)
        expect_sessions(world.installation, world.rows("media_events"))


def silence(world: World, name: str) -> None:
    """Somebody says no more, nobody goes on with their sessions, and all that they said is stored."""
    world.together.clear()
    world.speakers[name].end()
    for other in OTHERS:
        world.speakers[other].heard()
    waiting(lambda: world.stored(name))


def purge(world: World, kills: int) -> None:
    """As the command has it, whose job dies as often as everybody else; then a worker lives to its end."""
    control, lives = world.installation.control, ExitStack()
    control.write_keys.revoke(world.bad.id)
    wanted = {"tenant": ORGANISATION, "ingest_key": world.bad.id}
    job = control.jobs.enqueue(PURGE_KIND, world.bad.id, wanted)
    with lives, ThreadPoolExecutor() as running:
        worker = Mortal(world.site, "worker", lives)
        waiting(lambda: control.erasures.in_state("purging"))
        raging = running.submit(world.rage, kills)
        Event().wait(world.draw.uniform(0, MOST_SECONDS))
        worker.kill()
        lapsed(world.installation)
        with rounds(world.site) as job_rounds:
            dying(world, job_rounds, kills)
        raging.result()
        worker.begin()
        Event().wait(world.draw.uniform(0, MOST_SECONDS))
        worker.kill()
        lapsed(world.installation)
        worker.begin()
        waiting(lambda: control.erasures.newest()[0].state == "finished")
        waiting(lambda: (found := control.jobs.get(job.id)) is not None and found.state == "finished")


def dying(world: World, job: Rounds, deaths: int) -> None:
    """Rounds of the job, so many of which die by kill -9."""
    died = 0
    while died < deaths and world.installation.control.erasures.in_state("purging"):
        ended = job.one(effects=world.draw.randint(1, MOST_EFFECTS), kind=PURGE_KIND, key=PURGE_KIND)
        assert ended in (DONE, -SIGKILL)
        died += ended != DONE
    assert died


def expect_gone(world: World, before: Mapping[str, pl.DataFrame]) -> None:
    """No row is of the key, and each that was is counted once."""
    (receipt,) = world.installation.control.erasures.newest()
    went = {table: rows.filter(ingest_key=world.bad.id).height for table, rows in before.items()}
    assert {table: receipt.detail["tables"][table]["rows"] for table in PRIMARY} == went
    for stream, rows in zip(STREAMS, went.values(), strict=True):
        found = world.balanced(stream)
        assert (found.balance, found.suppressed["purged"]) == (0, rows)
    waiting(lambda: all(world.bad.id not in world.rows(table)["ingest_key"].to_list() for table in KEYED))
    assert world.speakers["bad"].refused() == "unknown_key=1"


def expect_others(world: World, before: Mapping[str, pl.DataFrame]) -> None:
    """All that the others said is there, once; what was there before is as it was."""
    assert all(world.stored(name) for name in OTHERS)
    for table, rows in before.items():
        stay = rows.filter(pl.col("ingest_key").ne_missing(world.bad.id)).sort("event_id")
        after = world.rows(table).join(stay.select("event_id"), on="event_id", how="semi").sort("event_id")
        assert_frame_equal(after, stay)
