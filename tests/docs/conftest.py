"""One running system for the pages whose commands are run beside it."""

from collections.abc import Iterator

import pytest

from tests.kit.ready import all_flows_run
from tests.kit.running import Up, up, waiting


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A test that has it is of the xdist group `pages`, so that one is enough."""
    with up(tmp_path_factory.mktemp("pages") / "data") as running:
        running.says("Ask for statistics")
        # requests are answered before every flow runs; until then status names those that start, and exits 1
        waiting(lambda: all_flows_run(running))
        yield running
