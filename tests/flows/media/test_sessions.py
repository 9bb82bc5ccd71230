"""The sessions step against the event-by-event reference: any order, any batches, any memory."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.media_folded import Folded, expect, expect_usage
from tests.kit.media_rows import Event, rows, sessions
from tests.reference.media.playback import event, start


@pytest.mark.parametrize("bitrate", [None, 1e6])
def test_a_stretch_over_many_batches_is_right_after_each_and_shared_when_it_is_closed(bitrate: float | None) -> None:
    changes = [event(at, "quality_change", to_bitrate=bitrate and bitrate * at) for at in (20, 21, 70, 130, 135)]
    events: list[Event] = [
        start(),
        event(0, "play", 0),
        *changes,
        event(150, "heartbeat", 60),
        event(190, "error", fatal=False),
    ]
    folded = Folded()
    for number, one in enumerate(events):
        folded.take(rows([one], number))
        expect(folded, events[: number + 1])
        expect_usage(folded, events[: number + 1])


@given(sessions())
@settings(deadline=None, max_examples=100)
def test_one_batch_in_order_folds_like_the_reference(events: list[Event]) -> None:
    folded = Folded()
    folded.take(rows(events))
    expect(folded, events)
    expect_usage(folded, events)


@given(sessions(), st.data())
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_in_any_batches_folds_like_the_reference(events: list[Event], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(events))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=4)) | {len(events)})
    folded = Folded(data.draw(st.sampled_from([3, 10, 10_000])), data.draw(st.sampled_from([1, 3, 10_000])))
    restart = data.draw(st.sampled_from([None, *cuts]))
    start = 0
    for cut in cuts:
        if cut > start:
            folded.take(rows(shuffled[start:cut], start))
        if cut == restart:
            folded.restart()
        start = cut
    expect(folded, events)
    expect_usage(folded, events)
