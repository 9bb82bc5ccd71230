"""Flows of one process that write the same table."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from deltalake import DeltaTable

from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.opened import OpenTables
from sinks.options import SinkOptions
from tests.kit.readings import PEAKS, READINGS, rows, stored

COMMITS = 10


def test_flows_that_share_a_table_take_turns_and_none_is_fenced_by_another(location: Location) -> None:
    own = [replace(READINGS, name=f"readings_{number}") for number in range(4)]
    shared = OpenTables()

    def flow(name: str) -> None:
        table = next(table for table in own if table.name == name)
        sink = DeltaSink(location, (table, PEAKS), name, [0], SinkOptions(commit_attempts=1), shared)
        sink.open()
        for offset in range(COMMITS):
            sink.commit({name: rows(offset, 1), "peaks": rows(offset, 1)}, {0: offset + 1}, {})

    with ThreadPoolExecutor() as threads:
        list(threads.map(flow, [table.name for table in own]))
    assert stored(location, "peaks") == sorted([*range(COMMITS)] * len(own))
    peaks = DeltaTable(location.uri("peaks"))
    assert [peaks.transaction_version(f"{table.name}/0") for table in own] == [COMMITS] * len(own)
    # one commit each: none was tried again over another
    assert peaks.version() == COMMITS * len(own)
