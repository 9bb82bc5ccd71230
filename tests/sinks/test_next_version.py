"""Commits to a table in a folder that Delta is not asked about: what it makes of them, and when it is asked."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable, TableFeatures

from sinks import next_version
from sinks.delta_sink import DeltaSink
from sinks.faults import Fenced
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.table import CHECKPOINT_EVERY
from sinks.table_log import WHOLE
from tests.kit.readings import READINGS, opened, rows, stored

BEYOND = WHOLE + 2 * CHECKPOINT_EVERY + 1
"""After so many commits of others the first ones are pruned."""


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path))


@pytest.fixture
def sink(location: Location) -> DeltaSink:
    """One that Delta needs not be asked about any more."""
    found = opened(location)
    found.commit({"readings": rows(0, 1)}, {0: 1}, {})
    return found


@pytest.fixture
def calls(sink: DeltaSink, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What Delta is asked from then on, and how often."""
    found: Counter[str] = Counter()
    for name in ("update_incremental", "create_write_transaction"):
        monkeypatch.setattr(DeltaTable, name, counted(name, found))
    return found


def counted(name: str, found: Counter[str]) -> Callable[..., Any]:
    real = getattr(DeltaTable, name)

    def call(*args: Any, **more: Any) -> Any:
        found[name] += 1
        return real(*args, **more)

    return call


def other(location: Location) -> DeltaSink:
    """Another flow that writes the same table."""
    found = DeltaSink(location, [READINGS], "other", [0], SinkOptions())
    found.open()
    return found


def test_delta_is_not_asked_while_nobody_else_writes(sink: DeltaSink, location: Location, calls: Counter[str]) -> None:
    for end in range(2, 6):
        assert sink.commit({"readings": rows(end - 1, 1)}, {0: end}, {}).versions == {"readings": end}
    assert calls == {}
    assert stored(location) == [0, 1, 2, 3, 4]
    assert opened(location).offsets() == {0: 5}


def test_delta_finds_the_same_in_a_commit_that_it_has_not_made(sink: DeltaSink, location: Location) -> None:
    sink.commit({"readings": rows(1, 3)}, {0: 4}, {0: 3})
    table = DeltaTable(location.uri("readings"))
    by_hand, by_delta = table.history(2)
    for made in (by_hand, by_delta):
        assert made["operation"] == "WRITE"
        assert made["operationParameters"]["mode"] == "Append"
        assert len(made["commitId"]) == 32
    files = table.get_add_actions(flatten=True)
    assert sorted(files["num_records"].to_pylist()) == [1, 3]
    assert sorted(files["max.session_id"].to_pylist()) == sorted(
        [rows(0, 1)["session_id"][0], rows(1, 3)["session_id"].max()]
    )
    assert table.transaction_version("flow/0/items") == 3


def test_the_version_with_a_checkpoint_is_made_by_delta(
    sink: DeltaSink, location: Location, calls: Counter[str]
) -> None:
    for end in range(2, 2 * CHECKPOINT_EVERY + 1):
        sink.commit({}, {0: end}, {})
    assert calls == {"update_incremental": 2, "create_write_transaction": 2}
    names = [path.name for path in Path(location.uri("readings"), "_delta_log").iterdir()]
    assert sorted(name for name in names if ".checkpoint" in name) == [
        f"{end:020}.checkpoint.parquet" for end in (CHECKPOINT_EVERY - 1, 2 * CHECKPOINT_EVERY - 1)
    ]
    assert not [name for name in names if name.endswith(".tmp")]


def test_delta_is_asked_after_each_commit_of_somebody_else(
    sink: DeltaSink, location: Location, calls: Counter[str]
) -> None:
    neighbour = other(location)
    neighbour.commit({}, {0: 1}, {})
    sink.commit({"readings": rows(1, 1)}, {0: 2}, {})
    sink.commit({"readings": rows(2, 1)}, {0: 3}, {})
    neighbour.commit({}, {0: 2}, {})
    sink.commit({"readings": rows(3, 1)}, {0: 4}, {})
    # the first of the neighbour came when it had just looked
    assert calls["create_write_transaction"] == 3
    assert (stored(location), opened(location).offsets()) == ([0, 1, 2, 3], {0: 4})


def test_a_zombie_is_fenced_though_the_versions_after_its_own_are_pruned(sink: DeltaSink, location: Location) -> None:
    owner = opened(location)
    for end in range(2, BEYOND):
        owner.commit({}, {0: end}, {})
    assert not Path(location.uri("readings"), "_delta_log", f"{2:020}.json").exists()
    with pytest.raises(Fenced):
        sink.commit({"readings": rows(1, 1)}, {0: BEYOND}, {})
    assert (stored(location), opened(location).offsets()) == ([0], {0: BEYOND - 1})


def test_a_flow_that_seldom_writes_a_table_loses_nothing_when_its_log_was_pruned(
    sink: DeltaSink, location: Location
) -> None:
    neighbour = other(location)
    for end in range(1, BEYOND):
        neighbour.commit({}, {0: end}, {})
    sink.commit({"readings": rows(1, 1)}, {0: 2}, {})
    sink.commit({"readings": rows(2, 1)}, {0: 3}, {})
    assert (stored(location), opened(location).offsets()) == ([0, 1, 2], {0: 3})


@pytest.mark.parametrize("pruned", [False, True], ids=["it_landed", "it_landed_where_nobody_looks"])
def test_a_flow_that_stood_still_in_the_middle_of_a_commit_writes_it_once(
    sink: DeltaSink, location: Location, monkeypatch: pytest.MonkeyPatch, pruned: bool
) -> None:
    neighbour, real = other(location), next_version._link

    def slow(path: Path, content: bytes) -> None:
        monkeypatch.undo()
        if not pruned:
            real(path, content)
        for end in range(1, BEYOND if pruned else CHECKPOINT_EVERY):
            neighbour.commit({}, {0: end}, {})
        if pruned:
            real(path, content)

    monkeypatch.setattr(next_version, "_link", slow)
    sink.commit({"readings": rows(1, 1)}, {0: 2}, {})
    sink.commit({"readings": rows(2, 1)}, {0: 3}, {})
    assert (stored(location), opened(location).offsets()) == ([0, 1, 2], {0: 3})


def test_a_table_that_asks_more_of_its_writers_is_left_to_delta(
    sink: DeltaSink, location: Location, calls: Counter[str]
) -> None:
    DeltaTable(location.uri("readings")).alter.add_feature(
        TableFeatures.AppendOnly, allow_protocol_versions_increase=True
    )
    for end in (2, 3):
        sink.commit({"readings": rows(end - 1, 1)}, {0: end}, {})
    assert calls["create_write_transaction"] == 2
    assert stored(location) == [0, 1, 2]
