"""From the client to the table, while gateway and flow are killed: what it was told is durable is there, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from threading import Event

import httpx
import pytest

from clients.python.kinelake_client import Client, Queue
from schemas.shared.consent_rules import FULL
from tests.clients.python.telemetry.conftest import play
from tests.kit.chaos.killing import Mortal
from tests.kit.issuer import Issuer
from tests.kit.running import waiting
from tests.kit.site import END_SECONDS, ORGANISATION, Site

KILLS = 3
BETWEEN_KILLS = 25


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def site(tmp_path: Path, issuer: Issuer) -> Site:
    made = Site(tmp_path / "data", **issuer.settings)
    with made.installation() as installation:
        installation.control.organisations.ensure(ORGANISATION)
    return made


@contextmanager
def client_of(site: Site, token: str) -> Iterator[Client]:
    with Client(site.url, token, consent_level=2, patience=END_SECONDS, transport=httpx.HTTPTransport()) as client:
        yield client


@pytest.mark.slow
def test_whatever_dies_every_event_is_in_the_table_once_at_the_level_that_was_allowed(
    site: Site, issuer: Issuer
) -> None:
    token = issuer.token("zoe", ORGANISATION, consent=FULL)
    told: list[str] = []
    enough = Event()

    def sends(client: Client) -> None:
        for number in count():
            if enough.is_set():
                return
            told.extend(verdict.event_id for verdict in client.media(play(number)).raise_for_rejected().verdicts)

    with ExitStack() as stack:
        roles = [Mortal(site, name, stack) for name in ("web", "flow")]
        client = stack.enter_context(client_of(site, token))
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
        headers = {"Authorization": f"Bearer {token}", "X-Consent-Level": "1"}
        refused = httpx.post(f"{site.url}/v1/media/events", json=play(), headers=headers, timeout=END_SECONDS)
        assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
        rows = site.rows()
    ids = rows["event_id"].to_list()
    assert set(rows.select("consent_level", "consent_source").rows()) == {(2, "header")}
    assert len(ids) == len(set(ids)), "none is there twice"
    assert set(ids) == {*told, *queued}
