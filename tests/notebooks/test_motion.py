"""The motion notebook, executed over the demo session's documents."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from motion import documents
from motion.analysis import analyse
from motion.documents import SessionInfo
from motion.request import Activity
from motion.synthetic import demo, demo_request

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "motion.ipynb"


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The export and the session of the synthetic person's squats."""
    analysis = analyse(demo(Activity.MOBILITY), demo_request(Activity.MOBILITY))
    info = SessionInfo("demo", datetime(2026, 11, 21, tzinfo=UTC), "film.mp4", demo=True)
    (tmp_path / "export.json").write_text(json.dumps(documents.export(analysis, demo=True)))
    (tmp_path / "session.json").write_text(json.dumps(documents.session(analysis, info)))
    return tmp_path


# The kernel's own libraries warn, of sockets and of event loops.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_labels_its_plots_as_synthetic(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTION_ANALYSIS", str(folder))
    notebook = stored()
    NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.output_type == "stream"]
    assert len(said) == 1
    assert said[0].endswith("9 repetitions: synthetic person\n")
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
