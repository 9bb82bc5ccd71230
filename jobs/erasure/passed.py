"""Which erasures can go on: the flows have passed what they may have decided before they knew of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from control.erasures import Erasure
from jobs.lake import Lake
from jobs.passed import beyond, ends
from schemas.shared.stream import streams

KNOWN_WITHIN: Final = timedelta(seconds=3)
"""Flows look for new tombstones every second."""
ENDS: Final = "ends"
"""In an erasure's detail: where the streams' logs ended once all flows knew of it."""

Ends = Mapping[str, Mapping[str, int]]


def due(lake: Lake, hidden: Sequence[Erasure], now: datetime, names: Iterable[str] | None = None) -> list[Erasure]:
    """The oldest of them that can go on; none overtakes an older one. They wait for the flows named, else for all."""
    found: list[Erasure] = []
    for erasure in hidden:
        if erasure.erased_at + KNOWN_WITHIN > now:
            break
        known = _with_ends(lake, erasure, names)
        if not passed(lake, known.detail[ENDS]):
            break
        found.append(known)
    return found


def ends_of(lake: Lake, names: Iterable[str] | None = None) -> dict[str, dict[str, int]]:
    """Where the streams' logs end now, by stream and partition; of the streams named, else of all."""
    found = {name: ends(lake, name) for name in (streams() if names is None else names)}
    return {name: {str(partition): end for partition, end in each.items()} for name, each in found.items()}


def in_tables(lake: Lake) -> Ends:
    """How far the tables have the logs by now."""
    found: dict[str, dict[str, int]] = {}
    for name, stream in streams().items():
        partitions = list(ends(lake, name))
        if partitions and lake.location.exists(stream.primary.name):
            offsets = lake.tables.offsets(stream.primary.name, name, partitions)
            found[name] = {str(partition): offset for partition, offset in offsets.items()}
    return found


def passed(lake: Lake, noted: Ends) -> bool:
    """Whether the tables have what lay on the logs then."""
    return all(beyond(lake, streams()[name], offsets) for name, offsets in noted.items() if name in streams())


def _with_ends(lake: Lake, erasure: Erasure, names: Iterable[str] | None) -> Erasure:
    """With ENDS in its detail, as they are now where they were not noted before."""
    if ENDS in erasure.detail:
        return erasure
    detail = {**erasure.detail, ENDS: ends_of(lake, names)}
    lake.control.erasures.note(erasure.id, detail=detail)
    return replace(erasure, detail=detail)
