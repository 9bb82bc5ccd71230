"""What capture's routes answer of what its routes took in: by the contract's own commands, and by the reference after
sessions came in at once, some of their requests twice, and through a restart of who answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.kit.capture_contract import MISSING, PAGE, Said, examples, run
from tests.kit.contract import shape
from tests.kit.shop import Shop
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGE, reason=MISSING),
    pytest.mark.xdist_group("capture"),
    pytest.mark.timeout(300),
]

SESSIONS = 8
LIST, DETAIL = "GET /v1/sessions", "GET /v1/sessions/${SESSION_ID}"
HEATMAP, FUNNEL, STATS = (f"GET /v1/analytics/{name}" for name in ("heatmap", "funnel", "sessions/stats"))
STEPS = [{"event_type": "click"}, {"event_type": "input", "target": "b"}, {"event_type": "click"}]


class Delivered:
    """A shop whose clients have sent sessions, and these as the reference has them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.sessions = [self._sent(0)]
        # flows take seconds to start, and a read waits five for them
        shop.caught_up()
        with ThreadPoolExecutor(SESSIONS) as clients:
            self.sessions += clients.map(self._sent, range(1, SESSIONS))

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.shop.base, headers={"X-API-Key": self.shop.key}, timeout=30)

    def get(self, path: str) -> Any:
        with self.client() as client:
            return client.get(path).raise_for_status().json()

    def _sent(self, number: int) -> Session:
        """A session with its own mix of events, chunks and an end; every third request is sent twice."""
        random = Random(number)
        with self.client() as client:
            user = f"user-{number % 3}"
            begun = client.post("/v1/sessions/init", json={"user_id": user, "capture_mode": "events"}).json()
            path, events = f"/v1/sessions/{begun['session_id']}", []
            for batch in range(number % 4):
                these = [made(random) for _ in range(random.randint(1, 20))]
                events += these
                for _ in range(1 + (batch % 3 == 1)):
                    self._posted(client, f"{path}/events", these, f"{begun['session_id']}-{batch}")
            if number % 4 != 2:
                client.post(f"{path}/complete").raise_for_status()
        return Session(begun["session_id"], user, *self._times(begun["session_id"]), events)

    def _posted(self, client: httpx.Client, path: str, events: Sequence[Event], key: str) -> None:
        said = {
            "events": [{name: value for name, value in asdict(each).items() if value is not None} for each in events]
        }
        answer = client.post(path, json=said, headers={"Idempotency-Key": key}).raise_for_status()
        assert answer.json() == {"count": len(events)}

    def _times(self, session_id: str) -> tuple[Any, Any]:
        with self.shop.site.installation() as installation:
            found = installation.control.capture_sessions.get(session_id)
        assert found is not None
        return found.created_at, found.completed_at


def made(random: Random) -> Event:
    """At one of few places and times, so that many tie."""
    x, y = random.choice(((None, None), (3, 4), (-3, 4), (3, None), (900, 1)))
    kind, time = random.choice(("click", "click", "input")), random.randrange(0, 3000, 500)
    return Event(kind, time, x, y, random.choice((None, "a", "b")), random.choice((None, {"n": 1})))


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """One's own writes are looked at before anything has time to catch up; then the web role begins anew."""
    shop = Shop(tmp_path_factory.mktemp("reading") / "data")
    with ExitStack() as flows:
        with shop.running():
            made = Delivered(shop)
            agree(made)
        flows.enter_context(shop.running())
        yield made


def agree(delivered: Delivered) -> None:
    """List and details, which wait for what was written; then the rest, once all is in the tables."""
    assert delivered.get("/v1/sessions?limit=100")["sessions"] == answers.listing(delivered.sessions, 100)
    for session in delivered.sessions:
        detail, expected = delivered.get(f"/v1/sessions/{session.id}"), answers.detail(session)
        events = detail["events"]
        assert detail["session"] == expected["session"]
        assert sorted(event["id"] for event in events) == list(range(1, len(events) + 1))
        assert events == sorted(events, key=lambda event: (event["timestamp_ms"], event["id"]))
        # which of two batches came first is nobody's to say
        assert unnumbered(events) == unnumbered(expected["events"])
    delivered.shop.caught_up()
    for query, asked in (("", {}), ("?bucket=10&min_count=2&target=b", {"bucket": 10, "min_count": 2, "target": "b"})):
        heatmap = delivered.get(f"/v1/analytics/heatmap{query}")
        assert heatmap["points"] == answers.heatmap(delivered.sessions, **asked)  # type: ignore[arg-type]
    assert delivered.get("/v1/analytics/funnel")["funnel"] == answers.funnel(delivered.sessions)
    assert delivered.get("/v1/analytics/sessions/stats")["stats"] == answers.stats(delivered.sessions)


def unnumbered(events: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(str({name: value for name, value in event.items() if name != "id"}) for event in events)


def test_all_answers_equal_the_reference_before_and_after_a_restart(delivered: Delivered) -> None:
    agree(delivered)


def test_an_ordered_funnel_equals_the_reference_where_order_is_told_by_time(delivered: Delivered) -> None:
    # of events of one time the order is that of the log, which the details tell
    for session in delivered.sessions:
        told = {event["id"]: event for event in delivered.get(f"/v1/sessions/{session.id}")["events"]}
        fields = ("event_type", "timestamp_ms", "x", "y", "target", "payload")
        session.events = [Event(*(told[number][name] for name in fields)) for number in sorted(told)]
    with delivered.client() as client:
        answer = client.post("/v1/analytics/funnel", json={"steps": STEPS, "window_ms": 1500}).raise_for_status()
    assert answer.json()["steps"] == answers.ordered_funnel(delivered.sessions, STEPS, 1500)


@pytest.mark.parametrize("name", [LIST, DETAIL, HEATMAP, FUNNEL, STATS])
def test_a_command_of_the_contract_is_answered_in_its_shape(delivered: Delivered, name: str, tmp_path: Path) -> None:
    with_most = max(delivered.sessions, key=lambda session: len(session.events))
    shown = examples()[name]
    said: Said = run(shown, delivered.shop.base, tmp_path, delivered.shop.key, SESSION_ID=with_most.id)
    assert said.status == 200
    assert list(said.body) == list(shown.response)
    assert keys(said.body) == keys(shown.response)


def keys(body: Any) -> Any:
    """The keys in their order, of lists those of the first item."""
    if isinstance(body, dict):
        return {name: keys(value) for name, value in body.items() if name != "payload"}
    return keys(body[0]) if isinstance(body, list) else shape(0)
