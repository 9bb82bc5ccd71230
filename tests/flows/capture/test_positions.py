"""Each event's place in its session, through batches, commits, restarts and a memory that is far too small."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from flows.capture.positions import Positions, newest_start
from flows.conveyor.batch import Batch
from schemas.shared.columns import TIMESTAMP

BEGIN = datetime(2026, 2, 17, 10, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "tenant": pl.String,
    "session_id": pl.String,
    "session_created_at": TIMESTAMP,
    "log_partition": pl.Int32,
    "log_offset": pl.Int64,
}
COMMIT, RESTART = "commit", "restart"

Happening = list[int] | str
"""The sessions of a batch's events by their number, which also says when each began; or what befell the flow."""


class Flow:
    """A flow over one partition: its table, what it has made and not committed, and the step of the running process."""

    def __init__(self, most: int) -> None:
        self.table = pl.DataFrame(schema={**SCHEMA, "position": pl.Int64})
        self.log: list[int] = []
        self._most = most
        self._read = 0
        self._pending: list[pl.DataFrame] = []
        self.restart()

    def restart(self) -> None:
        """It dies: what was not committed is read again, in one batch."""
        self._read, self._pending = self.table.height, []
        newest = newest_start(self.table.lazy(), [0])
        self._step = Positions(lambda: self.table.lazy(), lambda: {0: self.table.height}, newest, self._most)
        if self._read < len(self.log):
            self.batch([])

    def batch(self, sessions: Sequence[int]) -> None:
        self.log += sessions
        new = range(self._read, len(self.log))
        self._read = len(self.log)
        self._pending.append(self._step(Batch(rows(self.log, new), {0: self._read})).rows)

    def commit(self) -> None:
        self.table = pl.concat([self.table, *(part for part in self._pending if part.height)], how="diagonal")
        self._pending = []

    def befall(self, happening: Happening) -> None:
        if isinstance(happening, list):
            self.batch(happening)
        elif happening == COMMIT:
            self.commit()
        else:
            self.restart()


def rows(log: Sequence[int], offsets: range) -> pl.DataFrame:
    found = [("clinic", f"s{log[at]}", BEGIN + timedelta(seconds=log[at]), 0, at) for at in offsets]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def places(log: Sequence[int]) -> list[int]:
    """The reference: how many of its session came up to each event."""
    seen = Counter[int]()
    found = []
    for session in log:
        seen[session] += 1
        found.append(seen[session])
    return found


happenings = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=8) | st.sampled_from([COMMIT, RESTART]), max_size=24
)


@given(happenings, st.integers(0, 4))
@example([[5], COMMIT, [1, 9], COMMIT, [5, 1, 9], RESTART, [1, 5]], 0)
@example([[1], COMMIT, [9], [9, 1], COMMIT, [9], RESTART, COMMIT, [9, 1]], 1)
def test_positions_are_those_of_the_reference_whatever_befalls_the_flow(befell: list[Happening], most: int) -> None:
    flow = Flow(most)
    for happening in befell:
        flow.befall(happening)
    flow.commit()
    assert flow.table["position"].to_list() == places(flow.log)


def test_a_session_that_began_after_all_others_is_looked_up_nowhere() -> None:
    def never() -> pl.LazyFrame:
        raise AssertionError("the table was asked")

    step = Positions(never, lambda: {0: 0}, BEGIN)
    assert step(Batch(rows([1, 2, 1], range(3)), {0: 3})).rows["position"].to_list() == [1, 1, 2]


def test_sessions_that_rest_and_are_in_the_table_are_forgotten() -> None:
    committed = {0: 0}
    step = Positions(lambda: pl.LazyFrame(schema={**SCHEMA, "position": pl.Int64}), lambda: committed, None, most=2)
    step(Batch(rows([1, 2, 3], range(3)), {0: 3}))
    assert len(step) == 3
    committed[0] = 3
    step(Batch(rows([1, 2, 3, 4], range(3, 4)), {0: 4}))
    assert len(step) == 2
