"""Batches of game telemetry while their flow dies by kill -9: each is in a table whole or not at all, and once."""

import asyncio
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import polars as pl
import pytest

from event_log import LogOptions, Record, open_publisher
from kinelake.balance import balance, position
from kinelake.installation import Installation, opened
from schemas.game import STREAM
from schemas.shared.message import LINE_END
from tests.kit.cases import record
from tests.kit.chaos.plan import ROUNDS, seed
from tests.kit.chaos.roles import Role, running
from tests.kit.chaos.storm import until
from tests.kit.game_bodies import APP, CREATE_PLAYER, FUNNEL_STEP, GAMEPLAY, TRAJECTORY, but
from tests.kit.long import LONG

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120 + 10 * ROUNDS)]

SETTINGS = {"KINELAKE_EPOCH_SECONDS": "0.05"}
FEW_ROUNDS = 3
FIRST, BATCHES_A_ROUND = 10, 60
"""Of a round's batches the first show that the flow runs; it dies while it takes the others."""
MOST_SECONDS = 0.3
"""As long as they take to be polled and committed, about."""
SAMPLES = 40
PLACE = ("log_partition", "log_offset")
MINE = {"app_id": ..., "player_id": ...}
MOMENT = {"timestamp": TRAJECTORY["timestamp_start"], "timestamp_start": ...}
MOVING = but(TRAJECTORY, kind="realtime", positions=[1.5] * 3 * SAMPLES, **MOMENT, **MINE)
ITEMS = (
    but(CREATE_PLAYER, kind="player", **MINE),
    but(FUNNEL_STEP, kind="funnel", **MINE),
    but(GAMEPLAY, kind="gameplay", **MINE),
    MOVING,
)


def batch(random: Random, number: int) -> Record:
    """Items of drawn kinds, of a player."""
    bodies = [random.choice(ITEMS) for _ in range(random.randint(1, 30))]
    said = {"received_at": "2026-02-12T10:00:06Z", "stamped": {"app_id": APP}, "subject": f"player {number % 50}"}
    return record(STREAM, {**said, "bodies": bodies})


@pytest.mark.parametrize("rounds", [FEW_ROUNDS, pytest.param(ROUNDS, marks=LONG)])
def test_a_batch_is_in_the_tables_whole_or_not_at_all_whenever_its_flow_dies(tmp_path: Path, rounds: int) -> None:
    random = Random(seed())
    flow = Role("flow", ["flow", STREAM.name, "--data", str(tmp_path / "data")], SETTINGS, tmp_path / "flow.out")
    fed = [batch(random, number) for number in range(rounds * BATCHES_A_ROUND)]
    with opened(data=tmp_path / "data") as installation:
        installation.log.ensure_topic(STREAM.name, STREAM.max_record_bytes)
        asyncio.run(rage(installation, flow, fed, random))
        assert flow.exits == [], flow.output
        assert flow.killed == rounds
        expect_each_once(installation, fed)


async def rage(installation: Installation, flow: Role, fed: list[Record], random: Random) -> None:
    """Some batches a round, in the middle of which the flow dies; ends when all are in the tables."""
    # a machine that also restarts a flow may take long to confirm
    options = LogOptions(log_url=installation.settings.log_url, publish_timeout_seconds=60)
    publisher = open_publisher(options.log_url, options)

    async def caught_up() -> bool:
        return balance(installation, position(installation, STREAM.name)).in_flight == 0

    async with running([flow]):
        for first, last in pairwise(range(0, len(fed) + 1, BATCHES_A_ROUND)):
            await publisher.publish(STREAM.name, fed[first : first + FIRST])
            await until(caught_up)
            others = asyncio.create_task(publisher.publish(STREAM.name, fed[first + FIRST : last]))
            # not to be awaited: the moment is drawn
            await asyncio.sleep(random.uniform(0, MOST_SECONDS))
            await flow.kill(away=0)
            await others
            expect_whole(rows(installation, "game_events"), fed)
    await publisher.close()
    async with running([flow]):
        await until(caught_up)


def rows(installation: Installation, table: str) -> pl.DataFrame:
    there = installation.location.exists(table)
    return installation.tables.scan(table).collect() if there else pl.DataFrame(schema=STREAM.primary.schema)


def expect_whole(stored: pl.DataFrame, fed: list[Record]) -> None:
    """Each message that has a row has all of its items, each once."""
    sizes = {str(items(each)[0]["event_id"]): len(items(each)) for each in fed}
    for _, found in stored.sort("log_item").group_by(PLACE):
        assert found["log_item"].to_list() == list(range(sizes[found["event_id"][0]]))


def items(message: Record) -> list[dict[str, object]]:
    return [msgspec.json.decode(line) for line in message.value.split(LINE_END)[1:]]


def expect_each_once(installation: Installation, fed: list[Record]) -> None:
    sent = [item for message in fed for item in items(message)]
    stored = rows(installation, "game_events")
    expect_whole(stored, fed)
    assert sorted(stored["event_id"]) == sorted(str(item["event_id"]) for item in sent)
    of_kind = pl.Series([item["event_type"] for item in sent]).value_counts()
    counts = dict(of_kind.iter_rows())
    assert rows(installation, "game_players").height == counts["player"]
    assert rows(installation, "game_funnel_steps").height == counts["funnel"]
    samples = rows(installation, "game_samples")
    by_trajectory = samples.group_by(*PLACE, "log_item").agg(pl.col("sample").sort())
    assert by_trajectory["sample"].to_list() == [list(range(SAMPLES))] * counts["realtime"]
