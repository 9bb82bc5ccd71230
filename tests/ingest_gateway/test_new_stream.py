"""A stream that only its schema file knows of has a route: here one without kinds, sessions and batches."""

from typing import Annotated

import pytest
from msgspec import Meta

from ingest_gateway import gateway as mounted
from schemas.shared.client import ClientEvent
from schemas.shared.stream import Stream
from tests.ingest_gateway.conftest import Gateway

pytestmark = pytest.mark.anyio

PATH = "/v1/moods"


class Mood(ClientEvent, kw_only=True):
    """How someone feels."""

    mood: Annotated[str, Meta(max_length=2000, description="One word.")]


MOODS = Stream(
    name="moods",
    path=PATH,
    description="Moods as they were accepted.",
    consent_level=1,
    events=(Mood,),
    event_type="mood",
    max_event_bytes=1024,
    example={"mood": "fine"},
)


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounted, "streams", lambda: {"moods": MOODS})


async def test_it_takes_events_and_answers_with_nothing_but_the_id(gateway: Gateway) -> None:
    answer = await gateway.post({"mood": "fine"}, path=PATH)
    assert (answer.status_code, list(answer.json())) == (202, ["status", "event_id"])
    ((topic, record),) = gateway.recorder.published
    (message,) = gateway.recorder.messages
    assert topic == "moods"
    assert (message["event_type"], message["mood"]) == ("mood", "fine")
    assert message["occurred_at"] == message["received_at"]
    assert record.key == f"acme:{message['subject']}".encode()


async def test_its_own_consent_level_counts(gateway: Gateway) -> None:
    for level, status in ((0, 403), (1, 202)):
        token = f"Bearer {gateway.site.token(consent=level)}"
        assert (await gateway.post({"mood": "fine"}, path=PATH, Authorization=token)).status_code == status


async def test_without_batches_its_body_is_one_event_and_no_larger_than_one(gateway: Gateway) -> None:
    batch = await gateway.post({"events": [{"mood": "fine"}]}, path=PATH)
    large = await gateway.post({"mood": "f" * 1024}, path=PATH)
    assert (batch.status_code, batch.json()["errors"][0]["field"]) == (400, "mood")
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


async def test_the_document_shows_it(gateway: Gateway) -> None:
    content = gateway.app().openapi()["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    assert content["example"] == {"mood": "fine"}
    assert [kind["required"] for kind in content["schema"]["anyOf"]] == [["mood"]]
