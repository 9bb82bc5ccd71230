"""What published players sent, read where it lies (its README says how it was recorded), and what becomes of it."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import polars as pl
import pytest

from event_log import Fetched
from flows.conveyor.source import Poll
from flows.steps.decode import Decode
from ingest_gateway.door.protocol import Opened, Read, Said
from ingest_gateway.media.cmcd import CmcdReading
from schemas.media.events import STREAM
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.message import head_line, message, session_member, straight_line
from schemas.shared.named_ids import named_ids
from schemas.shared.times import moment

CLIENTS: Final = Path(
    os.environ.get("KINELAKE_TEST_CLIENTS") or Path(__file__).parents[3] / "shared" / "data" / "clients"
)
RECORDED_AT: Final = 1_795_854_600_000_000
"""µs: after the last report, some minutes after most."""
READING: Final = CmcdReading(730)
NAMESPACE: Final = UUID("6f7b0c5e-3b1f-5d8e-9d0a-6a5d3e2c1b00")


@dataclass
class Run:
    """One scenario with one player: what it sent in the order of arrival, and what the video element said."""

    player: str
    scenario: str
    bodies: list[str] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)


@cache
def runs() -> tuple[Run, ...]:
    """All that was recorded of CMCD; a skipped test where there is nothing."""
    paths = sorted((CLIENTS / "cmcd").glob("*.jsonl"))
    if not paths:
        pytest.skip(f"no recordings in {CLIENTS}: set KINELAKE_TEST_CLIENTS to the folder with recorded clients")
    return tuple(run for path in paths for run in _runs(path))


def _runs(path: Path) -> Iterable[Run]:
    player = ""
    run: Run | None = None
    for line in map(json.loads, path.read_text().splitlines()):
        player = line.get("client", player)
        if "scenario" in line:
            run = Run(player, line["scenario"])
            yield run
        elif run is not None and line.get("method") == "POST":
            run.bodies.append(line["body"])
        elif run is not None and "truth" in line:
            run.truth = line["truth"]


def opened(**changes: Any) -> Opened:
    """What a public key opens."""
    said: dict[str, Any] = {
        "key_id": "key",
        "tenant": "clinic",
        "person": None,
        "level": 2,
        "server": False,
        "categories": {},
        "subject_of": lambda identifier: f"hmac of {identifier}",
        "id_of": named_ids(NAMESPACE),
        "query": {},
        "received_at": RECORDED_AT,
    }
    return Opened(**{**said, **changes})


def read(body: str | bytes, **changes: Any) -> Read:
    """What a request with that body holds."""
    return READING(opened(**changes), body.encode() if isinstance(body, str) else body)


def rows(said: Sequence[Said], received_at: int = RECORDED_AT) -> pl.DataFrame:
    """The items as the flow reads them off the log, with every column of the table."""
    values = [_message(item, received_at) for item in said]
    fetched = Fetched(
        partitions=np.zeros(len(values), np.int32),
        offsets=np.arange(len(values), dtype=np.int64),
        keys=[b"key"] * len(values),
        values=values,
        clients=[b""] * len(values),
    )
    batch = Decode(STREAM, lambda: moment(received_at))(Poll(fetched, {0: len(values)}))
    assert "dead_letters" not in batch.tables, batch.tables["dead_letters"].to_dicts()
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in STREAM.primary.schema.items()]
    absent = [column for column in missing if column.meta.output_name() not in batch.rows.columns]
    return batch.rows.with_columns(absent).select(list(STREAM.primary.schema))


def _message(item: Said, received_at: int) -> bytes:
    head = RequestPart(
        schema_version=SCHEMA_VERSION,
        tenant="clinic",
        subject=item.subject,
        received_at=received_at,
        request_id="r",
        consent_level=2,
        consent_source="default",
    )
    event = item.event
    assert event.event_id is not None
    return message(head_line(head), [straight_line(event, event.event_id, session_member(event.session_id))])


def plain(said: Sequence[Said]) -> list[dict[str, Any]]:
    """The columns that have a value, without those that every event has."""
    everywhere = {"schema_version", "tenant", "received_at", "request_id", "consent_level", "consent_source", "gpc"}
    everywhere |= {"payload_digest", "stream", "received_date", "log_partition", "log_offset", "log_item"}
    return [
        {name: value for name, value in row.items() if value is not None and name not in everywhere}
        for row in rows(said).to_dicts()
    ]


def recorded_moment(ms: int) -> datetime:
    """A time on the wire."""
    return moment(ms * 1000)
