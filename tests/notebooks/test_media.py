"""The media notebook, executed over what the real flow makes of example traffic."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from control.organisations import subject_of
from event_log import Record
from kinelake.example.geo import write_geo_database
from kinelake.example.media.messages import log_messages
from kinelake.example.media.traffic import MediaTraffic, Traffic
from schemas.media.events import STREAM
from schemas.shared.times import microseconds
from tests.kit.cases import Run

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "media.ipynb"
HOURS = timedelta(hours=6)


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the tables of a hundred example sessions."""
    start = microseconds(datetime.now(UTC) - HOURS)
    traffic = MediaTraffic(Traffic(seed=1, sessions=100, start=start, span=HOURS // timedelta(microseconds=1)))
    run = Run(tmp_path, STREAM, geo=write_geo_database(tmp_path / "example.mmdb"))
    run.publish([Record(*message) for message in log_messages(traffic, lambda name: subject_of(b"k" * 32, name))])
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
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
