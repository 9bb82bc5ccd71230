"""A whole Kinelake with its witness before it, and the site whose pages send to it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from kinelake.balance import Balance, balance, position
from schemas.media.sessions import MEDIA_SESSION_STATES, SESSION_KEY
from tests.clients.real.front import Front
from tests.clients.real.serving import serving
from tests.clients.real.stage import Stage
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site
from tests.servers.server import free_port
from web.development import issue_development_token

FLOWS: Mapping[str, str] = {"media": "flow", "analytics": "flow analytics"}
"""Stream → the role that makes its rows."""
SETTINGS = {"epoch_seconds": 0.5}


@dataclass(frozen=True)
class House:
    """`pages` is where the site's pages are, `front` whom they send to, `key` what they show."""

    site: Site
    front: Front
    pages: str
    key: str

    @property
    def cmcd(self) -> str:
        """Where players report to."""
        return f"{self.front.url}/v1/cmcd/{self.key}"

    @property
    def token(self) -> str:
        """A person's, whom pages of our own know."""
        return issue_development_token(self.site.data / "secrets", "ann", ORGANISATION, "user", 2, timedelta(hours=1))

    def settled(self, *streams: str) -> None:
        """Returns once all that is on the log is in the tables; every sum balances then."""
        for stream in streams:
            assert self._at_rest(stream).balance == 0, stream

    def sessions(self) -> Mapping[str, Mapping[str, Any]]:
        """The newest state of each media session, by its content id, which is one session's alone here."""
        states = self.site.rows(MEDIA_SESSION_STATES.name).sort("revision").unique(SESSION_KEY, keep="last")
        assert states["media_id"].is_unique().all(), states.select(SESSION_KEY)
        return {row["media_id"]: row for row in states.iter_rows(named=True)}

    def media(self) -> pl.DataFrame:
        return self.site.rows("media_events")

    def analytics(self) -> pl.DataFrame:
        return self.site.rows("analytics_events")

    def _at_rest(self, stream: str) -> Balance:
        def at_rest() -> Balance | None:
            with self.site.installation() as installation:
                found = balance(installation, position(installation, stream))
            return None if found.in_flight else found

        return waiting(at_rest)


@contextmanager
def house(folder: Path, film: Path, packages: Path, *roles: str, **settings: object) -> Iterator[House]:
    """It stands while the block runs, and these roles of it run; the others are for the test to start."""
    port = free_port()
    site = Site(folder / "data", cors_origins=f"http://127.0.0.1:{port}", **{**SETTINGS, **settings})
    key = new_key(site)
    with ExitStack() as running:
        for role in roles:
            running.enter_context(site.role(role))
        pages = running.enter_context(serving(Stage(film, packages).app(), port))
        yield House(site, running.enter_context(Front(site.url).open()), pages, key)


def new_key(site: Site) -> str:
    """A public key for whatever nobody objected to, as an operator makes it."""
    ordered(site, f"org create {ORGANISATION}")
    made = ordered(site, f"key create ingest --org {ORGANISATION} --default-consent 2 --json")
    key: str = json.loads(made)["key"]
    return key


def ordered(site: Site, command: str) -> str:
    """What a command prints that an operator gives."""
    done = site.ran(command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
