"""An installation with a project whose key writes sessions, its roles run as processes by the test."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import polars as pl

from blob_store.store import BlobStore
from ingest_gateway.capture import KEYS
from kinelake.api_keys import create_key
from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from schemas.audit import AUDIT
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site

STREAMS = (SESSIONS.name, EVENTS.name, CHUNKS.name, AUDIT.name)
FLOWS = f"flows {' '.join(STREAMS)}"
MANY = 1_000_000


class Shop:
    """A site with one project, and what its tables say of its sessions."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.site = Site(data, rate_limit_requests=MANY, **settings)
        with self.site.installation() as installation:
            installation.control.organisations.ensure(ORGANISATION)
            project = installation.control.projects.create(ORGANISATION, "shop", 2)
            self.project_id = project.id
            self.key = create_key(installation, KEYS, project)[1]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.site.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """The web role and the flows of capture."""
        with self.site.role("web"), self.site.role(FLOWS):
            yield

    def caught_up(self) -> None:
        """Waits until everything that is on the log is in the tables; the sums then balance."""
        with self.site.installation() as installation:
            for stream in STREAMS:
                look = partial(_at_rest, installation, stream)
                assert waiting(look).balance == 0

    def rows(self, stream: str) -> pl.DataFrame:
        """A stream's rows in the order of the log."""
        return self.site.rows(stream).sort("log_partition", "log_offset", "log_item")

    def positions(self) -> None:
        """Every event of a session has its place in the order of the log, from 1, and each id is there once."""
        events = self.rows(EVENTS.name)
        expected = events.select(pl.int_range(1, pl.len() + 1).over("session_id")).to_series()
        assert events["position"].to_list() == expected.to_list()
        assert events["event_id"].n_unique() == events.height

    def blobs(self) -> None:
        """Every chunk's row names a blob with the bytes that it says."""
        store = BlobStore(str(self.site.effective.settings.blobs_url))
        for name, digest in self.rows(CHUNKS.name).select("blob", "sha256").iter_rows():
            assert hashlib.sha256(store.read(name)).hexdigest() == digest


def _at_rest(installation: Installation, stream: str) -> Balance | None:
    found = balance(installation, position(installation, stream))
    return None if found.in_flight else found
