"""The batch form: a verdict for each item, and no item suffers for its neighbours."""

from typing import Any

import msgspec
import pytest

from tests.ingest_gateway.conftest import SESSION, Gateway, event
from tests.ingest_gateway.test_events import ID, NOON, SECOND

pytestmark = pytest.mark.anyio

KIB = 1024


async def test_a_batch_is_answered_item_by_item_with_the_contracts_keys(gateway: Gateway) -> None:
    answer = await gateway.post({"events": [event(event_id=ID), event(media_id=5), event("pause")]})
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 202
    assert list(body) == ["accepted", "rejected", "results"]
    assert (body["accepted"], body["rejected"]) == (2, 1)
    assert [list(result) for result in body["results"]] == [["index", "event_id", "status", "code", "errors"]] * 3
    assert body["results"][0] == {"index": 0, "event_id": ID, "status": "accepted", "code": None, "errors": []}
    assert body["results"][1] == {
        "index": 1,
        "event_id": None,
        "status": "rejected",
        "code": "invalid_event",
        "errors": [{"field": "media_id", "message": "Expected `str`, got `int`"}],
    }


async def test_the_accepted_items_are_published_in_their_order_in_one_go(gateway: Gateway) -> None:
    sent = [event(data={"position_seconds": place}) for place in range(5)]
    answer = await gateway.post({"events": [*sent[:2], "no event", *sent[2:]]})
    accepted = [result["event_id"] for result in answer.json()["results"] if result["status"] == "accepted"]
    messages = gateway.recorder.messages
    assert [message["event_id"] for message in messages] == accepted
    assert [message["position_seconds"] for message in messages] == [0, 1, 2, 3, 4]
    assert gateway.recorder.requests == 1


async def test_the_ids_of_a_batch_are_different_and_ascend(gateway: Gateway) -> None:
    answer = await gateway.post({"events": [event()] * 1000})
    ids = [result["event_id"] for result in answer.json()["results"]]
    assert ids == sorted(set(ids))


async def test_each_session_of_a_batch_has_its_own_key(gateway: Gateway) -> None:
    await gateway.post({"events": [event(), event(session_id="another")]})
    assert [record.key.decode() for _, record in gateway.recorder.published] == [f"acme:{SESSION}", "acme:another"]


async def test_the_key_of_a_batch_may_be_written_with_escapes(gateway: Gateway) -> None:
    body = msgspec.json.encode({"events": [event(), event("pause")]}).replace(b'"events"', rb'"\u0065vents"')
    answer = await gateway.post(body)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)


async def test_an_event_that_only_speaks_of_events_is_none(gateway: Gateway) -> None:
    answer = await gateway.post(event(media_id="events", events=None))
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")


async def test_a_batch_sent_again_with_its_key_has_the_same_ids(gateway: Gateway) -> None:
    body = {"events": [event(), event("pause"), event("unknown"), event("play")]}
    first, second = [await gateway.post(body, Idempotency_Key="batch-7") for _ in range(2)]
    assert first.json() == second.json()
    ids = [result["event_id"] for result in first.json()["results"] if result["event_id"]]
    assert len(set(ids)) == 3


async def test_an_item_keeps_its_id_when_its_neighbour_is_mended(gateway: Gateway) -> None:
    wrong = await gateway.post({"events": [event("unknown"), event()]}, Idempotency_Key="batch-7")
    right = await gateway.post({"events": [event("pause"), event()]}, Idempotency_Key="batch-7")
    assert wrong.json()["results"][1]["event_id"] == right.json()["results"][1]["event_id"]


async def test_an_item_above_the_limit_of_an_event_is_rejected_by_itself(gateway: Gateway) -> None:
    answer = await gateway.post({"events": [event(note="n" * 64 * KIB), event()]})
    too_large, fine = answer.json()["results"]
    assert (too_large["status"], too_large["code"]) == ("rejected", "event_too_large")
    assert too_large["errors"] == [{"field": "", "message": "An event may have at most 65536 bytes."}]
    assert fine["status"] == "accepted"


async def test_when_none_passes_the_400_says_so_for_each(gateway: Gateway) -> None:
    answer = await gateway.post({"events": [event("unknown"), None]})
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (body["accepted"], body["rejected"]) == (0, 2)
    assert [result["errors"][0]["field"] for result in body["results"]] == ["event", ""]


async def test_an_empty_batch_is_a_400_with_no_results(gateway: Gateway) -> None:
    body = (await gateway.post({"events": []})).json()
    assert (body["status"], body["accepted"], body["rejected"], body["results"]) == (400, 0, 0, [])


async def test_a_thousand_events_of_four_mebibytes_are_taken(gateway: Gateway) -> None:
    answer = await gateway.post({"events": [event(note="n" * 4000)] * 1000})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1000)


async def test_one_event_with_events_null_is_one_event(gateway: Gateway) -> None:
    answer = await gateway.post(event(events=None))
    assert (answer.status_code, answer.json()["session_id"]) == (202, SESSION)


async def test_sent_at_beside_the_events_holds_for_every_item_that_has_none(gateway: Gateway) -> None:
    ahead = event(timestamp="2026-02-19T09:59:50Z")
    own = event(timestamp="2026-02-17T08:59:50Z", sent_at="2026-02-17T09:00:00Z")
    answer = await gateway.post({"events": [ahead, own], "sent_at": "2026-02-19T10:00:00Z", "x": None})
    assert answer.json()["accepted"] == 2
    assert [message["occurred_at"] for message in gateway.recorder.messages] == [NOON - 10 * SECOND] * 2


async def test_sent_at_that_is_null_corrects_nothing(gateway: Gateway) -> None:
    await gateway.post({"events": [event()], "sent_at": None})
    assert gateway.recorder.messages[0]["occurred_at"] == NOON
