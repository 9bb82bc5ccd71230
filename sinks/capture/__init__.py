"""Click cells and counts of capture sessions at rest: put together from the parts that commits brought."""

from datetime import datetime

import polars as pl

from schemas.capture.activity import CAPTURE_SESSION_CHUNKS, CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from sinks.capture.options import OPTIONS
from sinks.capture.parts import (
    HOURS,
    cells_of,
    merged_cells,
    merged_session_chunks,
    merged_session_events,
    session_chunks,
    session_events,
)
from sinks.capture.settle import settle_at
from sinks.erased_counts import CountedAgain
from sinks.reader import TableReader
from sinks.remade import Remade
from sinks.settling import Settling

__all__ = ["REBUILT", "REMADE", "SETTLING"]


def _cells(reader: TableReader, at: datetime) -> pl.LazyFrame:
    return merged_cells(reader.rows(CAPTURE_CLICK_CELLS))


def _events(reader: TableReader, at: datetime) -> pl.LazyFrame:
    return merged_session_events(reader.rows(CAPTURE_SESSION_EVENTS))


def _chunks(reader: TableReader, at: datetime) -> pl.LazyFrame:
    return merged_session_chunks(reader.rows(CAPTURE_SESSION_CHUNKS))


SETTLING = Settling(
    settle_at,
    OPTIONS,
    {
        CAPTURE_CLICK_CELLS.name: _cells,
        CAPTURE_SESSION_EVENTS.name: _events,
        CAPTURE_SESSION_CHUNKS.name: _chunks,
    },
)

REMADE = {
    CAPTURE_CLICK_CELLS.name: Remade(cells_of, merged_cells, HOURS),
    CAPTURE_SESSION_EVENTS.name: Remade(session_events, merged_session_events),
    CAPTURE_SESSION_CHUNKS.name: Remade(session_chunks, merged_session_chunks),
}
"""What rows bring to their sessions' counts, and to the hours of their project."""

REBUILT = {CAPTURE_CLICK_CELLS.name: CountedAgain(CAPTURE_CLICK_CELLS, REMADE[CAPTURE_CLICK_CELLS.name])}
