"""The motion notebook, executed over tables as the flows fill them with an analysis of the synthetic person."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from control.organisations import EXAMPLE
from jobs.motion.messages import records
from motion.request import Activity
from schemas.motion import LANDMARKS, SESSIONS
from tests.kit.cases import Run
from tests.kit.motion.told import AT_US, FILMED, VERSION, person, uploaded

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "motion.ipynb"
FILM = replace(FILMED, tenant=EXAMPLE)


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the tables of one film of squats."""
    analysis = person(f"demo {Activity.MOBILITY}")
    said = records(FILM, analysis, VERSION, AT_US)
    messages = {
        SESSIONS.name: [uploaded(analysis.request, FILM), *said.sessions],
        LANDMARKS.name: list(said.landmarks),
    }
    for stream in (SESSIONS, LANDMARKS):
        run = Run(tmp_path, stream)
        run.publish(messages[stream.name])
        run.flow()
    return tmp_path


# The kernel's own libraries warn, of sockets and of event loops.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_labels_its_plots_as_synthetic(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_DATA", str(data))
    notebook = stored()
    NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.output_type == "stream"]
    assert said == ["1 films, 1 of them analysed: synthetic person\n"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4
    films, missing = [output["data"]["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    assert ("Overhead Squat" in films, "analysed" in films, "reason" in missing) == (True, True, True)


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
