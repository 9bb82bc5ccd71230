"""Game telemetry on the log, as the gateway writes it, and tables that have some of it."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest

from control.consent_records import ConsentRecord
from event_log import Record
from flows.conveyor.options import FlowOptions
from flows.run import Wiring, conveyed, wired
from jobs.kinds import kinds
from jobs.lake import Lake
from kinelake.installation import Installation
from schemas.consent import STREAM as CONSENT
from schemas.consent import Recorded, record_message
from schemas.game import STREAM
from schemas.game.exports import EXPORT, FOLDER
from sinks.delta_sink import DeltaSink
from tests.ingest_gateway.game.conftest import Doors
from tests.ingest_gateway.game.sending import Sending
from tests.jobs.conftest import MakePlace
from tests.kit.cases import Until
from tests.kit.lake import publish, rows
from tests.web.conftest import Clock as StandingClock
from tests.web.conftest import Site

ALL = (0, 1)
"""The share of a flow that has the log for itself."""


def sent(folder: Path, *bodies: Any) -> list[Record]:
    """What the gateway publishes of these bodies, a request each."""
    folder.mkdir()
    site = Site(folder, StandingClock())
    try:
        sending = Sending(Doors(site))
        for body in bodies:
            assert asyncio.run(sending.post(body)).status_code == 200
        return [record for _, record in sending.recorder.published]
    finally:
        site.control.close()


class Waiting:
    """An installation whose log has messages on partition 0, and whose table is as far as it is told."""

    def __init__(self, installation: Installation, lake: Lake, place: MakePlace) -> None:
        self.installation = installation
        self.lake = lake
        self._place = place

    def publish(self, values: Sequence[bytes]) -> None:
        publish(self.installation, values, stream=STREAM.name)

    def committed(self, next_offset: int) -> None:
        """The flow has all below that offset in the tables."""
        tables = (STREAM.primary, *STREAM.derived_tables)
        sink = DeltaSink(self.installation.location, tables, STREAM.name, range(12), self.installation.settings)
        sink.open()
        row = {"stream": STREAM.name, "log_partition": 0, "log_offset": next_offset - 1, "log_item": 0}
        frame = rows(STREAM.primary, {**row, "received_date": date(2026, 2, 17)})
        sink.commit({STREAM.primary.name: frame}, {0: next_offset}, {0: 1})

    def flow(self, *consent: ConsentRecord) -> None:
        """The flow itself takes in all that waits, by these records of consent."""
        said = [record_message(msgspec.convert(record, Recorded, from_attributes=True)) for record in consent]
        for key, value in said:
            publish(self.installation, [value], key, CONSENT.name)
        until, settings = Until(self.installation.log.end_offsets(STREAM.name), ALL), self.installation.settings
        options = FlowOptions(epoch_seconds=0.05)
        wiring = Wiring(ALL, settings, settings, options, self.lake.control, until, until.stopping)
        conveyed(wired(STREAM, wiring), options)

    def export(self, tenant: str = "", app_id: str = "", stopping: Event | None = None) -> tuple[int, str]:
        """The job, and what became of it."""
        jobs = self.lake.control.jobs
        job = jobs.enqueue(EXPORT, "", {"tenant": tenant, "app_id": app_id, "asked": "somebody"})
        works = {kind.name: kind.work for kind in kinds()}
        place = self._place({EXPORT: works[EXPORT]}, over=self.lake, stopping=stopping)
        assert place.work_once()
        ended = jobs.get(job.id)
        assert ended is not None
        return job.id, ended.state if ended.reason is None else f"{ended.state}: {ended.reason}"

    def written(self, job: int) -> dict[str, list[dict[str, Any]]]:
        """Kind → the rows of its file."""
        names = self.lake.blobs.names(f"{FOLDER}/{job}")
        lines = {name.split("/")[-1].removesuffix(".ndjson"): self.lake.blobs.read(name).splitlines() for name in names}
        return {kind: [msgspec.json.decode(line) for line in found] for kind, found in lines.items()}


@pytest.fixture
def waiting(installation: Installation, lake: Lake, place: MakePlace) -> Waiting:
    return Waiting(installation, lake, place)
