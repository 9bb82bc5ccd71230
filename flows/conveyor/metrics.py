"""What a flow measures about itself (operations: Metrics); labels name streams and outcomes, never people."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
from prometheus_client import Counter, Gauge, Histogram

from flows.conveyor.batch import Batch
from schemas.shared.metrics import EVENTS
from schemas.shared.times import microseconds

LAG = Gauge(
    "kinelake_flow_lag_events",
    "Messages on the log that are not in the tables.",
    ["stream"],
    multiprocess_mode="livemostrecent",
)
COMMIT_SECONDS = Histogram("kinelake_flow_commit_seconds", "Time of one commit of all tables.", ["stream"])
GEO_LOOKUPS = Counter("kinelake_geo_lookups", "Distinct addresses looked up.", ["outcome"])
"""Outcomes: found, unknown (not in the database), excluded (privacy), unavailable (no database)."""
DEVICE_LOOKUPS = Counter("kinelake_device_lookups", "Distinct User-Agents whose device was looked up.", ["outcome"])
"""Outcomes: by_model; by_system, where look-ups took more time than they may (see `flows.steps.device`)."""

FRESHNESS_SECONDS = Histogram(
    "kinelake_freshness_seconds",
    "From received to committed, of the oldest event of each commit.",
    ["stream"],
    buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.3, 2, 5, 10, 60, 600, 3600),
)


def count(stream: str, batches: Sequence[Batch], now: datetime) -> None:
    """Count what one commit brought into the tables."""
    rows = sum(batch.rows.height for batch in batches)
    EVENTS.labels(stream, "stored").inc(rows)
    EVENTS.labels(stream, "dead_lettered").inc(sum(_height(batch, "dead_letters") for batch in batches))
    for batch in batches:
        for reason, events in _suppressed(batch):
            EVENTS.labels(stream, "duplicate" if reason == "duplicate" else "suppressed").inc(events)
    received = [batch.rows["received_at"].cast(pl.Int64) for batch in batches if batch.rows.height]
    if received:
        waited = microseconds(now) - int(pl.concat(received).to_numpy().min())
        FRESHNESS_SECONDS.labels(stream).observe(max(0.0, waited / 1e6))


def _height(batch: Batch, table: str) -> int:
    rows = batch.tables.get(table)
    return 0 if rows is None else rows.height


def _suppressed(batch: Batch) -> list[tuple[str, int]]:
    rows = batch.tables.get("suppressed")
    return [] if rows is None else list(zip(rows["reason"].to_list(), rows["count"].to_list(), strict=True))
