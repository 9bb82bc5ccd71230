"""Messages onto Kafka at a steady rate, and when each of them could be read from a Delta table.

A row can be read once the commit that brings it stands in the table's log: the time at which that file was written.
"""

import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import msgspec
import polars as pl
from confluent_kafka import KafkaError, Message, Producer

from benchmarks.backlog import MEASURED, TOPIC, now_us, subject
from event_log import partition_of
from kinelake.example.traffic import LogMessage, Plan
from schemas.shared.times import SECOND_US

SEED = 2
SPAN_SECONDS, FULL_AFTER_SECONDS = 1_200, 400
"""Traffic that is made, and when as many sessions end in it as begin."""
LINGER_MS = 5
QUIET_SECONDS = 4
PATIENCE_SECONDS = 120
PLACE: Final = {"log_partition": pl.Int32, "log_offset": pl.Int64}


class NotRead(Exception):
    """A table did not get what lies on the log."""


def live(rate: int, seconds: int) -> list[LogMessage]:
    """What comes in at so many a second while as many sessions begin as end."""
    assert MEASURED.messages is not None, "a stream that is measured has traffic for the log"
    span = SPAN_SECONDS * SECOND_US
    traffic = MEASURED.traffic(Plan(SEED, rate * SPAN_SECONDS, now_us() - span, span))
    begin = rate * FULL_AFTER_SECONDS
    return list(islice(MEASURED.messages(traffic, subject), begin, begin + rate * seconds))


def produced(bootstrap: str, partitions: int, messages: Iterable[LogMessage], rate: float) -> pl.DataFrame:
    """Produces them at so many a second; returns log_partition, log_offset and when each was due (s since 1970)."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": LINGER_MS})
    places: list[tuple[int, int, float]] = []

    def note(due: float, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            raise NotRead(str(error))
        places.append((message.partition() or 0, message.offset() or 0, due))

    began = time.time()
    for number, (key, value, client) in enumerate(messages):
        due = began + number / rate
        while (early := due - time.time()) > 0:
            producer.poll(early)
        producer.produce(
            TOPIC,
            value,
            key,
            partition=partition_of(key, partitions),
            headers=[("client", client)],
            on_delivery=partial(note, due),
        )
    producer.flush()
    return pl.DataFrame(places, {**PLACE, "due": pl.Float64}, orient="row")


def readable(table: Path) -> pl.DataFrame:
    """log_partition, log_offset of every row that was ever appended, and when its commit was written (s since 1970)."""
    frames = [_added(table, commit) for commit in _commits(table)]
    return pl.concat([pl.DataFrame(schema={**PLACE, "at": pl.Float64}), *frames])


def until_quiet(table: Path, least: int) -> None:
    """Until the table has had so many rows and no new commit for some seconds. Raises NotRead after two minutes."""
    end = time.time() + PATIENCE_SECONDS
    while time.time() < end:
        newest = max((commit.stat().st_mtime for commit in _commits(table)), default=time.time())
        if time.time() - newest > QUIET_SECONDS and readable(table).height >= least:
            return
        time.sleep(1)
    raise NotRead(f"{table.name} has not had {least:,} rows within {PATIENCE_SECONDS} s")


def _commits(table: Path) -> list[Path]:
    return sorted((table / "_delta_log").glob("[0-9]*[0-9].json"))


def _added(table: Path, commit: Path) -> pl.DataFrame:
    at = pl.lit(commit.stat().st_mtime).alias("at")
    frames = [pl.read_parquet(table / path, columns=list(PLACE), hive_partitioning=False) for path in _paths(commit)]
    return pl.concat([pl.DataFrame(schema=PLACE), *frames]).with_columns(at)


def _paths(commit: Path) -> Iterator[str]:
    for line in commit.read_bytes().splitlines():
        if added := msgspec.json.decode(line).get("add"):
            yield unquote(added["path"])
