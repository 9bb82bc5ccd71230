"""Expires the embedded log: what is older than its retention goes, never what a flow has not committed yet."""

from datetime import datetime, timedelta

import structlog

from jobs.lake import Lake
from schemas.shared.stream import streams

log = structlog.get_logger()


def expire_log(lake: Lake, now: datetime) -> int:
    """Messages removed; 0 on Kafka, whose brokers do it."""
    return sum(_expire(lake, stream, now) for stream in streams())


def _expire(lake: Lake, stream: str, now: datetime) -> int:
    primary = streams()[stream].primary.name
    if not lake.location.exists(primary):
        return 0
    committed = lake.tables.offsets(primary, stream, range(lake.log_options.partitions))
    before = now - timedelta(days=lake.log_options.retention_days)
    expired = lake.log.expire(stream, before, committed)
    if expired:
        log.info("log_expired", stream=stream, messages=expired)
    return expired
