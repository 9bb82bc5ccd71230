"""The telemetry notebook, executed over what the real flows make of example traffic."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from control.organisations import subject_of
from event_log import Record
from kinelake.example.geo import write_geo_database
from kinelake.example.traffic import Plan, examples
from schemas.shared.times import microseconds
from tests.kit.cases import Run

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "telemetry.ipynb"
HOURS = timedelta(hours=6)
STREAMS = ("media", "analytics", "errors")


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the tables of a hundred media sessions, the visits around them, and reports of failures."""
    plan = Plan(1, 5_000, microseconds(datetime.now(UTC) - HOURS), HOURS // timedelta(microseconds=1))
    geo = write_geo_database(tmp_path / "example.mmdb")
    for example in (examples()[name] for name in STREAMS):
        assert example.messages is not None
        run = Run(tmp_path, example.stream, geo=geo)
        messages = example.messages(example.traffic(plan), lambda name: subject_of(b"k" * 32, name))
        run.publish([Record(*message) for message in messages])
        run.flow()
    return tmp_path


# The kernel's own libraries warn, of sockets and of event loops.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_labels_its_plots_as_example_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_DATA", str(data))
    notebook = stored()
    NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.output_type == "stream"]
    assert len(said) == 1
    assert said[0].endswith(": example data\n")
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4
    tables = [output["data"]["text/plain"] for output in outputs if "text/html" in output.get("data", {})]
    assert "[token]" in tables[-1]


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
