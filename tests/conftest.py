"""Fixtures for every test: real servers, started on first use, one of each per test process."""

import gc
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar
from unittest.mock import patch

import httpx
import hypothesis
import pytest
from httpx._transports import default as transports

from tests.servers import S3, Kafka, Missing, Nginx, Postgres, Server
from tests.servers.required import skip_or_fail
from tests.servers.unprivileged import unprivileged as without_privileges

if TYPE_CHECKING:
    from playwright.sync_api import Browser

S = TypeVar("S", bound=Server)
# The dearest to start comes first.
SERVERS = ("kafka", "postgres", "s3", "nginx")

TESTS = Path(__file__).parent
PURE = ("schemas", "motion", "reports", "example")
"""Folders whose tests compute and nothing else: they start no process and connect to nothing."""
GOLDEN = "flows"
"""The folder of the golden cases."""

# Shared machines stall: how long one example takes says nothing.
hypothesis.settings.register_profile("kinelake", deadline=None, print_blob=True)
hypothesis.settings.load_profile("kinelake")

# Every client of httpx reads the world's certificates, 50 ms of work; no test speaks TLS: one context does for all.
vars(transports)["create_ssl_context"] = cache(httpx.create_ssl_context)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--quick` is what `make check` runs: pure tests, the tree's own rules, golden cases alone and straight."""
    parser.addoption("--quick", action="store_true", help="only what is marked quick, and not slow")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Quick tests are not found by reading all others."""
    inside = collection_path.parent == TESTS and collection_path.is_dir()
    return True if config.option.quick and inside and collection_path.name not in (*PURE, GOLDEN) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The garbage collector never looks at what is collected: all of it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without what is slow, the quick ones are left."""
    if config.option.quick:
        sorted_out: dict[bool, list[pytest.Item]] = {True: [], False: []}
        for item in items:
            quick = item.get_closest_marker("quick") is not None and item.get_closest_marker("slow") is None
            sorted_out[quick].append(item)
        config.hook.pytest_deselected(items=sorted_out[False])
        items[:] = sorted_out[True]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its servers; the tests of the dearest one share a process of xdist, and so one server.

    Those of a pure folder are marked pure, and with the tree's own rules, the files beside this one, quick.
    """
    folder = item.path.relative_to(TESTS).parts[0]
    if folder in PURE:
        item.add_marker("pure")
    if folder in PURE or item.path.parent == TESTS:
        item.add_marker("quick")
    wanted = [server for server in SERVERS if server in getattr(item, "fixturenames", ())]
    for server in wanted:
        item.add_marker(server)
    if wanted:
        item.add_marker(pytest.mark.xdist_group(wanted[0]))


class NotPure(Exception):
    """A test of a pure folder did more than compute; it belongs into the folder of its room."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """A pure test stays so."""
    if item.get_closest_marker("pure") is None:
        return (yield)
    with patch.object(subprocess.Popen, "__init__", _refused), patch.object(socket.socket, "connect", _refused):
        return (yield)


def _refused(*_: object, **__: object) -> NoReturn:
    raise NotPure("a test of a pure folder (tests/conftest.py) starts a process or connects to something")


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


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A Chromium for the tests of a module."""
    from tests.kit.browser import chromium

    try:
        with chromium() as found:
            yield found
    except Missing as reason:
        skip_or_fail("browser", reason)


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
