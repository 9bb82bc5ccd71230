"""What one item of the conveyor holds, and where it is cut when an epoch is replayed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from event_log import Fetched
from flows.source import Cut, Poll, _next_offsets, joined, taken


def fetched(places: list[tuple[int, int]]) -> Fetched:
    return Fetched(
        partitions=np.array([partition for partition, _ in places], np.int32),
        offsets=np.array([offset for _, offset in places], np.int64),
        values=[f"{partition}/{offset}".encode() for partition, offset in places],
        clients=[b""] * len(places),
    )


def values(poll: Poll) -> list[bytes]:
    return list(poll.fetched.values)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), unique=True),
    st.dictionaries(st.integers(0, 3), st.integers(0, 9)),
)
def test_a_cut_item_never_crosses_the_end_of_the_replayed_epoch(
    places: list[tuple[int, int]], ends: dict[int, int]
) -> None:
    places = sorted(places)
    whole = fetched(places)
    parts = Cut(ends)(Poll(whole, _next_offsets(whole)))
    below = [place for place in places if place[1] < ends.get(place[0], 0)]
    replayed = [value for part in parts if part.replayed for value in values(part)]
    assert replayed == values(Poll(fetched(below), {}))
    assert sorted(value for part in parts for value in values(part)) == sorted(values(Poll(fetched(places), {})))
    for part in parts:
        for partition, offset in zip(part.fetched.partitions, part.fetched.offsets, strict=True):
            assert offset < part.next_offsets[int(partition)]


def test_polls_are_joined_in_order() -> None:
    whole = joined(iter([fetched([(0, 1), (0, 2)]), fetched([]), fetched([(1, 0)])]))
    assert whole.values == [b"0/1", b"0/2", b"1/0"]
    assert taken(whole, np.array([True, False, True])).offsets.tolist() == [1, 0]
