"""Every flow begins with the same steps and ends in the tables; its own stand between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bytewax.dataflow import Dataflow

from flows.run import Wiring, wired
from flows.steps.head import Flow
from schemas.shared.stream import streams
from tests.kit.cases import Run

HEAD = ("log", "cut", "decode", "tombstones", "consent", "repeats", "client")


class _Nobody:
    """Is told of nothing: the flow is built and not run."""

    def committed(self, batches: object) -> None:
        raise AssertionError("the flow was not to run")

    def progress(self, progress: object) -> None:
        raise AssertionError("the flow was not to run")


def graph(run: Run) -> Dataflow:
    return wired(run.stream, Wiring((0, 1), run.log, run.tables, run.options, run.control, _Nobody(), lambda: True))


def steps(flow: Dataflow) -> Iterator[str]:
    """The names of the flow's steps in their order."""
    for operator in flow.substeps:
        yield operator.step_id.removeprefix(f"{flow.flow_id}.")


@pytest.mark.parametrize("name", streams())
def test_a_flow_begins_with_the_head_and_ends_in_the_tables(name: str, tmp_path: Path) -> None:
    names = list(steps(graph(Run(tmp_path, streams()[name]))))
    assert tuple(names[: len(HEAD)]) == HEAD
    assert names[-1] == "tables"


def test_a_flow_without_steps_of_its_own_is_the_head_and_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.run.flow_of", lambda stream: Flow())
    assert tuple(steps(graph(Run(tmp_path, streams()["media"])))) == (*HEAD, "share", "tables")
