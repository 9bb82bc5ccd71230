"""The unsettled tail: the newest state of every session that no cell counts, and what is re-opened below it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_api.media.counted import Counted
from query_api.media.running import Flags
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
    "source",
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

Places: TypeAlias = NDArray[np.uint32]

EarlierRows: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
"""States → the settled rows of their sessions in media_sessions."""


FEWER = 4
"""A layer is at least so many times as long as the next."""


class Rows:
    """Sessions of all organisations, and those of each as arrays, made when they are first asked for."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.asked: set[str] = set()
        self._counted: dict[str, tuple[Counted, Places]] = {}

    def of(self, tenant: str) -> tuple[Counted, Places]:
        """An organisation's sessions, and their places among the rows; who asks is noted."""
        self.asked.add(tenant)
        return self.made(tenant)

    def made(self, tenant: str) -> tuple[Counted, Places]:
        """The same, before anybody asks."""
        if tenant not in self._counted:
            places = (self.frame["tenant"] == tenant).arg_true().to_numpy()
            self._counted[tenant] = Counted(self.frame[places]), places
        return self._counted[tenant]

    @cached_property
    def keys(self) -> pl.DataFrame:
        """SESSION_KEY and `place`."""
        return self.frame.select(SESSION_KEY).with_row_index("place")


@dataclass(frozen=True)
class Layer:
    """Rows that stay as they are, and which of them do not count any more."""

    rows: Rows
    gone: Flags

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Layer":
        """Rows that all count."""
        return cls(Rows(frame), np.zeros(frame.height, np.bool_))

    @property
    def there(self) -> pl.DataFrame:
        """The rows that count."""
        return self.rows.frame.filter(~self.gone)

    @property
    def height(self) -> int:
        """How many rows count."""
        return len(self.gone) - int(np.count_nonzero(self.gone))

    def without(self, keys: pl.DataFrame) -> tuple["Layer", pl.DataFrame]:
        """The layer without these sessions, and the rows that counted of them."""
        found = self.rows.keys.join(keys, on=SESSION_KEY, how="semi")["place"].to_numpy()
        places = found[~self.gone[found]]
        gone = self.gone.copy()
        gone[places] = True
        return Layer(self.rows, gone), self.rows.frame[places]


@dataclass(frozen=True)
class Tail:
    """One row a session that its cell does not count, or counts with an older revision; those older rows are
    `replaced`, to be taken off the cells.

    The rows lie in layers, each a few times as long as the next: what comes is a layer of its own, so that what was
    made of the many that stay serves for many views.
    """

    layers: tuple[Layer, ...]
    replaced: Rows

    @classmethod
    def empty(cls) -> "Tail":
        """Before anything was read."""
        replaced = Rows(_empty(MEDIA_SESSIONS.schema, ROW_COLUMNS))
        return cls((Layer.of(_empty(MEDIA_SESSION_STATES.schema, STATE_COLUMNS)),), replaced)

    @cached_property
    def states(self) -> pl.DataFrame:
        """The rows of all layers: STATE_COLUMNS."""
        return pl.concat([layer.there for layer in self.layers])

    def make_as(self, before: "Tail") -> None:
        """Makes of rows that are new what was made of the others for who asked of the newest layer before."""
        for tenant in list(before.layers[-1].rows.asked):
            like, _ = before.layers[0].rows.made(tenant)
            for rows in (*(layer.rows for layer in self.layers), self.replaced):
                rows.made(tenant)[0].make_as(like)

    @property
    def reopened(self) -> pl.DataFrame:
        """ROW_COLUMNS of the settled rows that a newer state replaces."""
        return self.replaced.frame

    def with_states(self, arrived: pl.DataFrame) -> tuple["Tail", pl.DataFrame]:
        """The tail after more revisions, in any order and however often, and the rows that it had of their sessions."""
        if arrived.is_empty():
            return self, arrived
        left, known = zip(*(layer.without(arrived) for layer in self.layers), strict=True)
        had = pl.concat(known)
        fresh = Layer.of(newest(pl.concat([had, arrived])))
        return Tail(_in_layers([*left, fresh]), self.replaced), had

    def among(self, there: pl.DataFrame) -> "Tail":
        """The tail without the sessions that have no state any more: settled, or taken out of the table."""
        return self._without(self.states.join(there, on=SESSION_KEY, how="anti"))

    def on(self, keys: pl.DataFrame, earlier: EarlierRows) -> "Tail":
        """The tail after looking up the settled rows of these sessions, which were unknown or have changed."""
        states = self.states.join(keys, on=SESSION_KEY, how="semi")
        rows = earlier(states).select(ROW_COLUMNS)
        fresh = uncovered(states, rows)
        covered = states.join(fresh, on=SESSION_KEY, how="anti")
        others = self.reopened.join(keys, on=SESSION_KEY, how="anti")
        reopened = pl.concat([others, rows.join(fresh, on=SESSION_KEY, how="semi")])
        return Tail(self._without(covered).layers, Rows(reopened))

    def _without(self, states: pl.DataFrame) -> "Tail":
        if states.is_empty():
            return self
        return Tail(_in_layers([layer.without(states)[0] for layer in self.layers]), self.replaced)


def _in_layers(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers, put together where one is not FEWER times as long as the next."""
    found: list[Layer] = []
    for layer in layers:
        found.append(layer)
        while len(found) > 1 and found[-2].height < FEWER * found[-1].height:
            found[-2:] = [Layer.of(pl.concat([found[-2].there, found[-1].there]))]
    return tuple(found)


def _empty(schema: pl.Schema, columns: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(schema={name: schema[name] for name in columns})
