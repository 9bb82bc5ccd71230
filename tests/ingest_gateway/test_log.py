"""What the gateway answers for its log: a 2xx only for what is there, a 503 with Retry-After for all else."""

import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from event_log import LogOptions, Publisher, Reader, open_admin, open_publisher, open_reader
from event_log import faults as errors
from ingest_gateway.taking.refusals import unpublished
from schemas.shared import client_context
from schemas.shared.faults import KinelakeError, Transient
from schemas.shared.message import LINE_END
from tests.ingest_gateway.conftest import PATH, SESSION, Gateway, event

pytestmark = pytest.mark.anyio

TOPIC = "media"
RAISED = {
    errors.LogFull(2.5): (503, "log_full", "3"),
    errors.LogUnavailable("the broker is away"): (503, "log_unavailable", "1"),
    errors.PublisherClosed("the publisher is closed"): (503, "stopping", "1"),
    errors.RecordTooLarge("media", 2, 1): (413, "record_too_large", None),
    errors.UnknownTopic(TOPIC): (503, "log_unusable", "30"),
    errors.PartitionsChanged(TOPIC, 6, 12): (503, "log_unusable", "30"),
    errors.LogDamaged("the file is damaged"): (503, "log_unusable", "30"),
    errors.LogTooNew("the file is newer"): (503, "log_unusable", "30"),
}
"""Error of a publish → status, code and Retry-After."""
NOT_OF_A_PUBLISH = {errors.BadLogUrl, errors.OffsetOutOfRange}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An embedded log with the topic, closed again."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    admin = open_admin(url, LogOptions())
    admin.ensure_topic(TOPIC)
    admin.close()
    return url


@pytest.fixture
async def publisher(url: str) -> AsyncIterator[Publisher]:
    opened = open_publisher(url, LogOptions(disk_floor_bytes=0))
    yield opened
    await opened.close()


def stored(url: str) -> list[tuple[str, bytes]]:
    """The event id and the client of every item on the log."""
    reader: Reader = open_reader(url, TOPIC, dict.fromkeys(range(12), 0), LogOptions())
    try:
        count = sum(reader.end_offsets().values())
        found: list[tuple[bytes, bytes]] = []
        while len(found) < count:
            fetched = reader.poll(1000, 1)
            found.extend(zip(fetched.values, fetched.clients, strict=True))
        return [(event_id, client) for value, client in found for event_id in ids_in(value)]
    finally:
        reader.close()


def ids_in(value: bytes) -> list[str]:
    """The event ids of a message's items."""
    _, *lines = value.split(LINE_END)
    return [msgspec.json.decode(line)["event_id"] for line in lines]


async def test_a_202_is_on_the_embedded_log(gateway: Gateway, publisher: Publisher, url: str) -> None:
    async with gateway.client(gateway.app(publisher)) as client:
        one = await client.post(PATH, json=event())
        many = await client.post(PATH, json={"events": [event(), event("unknown"), event("pause")]})
        refused = await client.post(PATH, json=event("unknown"))
    assert [answer.status_code for answer in (one, many, refused)] == [202, 202, 400]
    ids = {one.json()["event_id"], *(result["event_id"] for result in many.json()["results"])} - {None}
    items = stored(url)
    assert {event_id for event_id, _ in items} == ids
    assert {client_context.decode(client).address for _, client in items} == {"127.0.0.1"}


async def test_below_the_disk_floor_nothing_is_taken_and_the_gateway_is_not_ready(gateway: Gateway, url: str) -> None:
    publisher = open_publisher(url, LogOptions(disk_floor_bytes=2**62))
    async with gateway.client(gateway.app(publisher)) as client:
        answer = await client.post(PATH, json=event())
        ready = await client.get("/health/ready")
    await publisher.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert ready.status_code == 503
    assert [error["field"] for error in ready.json()["errors"]] == ["log"]
    assert stored(url) == []


async def test_a_topic_that_was_never_made_is_a_503_until_someone_makes_it(gateway: Gateway, tmp_path: Path) -> None:
    publisher = open_publisher(f"sqlite:///{tmp_path / 'empty.db'}", LogOptions(disk_floor_bytes=0))
    async with gateway.client(gateway.app(publisher)) as client:
        answer = await client.post(PATH, json=event())
    await publisher.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "log_unusable")


@pytest.mark.parametrize("body", [event(), {"events": [event(), event("unknown")]}], ids=["single", "batch"])
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
async def test_what_the_log_does_not_take_is_not_pretended(
    gateway: Gateway, error: KinelakeError, body: dict[str, object]
) -> None:
    gateway.recorder.failure = error
    answer = await gateway.post(body)
    status, code, retry_after = RAISED[error]
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == retry_after
    assert SESSION not in answer.text
    gateway.recorder.failure = None
    assert (await gateway.post(body)).status_code == 202


def test_every_error_that_a_publish_can_raise_has_an_answer() -> None:
    declared = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, KinelakeError)}
    of_the_log = {kind for kind in declared if kind.__module__ == errors.__name__}
    assert {type(error) for error in RAISED} == of_the_log - NOT_OF_A_PUBLISH


def test_an_error_that_nobody_foresaw_is_a_503_too() -> None:
    class Unforeseen(Transient):
        """A kind of error that the table does not name."""

    assert unpublished(Unforeseen("?")).code == "log_unavailable"
