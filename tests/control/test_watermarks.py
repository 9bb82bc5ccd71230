"""Watermarks, counters and heartbeats."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from control.store import Control
from control.watermarks import Watermark

TEN = datetime(2026, 2, 17, 10, tzinfo=UTC)
ELEVEN = TEN + timedelta(hours=1)


def test_the_newest_watermark_of_each_partition_is_read(control: Control) -> None:
    control.watermarks.write("media", {0: TEN, 1: TEN}, {0: 5, 1: 6})
    control.watermarks.write("media", {1: ELEVEN}, {1: 9})
    assert control.watermarks.read("media") == {0: Watermark(TEN, 5), 1: Watermark(ELEVEN, 9)}


def test_flows_have_watermarks_of_their_own(control: Control) -> None:
    control.watermarks.write("media", {0: TEN}, {0: 5})
    assert control.watermarks.read("audit") == {}


def test_as_of_is_the_earliest_over_all_partitions(control: Control) -> None:
    control.watermarks.write("media", {0: ELEVEN, 1: TEN}, {0: 5, 1: 6})
    assert control.watermarks.as_of("media", 2) == TEN


def test_as_of_is_unknown_while_a_partition_has_no_watermark(control: Control) -> None:
    control.watermarks.write("media", {0: TEN}, {0: 5})
    assert control.watermarks.as_of("media", 2) is None


def test_flows_are_written_together_and_renewed_without_their_offsets(control: Control) -> None:
    control.watermarks.write_all(
        {"media": {0: Watermark(TEN, 5), 1: Watermark(TEN, 6)}, "audit": {0: Watermark(TEN, 7)}}
    )
    control.watermarks.renew({"media": {0: Watermark(ELEVEN, 5)}, "audit": {0: Watermark(ELEVEN, 7)}})
    assert control.watermarks.read("media") == {0: Watermark(ELEVEN, 5), 1: Watermark(TEN, 6)}
    assert control.watermarks.read("audit") == {0: Watermark(ELEVEN, 7)}


def test_times_keep_microseconds_and_come_back_in_utc(control: Control) -> None:
    in_bucharest = datetime(2026, 2, 17, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    control.watermarks.write("media", {0: in_bucharest}, {0: 2**40})
    mark = control.watermarks.read("media")[0]
    assert mark == Watermark(TEN.replace(microsecond=123456), 2**40)
    assert mark.as_of.tzinfo is UTC


def test_a_naive_time_is_refused(control: Control) -> None:
    with pytest.raises(Exception, match="aware"):
        control.watermarks.write("media", {0: datetime(2026, 2, 17)}, {0: 1})


def test_both_maps_must_name_the_same_partitions(control: Control) -> None:
    with pytest.raises(ValueError, match="same partitions"):
        control.watermarks.write("media", {0: TEN}, {1: 1})


def test_counters_add_up_by_name_and_stream(control: Control) -> None:
    for stream, n in (("media", 3), ("media", 4), ("audit", 1)):
        control.counters.add("deleted", stream, n)
    assert control.counters.read("deleted") == {"audit": 1, "media": 7}
    assert control.counters.read("accepted") == {}


def test_a_counter_cannot_shrink(control: Control) -> None:
    with pytest.raises(ValueError, match="grows"):
        control.counters.add("deleted", "media", -1)


def test_a_role_is_alive_for_fifteen_seconds_after_its_last_beat(control: Control) -> None:
    control.heartbeats.beat("flow", "a", TEN, {"lag": 1})
    control.heartbeats.beat("flow", "a", TEN + timedelta(seconds=5), {"lag": 2})
    (seen,) = control.heartbeats.list(TEN + timedelta(seconds=20))
    assert (seen.role, seen.instance, seen.alive, seen.detail) == ("flow", "a", True, {"lag": 2})
    (silent,) = control.heartbeats.list(TEN + timedelta(seconds=21))
    assert not silent.alive


def test_a_role_that_ends_in_order_is_not_listed_and_one_silent_for_a_day_is_forgotten(control: Control) -> None:
    control.heartbeats.beat("flow", "gone", TEN, {})
    control.heartbeats.beat("web", "old", TEN, {})
    control.heartbeats.remove("flow", "gone")
    control.heartbeats.beat("web", "new", TEN + timedelta(days=2), {})
    assert [beat.instance for beat in control.heartbeats.list(TEN + timedelta(days=2))] == ["new"]
