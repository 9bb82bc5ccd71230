"""An installation with a person whose key uploads films, its roles run as processes by the test."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from control.motion_sessions import MotionSession
from ingest_gateway.motion import PEOPLE_KEYS
from kinelake.api_keys import create_key
from query_api.tables import EARLIEST, LATEST
from schemas.motion import LANDMARKS, SESSIONS
from schemas.shared.columns import Table
from sinks.motion.rebuilt import Rows
from sinks.motion.stored import rows_of
from sinks.reader import TableReader
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site

FLOWS = f"flows {SESSIONS.name} {LANDMARKS.name}"
WORKER = "worker --lane film"
ANN = "ann@example.org"
MANY = 1_000_000


class Studio:
    """A site where Ann is filmed."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.site = Site(data, rate_limit_requests=MANY, **settings)
        with self.site.installation() as installation:
            installation.control.organisations.ensure(ORGANISATION)
            holder = installation.control.people.holder(ORGANISATION, ANN, "Pro", 2)
            self.key = create_key(installation, PEOPLE_KEYS, holder, "user")[1]

    def get(self, path: str) -> httpx.Response:
        """What Ann is told."""
        return httpx.get(f"http://127.0.0.1:{self.site.port}{path}", headers={"API-KEY": self.key}, timeout=60)

    def upload(self, film: Path, path: str, **fields: Any) -> str:
        """The session of a film that was taken."""
        with film.open("rb") as content:
            answer = httpx.post(
                f"http://127.0.0.1:{self.site.port}{path}",
                headers={"API-KEY": self.key},
                files={"video": (film.name, content)},
                data=fields,
                timeout=120,
            )
        assert answer.status_code == 200, answer.text
        session_id: str = answer.json()["session_id"]
        return session_id

    def session(self, session_id: str) -> MotionSession:
        """As control has it."""
        with self.site.installation() as installation:
            found = installation.control.motion_sessions.get(session_id)
        assert found is not None, session_id
        return found

    def ended(self, session_id: str) -> MotionSession:
        """Once it is analysed, or has failed."""

        def there() -> MotionSession | None:
            found = self.session(session_id)
            return found if found.status in ("done", "failed", "suppressed") else None

        return waiting(there)

    def stored(self, session_id: str) -> Rows:
        """Its rows, once tables have all that was written of it."""
        waiting(lambda: self._passed(session_id))
        return self.rows(session_id)

    def rows(self, session_id: str) -> Rows:
        """Its rows as they are."""
        with self.site.installation() as installation:
            look = partial(_look, installation.tables, session_id)
            return rows_of(look, look(SESSIONS.primary, EARLIEST, LATEST))

    def _passed(self, session_id: str) -> bool:
        with self.site.installation() as installation:
            written = installation.control.written.of(f"session:{session_id}")
            return all(_has(installation.tables, stream, offsets) for stream, offsets in written.items())


def _look(tables: TableReader, session_id: str, table: Table, since: datetime, until: datetime) -> pl.DataFrame:
    """The session's rows of a table, of whatever time."""
    theirs = (pl.col("tenant") == ORGANISATION) & (pl.col("session_id") == session_id)
    return tables.rows(table).filter(theirs).collect()


def _has(tables: TableReader, stream: str, offsets: Any) -> bool:
    """Whether a stream's primary table, which is called like it, has passed these offsets."""
    if tables.version(stream) is None:
        return False
    passed = tables.offsets(stream, stream, list(offsets))
    return all(passed[partition] >= offset for partition, offset in offsets.items())
