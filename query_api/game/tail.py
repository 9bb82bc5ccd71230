"""The sessions that something came of since samples were settled, and the cells of their samples as of now.

A session's cells are worked out again where more of it has come; those of the others are kept from answer to answer,
until rows are taken out of the events or changed there.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import polars as pl

from query_api.game.counts import PEOPLE
from query_api.game.events import Events
from query_api.game.rows import Application, rows_of
from query_api.tables import Tables
from schemas.game.cells import SESSION
from sinks.game.samples import naming, no_cells, sample_cells, travels

MOST_KEPT: Final = 100
"""Applications whose cells of the tail are kept."""


class Tail:
    """For several threads at once."""

    def __init__(self, tables: Tables, events: Events) -> None:
        self._tables = tables
        self._events = events
        self._found: tuple[object, pl.DataFrame] | None = None
        self._exchanges = -1
        self._cells: OrderedDict[Application, tuple[pl.DataFrame, pl.DataFrame]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, application: Application, passed: Mapping[int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The sessions (SESSION, `rows`) of an application beyond these offsets, and their cells.

        The cells are in the columns of game_sample_cells.
        """
        with self._lock:
            sessions = self._sessions(passed).filter(
                pl.col(name) == value for name, value in application._asdict().items()
            )
            before, known = self._cells.pop(application, (sessions.clear(), no_cells()))
            changed = sessions.join(before, on=[*SESSION, "rows"], how="anti")
            same = sessions.join(changed, on=SESSION, how="anti")
            stays = known.join(same, on=SESSION, how="semi")
            made = pl.concat([stays, self._made(application, changed)])
            self._cells[application] = sessions, made
            if len(self._cells) > MOST_KEPT:
                self._cells.popitem(last=False)
        return sessions, made

    def _sessions(self, passed: Mapping[int, int]) -> pl.DataFrame:
        """Those of all applications."""
        files = self._events.now()
        self._forget(files.exchanges)
        state = files.version, passed
        if self._found is None or self._found[0] != state:
            self._found = state, files.beyond(passed)
        return self._found[1]

    def _forget(self, exchanges: int) -> None:
        """All cells, once files of the events were exchanged: which sessions have fewer rows now, is not known."""
        if exchanges != self._exchanges:
            self._exchanges = exchanges
            self._cells.clear()

    def _made(self, application: Application, sessions: pl.DataFrame) -> pl.DataFrame:
        if sessions.is_empty():
            return no_cells()
        events = self._events.of(application, sessions)
        told, levels = pl.collect_all([travels(events), naming(events)])
        return pl.concat([no_cells(), *sample_cells(rows_of(self._tables, application), told, levels)])


def people(sessions: pl.DataFrame) -> pl.DataFrame:
    """The same sessions by PEOPLE."""
    return sessions.select(PEOPLE)
