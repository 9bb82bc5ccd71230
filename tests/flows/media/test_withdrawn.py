"""Sessions that are open when consent records come: what these forbid is in no row that the flow writes afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.conveyor.batch import Batch
from flows.media.sessions import Sessions
from flows.media.store import SessionStore
from schemas.media.sessions import SESSION_KEY
from schemas.shared.consent_rules import FULL
from schemas.shared.times import moment
from sinks.media.folding.usage import added_up
from tests.kit.cases import TENANT
from tests.kit.consenting import held
from tests.kit.media_folded import Folded, expect, expect_usage
from tests.kit.media_rows import Event, rows, sessions
from tests.reference.consent import Said, level
from tests.reference.media.playback import BEGINNING, event, start

NEEDED = 2
BETWEEN = st.sampled_from(["say", "say", "withdraw", "withdraw_first", "restart"])
OURS: Mapping[str, Any] = {"_tenant": TENANT, "_subject": "s"}


class Watched(Folded):
    """The same beside a consent log, and a job that takes rows out of the table; some batches may be on their way."""

    def __init__(self, history: int = 10_000, open_sessions: int = 10_000) -> None:
        self.said: list[Said] = []
        self.did: list[Event] = []
        self.gone: set[str] = set()
        self.on_its_way = rows([])
        super().__init__(history, open_sessions)

    def started(self, history: int, open_sessions: int) -> Sessions:
        store = SessionStore(open_sessions, history, None, keep_recent=0)
        return Sessions(store, lambda _: self.table.lazy(), lambda: {0: self.committed})

    @property
    def committed(self) -> int:
        return len(self.did) - self.on_its_way.height

    def say(self, allowed: int, since: datetime) -> None:
        self.said.append(Said("s", allowed, since, len(self.said) + 1))

    def play(self, events: Sequence[Event], *, commits: bool = True) -> None:
        """A batch of those of them that are allowed, with or without a commit of what came before."""
        if commits:
            self.commit()
        allowed = [one for one in events if self.allows(one)]
        batch = rows(allowed, len(self.did))
        self.did += allowed
        self.on_its_way = pl.concat([self.on_its_way, batch])
        self.fold(Batch(batch, {}, records=held(self.said)))
        expect(self, self.counting(allowed))

    def commit(self) -> None:
        self.table, self.on_its_way = pl.concat([self.table, self.on_its_way]), rows([])

    def withdraw(self, *, asked_first: bool = True) -> None:
        """What the job does: it waits for what is on its way, asks for the sessions and takes the rows out."""
        self.commit()
        forbidden = [one for one in self.did if not self.allows(one) and one["event_id"] not in self.gone]
        if asked_first:
            self.ask(forbidden)
        self.gone |= {one["event_id"] for one in forbidden}
        self.table = self.table.filter(~pl.col("event_id").is_in(list(self.gone)))
        if not asked_first:
            self.ask(forbidden)

    def withdraw_first(self) -> None:
        """The same, where the flow comes to it late."""
        self.withdraw(asked_first=False)

    def ask(self, forbidden: Sequence[Event]) -> None:
        """The flow folds the sessions of these again, without an event; what it says of them is newer than before."""
        if not forbidden:
            return
        at = len(self.did)
        named = pl.DataFrame([{name: one[name] for name in SESSION_KEY} for one in forbidden]).unique()
        asked = named.with_columns(log_partition=pl.lit(0, pl.Int32), log_offset=pl.lit(at, pl.Int64))
        self.fold(Batch(pl.DataFrame(), {}, records=held(self.said), again=asked))
        assert all(row["revision"] == at + 1 for row in self.states.values())
        expect(self, self.counting(forbidden))

    def fold(self, batch: Batch) -> None:
        self.states = {}
        done = self.step(batch)
        self.usage += [done.tables["media_usage"]] if "media_usage" in done.tables else []
        for row in done.tables.get("media_session_states", pl.DataFrame()).iter_rows(named=True):
            self.states[tuple(row[name] for name in SESSION_KEY)] = row

    def restart(self) -> None:
        """Between two commits."""
        self.commit()
        super().restart()

    def allows(self, one: Event) -> bool:
        return level("s", moment(one["occurred_at"]), NEEDED, self.said) >= NEEDED

    def counting(self, of: Sequence[Event]) -> list[Event]:
        """What the table has of these events' sessions and may have."""
        keys = {(one["session_id"], one["media_id"]) for one in of}
        there = [one for one in self.did if (one["session_id"], one["media_id"]) in keys]
        return [one for one in there if one["event_id"] not in self.gone and self.allows(one)]


@given(sessions(), st.data())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_said_and_withdrawn_between_batches_each_row_folds_what_is_stored_and_allowed(
    events: list[Event], data: st.DataObject
) -> None:
    order, history = data.draw(st.permutations(events)), data.draw(st.sampled_from([3, 10_000]))
    watched = Watched(history)
    times = st.sampled_from(sorted({one["occurred_at"] for one in events})).map(moment)
    while order:
        for what in data.draw(st.lists(BETWEEN, max_size=3)):
            if what == "say":
                watched.say(data.draw(st.sampled_from([1, 2])), data.draw(times))
            else:
                getattr(watched, what)()
        count = data.draw(st.integers(1, 4))
        batch, order = order[:count], order[count:]
        # what is on its way is always in the history
        watched.play(batch, commits=history < len(events) or data.draw(st.booleans()))


@pytest.mark.parametrize("removed", ["before", "after", "never"])
@pytest.mark.parametrize("committed", [True, False])
def test_an_event_after_a_backdated_record_brings_back_neither_facts_nor_minutes(removed: str, committed: bool) -> None:
    watched = Watched()
    beats = [event(10 * beat, "heartbeat", 10 * beat, current_bitrate=1e6, **OURS) for beat in range(1, 30)]
    watched.play([start(**OURS), event(0, "play", 0, **OURS), *beats[:10]])
    watched.play(beats[10:20])
    watched.say(1, moment(BEGINNING + 65_000_000))
    watched.say(2, moment(BEGINNING + 165_000_000))
    if removed == "before":
        watched.withdraw()
    for beat in beats[20:25]:
        watched.play([beat], commits=committed)
    if removed == "after":
        watched.withdraw()
    watched.play(beats[25:])
    counting = watched.counting(watched.did)
    assert 0 < len(counting) < len(watched.did) - 5
    expect_usage(watched, counting)


@pytest.mark.parametrize("open_", [True, False])
@pytest.mark.parametrize("asked_first", [True, False])
def test_what_is_left_of_a_session_is_in_the_tables_again_without_an_event(open_: bool, asked_first: bool) -> None:
    watched = Watched()
    beats = [event(10 * beat, "heartbeat", 10 * beat, current_bitrate=1e6, **OURS) for beat in range(1, 30)]
    watched.play([start(**OURS), event(0, "play", 0, **OURS), *beats])
    watched.say(1, moment(BEGINNING + 65_000_000))
    if not open_:
        watched.restart()
    watched.withdraw(asked_first=asked_first)
    (session,) = watched.states.values()
    assert session["events"] == 8
    if open_:
        expect_usage(watched, watched.counting(watched.did))


def test_a_session_of_which_nothing_is_left_has_no_row() -> None:
    watched = Watched()
    watched.play([start(**OURS), event(0, "play", 0, **OURS), event(30, "heartbeat", 30, **OURS)])
    watched.say(0, moment(BEGINNING))
    watched.withdraw()
    assert watched.states == {}
    assert added_up(pl.concat(watched.usage)).is_empty()


@pytest.mark.parametrize("open_", [True, False])
def test_what_may_stay_at_a_lower_level_is_folded_at_that(open_: bool) -> None:
    watched = Watched()
    watched.did = [start(**OURS), event(0, "play", 0, **OURS)]
    watched.table = rows(watched.did).with_columns(consent_level=pl.lit(FULL, pl.Int64))
    if open_:
        watched.fold(Batch(watched.table, {}, records=held([])))
    watched.say(NEEDED, moment(BEGINNING))
    watched.ask(watched.did)
    assert [row["consent_level"] for row in watched.states.values()] == [NEEDED]


def test_a_record_from_now_on_leaves_an_open_session_as_it_is() -> None:
    watched = Watched()
    watched.play([start(**OURS), event(0, "play", 0, **OURS)])
    watched.say(1, moment(BEGINNING + 10_000_000))
    watched.say(2, moment(BEGINNING + 20_000_000))
    watched.table = rows([])
    watched.play([event(30, "heartbeat", 30, **OURS)])
