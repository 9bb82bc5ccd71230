"""What a stream declares of its own is what its route does: roles, key, mask, lists, objects, a head with items."""

import uuid
from dataclasses import replace
from typing import Any

import jsonschema
import msgspec
import pytest

from ingest_gateway import gateway as mounted
from schemas.shared.faults import BadDeclaration
from schemas.shared.stream import Stream
from tests.ingest_gateway.conftest import Gateway
from tests.kit.declared import NOTES, SAMPLES

pytestmark = pytest.mark.anyio

NOON = 1_771_322_400_000_000


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounted, "streams", lambda: {"notes": NOTES, "samples": SAMPLES})


def specialist(gateway: Gateway, role: str = "specialist") -> str:
    return f"Bearer {gateway.site.token(role=role)}"


async def noted(gateway: Gateway, **fields: Any) -> Any:
    """The answer to one note."""
    return await gateway.post({"text": "t", **fields}, path=NOTES.route_path, Authorization=specialist(gateway))


def sample(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"number": number, "elapsed_ms": 100 * number, "celsius": [20.5, 21], **fields}


def sheet(*samples: Any, **fields: Any) -> dict[str, Any]:
    return {"session_id": "s", "room": "north", "sensors": ["a", "b"], "samples": list(samples), **fields}


async def sampled(gateway: Gateway, *samples: Any, **fields: Any) -> Any:
    """The answer to one request with samples."""
    return await gateway.post(sheet(*samples, **fields), path=SAMPLES.route_path)


@pytest.mark.parametrize(("role", "status"), [("user", 403), ("specialist", 202), ("admin", 403), ("system", 202)])
async def test_only_the_roles_that_a_stream_names_may_post(gateway: Gateway, role: str, status: int) -> None:
    answer = await gateway.post({"text": "t"}, path=NOTES.route_path, Authorization=specialist(gateway, role))
    assert answer.status_code == status
    if status == 403:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["required"]) == ("role_forbidden", ["specialist", "system"])
        assert gateway.recorder.published == []


def test_a_role_that_nobody_has_is_refused_when_the_routes_are_made(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounted, "streams", lambda: {"notes": replace(NOTES, roles=("doctor",))})
    with pytest.raises(BadDeclaration, match="doctor is no role"):
        gateway.app()


async def test_the_key_is_the_one_that_the_stream_declares(gateway: Gateway) -> None:
    await noted(gateway, session_id="one")
    assert [record.key for _, record in gateway.recorder.published] == [b"acme"]


async def test_the_log_has_what_the_mask_leaves(gateway: Gateway) -> None:
    await noted(gateway, text="call 0123")
    assert gateway.recorder.messages[0]["text"] == "call ****"
    assert b"0123" not in gateway.recorder.published[0][1].value


async def test_lists_lie_on_the_log_as_they_were_sent(gateway: Gateway) -> None:
    lists = {"numbers": [1, -0.0, 2.5], "counts": [3, 4.0], "labels": ["ä", "\n"], "people": ["zoë"], "flags": [True]}
    assert (await noted(gateway, **lists)).status_code == 202
    (message,) = gateway.recorder.messages
    assert {name: message[name] for name in lists} == {**lists, "numbers": [1, 0, 2.5], "counts": [3, 4]}
    assert repr(message["counts"]) == "[3, 4]"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"numbers": [1, "2"]}, "numbers[1]"),
        ({"numbers": [1] * 51}, "numbers"),
        ({"numbers": [1, None]}, "numbers[1]"),
        ({"counts": [1, 2.5]}, "counts[1]"),
        ({"counts": [-1]}, "counts[0]"),
        ({"labels": ["l" * 21]}, "labels[0]"),
        ({"people": ["a", "b\u202e"]}, "people"),
        ({"flags": [0]}, "flags[0]"),
        ({"details": [1]}, "details"),
        ({"details": "{}"}, "details"),
        ({"details": {"a": "x" * 16384}}, "details"),
        ({"details": {"a": [[[[[[[[1]]]]]]]]}}, "details"),
        ({"place": {"floor": -1}}, "place.floor"),
    ],
    ids=str,
)
async def test_what_is_wrong_in_a_list_or_an_object_is_named(gateway: Gateway, fields: Any, place: str) -> None:
    answer = await noted(gateway, **fields)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [place]
    assert gateway.recorder.published == []


async def test_a_free_form_object_is_one_text_for_all_its_spellings(gateway: Gateway) -> None:
    spellings = [
        b'{"text":"t","details":{"b":1.0,"a":{"d":[1,null],"c":"\\u00e4"},"n":null}}',
        '{"details":{"a":{"c":"ä","d":[1.0,null],"x":null},"b":1},"text":"t"}'.encode(),
    ]
    for body in spellings:
        await gateway.post(body, path=NOTES.route_path, Authorization=specialist(gateway))
    first, second = gateway.recorder.messages
    assert first["details"] == second["details"] == '{"a":{"c":"ä","d":[1,null]},"b":1}'
    assert first["payload_digest"] == second["payload_digest"]
    await noted(gateway, details={"b": 2})
    assert gateway.recorder.messages[2]["payload_digest"] != first["payload_digest"]


@pytest.mark.parametrize(
    ("place", "columns"),
    [
        (..., {}),
        (None, {}),
        ({}, {}),
        ({"room": "north", "floor": 3.0}, {"room": "north", "floor": 3}),
        ({"room": None, "colour": "red"}, {"place": '{"colour":"red"}'}),
    ],
)
async def test_an_object_that_may_be_absent_is_taken_in_every_form(gateway: Gateway, place: Any, columns: Any) -> None:
    answer = await noted(gateway, **({} if place is ... else {"place": place}))
    assert answer.status_code == 202
    (message,) = gateway.recorder.messages
    assert {name: message[name] for name in ("room", "floor", "place") if name in message} == columns


async def test_a_request_of_several_items_is_one_message_whose_head_says_once_what_it_said_once(
    gateway: Gateway,
) -> None:
    answer = await sampled(gateway, sample(1), sample(2, event_id=str(uuid.uuid4())), setup={"b": 1.0, "a": 2}, scale=1)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "accepted": 2, "session_id": "s"})
    ((topic, record),) = gateway.recorder.published
    head, *lines = map(msgspec.json.decode, record.value.split(b"\n"))
    assert (topic, record.key, len(lines)) == ("samples", b"acme:s", 2)
    assert {name: head[name] for name in ("session_id", "room", "sensors", "setup")} == {
        "session_id": "s",
        "room": "north",
        "sensors": ["a", "b"],
        "setup": '{"a":2,"b":1}',
    }
    assert all(line.keys().isdisjoint({"session_id", "room", "sensors", "setup", "scale"}) for line in lines)
    assert "scale" not in head


async def test_id_and_time_are_those_of_the_streams_own_rules(gateway: Gateway) -> None:
    await sampled(gateway, sample(1), sample(4))
    await sampled(gateway, sample(4), sample(2))
    first, fourth, again, second = gateway.recorder.messages
    assert fourth["event_id"] == again["event_id"] != second["event_id"]
    times = [message["occurred_at"] for message in (first, fourth, again, second)]
    assert times == [NOON - 300_000, NOON, NOON, NOON - 200_000]


async def test_the_streams_own_id_is_the_same_under_every_idempotency_key(gateway: Gateway) -> None:
    for key in ("k", "l"):
        await gateway.post(sheet(sample(1), sample(2)), path=SAMPLES.route_path, Idempotency_Key=key)
    ids = [message["event_id"] for message in gateway.recorder.messages]
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]


async def test_the_digest_of_an_item_is_of_what_was_said_once_too(gateway: Gateway) -> None:
    for room in ("north", "north", "south"):
        await sampled(gateway, sample(1), room=room, sent_at="2026-02-17T10:00:00Z" if room == "south" else None)
    digests = [message["payload_digest"] for message in gateway.recorder.messages]
    assert digests[0] == digests[1] != digests[2]


async def test_keys_that_the_head_does_not_name_are_kept(gateway: Gateway) -> None:
    answer = await sampled(gateway, sample(1, x=1), scale=3.0, colour="red", of={"b": [1], "a": None}, nothing=None)
    assert answer.status_code == 202
    (message,) = gateway.recorder.messages
    assert (message["request_extra"], message["extra"]) == ('{"colour":"red","of":{"b":[1],"a":null}}', '{"x":1}')
    assert repr(message["scale"]) == "3"


FAULTS: list[tuple[Any, int, str, str]] = [
    (sheet(sample(), sample(celsius=["x"]), "no"), 400, "invalid_event", "samples[1].celsius[0]"),
    (sheet(sample(), 7), 400, "invalid_event", "samples[1]"),
    (sheet({"elapsed_ms": 1, "celsius": []}, sample()), 400, "invalid_event", "samples[0].number"),
    (sheet(sample(), sample(note={"a": "x" * 1000})), 413, "event_too_large", "samples[1]"),
    (sheet(*[sample()] * 21), 413, "too_many_events", ""),
    (sheet(*[sample(note={"a": "x" * 300})] * 12), 413, "request_too_large", ""),
    (sheet(), 400, "invalid_request", "samples"),
    (sheet(sample(), room=...), 400, "invalid_event", "room"),
    (sheet(sample(), room="b\u202e"), 400, "invalid_event", "room"),
    (sheet(sample(), sensors=["a", 1]), 400, "invalid_event", "sensors[1]"),
    (sheet(sample(), scale=1.5), 400, "invalid_event", "scale"),
    (sheet(sample(), sent_at="yesterday"), 400, "invalid_event", "sent_at"),
    (sheet(sample(), setup=[]), 400, "invalid_event", "setup"),
    (sheet(sample(), colour=1, room=2), 400, "invalid_event", "room"),
    ({"samples": None, "session_id": "s", "room": "r", "sensors": []}, 400, "invalid_event", "samples"),
    ({"session_id": "s", "room": "r", "sensors": []}, 400, "invalid_event", "samples"),
    ([sample()], 400, "invalid_event", ""),
    (b"{", 400, "invalid_event", ""),
    (b"\xff", 400, "invalid_event", ""),
    (b'{"samples":' + b"[" * 5000, 400, "invalid_event", ""),
]


def stripped(body: Any) -> Any:
    """Without what is set to ... ."""
    if isinstance(body, dict):
        return {name: stripped(value) for name, value in body.items() if value is not ...}
    return [stripped(value) for value in body] if isinstance(body, list) else body


@pytest.mark.parametrize(("body", "status", "code", "field"), FAULTS, ids=[f"{row[2]} {row[3]}" for row in FAULTS])
async def test_the_first_fault_refuses_the_request_and_is_named_with_its_place(
    gateway: Gateway, body: Any, status: int, code: str, field: str
) -> None:
    answer = await gateway.post(stripped(body), path=SAMPLES.route_path)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code)
    assert [error["field"] for error in said.get("errors", [])] == ([field] if field or status == 400 else [])
    if field.startswith("samples["):
        assert said["index"] == int(field[8])
    assert gateway.recorder.published == []


@pytest.mark.parametrize("stream", [NOTES, SAMPLES], ids=["notes", "samples"])
async def test_the_document_takes_the_example_and_not_an_empty_body(gateway: Gateway, stream: Stream) -> None:
    validator = jsonschema.Draft202012Validator(described(gateway, stream)["requestBody"])
    validator.validate(stream.example)
    assert not validator.is_valid({})


async def test_the_document_shows_the_head_and_the_items(gateway: Gateway) -> None:
    schemas = described(gateway, SAMPLES)
    assert schemas["requestBody"]["required"] == ["session_id", "room", "sensors", "samples"]
    assert schemas["requestBody"]["properties"]["samples"]["maxItems"] == 20
    assert not jsonschema.Draft202012Validator(schemas["requestBody"]).is_valid(sheet({"number": 1}))
    assert list(schemas["202"]["properties"]) == ["status", "accepted", "session_id"]


def described(gateway: Gateway, stream: Stream) -> dict[str, Any]:
    """The schemas of a stream's body and of its 202."""
    document = msgspec.json.decode(msgspec.json.encode(gateway.app().openapi()))
    operation = document["paths"][stream.path]["post"]
    bodies = {"requestBody": operation["requestBody"], "202": operation["responses"]["202"]}
    return {name: body["content"]["application/json"]["schema"] for name, body in bodies.items()}
