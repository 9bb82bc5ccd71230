"""Freshness of what comes in while something else goes on, and that nothing of it is lost."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from benchmarks.client import Outcome
from benchmarks.freshness import Probes, under_load
from benchmarks.made import until_caught_up
from benchmarks.report import Figure, percentile
from benchmarks.service import Service
from kinelake.installation import looked_into

MOST_P95_MS = 1_300


class Lost(Exception):
    """Events that were accepted are not in the tables."""


async def beside(
    service: Service, data: Path, batch: int, seconds: float, rate: int, other: Coroutine[Any, Any, None] | None
) -> tuple[Probes, Outcome]:
    """Probes under load while `other` runs, which ends with them; where it fails, the measurement does."""
    async with asyncio.TaskGroup() as tasks:
        doing = None if other is None else tasks.create_task(other)
        found = await tasks.create_task(under_load(service, data, batch, seconds, rate))
        if doing is not None:
            doing.cancel()
    return found


def freshness_figures(name: str, probes: Probes) -> list[Figure]:
    """Median and p95 of the probes."""
    return [
        Figure(f"{name}: p50", percentile(probes.seen_after, 50), "ms"),
        Figure(f"{name}: p95", percentile(probes.seen_after, 95), "ms", MOST_P95_MS, at_most=True),
    ]


def nothing_lost(data: Path, outcome: Outcome, probes: int) -> None:
    """Raises Lost where accepted events are neither in the tables nor accounted for."""
    with looked_into(data=data) as installation:
        found = until_caught_up(installation)
    if found.accepted != outcome.events[202] + probes or found.dead_lettered:
        raise Lost(f"{outcome.events[202]} and {probes} probes were answered 202; the sum says {found}")
