"""The embedded log expires what is old enough, and never what the stream's primary table has not got."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_log import partition_of
from jobs.lake import Lake
from jobs.log_expiry import expire_log
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.shared.columns import Table
from schemas.shared.stream import Stream
from sinks.delta_sink import DeltaSink
from tests.jobs.conftest import Clock
from tests.kit.lake import publish

OTHER = replace(STREAM, name="other", path="/v1/other/events", derived_tables=(), settled_tables=())
YEARS = timedelta(days=4_000)
"""Beyond any retention, whenever the messages were published."""
PARTITIONS = range(12)
HERE = partition_of(b"", len(PARTITIONS))


@pytest.fixture
def log(installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Six messages of each of two streams in one partition, each in a block of its own, years ago."""
    monkeypatch.setattr("jobs.log_expiry.streams", lambda: {stream.name: stream for stream in (STREAM, OTHER)})
    for stream in (STREAM, OTHER):
        for number in range(6):
            publish(installation, [b"%d" % number], stream=stream.name)
    clock.pass_(YEARS)
    return installation


def committed(log: Installation, stream: Stream, tables: tuple[Table, ...], offset: int) -> None:
    """What a flow's commit of these tables leaves behind: no row, the next offset."""
    sink = DeltaSink(log.location, tables, stream.name, PARTITIONS, log.settings)
    sink.open()
    sink.commit({}, {HERE: offset}, {})


def starts(log: Installation) -> tuple[int, int]:
    return log.log.start_offsets(STREAM.name)[HERE], log.log.start_offsets(OTHER.name)[HERE]


def test_what_the_primary_tables_have_expires_stream_by_stream(log: Installation, do: Callable[..., str]) -> None:
    committed(log, STREAM, STREAM.tables[:1], 4)
    committed(log, OTHER, OTHER.tables[:1], 6)
    assert do("expire_log") == "finished"
    assert starts(log) == (4, 6)


def test_the_primary_table_counts_and_not_the_derived_ones_that_are_ahead(
    log: Installation, do: Callable[..., str]
) -> None:
    committed(log, STREAM, STREAM.derived_tables, 6)
    committed(log, STREAM, STREAM.tables[:1], 2)
    assert do("expire_log") == "finished"
    assert starts(log) == (2, 0)


@pytest.mark.parametrize("made", [False, True], ids=["no_table", "nothing_committed"])
def test_nothing_expires_before_the_primary_table_has_something(
    made: bool, log: Installation, do: Callable[..., str]
) -> None:
    committed(log, STREAM, STREAM.derived_tables, 6)
    if made:
        DeltaSink(log.location, STREAM.tables[:1], STREAM.name, PARTITIONS, log.settings).open()
    assert do("expire_log") == "finished"
    assert starts(log) == (0, 0)


def test_what_is_young_enough_stays_though_every_table_has_it(
    log: Installation, clock: Clock, do: Callable[..., str]
) -> None:
    committed(log, STREAM, STREAM.tables[:1], 6)
    clock.pass_(-YEARS)
    assert do("expire_log") == "finished"
    assert starts(log) == (0, 0)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=st.lists(st.integers(0, 6), min_size=1, max_size=5).map(sorted))
def test_whatever_was_committed_in_whatever_steps_the_log_starts_there_or_before(
    offsets: list[int], log: Installation, lake: Lake, clock: Clock
) -> None:
    known = lake.tables.version(STREAM.primary.name) is not None
    so_far = lake.tables.offsets(STREAM.primary.name, STREAM.name, PARTITIONS)[HERE] if known else 0
    for offset in offsets:
        if offset > so_far:
            committed(log, STREAM, STREAM.tables[:1], offset)
            so_far = offset
        expire_log(lake, clock())
        assert starts(log)[0] == so_far
