"""The telemetry notebook, executed over what the real flows make of example traffic."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest
from nbclient import NotebookClient

from control.organisations import subject_of
from event_log import Record
from kinelake.example.audit import AuditTraffic
from kinelake.example.consent import ConsentTraffic
from kinelake.example.geo import write_geo_database
from kinelake.example.people import ORGANISATION
from kinelake.example.traffic import ClientEvent, Plan, examples
from schemas.audit import AUDIT
from schemas.consent import STREAM as CONSENT
from schemas.consent import Recorded, record_message
from schemas.shared.times import microseconds, moment
from tests.kit.cases import Run, published

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "telemetry.ipynb"
HOURS = timedelta(hours=6)
STREAMS = ("media", "analytics", "errors", "pose")
KEY = b"k" * 32


def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the tables of a hundred media sessions and of what else their people do, say and allow."""
    plan = Plan(1, 5_000, microseconds(datetime.now(UTC) - HOURS), HOURS // timedelta(microseconds=1))
    geo = write_geo_database(tmp_path / "example.mmdb")
    for example in (examples()[name] for name in STREAMS):
        assert example.messages is not None
        run = Run(tmp_path, example.stream, geo=geo)
        messages = example.messages(example.traffic(plan), _subject)
        run.publish([Record(*message) for message in messages])
        run.flow()
    for stream, records in ((AUDIT, audited(plan)), (CONSENT, recorded(plan))):
        run = Run(tmp_path, stream)
        run.publish(records)
        run.flow()
    return tmp_path


def audited(plan: Plan) -> list[Record]:
    """The entries as the gateway puts them on the log."""
    return [
        published(
            AUDIT,
            {
                "tenant": ORGANISATION,
                "subject": _subject(event.person.name),
                "stamped": {"actor": _subject(event.person.name), "actor_source": "header", "actor_type": "user"},
                "received_at": moment(event.arrived).isoformat(),
                "body": msgspec.json.decode(event.body),
            },
        )
        for event in AuditTraffic(plan).client_events()
    ]


def recorded(plan: Plan) -> list[Record]:
    """What people say, as control numbers it; once each."""
    said = {msgspec.json.decode(event.body)["event_id"]: event for event in ConsentTraffic(plan).client_events()}
    return [Record(*record_message(_record(number, event))) for number, event in enumerate(said.values(), start=1)]


def _record(number: int, event: ClientEvent) -> Recorded:
    body, subject, at = msgspec.json.decode(event.body), _subject(event.person.name), moment(event.arrived)
    return Recorded(
        number=number,
        event_id=body["event_id"],
        tenant=ORGANISATION,
        subject=subject,
        level=body["level"],
        source=body["source"],
        extra=None,
        effective_at=at,
        recorded_at=at,
        recorded_by=subject,
        recorded_role="user",
        request_id=body["event_id"],
    )


def _subject(name: str) -> str:
    return subject_of(KEY, name)


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
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 7
    tables = [output["data"]["text/plain"] for output in outputs if "text/html" in output.get("data", {})]
    assert "[token]" in tables[-2]
    assert "example-clinic" in tables[-1]
    assert "whole" in tables[-1]


def test_the_notebook_is_stored_without_outputs() -> None:
    cells = stored().cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
