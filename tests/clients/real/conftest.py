"""What the real clients need: their packages, a film, a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.real.film import write_film
from tests.clients.real.packages import fetched
from tests.clients.real.playing import Played, play_all
from tests.kit.browser import chromium
from tests.servers.required import Missing, skip_or_fail
from tests.servers.web_client import built_client


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with npm's packages and an environment with Python's; our own client is built."""
    try:
        built_client()
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


@pytest.fixture(scope="session")
def played(film: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """All films, played by all players."""
    try:
        with chromium() as browser:
            return play_all(browser, film, packages, tmp_path_factory.mktemp("players"))
    except Missing as reason:
        skip_or_fail("browser", reason)
