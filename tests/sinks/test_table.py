"""What a table says of itself, and what happens when it is not the one declared."""

import json
import threading
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from schemas.media.events import STREAM
from schemas.shared.columns import Column, Table
from sinks import delta_sink
from sinks.faults import TableIncompatible
from sinks.location import Location
from sinks.reader import TableReader
from sinks.table import created
from tests.kit.readings import COLUMNS, READINGS, opened, rows, stored

NOTE = Column("note", pl.String, "Written by a newer version.")
NEWER = Table("readings", "For tests.", (*COLUMNS, NOTE))


def test_descriptions_and_units_are_in_the_schema(location: Location) -> None:
    created(location, READINGS)
    schema = json.loads(DeltaTable(location.uri("readings")).schema().to_json())
    said = {field["name"]: field["metadata"] for field in schema["fields"]}
    assert said["value"] == {"comment": "How much.", "unit": "ms"}
    assert said["tenant"] == {"comment": "Whose."}


def test_a_table_is_named_described_and_partitioned_as_declared(location: Location) -> None:
    metadata = created(location, STREAM.primary).metadata()
    assert (metadata.name, metadata.description) == ("media_events", STREAM.description)
    assert metadata.partition_columns == ["received_date"]
    assert "delta.setTransactionRetentionDuration" not in metadata.configuration


def test_statistics_are_kept_of_the_declared_columns_and_of_no_person_or_event(location: Location) -> None:
    opened(location).commit({"readings": rows(0, 5)}, {0: 5}, {})
    columns = pl.DataFrame(TableReader(location).table("readings").get_add_actions(flatten=True)).columns
    kinds = [name.split(".", 1) for name in columns if "." in name]
    bounded = {name for kind, name in kinds if kind in ("min", "max", "null_count")}
    assert bounded == {"occurred_at", "tenant", "session_id"}
    assert not {"subject", "event_id"} & set(STREAM.primary.statistics)


def test_an_older_table_gets_the_columns_it_lacks(location: Location) -> None:
    opened(location).commit({"readings": rows(0, 2)}, {0: 2}, {})
    sink = opened(location, tables=[NEWER])
    sink.commit({"readings": rows(2, 1).with_columns(note=pl.lit("hi"))}, {0: 3}, {})
    found = TableReader(location).scan("readings").sort("log_offset").collect()
    assert found["note"].to_list() == [None, None, "hi"]


def test_an_older_writer_goes_on_beside_a_newer_one(location: Location) -> None:
    older = opened(location, [0])
    older.commit({"readings": rows(0, 2)}, {0: 2}, {})
    newer = opened(location, [1], [NEWER])
    newer.commit({"readings": rows(0, 2, partition=1)}, {1: 2}, {})
    older.commit({"readings": rows(2, 2)}, {0: 4}, {})
    opened(location, [0]).commit({"readings": rows(4, 2)}, {0: 6}, {})
    assert stored(location) == [0, 1, 2, 3, 4, 5]
    assert stored(location, partition=1) == [0, 1]


def test_a_column_that_comes_in_the_middle_of_a_commit_only_makes_it_try_again(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [Field("note", PrimitiveType("string"))]

    real_write = delta_sink.appended

    def widening(*args: Any, **more: Any) -> None:
        if left:
            DeltaTable(location.uri("readings")).alter.add_columns([left.pop()])
        real_write(*args, **more)

    sink = opened(location)
    monkeypatch.setattr(delta_sink, "appended", widening)
    sink.commit({"readings": rows(0, 2)}, {0: 2}, {})
    assert stored(location) == [0, 1]


def test_processes_that_add_the_same_column_at_once_all_open(location: Location) -> None:
    created(location, READINGS)
    failures: list[Exception] = []

    def open_newer() -> None:
        try:
            created(location, NEWER)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_newer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    names = [field.name for field in DeltaTable(location.uri("readings")).schema().fields]
    assert names == NEWER.schema.names()


def test_a_column_of_another_type_is_refused_by_name(location: Location) -> None:
    created(location, READINGS)
    columns = [replace(c, dtype=pl.String) if c.name == "value" else c for c in COLUMNS]
    with pytest.raises(TableIncompatible, match=r"column value of table readings .*another name"):
        created(location, Table("readings", "For tests.", tuple(columns)))


def test_another_partition_is_refused(location: Location) -> None:
    created(location, READINGS)
    with pytest.raises(TableIncompatible, match="partitioned by received_date on disk and by tenant in the schema"):
        created(location, Table("readings", "For tests.", COLUMNS, partition_by=("tenant",)))
