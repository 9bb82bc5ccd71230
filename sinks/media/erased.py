"""Aggregates of media sessions once sessions of erased people have gone."""

import polars as pl

from schemas.media.sessions import MEDIA_SESSIONS
from sinks.erased import persistently
from sinks.erased_stream import Leaving
from sinks.media.settle import SettleTables, refresh_cells


def cells_without(leaving: Leaving) -> None:
    """Makes the cells again of the hours whose settled sessions changed, as settling would at its next run."""
    if leaving.location.exists(MEDIA_SESSIONS.name):
        tables = SettleTables.open(leaving.location)
        persistently(tables.cells, lambda: refresh_cells(tables.cells, tables.sessions))


def minutes_of(rows: pl.DataFrame) -> pl.DataFrame:
    """What rows of media_events gave to media_usage, as far as their sessions had no others."""
    # the fold is compiled code that few processes need
    from sinks.media.folding.given import given

    return given(rows)
