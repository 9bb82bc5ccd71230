"""Dead letters again: each is published once more and remembered, so that a second run leaves it alone.

A message goes out before it is noted: a run that is killed in between sends it again next time. What carries an
event id is then a repeat, which the flow drops for 24 hours; bytes that nobody can read end as one more dead letter.
The client's address is no part of a dead letter, so what is replayed has no country.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from control.store import Control
from event_log import Record, open_publisher
from kinelake.catalogue import refuse_unknown_stream
from kinelake.installation import Installation
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.envelope import SCHEMA_VERSION

BATCH = 500


@dataclass(frozen=True)
class Replayed:
    """What a run did, or would do: letters sent, sent by an earlier run, and kept.

    Kept are letters that hold no message, and those of version 0.1, whose messages this version cannot read.
    """

    sent: int
    before: int
    kept: int


@dataclass(frozen=True)
class _Letter:
    stream: str
    log_partition: int
    log_offset: int
    log_item: int | None
    value: bytes | None
    message_key: bytes | None
    schema_version: int

    @property
    def counter(self) -> str:
        """Under which control counts how often it was sent again."""
        return f"replayed {self.log_partition}/{self.log_offset}/{self.log_item}"

    @property
    def sendable(self) -> bool:
        """Whether the flow could read what is sent."""
        return bool(self.value) and self.schema_version >= SCHEMA_VERSION


def replay(installation: Installation, stream: str | None, reason: str | None, dry_run: bool) -> Replayed:
    """Sends what was not sent before; with `dry_run` only counts it. Raises UnknownFlow."""
    letters = list(_letters(installation, stream, reason))
    fresh = [letter for letter in letters if not _was_sent(installation.control, letter)]
    sendable = [letter for letter in fresh if letter.sendable]
    if not dry_run:
        asyncio.run(_send(installation, sendable))
    return Replayed(len(sendable), len(letters) - len(fresh), len(fresh) - len(sendable))


def _letters(installation: Installation, stream: str | None, reason: str | None) -> Iterator[_Letter]:
    refuse_unknown_stream(stream)
    wanted = pl.all_horizontal(
        pl.lit(True) if stream is None else pl.col("stream") == stream,
        pl.lit(True) if reason is None else pl.col("reason") == reason,
    )
    columns = list(_Letter.__dataclass_fields__)
    rows = installation.tables.rows(DEAD_LETTERS).filter(wanted).select(columns)
    yield from (_Letter(**row) for row in rows.sort(columns[:4]).collect().iter_rows(named=True))


def _was_sent(control: Control, letter: _Letter) -> bool:
    return letter.stream in control.counters.read(letter.counter)


async def _send(installation: Installation, letters: list[_Letter]) -> None:
    publisher = open_publisher(installation.settings.log_url, installation.settings)
    try:
        for stream in {letter.stream for letter in letters}:
            own = [letter for letter in letters if letter.stream == stream]
            for first in range(0, len(own), BATCH):
                batch = own[first : first + BATCH]
                await publisher.publish(stream, [_record(letter) for letter in batch])
                await asyncio.to_thread(_note, installation.control, batch)
    finally:
        await publisher.close()


def _note(control: Control, letters: list[_Letter]) -> None:
    for letter in letters:
        control.counters.add(letter.counter, letter.stream, 1)


def _record(letter: _Letter) -> Record:
    """The message of its one item, under the key that the log handed out with it."""
    return Record(letter.message_key or b"", letter.value or b"")
