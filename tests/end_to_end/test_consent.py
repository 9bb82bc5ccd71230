"""Consent through all of it: over HTTP, on both logs, before, between, after and backdated, while processes die.

In the end the table has exactly what was allowed at its time by the plain reference, and the sum counts the rest.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kinelake.balance import Balance, balance, position
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.shared.times import microseconds, text
from tests.kit.running import waiting
from tests.kit.site import ORGANISATION, Site, event
from tests.reference.consent import Said, level
from web.development import issue_development_token

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STAMPED = NEEDED = 2
HOUR = timedelta(hours=1)
PEOPLE = ("zoe", "ann", "yan", "eve")


class World:
    """What people did and said, as the server answered it."""

    def __init__(self, site: Site, installation: Installation) -> None:
        self.site = site
        self.installation = installation
        self.did: dict[str, tuple[str, datetime]] = {}

    def client(self, person: str, role: str = "user") -> httpx.Client:
        secrets = self.site.data / "secrets"
        token = issue_development_token(secrets, person, ORGANISATION, role, STAMPED, HOUR)
        base = f"http://127.0.0.1:{self.site.port}"
        return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def play(self, person: str, at: datetime) -> int:
        """The status of an event's answer; one that was accepted is kept in mind."""
        body = event(timestamp=text(microseconds(at)), session_id=f"of-{person}")
        with self.client(person) as client:
            status = client.post("/v1/media/events", json=body).status_code
        if status == 202:
            self.did[body["event_id"]] = person, at.replace(microsecond=0)
        return status

    def say(self, person: str, allowed: int, since: datetime | None = None) -> None:
        """The person, or of them the system, since a time."""
        body: dict[str, Any] = {"level": allowed}
        if since is not None:
            body |= {"user_id": person, "effective_at": since.isoformat()}
        with self.client(*((person,) if since is None else ("crm", "system"))) as client:
            answer = client.post("/v1/consent", json=body, headers={"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 202, answer.text

    def records(self) -> list[Said]:
        """As people are shown them."""
        found = []
        for person in PEOPLE:
            with self.client(person) as client:
                listed = client.get("/v1/consent").json()["records"]
            for number, each in enumerate(reversed(listed)):
                found.append(Said(person, each["level"], datetime.fromisoformat(each["effective_at"]), number))
        return found

    def allowed(self) -> list[str]:
        said = self.records()
        return sorted(
            event_id for event_id, (person, at) in self.did.items() if level(person, at, STAMPED, said) >= NEEDED
        )

    def stored(self) -> list[str]:
        rows = self.installation.tables.rows(STREAM.primary).select("event_id").collect()
        return sorted(rows["event_id"].to_list())

    def rows(self) -> int:
        there = self.installation.location.exists(STREAM.primary.name)
        return self.installation.tables.details(STREAM.primary.name).rows if there else 0

    def total(self) -> Balance:
        return balance(self.installation, position(self.installation, STREAM.name))

    def corrected(self) -> bool:
        """Whether the tables were looked through for every record."""
        return self.installation.control.consent.uncorrected() == []


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=[pytest.mark.kafka, pytest.mark.xdist_group("kafka")])])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    settings: Mapping[str, object] = {"epoch_seconds": 0.2, "partitions": 4}
    if request.param == "kafka":
        settings = {**settings, "log_url": f"{request.getfixturevalue('kafka').url}?topic_prefix={uuid4().hex}."}
    site = Site(tmp_path / "data", **settings)
    with site.installation() as installation:
        yield World(site, installation)


def test_the_table_has_what_was_allowed_when_it_happened_and_the_sum_the_rest(world: World) -> None:
    site, now = world.site, datetime.now(UTC)
    with site.role("web") as web:
        for person in PEOPLE:
            waiting(lambda person=person: world.play(person, now - timedelta(seconds=5)) == 202)
        assert world.play("zoe", now + HOUR) == 202, "her clock is ahead"
        world.say("zoe", 0)
        assert world.play("zoe", now) == 403
        world.say("ann", 1, since=now - HOUR)
        web.kill()
    with site.role("web"):
        assert world.play("zoe", now) == 403, "control has it"
        with site.role("flow media --split 0/2"), site.role("flow media --split 1/2") as split:
            # who came before is stored, whose consent came before the flow is not
            waiting(lambda: world.rows() == 3)
            assert world.stored() == world.allowed()
            split.kill()
        for person in ("yan", "eve"):
            assert world.play(person, now) == 202
        world.say("yan", 0, since=now - HOUR)
        with site.role("flows media consent"), site.role("worker"):
            waiting(world.corrected)
            waiting(lambda: world.total().in_flight == 0)
            allowed, total = world.allowed(), world.total()
            assert world.stored() == allowed
    assert (total.accepted, total.stored, total.balance) == (len(world.did), len(allowed), 0)
    assert total.suppressed == {"consent": len(world.did) - len(allowed)}
