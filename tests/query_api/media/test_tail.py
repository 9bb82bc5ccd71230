"""The tail in layers: whatever comes in whatever order, it has the newest of each session, and what stays is kept."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.media.tail import FEWER, STATE_COLUMNS, Tail
from tests.kit.media_sessions import session, states

revisions = st.tuples(st.integers(0, 40), st.integers(1, 9))


def arrived(drawn: list[tuple[int, int]]) -> pl.DataFrame:
    rows = [session(f"s{number}", revision=revision, ttfb_ms=float(revision)) for number, revision in drawn]
    return states(*rows).select(STATE_COLUMNS)


def newest(tail: Tail) -> dict[str, int]:
    rows = tail.states.select("session_id", "revision").rows()
    assert len(dict(rows)) == len(rows)
    return dict(rows)


@given(st.lists(st.lists(revisions, max_size=20, unique_by=lambda each: each[0]), max_size=12))
def test_the_tail_has_the_newest_state_of_each_session(batches: list[list[tuple[int, int]]]) -> None:
    tail, expected = Tail.empty(), dict[str, int]()
    for batch in batches:
        known = {f"s{number}" for number, _ in batch} & expected.keys()
        tail, had = tail.with_states(arrived(batch))
        assert set(had["session_id"]) == known
        for number, revision in batch:
            expected[f"s{number}"] = max(revision, expected.get(f"s{number}", 0))
        assert newest(tail) == expected
        assert sum(layer.height for layer in tail.layers) == len(expected)
        assert all(longer.height >= FEWER * next_.height for longer, next_ in pairwise(tail.layers))


def test_what_was_made_of_sessions_that_stay_serves_on() -> None:
    tail, _ = Tail.empty().with_states(arrived([(number, 1) for number in range(40)]))
    before, _ = tail.layers[0].rows.of("acme")
    later, _ = tail.with_states(arrived([(3, 2), (50, 1)]))
    after, places = later.layers[0].rows.of("acme")
    assert after is before
    assert int((~later.layers[0].gone[places]).sum()) == 39


@pytest.mark.parametrize(("tenant", "made"), [("acme", True), ("nobody", False)])
def test_what_was_asked_of_the_tail_before_is_made_of_what_is_new(tenant: str, made: bool) -> None:
    before, _ = Tail.empty().with_states(arrived([(number, 1) for number in range(40)]))
    asked, _ = before.layers[0].rows.of(tenant)
    assert asked.adds.shape[0] == asked.codes("country_code")[1].size
    later, _ = before.with_states(arrived([(50, 1)]))
    later.make_as(before)
    counted, _ = later.layers[-1].rows.of("acme")
    assert len(counted) == 1
    assert ("adds" in vars(counted)) is made


def test_organisations_have_their_own_sessions_only() -> None:
    rows = states(session("a"), session("b", tenant="other"), session("c")).select(STATE_COLUMNS)
    tail, _ = Tail.empty().with_states(rows)
    assert [len(tail.layers[0].rows.of(tenant)[0]) for tenant in ("acme", "other", "nobody")] == [2, 1, 0]
