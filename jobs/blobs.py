"""Sweeps the blob store: what nothing refers to goes after a grace.

A stream that keeps blobs declares them as `BLOBS` of its module in this room. Guarantee: safe beside whoever writes.
A blob is there before anything refers to it, so only those are looked at that are older than the grace, counted from
what the stream's tables are known to have: a flow that stands still for days makes no orphan.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.faults import WorkStopped
from jobs.lake import Lake
from jobs.options import JobOptions
from jobs.work import Stopping
from schemas.shared.discovery import declared_in

TOGETHER: Final = 20_000
"""Blobs that are asked about at once: each question may read a table."""

log = structlog.get_logger()


def _nothing(lake: Lake, gone: Collection[str]) -> None:
    """Nothing else knows them."""


@dataclass(frozen=True)
class Blobs:
    """The blobs below a folder.

    `live` says which of some names are referred to, and shall stay so, at a time; the tables of `streams` say it. What
    else knows of those that go is told to forget them by `forget`, before they do.
    """

    folder: str
    streams: Sequence[str]
    live: Callable[[Lake, Sequence[str], datetime], Collection[str]]
    forget: Callable[[Lake, Collection[str]], None] = _nothing


def sweep(lake: Lake, now: datetime, stopping: Stopping) -> Mapping[str, int]:
    """Blobs removed, by folder. Raises WorkStopped, and what the blob store, tables and control raise."""
    grace = timedelta(hours=lake.settings.room(JobOptions).blob_grace_hours)
    parts = lake.blobs.delete_parts(now - grace)
    declared = [blobs for found in declared_in("jobs", "BLOBS").values() for blobs in found]
    removed = {blobs.folder: _swept(lake, blobs, now, grace, stopping) for blobs in declared}
    log.info("blobs_swept", parts=parts, **removed)
    return removed


def _swept(lake: Lake, blobs: Blobs, now: datetime, grace: timedelta, stopping: Stopping) -> int:
    complete = [lake.control.watermarks.as_of(stream, lake.log_options.partitions) for stream in blobs.streams]
    known = [as_of for as_of in complete if as_of is not None]
    if len(known) < len(complete):
        # no flow has said yet what its tables have
        return 0
    before = min([now, *known]) - grace
    removed = 0
    for page in lake.blobs.pages(blobs.folder, TOGETHER):
        if stopping.is_set():
            raise WorkStopped("the worker was told to stop")
        removed += _remove(lake, blobs, [blob.name for blob in page if blob.put_at < before], now)
    return removed


def _remove(lake: Lake, blobs: Blobs, old: Sequence[str], now: datetime) -> int:
    live = set(blobs.live(lake, old, now)) if old else set()
    gone = [name for name in old if name not in live]
    if gone:
        blobs.forget(lake, gone)
        lake.blobs.delete(*gone)
    return len(gone)
