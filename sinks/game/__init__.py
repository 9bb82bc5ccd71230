"""The game tables at rest: what they are settled into, and made again of where rows go."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS
from schemas.game.events import STREAM
from schemas.game.tables import GAME_FUNNEL_STEPS, GAME_PLAYERS, GAME_SAMPLES
from sinks.decided import PERSON, Key
from sinks.files import TableFiles
from sinks.game.cells import event_cells, merged_event_cells
from sinks.game.options import OPTIONS
from sinks.game.samples import naming, no_cells, sample_cells, travels
from sinks.game.settle import reading, settle_at
from sinks.game.whole import whole_sample_cells
from sinks.location import Location
from sinks.reader import TableReader
from sinks.remade import Left, Remade, change_rows
from sinks.settling import Settling

__all__ = ["AFTERWARDS", "PLACED", "REMADE", "SETTLING"]

PLACED = frozenset({GAME_PLAYERS.name, GAME_FUNNEL_STEPS.name, GAME_SAMPLES.name})
"""Tables whose rows are each made of one row of game_events, whose place on the log they have."""


def _event_cells(reader: TableReader, at: datetime) -> pl.LazyFrame:
    return merged_event_cells(reader.rows(GAME_EVENT_CELLS))


SETTLING = Settling(
    settle_at, OPTIONS, {GAME_EVENT_CELLS.name: _event_cells, GAME_SAMPLE_CELLS.name: whole_sample_cells}
)


def _cells_of_left(location: Location, events: pl.DataFrame) -> pl.DataFrame:
    """Rows of game_sample_cells: what is left of sessions comes to."""
    told, levels = travels(events.lazy()).collect(), naming(events.lazy()).collect()
    return pl.concat([no_cells(), *sample_cells(reading(location), told, levels)])


REMADE = {
    GAME_EVENT_CELLS.name: Remade(event_cells, merged_event_cells),
    GAME_SAMPLE_CELLS.name: Remade(lambda rows: rows, lambda rows: rows, beside=_cells_of_left),
}


BY_PERSON: Key = {name: pl.col(name) for name in PERSON}


def _sample_cells_of(location: Location, people: pl.DataFrame, partitions: Sequence[int]) -> None:
    """The cells of all sessions of people, of what is there of them now.

    Until their events are gone, settling takes what they say of levels for true; whatever it makes of them it has
    exchanged before this, or fails to.
    """
    if not location.exists(GAME_SAMPLE_CELLS.name):
        return
    how = replace(REMADE[GAME_SAMPLE_CELLS.name], key=BY_PERSON)
    left = Left(location, STREAM, lambda _, __, rows: rows, people, partitions)
    change_rows(TableFiles.open(location, GAME_SAMPLE_CELLS), people, lambda version: left.made(how, version))


AFTERWARDS = {GAME_SAMPLE_CELLS.name: _sample_cells_of}
