"""The capture notebook, executed over tables as the flows' commits fill them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbformat
import pytest
from nbclient import NotebookClient

from control.organisations import EXAMPLE
from sinks.location import Location
from tests.kit.capture_tables import PROJECT, CaptureTables
from tests.reference.capture.session import Event, Session

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "capture.ipynb"


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the tables of a few sessions."""
    captured = CaptureTables(Location(str(tmp_path / "tables")), PROJECT, EXAMPLE)
    for number in range(4):
        began = datetime.now(UTC) - timedelta(hours=number + 1)
        clicks = [Event("click", 1000 * each, 100 + each % 7, 50 + number) for each in range(20)]
        one = Session(
            str(uuid4()), "somebody", began, began + timedelta(minutes=1), [*clicks, Event("input", 5)], number
        )
        captured.begin(one)
        captured.events(one)
        captured.chunks(one)
    return tmp_path


# The kernel's own libraries warn, of sockets and of event loops.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_labels_its_plots_as_example_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_DATA", str(data))
    notebook = stored()
    NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.output_type == "stream"]
    assert said == ["4 sessions of 1 projects: example data\n"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    (table,) = [output["data"]["text/plain"] for output in outputs if "text/html" in output.get("data", {})]
    assert ("80" in table, "input" in table) == (True, True)


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
