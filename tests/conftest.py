"""Fixtures for every test: real servers, started on first use, one of each per test process."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

from tests.servers import S3, Kafka, Missing, Nginx, Postgres, Server
from tests.servers.required import skip_or_fail
from tests.servers.unprivileged import unprivileged as without_privileges

S = TypeVar("S", bound=Server)
# The dearest to start comes first.
SERVERS = ("kafka", "postgres", "s3", "nginx")

# Shared machines stall: how long one example takes says nothing.
hypothesis.settings.register_profile("kinelake", deadline=None, print_blob=True)
hypothesis.settings.load_profile("kinelake")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its servers; the tests of the dearest one share a process of xdist, and so one server."""
    wanted = [server for server in SERVERS if server in getattr(item, "fixturenames", ())]
    for server in wanted:
        item.add_marker(server)
    if wanted:
        item.add_marker(pytest.mark.xdist_group(wanted[0]))


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """A real Kafka: `.bootstrap`, `.url`, `.kill()`, `.start()`, `.stop()`."""
    yield from _serve("kafka", Kafka)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL: `.database()` gives the URL of a new, empty database."""
    yield from _serve("postgres", Postgres)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A real S3 server: `.bucket()` gives the URL of a new bucket, `.environment` the variables to reach it."""
    yield from _serve("s3", S3)


@pytest.fixture(scope="session")
def nginx() -> Iterator[Nginx]:
    """nginx with the example of deploy/: `.serve(port)` says before what, `.url` where."""
    yield from _serve("nginx", Nginx)


@pytest.fixture
def unprivileged() -> Callable[[Sequence[str]], list[str]]:
    """Turns a command into one that cannot write where permissions forbid it, root or not."""
    try:
        without_privileges(["true"])
    except Missing as reason:
        skip_or_fail("unprivileged", reason)
    return without_privileges


@pytest.fixture(autouse=True)
def _servers_stand(request: pytest.FixtureRequest) -> None:
    """A test finds its servers running, whatever the one before did to them."""
    for name in set(SERVERS).intersection(request.fixturenames):
        request.getfixturevalue(name).start()


def _serve(name: str, kind: Callable[[Path], S]) -> Iterator[S]:
    # Not pytest's own folder: only its owner may enter that, and PostgreSQL runs as another user.
    directory = Path(tempfile.mkdtemp(prefix=f"kinelake-{name}-"))
    directory.chmod(0o755)
    try:
        with _made(name, kind, directory) as server:
            yield server
    finally:
        shutil.rmtree(directory)


def _made(name: str, kind: Callable[[Path], S], directory: Path) -> S:
    try:
        return kind(directory)
    except Missing as reason:
        skip_or_fail(name, reason)
