"""A table's log is pruned beside whoever reads or writes, and what was promised stays readable."""

import os
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from sinks.faults import TablesUnavailable
from sinks.location import Location
from sinks.reader import TableReader
from sinks.table import PROPERTIES
from sinks.table_log import POINTS, WHOLE, Entry, TableLog, as_of, prune, readable, superfluous, whole_from
from sinks.upkeep import compact, vacuum
from tests.kit.readings import DAY, READINGS, opened, rows, stored

OF_0_1 = Path(__file__).with_name("made_by_0_1.tar.xz")
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def of_0_1(tmp_path: Path) -> Location:
    """Tables as 0.1 left them: 460 commits, every tenth with two rows, compacted twice, nothing pruned."""
    with tarfile.open(OF_0_1) as archive:
        archive.extractall(tmp_path, filter="data")
    return Location(str(tmp_path))


def entry(version: int, written_at: datetime) -> Entry:
    """What a writer leaves of a version: a commit, and at every hundredth a checkpoint."""
    checkpoint = (f"{version:020}.checkpoint.parquet",) if version % 100 == 99 else ()
    return Entry.of(version, written_at, (f"{version:020}.json", *checkpoint))


def trickle(per_second: float, hours: float, prune_every: int, hours_kept: float = 24) -> Iterator[list[Entry]]:
    """The log after each pruning of a trickle that began long ago and goes on."""
    log: list[Entry] = []
    for version in range(int(per_second * hours * 3600)):
        now = NOW + timedelta(seconds=version / per_second)
        log.append(entry(version, now))
        if version % prune_every == 0 and (end := whole_from(log)) is not None:
            gone = {each.version for each in superfluous(log, end, hours_kept, now)}
            log = [each for each in log if each.version not in gone]
            yield log


def log_files(location: Location) -> int:
    return sum(len(entry.names) for entry in TableLog(location.uri("readings")).entries())


def empty_commits(location: Location, upto: int) -> None:
    """Commits without rows, one for each offset from where the table stands."""
    sink, nothing = opened(location), rows(0, 0)
    for offset in range(sink.offsets()[0], upto):
        sink.commit({"readings": nothing}, {0: offset + 1}, {})


@pytest.mark.parametrize("prune_every", [100, 1050], ids=["by the flow", "by the worker"])
def test_a_day_of_trickle_leaves_few_files_and_a_point_for_every_hour(prune_every: int) -> None:
    """3.5 commits a second for 27 hours are 340,200 versions, of which one in any hour of the last day can be read."""
    for log in trickle(3.5, 27, prune_every):
        assert sum(len(each.names) for each in log) <= WHOLE + 100 + 6 + 2 * (POINTS + 3)
    now = log[-1].written_at
    for hour in range(25):
        found = as_of(readable(log), now - timedelta(hours=hour))
        assert found is not None
        assert found.written_at >= now - timedelta(hours=hour + 1, minutes=1)
    oldest = readable(log)[0].written_at
    assert now - timedelta(hours=25, minutes=2) <= oldest <= now - timedelta(hours=24)


def test_the_newest_commits_are_never_removed() -> None:
    for log in trickle(50, 0.05, 70):
        newest = log[-1].version
        assert {each.version for each in readable(log)} >= set(range(max(0, newest - WHOLE), newest + 1))


def test_a_slow_table_keeps_its_last_commits_however_old() -> None:
    log = [entry(version, NOW - timedelta(days=300 - version)) for version in range(300)]
    end = whole_from(log)
    assert end == 99
    assert [each.version for each in superfluous(log, end, 24, NOW)] == list(range(99))


def test_what_settling_still_needs_stays() -> None:
    log = [entry(version, NOW) for version in range(1000)]
    assert (whole_from(log), whole_from(log, needed=437), whole_from(log, needed=50)) == (799, 399, None)


def test_versions_behind_a_gap_cannot_be_read() -> None:
    log = [entry(version, NOW) for version in (0, 1, 2, 4, 99, 100, 102)]
    assert [each.version for each in readable(log)] == [0, 1, 2, 99, 100]


def test_a_table_of_0_1_is_taken_over_and_pruned(of_0_1: Location) -> None:
    before, expected = log_files(of_0_1), stored(of_0_1)
    sink = opened(of_0_1)
    assert PROPERTIES.items() <= DeltaTable(of_0_1.uri("readings")).metadata().configuration.items()
    assert sink.offsets() == {0: 920}
    for offset in range(920, 1040):
        sink.commit({"readings": rows(0, 0)}, {0: offset + 1}, {})
    assert log_files(of_0_1) < before
    assert stored(of_0_1) == expected
    assert opened(of_0_1).offsets() == {0: 1040}


def test_checkpoints_lose_the_removes_that_0_1_left(of_0_1: Location) -> None:
    opened(of_0_1)
    table = DeltaTable(of_0_1.uri("readings"))
    assert _removes(table) == 0
    assert set(_files_of_old_commits(of_0_1)) > {Path(uri).name for uri in table.file_uris()}


def test_every_version_that_is_listed_can_be_read(of_0_1: Location) -> None:
    uri = of_0_1.uri("readings")
    pruned = prune(uri, 24, TableLog(uri).entries()[-1].written_at)
    listed = [version for version, _ in TableReader(of_0_1).versions("readings")]
    assert pruned.removed > 0
    assert listed == [99, *range(199, 463)]
    for version in (99, 199, 250, 462):
        table = DeltaTable(uri, version=version)
        assert table.version() == version
        assert pl.scan_delta(table).collect().height == -(-(table.transaction_version("flow/0") or 0) // 20) * 2


def test_a_moment_a_day_ago_can_be_read_after_pruning_and_vacuum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time goes by the files' times: this table is written in four hours of the last sixty."""
    location, now = Location(str(tmp_path)), datetime.now(UTC)
    expected: dict[int, list[int]] = {}
    for hours, commits in ((60, 110), (50, 110), (30, 110), (0, 310)):
        then = now - timedelta(hours=hours)
        monkeypatch.setattr("sinks.files.milliseconds", partial(_milliseconds, then))
        sink = opened(location)
        begin = sink.offsets()[0]
        sink.commit({"readings": rows(begin, 5)}, {0: begin + 5}, {})
        compact(location, READINGS)
        empty_commits(location, begin + commits)
        expected[hours] = stored(location)
        _written(tmp_path, then)
    done = vacuum(location, READINGS, 24, now)
    assert done.data_files == 3, "the first two files, and the one that they became"
    versions = TableReader(location).versions("readings")
    version, at = [each for each in versions if each[1] <= now - timedelta(hours=24)][-1]
    assert at < now - timedelta(hours=24)
    assert _offsets_at(location, version) == expected[30]
    assert stored(location) == expected[0]


def test_a_checkpoint_that_cannot_be_read_keeps_what_it_would_replace(of_0_1: Location) -> None:
    uri = of_0_1.uri("readings")
    Path(uri, "_delta_log", f"{199:020}.checkpoint.parquet").write_bytes(b"PAR1")
    before = log_files(of_0_1)
    with pytest.raises(TablesUnavailable):
        prune(uri, 24, datetime.now(UTC))
    assert log_files(of_0_1) == before
    assert len(stored(of_0_1)) == 92


def test_a_table_can_be_read_wherever_pruning_was_killed(of_0_1: Location) -> None:
    """The process dies after so many files; the next one ends the work."""
    uri, expected = of_0_1.uri("readings"), stored(of_0_1)
    for deaths_after in (1, 40, 90):
        process = subprocess.run([sys.executable, "-c", _DYING, uri, str(deaths_after)], check=False)
        assert process.returncode == -signal.SIGKILL
        assert stored(of_0_1) == expected
        assert opened(of_0_1).offsets() == {0: 920}
    prune(uri, 24, datetime.now(UTC))
    assert stored(of_0_1) == expected
    assert prune(uri, 24, datetime.now(UTC)).removed == 0


def test_pruning_beside_a_writer_and_a_second_pruner_loses_nothing(location: Location) -> None:
    failures: list[Exception] = []
    done = threading.Event()

    def pruning(turn: threading.Semaphore) -> None:
        try:
            while turn.acquire() and not done.is_set():
                prune(location.uri("readings"), 24, datetime.now(UTC))
        except Exception as error:
            failures.append(error)

    sink = opened(location)
    turns = [threading.Semaphore(0) for _ in range(2)]
    pruners = [threading.Thread(target=pruning, args=[turn]) for turn in turns]
    for each in pruners:
        each.start()
    for epoch in range(320):
        sink.commit({"readings": rows(epoch, 1) if epoch % 20 == 0 else rows(0, 0)}, {0: epoch + 1}, {})
        # by commits and not by the clock: on a slow machine it would be most of the time
        if epoch % 4 == 0:
            _released(turns)
    done.set()
    _released(turns)
    for each in pruners:
        each.join()
    assert failures == []
    assert stored(location) == list(range(0, 320, 20))
    assert opened(location).offsets() == {0: 320}


def test_folders_of_days_that_have_gone_go_too(tmp_path: Path) -> None:
    location = Location(str(tmp_path))
    opened(location).commit({"readings": rows(0, 1)}, {0: 1}, {})
    long_ago = (tmp_path / "readings" / "received_date=2020-01-01", tmp_path / "readings" / f"received_date={DAY}")
    just_made = tmp_path / "readings" / "received_date=2020-01-02"
    for folder in (long_ago[0], just_made):
        folder.mkdir()
    for folder in long_ago:
        os.utime(folder, (0, 0))
    vacuum(location, READINGS, 1, datetime.now(UTC) + timedelta(hours=2))
    assert not long_ago[0].exists()
    assert just_made.exists()
    assert stored(location) == [0]


_DYING = """
import os, signal, sys
from datetime import UTC, datetime
from sinks.table_log import TableLog, prune
remove, left = TableLog._remove, [int(sys.argv[2])]
def dying(self, name):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    remove(self, name)
TableLog._remove = dying
prune(sys.argv[1], 24, datetime.now(UTC))
"""


def _released(turns: Iterable[threading.Semaphore]) -> None:
    for turn in turns:
        turn.release()


def _removes(table: DeltaTable) -> int:
    """The removed files that a checkpoint made now carries."""
    table.create_checkpoint()
    path = Path(table.table_uri.removeprefix("file://"), "_delta_log", f"{table.version():020}.checkpoint.parquet")
    return int(pl.read_parquet(path)["remove"].struct.field("path").is_not_null().sum())


def _files_of_old_commits(location: Location) -> list[str]:
    return [path.name for path in (location.folder / "readings").rglob("part-*.parquet")]


def _written(folder: Path, then: datetime) -> None:
    """As if what is new had been written then."""
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime > datetime.now(UTC).timestamp() - 3600:
            os.utime(path, (then.timestamp(), then.timestamp()))


def _milliseconds(then: datetime) -> int:
    return int(then.timestamp() * 1000)


def _offsets_at(location: Location, version: int) -> list[int]:
    found = TableReader(location).scan("readings", version).collect()
    return sorted(found["log_offset"].to_list())
