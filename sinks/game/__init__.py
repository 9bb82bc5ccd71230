"""The game tables at rest: what they are settled into, and made again of where rows go."""

from datetime import datetime

import polars as pl

from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS
from schemas.game.tables import GAME_FUNNEL_STEPS, GAME_PLAYERS, GAME_SAMPLES
from sinks.decided import BY_SESSION
from sinks.erased_stream import Leaving
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

__all__ = ["PLACED", "REBUILT", "REMADE", "SETTLING"]

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


def _sample_cells_without(leaving: Leaving) -> None:
    """Makes the cells of every session again that loses an event; commits also where none has cells yet.

    So settling that began before the samples went fails to commit, and puts nothing back.
    """
    if not leaving.location.exists(GAME_SAMPLE_CELLS.name):
        return
    files, keys = TableFiles.open(leaving.location, GAME_SAMPLE_CELLS), leaving.going(*BY_SESSION).unique()
    left = Left(
        leaving.location,
        leaving.stream,
        lambda _, __, rows: leaving.staying(rows.lazy()).collect(),
        keys,
        leaving.partitions,
    )
    change_rows(files, keys, lambda version: left.made(REMADE[GAME_SAMPLE_CELLS.name], version))


REBUILT = {GAME_SAMPLE_CELLS.name: _sample_cells_without}
