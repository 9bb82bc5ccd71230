"""The worker's pruning: every table's log, but nothing that settling is still to read."""

import polars as pl
import pytest
from deltalake import CommitProperties, Transaction
from prometheus_client import REGISTRY

from jobs.lake import Lake
from jobs.prune import prune_logs
from schemas.media.cells import MEDIA_SESSION_CELLS
from schemas.media.sessions import MEDIA_SESSIONS
from sinks.faults import TableIncompatible
from sinks.files import TableFiles
from sinks.media.settle import CELLS
from sinks.table_log import WHOLE
from tests.jobs.conftest import Clock


def commit(files: TableFiles, times: int, **noted: int) -> None:
    """Commits without rows."""
    transactions = [Transaction(name, version) for name, version in noted.items()]
    properties = CommitProperties(app_transactions=transactions)
    for _ in range(times):
        table = files.table
        table.create_write_transaction([], "append", table.schema(), [files.partition], commit_properties=properties)
        files.refresh()


def test_what_settling_reads_next_stays_and_goes_when_it_has_been_read(lake: Lake, clock: Clock) -> None:
    sessions, cells = (TableFiles.open(lake.location, table) for table in (MEDIA_SESSIONS, MEDIA_SESSION_CELLS))
    commit(cells, 1, **{CELLS: 20})
    commit(sessions, 310)
    assert prune_logs(lake, clock())["media_sessions"].removed == 0
    assert sessions.at(20).version == 20
    commit(cells, 1, **{CELLS: 300})
    done = prune_logs(lake, clock())["media_sessions"]
    assert (done.removed > 90, done.left < WHOLE + 20) == (True, True)
    assert sessions.at(300).listing().equals(pl.DataFrame(schema=sessions.listing().schema))
    metric = REGISTRY.get_sample_value("kinelake_table_log_files", {"table": "media_sessions"})
    assert metric == done.left


def test_a_table_that_does_not_fit_is_named_and_the_logs_of_the_others_are_pruned(lake: Lake, clock: Clock) -> None:
    wrong = pl.DataFrame({"session_id": [1], "start_date": [clock().date()]})
    wrong.write_delta(lake.location.uri(MEDIA_SESSIONS.name), delta_write_options={"partition_by": "start_date"})
    cells = TableFiles.open(lake.location, MEDIA_SESSION_CELLS)
    commit(cells, 310)
    with pytest.raises(TableIncompatible, match=f"table {MEDIA_SESSIONS.name}"):
        prune_logs(lake, clock())
    left = REGISTRY.get_sample_value("kinelake_table_log_files", {"table": MEDIA_SESSION_CELLS.name})
    assert left is not None
    assert left < WHOLE + 20
