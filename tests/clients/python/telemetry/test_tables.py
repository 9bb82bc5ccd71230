"""From the client to the table, while gateway and flow are killed: what it was told is durable is there, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event

import httpx
import pytest

from clients.python.kinelake_client import Client, Queue
from tests.clients.python.telemetry.conftest import play
from tests.kit.chaos.killing import Mortal
from tests.kit.running import waiting
from tests.kit.site import END_SECONDS, ORGANISATION, Site
from web.development import issue_development_token

KILLS = 3
BETWEEN_KILLS = 25


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "data")


@contextmanager
def client_of(site: Site) -> Iterator[Client]:
    token = issue_development_token(site.data / "secrets", "zoe", ORGANISATION, "user", 2, timedelta(hours=1))
    with Client(site.url, token, consent_level=2, patience=END_SECONDS, transport=httpx.HTTPTransport()) as client:
        yield client


@pytest.mark.slow
def test_whatever_dies_every_event_is_in_the_table_once(site: Site) -> None:
    told: list[str] = []
    enough = Event()

    def sends(client: Client) -> None:
        for number in count():
            if enough.is_set():
                return
            told.extend(verdict.event_id for verdict in client.media(play(number)).raise_for_rejected().verdicts)

    with ExitStack() as stack:
        roles = [Mortal(site, name, stack) for name in ("web", "flow")]
        client = stack.enter_context(client_of(site))
        queue = stack.enter_context(Queue(client, pause=0.01))
        sending = stack.enter_context(ThreadPoolExecutor()).submit(sends, client)
        stack.callback(enough.set)
        queued = []
        for role in roles * KILLS:
            queued += [queue.media(play(number)) for number in range(BETWEEN_KILLS)]
            before = len(told)
            waiting(lambda before=before: len(told) >= before + BETWEEN_KILLS)
            role.kill()
            role.begin()
        enough.set()
        sending.result()
        queue.flush(END_SECONDS)
        site.caught_up()
        ids = site.rows()["event_id"].to_list()
    assert len(ids) == len(set(ids)), "none is there twice"
    assert set(ids) == {*told, *queued}
