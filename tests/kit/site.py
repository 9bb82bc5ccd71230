"""An installation whose roles run as processes, one at a time in the test's hand, and a client of it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import polars as pl

from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from kinelake.settings import load
from schemas.media.events import STREAM
from schemas.shared.times import microseconds, text
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.forked import Forked, ran
from tests.kit.running import waiting
from tests.servers.server import free_port
from web.development import issue_development_token

ROOT = Path(__file__).parents[2]
ORGANISATION = "clinic"
END_SECONDS = 120
COMMANDS: Mapping[str, Sequence[str]] = {"web": ["web"], "flow": ["flow", STREAM.name]}
SETTINGS = {
    "KINELAKE_LOG_FORMAT": "json",
    "KINELAKE_ACCESS_LOG": "false",
    "KINELAKE_COMMIT_ATTEMPTS": "2",
    "KINELAKE_MOTION_DEMO": "false",
}


def event(**fields: Any) -> dict[str, Any]:
    """A valid event with an id of its own, happening now."""
    return {
        "event": "play",
        "event_id": str(uuid4()),
        "session_id": "session",
        "media_id": "exercise",
        "timestamp": text(microseconds(datetime.now(UTC))),
        "data": {"position_seconds": 1.0},
        **fields,
    }


class Site:
    """One installation in `data`; `settings` are KINELAKE_ variables."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.data = data
        self.port = free_port()
        named = {f"KINELAKE_{name.upper()}": str(value) for name, value in settings.items()}
        self.settings = {**SETTINGS, "KINELAKE_PORT": str(self.port), **named}
        self.effective = load({"data": data}, self.settings)

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """Its stores."""
        found = Installation(self.effective)
        found.folder.prepare()
        try:
            yield found
        finally:
            found.close()

    @contextmanager
    def role(self, name: str) -> Iterator["subprocess.Popen[bytes] | Forked"]:
        """A role's process while the block runs; what it prints is in `printed`."""
        process = self.started(name)
        try:
            if name == "web":
                waiting(lambda: self.get("/health/live") == 200)
            yield process
        finally:
            process.terminate()
            process.wait(END_SECONDS)

    def started(self, name: str) -> "subprocess.Popen[bytes] | Forked":
        """A role's process, which somebody else ends."""
        return Forked(self.command(name)[3:], self.environment, self.printed(name))

    def refused(self, name: str, seconds: float = END_SECONDS) -> str:
        """What a role says that ends by itself, with exit code 1."""
        done = self.ran(name, seconds=seconds)
        assert done.returncode == 1, done.stderr
        return done.stderr

    def ran(self, name: str, *options: str, seconds: float = END_SECONDS) -> "subprocess.CompletedProcess[str]":
        """What a role or command prints and how it ends; raises TimeoutExpired."""
        return ran(*self.command(name)[3:], *options, environment=self.environment, seconds=seconds)

    def command(self, role: str) -> list[str]:
        """A role of `COMMANDS`, or a command as it stands."""
        return [sys.executable, "-m", "kinelake", *COMMANDS.get(role, role.split()), "--data", str(self.data)]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.settings}

    def printed(self, role: str) -> Path:
        return self.data.with_name(f"{role.replace('/', '-')}.out")

    def post(self, *events: Mapping[str, Any], path: str = STREAM.route_path) -> httpx.Response:
        """One event by itself, several as a batch."""
        body = events[0] if len(events) == 1 else {"events": list(events)}
        return httpx.post(f"{self.url}{path}", json=body, headers=self._authorised("user"), timeout=30)

    def get(self, path: str) -> int | None:
        """The status of a specialist's GET; None without an answer."""
        try:
            return httpx.get(f"{self.url}{path}", headers=self._authorised("specialist"), timeout=30).status_code
        except httpx.TransportError:
            return None

    def client(self, role: str) -> httpx.Client:
        """One with the token of a role."""
        return httpx.Client(base_url=self.url, headers=self._authorised(role), timeout=30)

    def ready(self) -> str:
        """What /health/ready says."""
        return httpx.get(f"{self.url}/health/ready", timeout=30).text

    def rows(self, table: str = STREAM.primary.name) -> pl.DataFrame:
        """The table's rows; none where there is no table yet."""
        there = self._tables.version(table) is not None
        return self._tables.scan(table).collect() if there else pl.DataFrame(schema=STREAM.primary.schema)

    def sum(self) -> Balance:
        """The sum of the media stream."""
        with self.installation() as installation:
            installation.tables = self._tables
            return balance(installation, position(installation, STREAM.name))

    def caught_up(self) -> None:
        """Waits until all that is on the log is in the tables; the sum then balances."""

        def at_rest() -> Balance | None:
            found = self.sum()
            return None if found.in_flight else found

        assert waiting(at_rest).balance == 0

    @cached_property
    def _tables(self) -> TableReader:
        """One for all looks: it reads of a table's log what has come since."""
        return TableReader(Location(str(self.effective.settings.tables_url)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _authorised(self, role: str) -> dict[str, str]:
        lasting = timedelta(hours=1)
        token = issue_development_token(self.data / "secrets", "somebody", ORGANISATION, role, 2, lasting)
        return {"Authorization": f"Bearer {token}"}


class Apart(Site):
    """One whose roles start roles themselves or are wrapped: they begin with nothing.

    `wrapped` makes another command of a role's.
    """

    def __init__(self, data: Path, wrapped: Callable[[Sequence[str]], list[str]] = list, **settings: object) -> None:
        super().__init__(data, **settings)
        self._wrapped = wrapped

    def command(self, role: str) -> list[str]:
        """A role of `COMMANDS`, or a command as it stands."""
        return self._wrapped(super().command(role))

    def ran(self, name: str, *options: str, seconds: float = END_SECONDS) -> "subprocess.CompletedProcess[str]":
        """What a role or command prints and how it ends; raises TimeoutExpired."""
        command = [*self.command(name), *options]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment, cwd=ROOT, timeout=seconds
        )
