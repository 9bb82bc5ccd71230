"""One running system for the pages whose commands are run beside it."""

from collections.abc import Iterator

import httpx
import pytest

from control.store import Control
from schemas.shared.stream import streams
from tests.kit.running import Up, up, waiting


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A test that has it is of the xdist group `pages`, so that one is enough."""
    with up(tmp_path_factory.mktemp("pages") / "data") as running:
        running.says("Ask for statistics")
        # requests are answered before every flow runs; until then status names those that start, and exits 1
        waiting(lambda: all_flows_run(running))
        yield running


def all_flows_run(running: Up) -> bool:
    """Every flow has said how far it is, and none tells of trouble."""
    control = Control.open(f"sqlite:///{running.data}/control.db")
    try:
        told = all(control.watermarks.read(name) for name in streams())
    finally:
        control.close()
    return told and "notices" not in httpx.get(f"{running.url}/health/ready", timeout=30).json()
