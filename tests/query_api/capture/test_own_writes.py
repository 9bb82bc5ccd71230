"""What a request was told to be durable, the next one reads: it waits for the tables, and not for ever."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from control.written_offsets import Written
from query_api import own_writes
from tests.kit.capture_tables import PARTITION
from tests.kit.media_sessions import NOON
from tests.query_api.capture.conftest import CaptureSite
from tests.query_api.capture.drawn import session_id
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

pytestmark = pytest.mark.anyio

ONE = Session(session_id(1), "ann", NOON, NOON + timedelta(hours=1), [Event("click", 1), Event("click", 2)])


@pytest.fixture
def written(site: CaptureSite) -> CaptureSite:
    """Control knows the session, and that two messages of events were written."""
    site.written.known(site.control, ONE)
    scopes = f"session:{ONE.id}", f"project:{site.project.id}"
    site.control.written.note([Written(scope, "capture_events", PARTITION, 2) for scope in scopes])
    return site


def meanwhile(monkeypatch: pytest.MonkeyPatch, *happen: Callable[[], None]) -> list[float]:
    """Something happens each time that somebody waits; how long they were about to."""
    waited: list[float] = []
    events = iter(happen)

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        next(events)()
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)

    monkeypatch.setattr(own_writes, "sleep", sleep)
    monkeypatch.setattr(own_writes, "PATIENCE_SECONDS", 60)
    return waited


@pytest.mark.parametrize("path", ["", f"/{ONE.id}"])
async def test_a_read_waits_until_the_tables_have_it(
    written: CaptureSite, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    commits = (lambda: written.written.events(ONE, [0])), (lambda: written.written.events(ONE, [1]))
    waited = meanwhile(monkeypatch, *commits)
    async with written.by_key() as client:
        first = await client.get(f"/v1/sessions{path}")
        second = await client.get(f"/v1/sessions{path}")
    assert first.json() == (answers.detail(ONE) if path else {"sessions": answers.listing([ONE])})
    assert second.json() == first.json()
    # one look before each commit; who comes later does not wait
    assert waited == [own_writes.BETWEEN_LOOKS_SECONDS] * 2


async def test_a_read_does_not_wait_for_ever(written: CaptureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_writes, "PATIENCE_SECONDS", 0.01)
    written.written.events(ONE, [0])
    async with written.by_key() as client:
        answer = await client.get(f"/v1/sessions/{ONE.id}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json() == {"error": own_writes.BEHIND}


async def test_others_do_not_wait(written: CaptureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = meanwhile(monkeypatch)
    async with written.by_key(written.other) as client:
        assert (await client.get("/v1/sessions")).json() == {"sessions": []}
    async with written.by_key() as client:
        assert (await client.get("/v1/analytics/heatmap")).json()["points"] == []
    assert waited == []


async def test_what_it_does_not_read_is_not_waited_for(written: CaptureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes = f"session:{ONE.id}", f"project:{written.project.id}"
    written.control.written.note([Written(scope, "audit", PARTITION, 1) for scope in scopes])
    for number in (0, 1):
        written.written.events(ONE, [number])
    waited = meanwhile(monkeypatch)
    async with written.by_key() as client:
        for path in ("", f"/{ONE.id}"):
            assert (await client.get(f"/v1/sessions{path}")).status_code == 200
    assert waited == []
