"""What capture's routes answer of what its routes took in: by the contract's own commands, and by the reference.

Sessions come in at once, their requests in any order and some of them twice, while web, flows and the worker that
settles die by kill -9; answers are looked at before anything is settled, when half of it is, and when all is.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.capture.activity import CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from sinks.capture.settle import MERGES
from tests.kit.capture_contract import MISSING, PAGE, Said, examples, run
from tests.kit.chaos.killing import Mortal
from tests.kit.contract import shape
from tests.kit.delivered import Delivered
from tests.kit.persistent import Persistent
from tests.kit.running import waiting
from tests.kit.settling import in_the_middle, settled, settling
from tests.kit.shop import FLOWS, Shop
from tests.reference.capture import answers
from tests.reference.capture.session import Event

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGE, reason=MISSING),
    pytest.mark.xdist_group("capture"),
    pytest.mark.timeout(600),
]

SESSIONS = 6
LIST, DETAIL = "GET /v1/sessions", "GET /v1/sessions/${SESSION_ID}"
HEATMAP, FUNNEL, STATS = (f"GET /v1/analytics/{name}" for name in ("heatmap", "funnel", "sessions/stats"))
STEPS = [{"event_type": "click"}, {"event_type": "input", "target": "b"}, {"event_type": "click"}]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """Web, flows and a worker in the middle of settling are killed at once, while clients go on and nobody waits."""
    settings = {"publish_timeout_seconds": 3, "settle_every_seconds": 1, "assembly_workers": 0}
    shop = Shop(tmp_path_factory.mktemp("reading") / "data", **settings)
    with ExitStack() as lives:
        client = lives.enter_context(Persistent(shop))
        # web is there once flows nearly are: a read that waits for them is dear
        flows, web = (Mortal(shop.site, role, lives) for role in (FLOWS, "web"))
        made = Delivered(shop, client)
        with made.going_on(SESSIONS):
            pass
        assert settled(shop.site) == []
        agree(made)
        with settling(shop.site, CAPTURE_SESSION_EVENTS.name) as worker:
            assert in_the_middle(shop.site, worker)
            with made.going_on(1):
                for role in (web, flows, worker):
                    role.kill()
                flows.begin()
                web.begin()
        yield made


def agree(delivered: Delivered) -> None:
    """List and details, which wait for what was written; then the rest, once all is in the tables."""
    get, sessions = delivered.client.got, delivered.sessions
    assert get("/v1/sessions?limit=100")["sessions"] == answers.listing(sessions, 100)
    for session in sessions:
        delivered.same_detail(session)
    delivered.shop.caught_up()
    for query, asked in (("", {}), ("?bucket=10&min_count=2&target=b", {"bucket": 10, "min_count": 2, "target": "b"})):
        heatmap = get(f"/v1/analytics/heatmap{query}")
        assert heatmap["points"] == answers.heatmap(sessions, **asked)  # type: ignore[arg-type]
    assert get("/v1/analytics/funnel")["funnel"] == answers.funnel(sessions)
    assert get("/v1/analytics/sessions/stats")["stats"] == answers.stats(delivered.sessions)


def test_all_answers_equal_the_reference_after_kills_in_the_middle_of_settling_and_once_all_is_settled(
    delivered: Delivered,
) -> None:
    assert settled(delivered.shop.site) == [CAPTURE_CLICK_CELLS.name]
    agree(delivered)
    with settling(delivered.shop.site):
        waiting(lambda: len(settled(delivered.shop.site)) == len(MERGES))
    agree(delivered)


def test_an_ordered_funnel_equals_the_reference_where_order_is_told_by_time(delivered: Delivered) -> None:
    # of events of one time the order is that of the log, which the details tell
    for session in delivered.sessions:
        told = {event["id"]: event for event in delivered.client.got(f"/v1/sessions/{session.id}")["events"]}
        fields = ("event_type", "timestamp_ms", "x", "y", "target", "payload")
        session.events = [Event(*(told[number][name] for name in fields)) for number in sorted(told)]
    asked = {"steps": STEPS, "window_ms": 1500}
    key = {"X-API-Key": delivered.shop.key}
    url = f"{delivered.shop.base}/v1/analytics/funnel"
    answer = httpx.post(url, headers=key, json=asked, timeout=60).raise_for_status()
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
