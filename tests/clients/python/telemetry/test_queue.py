"""The queue of the client for servers against the real gateway."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count
from typing import Any

import pytest

from clients.python.kinelake_client import (
    BadEvent,
    Client,
    ConsentRequired,
    Queue,
    QueueClosed,
    QueueFull,
    StillWaiting,
    Undelivered,
)
from tests.clients.python.telemetry.conftest import PATIENCE, numbers, play, visit
from tests.clients.served import Served
from tests.kit.running import ROOT, waiting

MakesQueue = Callable[..., Queue]


@pytest.fixture
def told() -> list[Undelivered]:
    return []


@pytest.fixture
def queued(client: Client, told: list[Undelivered]) -> Iterator[MakesQueue]:
    """Makes queues of the client that never send by themselves within a test unless told otherwise."""
    with ExitStack() as stack:

        def made(**options: Any) -> Queue:
            queue = Queue(client, **{"pause": 3600, "undelivered": told.append, **options})

            @stack.callback
            def end() -> None:
                with suppress(StillWaiting):
                    queue.close(1)

            return queue

        yield made


def test_what_waits_goes_out_in_batches_of_a_stream(served: Served, queued: MakesQueue) -> None:
    queue = queued()
    ids = [queue.track(visit(number)) for number in range(50)]
    ids += [queue.media(play(number, session_id="s")) for number in range(50)]
    ids.append(queue.error({"error_type": "crash"}))
    assert (len(queue), served.items) == (101, [])
    queue.flush(PATIENCE)
    assert (len(queue), served.recorder.requests) == (0, 3)
    assert set(served.once) == set(ids)


def test_a_full_request_goes_out_without_being_asked_for(served: Served, queued: MakesQueue) -> None:
    queue = queued()
    for number in range(1_000):
        queue.track(visit(number))
    with queue._changed:
        assert queue._changed.wait_for(lambda: len(queue) == 0, PATIENCE)
    assert numbers(served) == list(range(1_000))


def test_after_its_pause_what_waits_goes_out(served: Served, queued: MakesQueue) -> None:
    queue = queued(pause=0.01)
    queue.track(visit(3))
    with queue._changed:
        assert queue._changed.wait_for(lambda: len(queue) == 0, PATIENCE)
    assert numbers(served) == [3]


def test_people_are_kept_apart_and_take_turns(served: Served, queued: MakesQueue, client: Client) -> None:
    queue = queued()
    people = [client.of(served.site.token(sub=name), consent_level=2) for name in ("ann", "bob", "eve")]
    for number in range(30):
        queue.track(visit(number), of=people[number % 3])
    queue.flush(PATIENCE)
    assert served.recorder.requests == 3
    assert Counter(item["subject"] for item in served.items).most_common()[-1][1] == 10


def test_what_happens_while_the_gateway_is_away_arrives_once_it_is_back(served: Served, queued: MakesQueue) -> None:
    served.stop()
    queue = queued()
    for number in range(2_500):
        queue.track(visit(number))
    with pytest.raises(StillWaiting, match="2500 events still wait") as waiting:
        queue.flush(0.2)
    assert len(waiting.value.events) == 2_500
    served.start()
    queue.flush(PATIENCE)
    assert numbers(served) == list(range(2_500))


def test_what_was_stored_without_a_word_counts_once(served: Served, queued: MakesQueue) -> None:
    served.recorder.unsaid = 2
    queue = queued()
    for number in range(5):
        queue.track(visit(number))
    queue.flush(PATIENCE)
    assert (len(served.items), numbers(served)) == (15, list(range(5)))


def test_what_the_server_will_not_take_is_told_and_its_neighbours_arrive(
    served: Served, queued: MakesQueue, told: list[Undelivered]
) -> None:
    queue = queued()
    queue.track(visit(0))
    bad = queue.track({"event_category": "nameless"})
    queue.track(visit(2))
    queue.flush(PATIENCE)
    (lost,) = told
    assert (lost.stream, lost.verdict.event_id, lost.verdict.code) == ("analytics", bad, "invalid_event")
    assert (lost.event["event_category"], lost.verdict.errors[0].field) == ("nameless", "event_name")
    assert numbers(served) == [0, 2]


def test_whoever_may_not_send_loses_nobody_elses(
    served: Served, queued: MakesQueue, client: Client, told: list[Undelivered]
) -> None:
    queue = queued()
    stranger = client.of("nobody's", consent_level=2)
    queue.track(visit(0), of=stranger)
    queue.track(visit(1))
    queue.flush(PATIENCE)
    assert [(lost.event["event_name"], lost.verdict.code) for lost in told] == [("step.0", "token_invalid")]
    assert numbers(served) == [1]


def test_by_default_the_log_says_which_and_why_and_nothing_of_what(
    queued: MakesQueue, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with Queue(client) as queue:
        bad = queue.track({"event_category": "nameless", "properties": {"who": "ann@example.com"}})
    (line,) = [record.getMessage() for record in caplog.records if record.name == "kinelake_client"]
    assert line == f"analytics event {bad} given up: invalid_event event_name"


def test_whoever_is_told_may_fail(served: Served, queued: MakesQueue, caplog: pytest.LogCaptureFixture) -> None:
    def fails(lost: Undelivered) -> None:
        raise RuntimeError("no more room")

    queue = queued(undelivered=fails)
    queue.track({})
    queue.flush(PATIENCE)
    queue.track(visit(1))
    queue.flush(PATIENCE)
    assert numbers(served) == [1]
    assert "the queue goes on" in caplog.text


def test_without_consent_nothing_is_kept_and_a_withdrawal_gives_up_what_waits(
    served: Served, queued: MakesQueue, client: Client, told: list[Undelivered]
) -> None:
    queue = queued()
    queue.track(visit(0))
    client.consent(1)
    with pytest.raises(ConsentRequired):
        queue.track(visit(1))
    queue.error({"error_type": "crash"})
    queue.flush(PATIENCE)
    assert [(lost.event["event_name"], lost.verdict.code) for lost in told] == [("step.0", "consent_required")]
    assert [topic for topic, _ in served.recorder.published] == ["consent", "errors"]


def test_a_full_queue_says_so_and_keeps_what_it_has(served: Served, queued: MakesQueue) -> None:
    queue = queued(most_events=3)
    for number in range(3):
        queue.track(visit(number))
    with pytest.raises(QueueFull, match="3 events of"):
        queue.track(visit(3))
    queue.flush(PATIENCE)
    queue.track(visit(4))
    queue.flush(PATIENCE)
    assert numbers(served) == [0, 1, 2, 4]


def test_what_cannot_be_sent_is_not_kept(queued: MakesQueue) -> None:
    queue = queued(most_bytes=10_000)
    with pytest.raises(BadEvent):
        queue.track({"properties": object()})
    with pytest.raises(QueueFull):
        queue.track(visit(0, properties={"text": "x" * 10_000}))
    assert len(queue) == 0


def test_a_closed_queue_takes_nothing(served: Served, queued: MakesQueue) -> None:
    queue = queued()
    queue.track(visit(0))
    queue.close(PATIENCE)
    with pytest.raises(QueueClosed):
        queue.track(visit(1))
    assert numbers(served) == [0]


def test_what_is_put_while_a_queue_is_closed_is_sent_or_refused(served: Served, queued: MakesQueue) -> None:
    queue = queued()
    kept: list[int] = []

    def put(following: Iterable[int]) -> None:
        with suppress(QueueClosed):
            for number in following:
                queue.track(visit(number))
                kept.append(number)

    with ThreadPoolExecutor(4) as threads:
        putting = [threads.submit(put, count(start, 4)) for start in range(4)]
        waiting(lambda: len(kept) > 100)
        queue.close(PATIENCE)
        for each in putting:
            each.result()
    assert sorted(numbers(served)) == sorted(kept)


def test_closed_while_the_gateway_is_away_it_hands_back_what_waits(
    served: Served, queued: MakesQueue, client: Client
) -> None:
    served.stop()
    queue = queued()
    queue.track(visit(0))
    with pytest.raises(StillWaiting) as waiting:
        queue.close(0.2)
    served.start()
    client.track(*waiting.value.events)
    assert numbers(served) == [0]


def test_any_thread_may_say_what_happens(served: Served, queued: MakesQueue) -> None:
    queue = queued(pause=0.001)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: queue.track(visit(number)), range(2_000)))
    queue.flush(PATIENCE)
    assert Counter(numbers(served)) == Counter(range(2_000))


def test_coroutines_use_it_as_well(served: Served, queued: MakesQueue) -> None:
    async def many() -> None:
        queue = queued()
        for number in range(10):
            queue.track(visit(number))
        await asyncio.to_thread(queue.flush, PATIENCE)

    asyncio.run(many())
    assert numbers(served) == list(range(10))


def ran(served: Served, program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", f"{PROGRAM}{program}", served.url, served.site.token()]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


PROGRAM = """
import logging, os, sys
import httpx
from clients.python.kinelake_client import Client, Queue, QueueClosed
logging.basicConfig(format="%(message)s")
client = Client(sys.argv[1], sys.argv[2], consent_level=2, transport=httpx.HTTPTransport())
queue = Queue(client, pause=3600)
for number in range(5):
    queue.track({"event_name": f"step.{number}"})
"""


def test_a_program_that_ends_without_close_sends_what_waits(served: Served) -> None:
    done = ran(served, "")
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(served) == list(range(5))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_process_that_is_forked_off_is_told_and_sends_nothing_twice(served: Served) -> None:
    done = ran(served, FORKED)
    assert (done.returncode, done.stderr) == (0, "QueueClosed\n")
    assert (numbers(served), len(served.items)) == (list(range(5)), 5)


FORKED = """
child = os.fork()
if not child:
    try:
        queue.track({"event_name": "step.9"})
    except QueueClosed:
        print("QueueClosed", file=sys.stderr)
    sys.exit()
os.waitpid(child, 0)
"""
