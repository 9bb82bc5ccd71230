"""A query role that answers the secret tokens of applications, without a socket."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from control.applications import Application
from ingest_gateway.game.family import FAMILY, TOKENS
from schemas.game.events import STREAM
from sinks.game.options import GameOptions
from sinks.game.settle import settle_at
from tests.kit.game_tables import GameTables
from tests.query_api.conftest import PARTITIONS, Site
from web.application_tokens import SECRET
from web.options import WebOptions
from web.pepper import read_pepper
from web.telemetry import TELEMETRY


class GameSite(Site):
    """The site with two applications of one organisation and one of another."""

    families = (TELEMETRY, FAMILY)
    options = WebOptions(access_log=False)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.application = self._made("acme", "jumper")
        self.other = self._made("acme", "racer")
        self.foreign = self._made("others", "jumper")
        self.written = self.tables_of(self.application)

    def tables_of(self, application: Application) -> GameTables:
        return GameTables(self.tables, application.id, application.tenant)

    def settle(self) -> None:
        """Everything that is there."""
        settle_at(self.tables, self.now, self.now, GameOptions(game_settle_minutes=0))

    def as_of(self) -> str:
        """Now, which from now on is until when the flow says that it has everything."""
        said = dict.fromkeys(range(PARTITIONS), self.now)
        self.control.watermarks.write(STREAM.name, said, dict.fromkeys(said, 0))
        return self.now.isoformat().replace("+00:00", "Z")

    def client(self, application: Application | None = None, scope: str = SECRET) -> httpx.AsyncClient:  # type: ignore[override]
        """A client with a token of the application."""
        of = application or self.application
        token = f"{scope}-{of.id}"
        pepper = read_pepper(None, self.folder / "secrets")
        lookup = pepper.lookup(TOKENS.family, token.encode())
        if self.control.api_keys.find(TOKENS.family, lookup, "") is None:
            self.control.api_keys.create(TOKENS.family, of, scope, lookup, pepper.name)
        transport = httpx.ASGITransport(self.usual, client=("127.0.0.1", 40000))
        return httpx.AsyncClient(transport=transport, base_url="http://kinelake.test", headers={"X-API-Key": token})

    async def get(
        self,
        path: str,
        application: Application | None = None,
        scope: str = SECRET,
        asked: Mapping[str, Any] | None = None,
        **query: Any,
    ) -> Any:
        """The answer to a GET below /api/analytics; `asked` is more of its query, whose names may be no identifiers."""
        async with self.client(application, scope) as client:
            return await client.get(f"/api/analytics/{path}", params={**query, **(asked or {})})

    def _made(self, organisation: str, name: str) -> Application:
        self.control.organisations.ensure(organisation)
        return self.control.applications.create(organisation, name, 2)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[GameSite]:
    made = GameSite(tmp_path)
    yield made
    made.query.stop()
    made.control.close()
