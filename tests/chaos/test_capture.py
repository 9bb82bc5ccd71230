"""Sessions whose every request is answered in the end, while web and flows die by kill -9: each has one effect.

Requests that got no 2xx are sent again with their Idempotency-Key, as the contract's clients would do it.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.kit.capture import event, png
from tests.kit.chaos.killing import killed
from tests.kit.persistent import Persistent
from tests.kit.shop import FLOWS, Shop

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(600)]

WRITERS = 4
LEAST = 2
"""Sessions of each writer; more as long as processes are being killed."""
KILLS = 2
"""Of each role."""
BATCHES, CHUNKS = 3, 2


class Writers:
    """Clients that begin, fill and complete sessions; `sessions` are those that were answered to the last request."""

    def __init__(self, client: Persistent) -> None:
        self.over = Event()
        self.sessions: list[str] = []
        self.client = client

    def write(self, number: int) -> None:
        """One of them, a session after the other."""
        turn = 0
        while turn < LEAST or not self.over.is_set():
            self.sessions.append(self._session(f"{number}-{turn}"))
            turn += 1

    def _session(self, name: str) -> str:
        begun = self.client.sent("init", name, json={"user_id": f"user-{name}", "capture_mode": "hybrid"})
        session: str = begun["session_id"]
        for number in range(BATCHES):
            events = [event(10 * number + place) for place in range(5)]
            self.client.sent(f"{session}/events", f"{name}-e{number}", json={"events": events})
        for index in range(CHUNKS):
            picture = {"chunk": png(shade=index)}
            self.client.sent(f"{session}/chunks", f"{name}-c{index}", index, files=picture)
        self.client.sent(f"{session}/complete", f"{name}-done")
        return session


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """On the embedded log; on Kafka the contract's own commands are run (tests/end_to_end)."""
    return Shop(tmp_path / "data", publish_timeout_seconds=3)


def test_what_is_answered_while_web_and_flows_are_killed_has_one_effect(shop: Shop) -> None:
    with Persistent(shop) as client, ThreadPoolExecutor(WRITERS) as pool:
        writers = Writers(client)
        writing = [pool.submit(writers.write, number) for number in range(WRITERS)]
        stored = lambda: shop.site.rows("capture_events").height  # noqa: E731
        try:
            with killed(shop.site, {"web": lambda: client.answered, FLOWS: stored}, KILLS):
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
