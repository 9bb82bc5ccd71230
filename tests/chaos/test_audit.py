"""One chain an organisation, whatever dies: twenty clients post audit entries while web and flows die by kill -9.

An entry that got a 2xx is a link, once; refusals are links as well; `kinelake audit verify` and the reference find
nothing to say.
"""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from schemas.audit import AUDIT, SECURITY
from schemas.media.events import STREAM
from tests.kit.chaos.killing import killed
from tests.kit.running import PATIENCE, waiting
from tests.kit.site import ORGANISATION, Site
from tests.reference.audit import faults
from tests.servers import Kafka

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(600)]

WRITERS = 20
LEAST = 15
"""Entries of each writer, one every PAUSE_SECONDS; more, and slower, as long as processes are being killed."""
PAUSE_SECONDS = 0.5
LONG_PAUSE_SECONDS = 3
"""On a slow machine a kill takes long, and entries are not what should keep it busy."""
KILLS = 2
"""Of each role."""
FLOWS = f"flows {AUDIT.name} {SECURITY.name}"
PATH = "/v1/audit/ingest"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148"
"""A device that flows know without compiling rules first."""


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """An installation on the embedded log or on Kafka."""
    settings = {"publish_timeout_seconds": 3}
    if request.param == "sqlite":
        return Site(tmp_path / "data", **settings)
    broker: Kafka = request.getfixturevalue("kafka")
    return Site(tmp_path / "data", **settings, log_url=f"{broker.url}?topic_prefix={tmp_path.name}.")


class Writers:
    """Clients that post entries until they are told that it is over; `answered` are the ids of what got a 2xx."""

    def __init__(self, site: Site) -> None:
        self.answered: list[str] = []
        self.over = Event()
        self._site = site

    def write(self, number: int) -> None:
        """One of them: an entry that got no 2xx is tried again with its id."""
        ids = (str(uuid.UUID(int=number << 64 | each << 32 | 4 << 76)) for each in count())
        with self._site.client("system") as client:
            client.headers["User-Agent"] = PHONE
            for sent, event_id in enumerate(ids):
                if sent >= LEAST and self.over.is_set():
                    return
                posted(client, event_id)
                self.answered.append(event_id)
                self.over.wait(PAUSE_SECONDS if sent < LEAST else LONG_PAUSE_SECONDS)


class Away(Exception):
    """The service did not answer, or said that it cannot now."""


@retry(
    retry=retry_if_exception_type((Away, httpx.TransportError)),
    wait=wait_fixed(PAUSE_SECONDS),
    stop=stop_after_delay(PATIENCE),
)
def posted(client: httpx.Client, event_id: str) -> None:
    """Until it has got a 202."""
    body = {"action": "patient.view", "resource_type": "patient", "status": "success", "event_id": event_id}
    answer = client.post(PATH, json=body)
    if answer.status_code >= 500:
        raise Away(answer.text)
    assert answer.status_code == 202, answer.text
    assert answer.json()["event_id"] == event_id


def test_what_is_answered_while_web_and_flows_are_killed_is_one_chain(site: Site) -> None:
    writers = Writers(site)
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(writers.write, number) for number in range(WRITERS)]
        try:
            rows_stored = lambda: site.rows(AUDIT.primary.name).height  # noqa: E731
            with killed(site, {"web": lambda: len(writers.answered), FLOWS: rows_stored}, KILLS):
                writers.over.set()
                for writer in writing:
                    writer.result()
                refused(site)
                waiting(lambda: set(writers.answered) <= set(site.rows(AUDIT.primary.name)["event_id"]))
                waiting(lambda: "invalid_event" in set(site.rows(AUDIT.primary.name)["code"]))
                waiting(lambda: "token_missing" in set(site.rows(SECURITY.primary.name)["code"]))
                (chain,) = verified(site)
        finally:
            writers.over.set()
    rows = site.rows(AUDIT.primary.name)
    assert (chain["organisation"], chain["first"], chain["last"], chain["broken"]) == (
        ORGANISATION, 1, rows.height, None,
    )  # fmt: skip
    assert len(writers.answered) >= WRITERS * LEAST
    assert rows["event_id"].n_unique() == rows.height
    assert faults(rows.iter_rows(named=True)) == []


def refused(site: Site) -> None:
    """One of the organisation, one of nobody."""
    with site.client("user") as client:
        assert client.post(STREAM.route_path, json={}).status_code == 400
        del client.headers["Authorization"]
        assert client.post(STREAM.route_path, json={}).status_code == 401


def verified(site: Site) -> list[dict[str, Any]]:
    """What `kinelake audit verify` says of each organisation; it ends with 0 beside the running system."""
    done = site.ran("audit verify --json")
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["organisations"]
    return found
