"""Gateways for clients, each with a log of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """One that runs."""
    gateway = Served(tmp_path)
    gateway.start()
    yield gateway
    gateway.close()
