"""A query role with a worker beside it that fetches from a server of the test's."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.lane import Lane
from jobs.maxmind.kinds import KINDS
from jobs.worker import Worker
from kinelake.installation import Installation
from kinelake.settings import load
from tests.kit.maxmind import MaxMindServer, maxmind_server
from tests.kit.migrated import migrated
from tests.query_api.conftest import Site

Working = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[MaxMindServer]:
    with maxmind_server() as made:
        yield made


@pytest.fixture
def working(site: Site, server: MaxMindServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Working:
    """Runs a worker while the block runs; settings besides the server's."""
    monkeypatch.setattr("jobs.worker.IDLE_SECONDS", 0.02)

    @contextmanager
    def run(**settings: object) -> Iterator[None]:
        named = {name: value for name, value in {**server.settings, **settings}.items() if value is not None}
        installation = Installation(load({"data": tmp_path / "worker", **named}, {}))
        migrated(installation.folder.prepare().path)
        lake, stopping = replace(installation.lake, control=site.control), threading.Event()
        kinds = [replace(kind, every=None) for kind in KINDS]
        worker = Worker(lake, kinds, {Lane.FETCH: 1}, "worker", lambda: datetime.now(UTC), stopping)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
            installation.close()

    return run
