"""When an epoch is committed, what is not written twice, and how far the watermark goes."""

from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from flows.conveyor.batch import Batch, EndOffsets
from flows.conveyor.sink import Progress, TablesPartition


class Recorder:
    """Tables and report in one: keeps what it was given, in order."""

    def __init__(self) -> None:
        self.commits: list[tuple[dict[str, list[int]], dict[int, int]]] = []
        self.passed: list[dict[int, int]] = []
        self.watermarks: list[dict[int, int]] = []

    def commit(
        self, rows: Mapping[str, pl.DataFrame], next_offsets: Mapping[int, int], passed: Mapping[int, int]
    ) -> None:
        self.passed.append(dict(passed))
        self.commits.append(({table: _numbers(frame) for table, frame in rows.items()}, dict(next_offsets)))

    def progress(self, progress: Progress) -> None:
        self.watermarks.append(dict(progress.as_of))

    def committed(self, batches: Sequence[Batch]) -> None:
        assert batches


def _numbers(frame: pl.DataFrame) -> list[int]:
    return frame["n"].to_list() if frame.width else []


def batch(
    numbers: list[int], following: int, derived: bool = True, landed: Sequence[str] = (), end: int | None = None
) -> Batch:
    rows = pl.DataFrame({"n": numbers}, schema={"n": pl.Int64})
    ends = None if end is None else EndOffsets(at=1_000 + end, offsets={0: end})
    made = Batch(rows, {0: following}, {0: len(numbers)}, ends=ends, landed=frozenset(landed))
    return made.adding("states", rows) if derived else made


def partition(recorder: Recorder, replay: Mapping[int, int] | None = None) -> TablesPartition:
    return TablesPartition(recorder, "events", Progress({0: 0}), replay or {}, {}, recorder, lambda: False)


def test_an_epoch_commits_all_its_batches_at_once_when_the_flow_has_caught_up() -> None:
    recorder = Recorder()
    sink = partition(recorder)
    sink.write_batch([batch([1], 1), batch([2, 3], 3, end=3)])
    sink.snapshot()
    assert recorder.commits == [({"events": [1, 2, 3], "states": [1, 2, 3]}, {0: 3})]
    assert recorder.passed == [{0: 3}]
    assert recorder.watermarks == [{0: 1_003}]


def test_while_a_backlog_is_read_an_epoch_waits() -> None:
    recorder = Recorder()
    sink = partition(recorder)
    sink.write_batch([batch([1], 1, end=500)])
    sink.snapshot()
    assert recorder.commits == []
    assert recorder.watermarks == [{}]


def test_a_replayed_epoch_is_committed_whole_and_not_to_the_tables_that_have_it() -> None:
    recorder = Recorder()
    sink = partition(recorder, replay={0: 3})
    sink.write_batch([batch([1], 1, landed=["states"], end=1)])
    sink.snapshot()
    assert recorder.commits == []
    sink.write_batch([batch([2, 3], 3, landed=["states"]), batch([4], 4, end=4)])
    sink.snapshot()
    assert recorder.commits == [({"events": [1, 2, 3, 4], "states": [4]}, {0: 4})]


def test_what_is_large_is_committed_before_the_epoch_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.conveyor.sink.COMMIT_BYTES", 64)
    recorder = Recorder()
    sink = partition(recorder)
    sink.write_batch([batch([1, 2], 2, end=500)])
    assert recorder.commits == []
    sink.write_batch([batch([3, 4], 4)])
    assert recorder.commits == [({"events": [1, 2, 3, 4], "states": [1, 2, 3, 4]}, {0: 4})]
    sink.write_batch([batch([5], 5)])
    sink.snapshot()
    assert len(recorder.commits) == 1


def test_a_replayed_epoch_is_committed_whole_however_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.conveyor.sink.COMMIT_BYTES", 1)
    recorder = Recorder()
    sink = partition(recorder, replay={0: 3})
    sink.write_batch([batch([1], 1, landed=["states"])])
    assert recorder.commits == []
    sink.write_batch([batch([2, 3], 3, landed=["states"])])
    assert recorder.commits == [({"events": [1, 2, 3]}, {0: 3})]


def test_closing_commits_nothing() -> None:
    recorder = Recorder()
    sink = partition(recorder)
    sink.write_batch([batch([1], 1, end=1)])
    sink.close()
    assert recorder.commits == []


def test_the_watermark_stops_at_the_first_sample_that_is_not_passed() -> None:
    progress = Progress({0: 0, 1: 0})
    progress.sampled(EndOffsets(at=10, offsets={0: 1, 1: 1}))
    progress.sampled(EndOffsets(at=20, offsets={0: 1, 1: 5}))
    progress.committed({0: 1, 1: 1})
    assert progress.as_of == {0: 20, 1: 10}
    assert progress.lag == 4
