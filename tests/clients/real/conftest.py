"""What the real clients need: their packages, a film, a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.real.film import write_film
from tests.clients.real.packages import fetched
from tests.kit.browser import chromium
from tests.servers.required import Missing, skip_or_fail


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with npm's packages and an environment with Python's."""
    try:
        return fetched()
    except Missing as reason:
        skip_or_fail("browser", reason)


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the film."""
    folder = tmp_path_factory.mktemp("film")
    write_film(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of a module."""
    try:
        with chromium() as found:
            yield found
    except Missing as reason:
        skip_or_fail("browser", reason)
