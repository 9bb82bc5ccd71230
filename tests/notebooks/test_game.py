"""The game notebook, executed over what the gateway and the flow make of example traffic."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from event_log import Record
from kinelake.example.game.traffic import GameTraffic
from kinelake.example.game.world import LEVELS
from kinelake.example.load import Load, Pace
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import Plan, examples
from schemas.game import STREAM
from schemas.shared.times import microseconds
from tests.ingest_gateway.conftest import Gateway
from tests.ingest_gateway.game.conftest import APP_ID, Doors
from tests.kit.cases import Run
from tests.web.conftest import Clock, Site

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "game.ipynb"
HOURS = timedelta(hours=6)


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the tables of some sessions."""
    (tmp_path / "gateway").mkdir()
    run = Run(tmp_path, STREAM)
    run.publish(asyncio.run(taken(tmp_path / "gateway")))
    run.flow()
    return tmp_path


async def taken(folder: Path) -> list[Record]:
    """What the gateway puts on the log of the example's sessions."""
    clock = Clock()
    clock.now = datetime.now(UTC)
    site = Site(folder, clock)
    try:
        doors, gateway = Doors(site), Gateway(site)
        site.control.organisations.ensure(ORGANISATION)
        token = doors.tokens(site.control.applications.create(ORGANISATION, "demo", 2, APP_ID)).public
        plan = Plan(1, 3_000, microseconds(clock() - HOURS), HOURS // timedelta(microseconds=1) // 2)
        async with gateway.client() as client:
            await Load(examples()["game"], client, lambda name: token, clock, Pace()).play(
                GameTraffic(plan).client_events()
            )
    finally:
        site.control.close()
    return [record for _, record in gateway.recorder.published]


# The kernel's own libraries warn, of sockets and of event loops.
@pytest.mark.filterwarnings("default")
def test_the_notebook_runs_and_labels_its_plots_as_example_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_DATA", str(data))
    notebook = stored()
    NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    (said,) = [output.text for output in outputs if output.output_type == "stream"]
    assert said.endswith(" players: example data\n")
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4
    (funnel,) = [output["data"]["text/plain"] for output in outputs if "text/html" in output.get("data", {})]
    places = [funnel.index(step) for step in ("Tutorial_Start", *(f"{level.id}_Done" for level in LEVELS))]
    assert places == sorted(places)


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
