"""A query role with an application: its secret token's client, and tables with a level."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import polars as pl

from blob_store.store import BlobStore
from control.applications import Application
from control.models import Model
from control.store import Control
from ingest_gateway.game.family import FAMILY, TOKENS
from schemas.game import STREAM
from schemas.game.cells import GAME_EVENT_CELLS
from schemas.game.tables import GAME_SAMPLES
from sinks.game.cells import event_cells
from tests.kit.media_sessions import NOON
from tests.query_api.conftest import Site
from tests.query_api.dashboard.signed_in import append
from web.application_tokens import SECRET
from web.pepper import read_pepper
from web.telemetry import TELEMETRY

APP_ID = "72ab8f81-ef36-4712-a046-399a62b9afaa"
PLACE = {"log_partition": 0, "log_item": 0}


def happened(number: int, x: float, z: float, at: datetime, **fields: Any) -> dict[str, Any]:
    """A row of game_events: something in the cave."""
    named = {"tenant": "acme", "app_id": APP_ID, "subject": "5a" * 32, "session_id": "one", "level_id": "cave"}
    when = {"occurred_at": at, "received_at": at, "received_date": at.date()}
    event = {"event_type": "gameplay", "event_name": "Player_Jump", "event_id": str(number), "build_id": "1"}
    place = {"x": x, "y": 0.5, "z": z, **PLACE, "log_offset": number}
    return {**dict.fromkeys(STREAM.primary.schema), **named, **when, **event, **place, **fields}


def sampled(number: int, places: Sequence[tuple[float, float]], at: datetime, **fields: Any) -> list[dict[str, Any]]:
    """Rows of game_samples: a trajectory, a sample a second."""
    named = {"tenant": "acme", "app_id": APP_ID, "subject": "5a" * 32, "session_id": "one", "build_id": "1"}
    rates = {"fps_mean": 60.0, "fps_low_5": 50.0, "fps_low_1": 30.0}
    own = {**dict.fromkeys(GAME_SAMPLES.schema), **named, **rates, **PLACE, "log_offset": 1000 + number, **fields}
    return [
        {**own, "sample": n, "x": x, "y": 0.5, "z": z, **_at(at + timedelta(seconds=n))}
        for n, (x, z) in enumerate(places)
    ]


def _at(moment: datetime) -> dict[str, Any]:
    return {"occurred_at": moment, "received_at": moment, "received_date": moment.date()}


def keep_model(
    control: Control,
    blobs: BlobStore,
    application: Application,
    content: bytes,
    at: datetime,
    level: str = "cave",
    outline: bytes | None = None,
) -> Model:
    """A model as an upload leaves it, and with an outline as its job does."""
    blob = f"models/{application.id}/{uuid4().hex}.glb"
    blobs.put(blob, content)
    made = control.models.add(
        Model(
            id=str(uuid4()),
            tenant=application.tenant,
            app_id=application.id,
            level_name=level,
            version=1,
            size=len(content),
            sha256=uuid4().hex * 2,
            format="glb",
            bounds={"min": [0.0, 0.0, 0.0], "max": [4.0, 0.0, 2.0]},
            blob=blob,
            created_at=at,
        )
    )
    if outline is not None:
        blobs.put(f"{blob}.outline.json", outline)
        control.models.outlined(made.id, f"{blob}.outline.json")
    return made


class LevelSite(Site):
    """The site with an application of acme's and one of another organisation."""

    families = (TELEMETRY, FAMILY)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.jumper = self._made("acme", "jumper", APP_ID)
        self.foreign = self._made("others", "runner", None)

    def _made(self, organisation: str, name: str, app_id: str | None) -> Application:
        self.control.organisations.ensure(organisation)
        return self.control.applications.create(organisation, name, 2, app_id)

    def by_secret(self, application: Application | None = None) -> httpx.AsyncClient:
        """A client with a secret token of the application."""
        of = application or self.jumper
        token = f"secret-of-{of.id}"
        pepper = read_pepper(None, self.folder / "secrets")
        lookup = pepper.lookup(TOKENS.family, token.encode())
        if self.control.api_keys.find(TOKENS.family, lookup, "") is None:
            self.control.api_keys.rotate(TOKENS.family, of, SECRET, lookup, pepper.name)
        transport = httpx.ASGITransport(self.usual, client=("127.0.0.1", 40000))
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers={"X-API-Key": token})

    def keep(self, content: bytes, level: str = "cave", outline: bytes | None = None) -> Model:
        """A model of the application, as an upload leaves it."""
        return keep_model(self.control, self.blobs, self.jumper, content, self.now, level, outline)

    def write(self, events: Sequence[dict[str, Any]], samples: Sequence[dict[str, Any]] = ()) -> None:
        write_level(self.folder / "tables", events, samples)


def write_level(tables: Path, events: Sequence[dict[str, Any]], samples: Sequence[dict[str, Any]]) -> None:
    """Rows with what they come to in cells, as the flow writes them."""
    append(tables, STREAM.primary, *events)
    append(tables, GAME_EVENT_CELLS, *event_cells(pl.DataFrame(events, schema=STREAM.primary.schema)).to_dicts())
    if samples:
        append(tables, GAME_SAMPLES, *samples)


@contextmanager
def level_site(folder: Path) -> Iterator[LevelSite]:
    """One while the block runs."""
    made = LevelSite(folder)
    try:
        yield made
    finally:
        made.query.stop()
        made.control.close()


RECENTLY = NOON + timedelta(minutes=30)
