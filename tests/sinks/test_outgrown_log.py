"""A log that has lost the commits its readers began at: they go on, and so does an exchange."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import pytest
from deltalake import DeltaTable

from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.reader import TableReader
from sinks.table_log import WHOLE
from sinks.upkeep import compact
from tests.kit.readings import READINGS, opened, rows, stored
from tests.sinks.conftest import S3, empty_place
from tests.sinks.test_table_log import empty_commits, log_files

# One process of xdist, so that the table is made once.
FOLDER = pytest.param("folder", marks=pytest.mark.xdist_group("outgrown"))


END = 360
"""Where the flow stands: a checkpoint, and WHOLE commits after it, are behind it."""


@dataclass(frozen=True)
class Outgrown:
    """A table that a flow went on with for 340 commits, and who had begun to read or exchange before them.

    held, first, reader and scanned saw its first ten rows, files the one file that compaction made of all twenty.
    """

    location: Location
    held: DeltaTable
    first: TableFiles
    reader: TableReader
    scanned: pl.LazyFrame
    files: TableFiles
    paths: list[str]


@pytest.fixture(scope="module", params=[FOLDER, S3])
def outgrown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outgrown]:
    with pytest.MonkeyPatch.context() as patch:
        location = empty_place(request, tmp_path_factory.mktemp("outgrown"), patch)
        sink = opened(location)
        sink.commit({"readings": rows(0, 10)}, {0: 10}, {})
        reader = TableReader(location)
        held, first = DeltaTable(location.uri("readings")), TableFiles.open(location, READINGS)
        scanned = reader.scan("readings")
        sink.commit({"readings": rows(10, 10)}, {0: 20}, {})
        compact(location, READINGS)
        files = TableFiles.open(location, READINGS)
        paths = files.listing()["path"].to_list()
        empty_commits(location, END)
        yield Outgrown(location, held, first, reader, scanned, files, paths)


def test_a_flow_prunes_its_tables_by_itself(outgrown: Outgrown) -> None:
    assert log_files(outgrown.location) <= WHOLE + 100 + 10
    assert opened(outgrown.location).offsets() == {0: END}


def test_readers_of_older_versions_go_on_after_pruning(outgrown: Outgrown) -> None:
    held, first, reader = outgrown.held, outgrown.first, outgrown.reader
    assert first.version not in {version for version, _ in reader.versions("readings")}
    assert outgrown.scanned.collect().height == 10
    assert first.scan(first.listing()["path"].to_list()).collect().height == 10
    held.update_incremental()
    assert held.version() == DeltaTable(outgrown.location.uri("readings")).version()
    assert pl.scan_delta(held).collect().height == 20
    assert reader.scan("readings").collect().height == 20


def test_an_exchange_outlasts_the_commits_it_began_at(outgrown: Outgrown) -> None:
    """Settling reads and folds for longer than a fast flow's log keeps commits."""
    files, paths = outgrown.files, outgrown.paths
    assert files.version not in {version for version, _ in outgrown.reader.versions("readings")}
    files.exchange(paths, files.scan(paths).collect(), {}, upkeep=True)
    assert stored(outgrown.location) == list(range(20))
    with pytest.raises(ExchangeRaced):
        files.exchange(paths, rows(0, 10), {}, upkeep=True)
