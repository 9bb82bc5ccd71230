"""Sessions whose every request is answered in the end, while web and flows die by kill -9: each has one effect.

Requests that got no 2xx are sent again with their Idempotency-Key, as the contract's clients would do it.
"""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.kit.capture import event, png
from tests.kit.chaos.killing import killed
from tests.kit.running import PATIENCE
from tests.kit.shop import FLOWS, Shop

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(600)]

WRITERS = 4
LEAST = 2
"""Sessions of each writer; more as long as processes are being killed."""
KILLS = 2
"""Of each role."""
BATCHES, CHUNKS = 3, 2
PAUSE_SECONDS = 0.2


class Away(Exception):
    """The service did not answer, or said that it cannot now."""


class Writers:
    """Clients that begin, fill and complete sessions; `sessions` are those that were answered to the last request."""

    def __init__(self, shop: Shop) -> None:
        self.over = Event()
        self.answered = 0
        self.sessions: list[str] = []
        self._shop = shop

    def write(self, number: int) -> None:
        """One of them, a session after the other."""
        headers = {"X-API-Key": self._shop.key}
        with httpx.Client(base_url=self._shop.base, headers=headers, timeout=30) as client:
            turn = 0
            while turn < LEAST or not self.over.is_set():
                self.sessions.append(self._session(client, f"{number}-{turn}"))
                turn += 1

    def _session(self, client: httpx.Client, name: str) -> str:
        begun = self._sent(client, "init", name, json={"user_id": f"user-{name}", "capture_mode": "hybrid"})
        session: str = begun["session_id"]
        for number in range(BATCHES):
            events = [event(10 * number + place) for place in range(5)]
            self._sent(client, f"{session}/events", f"{name}-e{number}", json={"events": events})
        for index in range(CHUNKS):
            picture = {"chunk": png(shade=index)}
            self._sent(client, f"{session}/chunks", f"{name}-c{index}", index, files=picture)
        self._sent(client, f"{session}/complete", f"{name}-done")
        return session

    @retry(
        retry=retry_if_exception_type((Away, httpx.TransportError)),
        wait=wait_fixed(PAUSE_SECONDS),
        stop=stop_after_delay(PATIENCE),
    )
    def _sent(self, client: httpx.Client, path: str, key: str, index: int = 0, **body: Any) -> Mapping[str, Any]:
        """Until it has got a 2xx."""
        headers = {"Idempotency-Key": key, "X-Chunk-Index": str(index)}
        answer = client.post(f"/v1/sessions/{path}", headers=headers, **body)
        if answer.status_code >= 500:
            raise Away(answer.text)
        assert answer.is_success, answer.text
        self.answered += 1
        said: Mapping[str, Any] = answer.json()
        return said


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """On the embedded log; on Kafka the contract's own commands are run (tests/end_to_end)."""
    return Shop(tmp_path / "data", publish_timeout_seconds=3)


def test_what_is_answered_while_web_and_flows_are_killed_has_one_effect(shop: Shop) -> None:
    writers = Writers(shop)
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(writers.write, number) for number in range(WRITERS)]
        stored = lambda: shop.site.rows("capture_events").height  # noqa: E731
        try:
            with killed(shop.site, {"web": lambda: writers.answered, FLOWS: stored}, KILLS):
                writers.over.set()
                for writer in writing:
                    writer.result()
                shop.caught_up()
        finally:
            writers.over.set()
    each_once(shop, writers.sessions)


def each_once(shop: Shop, sessions: list[str]) -> None:
    shop.positions()
    events = shop.rows("capture_events")
    assert Counter(events["session_id"].to_list()) == dict.fromkeys(sessions, 5 * BATCHES)
    chunks = shop.rows("capture_chunks")
    assert Counter(chunks.select("session_id", "chunk_index").iter_rows()) == {
        (session, index): 1 for session in sessions for index in range(CHUNKS)
    }
    shop.blobs()
    told = shop.rows("capture_sessions").select("session_id", "event_type").iter_rows()
    kinds = ("session_initiated", "session_completed")
    assert Counter(told) == {(session, kind): 1 for session in sessions for kind in kinds}
    trail = Counter(shop.rows("audit_log").select("resource_id", "action").iter_rows())
    counts = {"session_initiated": 1, "events_uploaded": BATCHES, "chunk_uploaded": CHUNKS, "session_completed": 1}
    assert trail == {(session, action): count for session in sessions for action, count in counts.items()}
