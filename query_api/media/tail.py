"""The unsettled tail: the newest state of every session that no cell counts, and what is re-opened below it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_KEY
from sinks.media.whole import newest, uncovered

STATE_COLUMNS = (
    *SESSION_KEY,
    "first_event_at",
    "last_event_at",
    "last_playhead_at",
    "country_code",
    "device_type",
    "connection_type",
    "browser_family",
    "ttfb_ms",
    "load_time_ms",
    "first_play_at",
    "watch_time_seconds",
    "max_position_seconds",
    "completion_percent",
    "buffering_count",
    "buffering_duration_ms",
    "bits",
    "media_seconds",
    "fatal_error",
    "reached_end",
    "end_status",
    "revision",
)
"""What statistics need to know of a session."""

ROW_COLUMNS = (*STATE_COLUMNS, "status")
"""The same of a settled one, whose status stands."""

EarlierRows: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
"""States → the settled rows of their sessions in media_sessions."""


@dataclass(frozen=True)
class Tail:
    """`states`: one row a session that its cell does not count, or counts with an older revision; those older rows are
    `reopened`, to be taken off the cells."""

    states: pl.DataFrame
    reopened: pl.DataFrame

    @classmethod
    def empty(cls) -> "Tail":
        """Before anything was read."""
        return cls(_empty(MEDIA_SESSION_STATES.schema, STATE_COLUMNS), _empty(MEDIA_SESSIONS.schema, ROW_COLUMNS))

    def with_states(self, arrived: pl.DataFrame) -> "Tail":
        """The tail after more revisions, in any order and however often."""
        if arrived.is_empty():
            return self
        mine = self.states.join(arrived, on=SESSION_KEY, how="semi")
        others = self.states.join(arrived, on=SESSION_KEY, how="anti")
        return Tail(pl.concat([others, newest(pl.concat([mine, arrived]))]), self.reopened)

    def among(self, there: pl.DataFrame) -> "Tail":
        """The tail without the sessions that have no state any more: settled, or taken out of the table."""
        return Tail(self.states.join(there, on=SESSION_KEY, how="semi"), self.reopened)

    def on(self, keys: pl.DataFrame, earlier: EarlierRows) -> "Tail":
        """The tail after looking up the settled rows of these sessions, which were unknown or have changed."""
        states = self.states.join(keys, on=SESSION_KEY, how="semi")
        if states.is_empty():
            return Tail(self.states, self.reopened.join(keys, on=SESSION_KEY, how="anti"))
        rows = earlier(states).select(ROW_COLUMNS)
        fresh = uncovered(states, rows)
        covered = states.join(fresh, on=SESSION_KEY, how="anti")
        reopened = rows.join(fresh, on=SESSION_KEY, how="semi")
        return Tail(
            self.states.join(covered, on=SESSION_KEY, how="anti"),
            pl.concat([self.reopened.join(keys, on=SESSION_KEY, how="anti"), reopened]),
        )


def _empty(schema: pl.Schema, columns: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(schema={name: schema[name] for name in columns})
