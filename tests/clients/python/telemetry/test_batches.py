"""However events are cut into requests, and whatever the server makes of each: every event has one outcome."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from clients.python.kinelake_client import Delivered, NotDelivered, Refused, Unavailable
from clients.python.kinelake_client.answers import Answer, answer_of
from clients.python.kinelake_client.batches import (
    ANALYTICS,
    MOST_BYTES,
    MOST_EVENTS,
    Outgoing,
    Prepared,
    batches,
    prepared,
)
from clients.python.kinelake_client.faults import QueueFull
from clients.python.kinelake_client.steps import Run, delivering_prepared
from clients.python.kinelake_client.waiting import Lane, Waiting

LARGEST_BODY = 4 * 2**20


def of_size(number: int, size: int) -> Prepared:
    return Prepared(str(UUID(int=number)), {"number": number}, bytes(size))


SIZES = st.one_of(st.integers(2, 100), st.integers(2**19, MOST_BYTES), st.integers(MOST_BYTES // 2 - 2, MOST_BYTES))


@given(st.lists(SIZES, max_size=12), st.integers(0, 2_500))
def test_batches_have_all_events_in_order_and_as_many_as_the_bounds_let(sizes: list[int], small: int) -> None:
    events = [of_size(number, size) for number, size in enumerate([*sizes, *[2] * small])]
    cut = list(batches(events))
    assert [event for batch in cut for event in batch] == events
    assert all(0 < len(batch) <= MOST_EVENTS for batch in cut)
    assert all(len(Outgoing("/", 0, batch).body()) <= LARGEST_BODY for batch in cut)
    for batch, following in pairwise(cut):
        assert len(batch) == MOST_EVENTS or size_of([*batch, following[0]]) > MOST_BYTES


def size_of(batch: Sequence[Prepared]) -> int:
    return sum(len(event.raw) + 1 for event in batch)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_an_event_is_written_as_it_is_with_an_id_and_a_time_that_it_keeps(event: dict[str, Any]) -> None:
    once = prepared(event)
    written = msgspec.json.decode(once.raw)
    assert {**written, **{name: each for name, each in event.items() if each is not None}} == written
    assert set(written) == {"event_id", "timestamp", *(name for name, each in event.items() if each is not None)}
    again = prepared(once.event)
    assert (again.event_id, again.raw) == (once.event_id, once.raw)


class Server:
    """One that answers by what is drawn: takes or rejects each event, finds requests too large, refuses, is away."""

    def __init__(self, draw: st.DrawFn | Any) -> None:
        self._draw = draw
        self.taken: list[str] = []
        self.rejected: list[str] = []

    def __call__(self, asked: Outgoing) -> Answer:
        kind = self._draw(st.sampled_from(("take", "take", "take", "large", "refuse", "away")))
        if kind == "large":
            raise Refused(413, "body_too_large", "")
        if kind == "refuse":
            raise Refused(401, "token_expired", "")
        if kind == "away":
            raise Unavailable("away")
        results = [self._judged(index, event.event_id) for index, event in enumerate(asked.events)]
        status = 202 if any(result["status"] == "accepted" for result in results) else 400
        members = {"status": status} if status == 400 else {}
        return answer_of(status, msgspec.json.encode({**members, "results": results}), {})

    def _judged(self, index: int, event_id: str) -> dict[str, Any]:
        good = self._draw(st.booleans())
        (self.taken if good else self.rejected).append(event_id)
        status = "accepted" if good else "rejected"
        return {"index": index, "event_id": event_id if good else None, "status": status, "code": None, "errors": []}


@given(st.integers(0, 40), st.data())
def test_every_event_is_told_taken_or_rejected_or_is_handed_back(count: int, data: st.DataObject) -> None:
    # 40 events are three requests where each has more than a fifteenth of the most bytes
    events = [of_size(number, MOST_BYTES // 15) for number in range(count)]
    server = Server(data.draw)
    handed_back: Sequence[Any] = ()
    run = Run(delivering_prepared(ANALYTICS, events))
    try:
        while run.asked is not None:
            try:
                answer = server(run.asked)
            except NotDelivered as error:
                run.failed(error)
            else:
                run.answered(answer)
        delivered = run.result
    except NotDelivered as error:
        delivered, handed_back = error.delivered or Delivered(), error.events
    assert [verdict.index for verdict in delivered.verdicts] == list(range(len(delivered.verdicts)))
    assert [verdict.event_id for verdict in delivered.verdicts if verdict.accepted] == server.taken
    assert [verdict.event_id for verdict in delivered.rejected] == server.rejected
    assert [event["number"] for event in handed_back] == list(range(len(delivered.verdicts), count))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 40)), max_size=40), st.data())
def test_what_waits_is_bounded_keeps_its_order_by_lane_and_goes_once(
    puts: list[tuple[str, int]], data: st.DataObject
) -> None:
    waiting: Waiting[str] = Waiting(most_events=20, most_bytes=300)
    kept: dict[str, list[Prepared]] = {"a": [], "b": [], "c": []}
    gone: dict[str, list[Prepared]] = {"a": [], "b": [], "c": []}
    for number, (sender, size) in enumerate(puts):
        event = of_size(number, size)
        there = [each for lane in kept for each in kept[lane][len(gone[lane]) :]]
        room = len(there) < 20 and sum(len(each.raw) for each in there) + size <= 300
        try:
            waiting.put(Lane(sender, ANALYTICS), event)
        except QueueFull:
            assert not room
        else:
            assert room
            kept[sender].append(event)
        if (following := waiting.batch()) and data.draw(st.booleans()):
            lane, batch = following
            count = data.draw(st.integers(0, len(batch)))
            gone[lane.sender] += batch[:count]
            waiting.done(lane, count)
        assert all(gone[lane] == kept[lane][: len(gone[lane])] for lane in kept)
        assert len(waiting) == sum(map(len, kept.values())) - sum(map(len, gone.values()))
        assert waiting.all_before(waiting.newest) == (len(waiting) == 0)
