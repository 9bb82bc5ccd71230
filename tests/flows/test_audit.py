"""The audit flow: one chain an organisation, through restarts, crashes, and tails that somebody took away."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from control.chains import ChainAnchor, ChainHead
from event_log import Record
from schemas.audit import AUDIT
from sinks.files import TableFiles
from sinks.location import Location
from tests.kit.cases import Run, crashing, published
from tests.kit.chains import AT
from tests.reference.audit import faults

ENTRY = {"action": "patient.view", "resource_type": "patient", "status": "success"}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path, AUDIT)


def entries(first: int, last: int, tenant: str = "clinic") -> list[Record]:
    said = {"received_at": "2026-02-17T10:00:00Z", "tenant": tenant, "consent_level": 0}
    numbers = range(first, last + 1)
    return [published(AUDIT, {**said, "body": {**ENTRY, "resource_id": f"{tenant}-{number}"}}) for number in numbers]


def links(rows: pl.DataFrame, tenant: str = "clinic") -> list[tuple[int, str]]:
    """Numbers of the chain, each with what its row is of."""
    mine = rows.filter(pl.col("tenant") == tenant).sort("chain_number")
    return list(mine.select("chain_number", "resource_id").iter_rows())


def noted(run: Run) -> Mapping[str, tuple[int, str]]:
    return {name: (head.number, head.digest.hex()) for name, head in run.control.chains.heads().items()}


def newest(rows: pl.DataFrame) -> dict[str, tuple[int, str]]:
    last = rows.sort("chain_number").group_by("tenant").last().select("tenant", "chain_number", "digest")
    return {tenant: (number, digest) for tenant, number, digest in last.iter_rows()}


def test_a_chain_goes_on_after_a_restart_and_control_knows_its_head(run: Run) -> None:
    run.publish([*entries(1, 3), *entries(1, 2, "hospital")])
    run.flow()
    first = noted(run)
    assert first == newest(run.rows("audit_log"))
    run.publish(entries(4, 5))
    run.flow()
    rows = run.rows("audit_log")
    assert links(rows) == [(number, f"clinic-{number}") for number in range(1, 6)]
    assert noted(run) == newest(rows)
    assert noted(run)["hospital"] == first["hospital"]
    assert faults(rows.iter_rows(named=True)) == []


def test_a_crash_before_and_in_a_commit_leaves_no_link_behind(run: Run) -> None:
    """The epoch that did not land is chained anew, with other salts."""
    run.publish(entries(1, 4))
    with crashing(before_write=0), suppress(BytewaxRuntimeError):
        run.flow()
    assert noted(run) == {}
    run.flow()
    rows = run.rows("audit_log")
    assert [number for number, _ in links(rows)] == [1, 2, 3, 4]
    assert faults(rows.iter_rows(named=True)) == []
    assert noted(run) == newest(rows)


def test_what_a_flow_that_died_after_its_commit_did_not_note_is_noted_at_its_next_start(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.publish(entries(1, 4))
    with monkeypatch.context() as dying:
        dying.setattr("control.chains.Chains.advance", _crash_on_heads)
        with suppress(BytewaxRuntimeError):
            run.flow()
    assert noted(run) == {}
    run.flow()
    rows = run.rows("audit_log")
    assert len(rows) == 4
    assert noted(run) == newest(rows)


def _crash_on_heads(_: Any, heads: Mapping[str, ChainHead]) -> None:
    if heads:
        raise RuntimeError("the process died here")


def keeping(run: Run, kept: pl.Expr) -> None:
    """Takes all other rows away, as somebody does who can write to the table."""
    files = TableFiles.open(Location(run.tables.tables_url), AUDIT.primary)
    paths = files.listing()["path"].to_list()
    files.exchange(paths, files.scan(paths).filter(kept).collect(), {})


def _without_the_tail(run: Run) -> None:
    keeping(run, pl.col("chain_number") <= 2)


def _without_a_row(run: Run) -> None:
    """As retention leaves it: anchored, and empty."""
    for name, head in run.control.chains.heads().items():
        run.control.chains.anchor(ChainAnchor(name, head.number, head.digest, AT, b""), first=1)
    keeping(run, pl.lit(value=False))


@pytest.mark.parametrize(("taken", "left"), [(_without_the_tail, 2), (_without_a_row, 0)], ids=["cut", "retention"])
def test_a_chain_goes_on_behind_what_control_knows_where_the_table_has_less(
    run: Run, taken: Callable[[Run], None], left: int
) -> None:
    """So a cut tail stays a gap, and an organisation that was silent for seven years goes on counting."""
    run.publish(entries(1, 4))
    run.flow()
    digest = run.rows("audit_log").filter(pl.col("chain_number") == 4)["digest"][0]
    taken(run)
    run.publish(entries(5, 5))
    run.flow()
    rows = run.rows("audit_log").sort("chain_number")
    assert rows["chain_number"].to_list() == [*range(1, left + 1), 5]
    assert rows["previous"][-1] == digest
