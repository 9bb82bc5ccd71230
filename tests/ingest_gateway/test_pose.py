"""Pose frames over HTTP: the contract's answer, what lies on the log, and what is refused with field and reason."""

import base64
import struct
from itertools import cycle, islice
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.pose.frames import STREAM
from tests.ingest_gateway.conftest import Gateway
from tests.kit.bad_pose import TABLE, Bad
from tests.kit.pose_rows import body, frame

pytestmark = pytest.mark.anyio

NOON = 1_771_322_400_000_000
NOBODY: dict[str, Any] = {
    "landmark_x": [],
    "landmark_y": [],
    "landmark_z": [],
    "landmark_visibility": [],
    "landmarks_detected": 0,
}


async def posted(gateway: Gateway, *frames: dict[str, Any], session: str = "session", **headers: str) -> Any:
    return await gateway.post(body(frames, session), path=STREAM.route_path, **headers)


async def test_the_contracts_example_is_answered_as_written(gateway: Gateway) -> None:
    answer = await gateway.post(STREAM.example, path=STREAM.route_path)
    assert answer.status_code == 202
    said = b'{"status":"accepted","frames_accepted":1,"session_id":"550e8400-e29b-41d4-a716-446655440000"}'
    assert answer.content == said


def test_the_document_describes_that_answer(gateway: Gateway) -> None:
    document = msgspec.json.decode(msgspec.json.encode(gateway.app().openapi()))
    answer = document["paths"][STREAM.route_path]["post"]["responses"]["202"]["content"]["application/json"]["schema"]
    assert list(answer["properties"]) == ["status", "frames_accepted", "session_id"]


async def test_a_request_is_one_message_whose_lists_are_packed(gateway: Gateway) -> None:
    await posted(gateway, frame(1, form_score=0.5, rom_degrees=40), frame(2), frame(3, **NOBODY))
    ((topic, record),) = gateway.recorder.published
    head, first, _, nobody = map(msgspec.json.decode, record.value.split(b"\n"))
    assert (topic, record.key, head["media_id"]) == ("pose", b"acme:session", "squat")
    assert first["landmark_x"] == base64.b64encode(struct.pack("<33f", *frame(1)["landmark_x"])).decode()
    assert nobody["landmark_y"] == ""
    assert (first["client_form_score"], first["client_rom_degrees"]) == (0.5, 40)
    assert first.keys().isdisjoint({"form_score", "rom_degrees", "media_id", "session_id"})


async def test_the_last_frame_was_filmed_when_the_request_came_in(gateway: Gateway) -> None:
    await posted(gateway, frame(1, elapsed_ms=500.5), frame(3, elapsed_ms=1500), frame(2, elapsed_ms=1000))
    times = [message["occurred_at"] for message in gateway.recorder.messages]
    assert times == [NOON - 999_500, NOON, NOON - 500_000]


async def test_a_frame_has_one_id_a_person_session_and_number(gateway: Gateway) -> None:
    other = f"Bearer {gateway.site.token(sub='somebody else')}"
    await posted(gateway, frame(1), frame(2))
    await posted(gateway, frame(2, pose=5), Idempotency_Key="another")
    await posted(gateway, frame(2), session="another")
    await posted(gateway, frame(2), Authorization=other)
    first, second, again, elsewhere, of_another = [message["event_id"] for message in gateway.recorder.messages]
    assert second == again
    assert len({first, second, elsewhere, of_another}) == 4


async def test_nobody_in_the_picture_may_be_said_with_empty_lists_or_none(gateway: Gateway) -> None:
    absent = {name: ... for name in NOBODY if name.startswith("landmark_")}
    for fields in (NOBODY, {**absent, "landmarks_detected": 0}, {"landmarks_detected": 0}):
        assert (await posted(gateway, frame(1, **fields))).status_code == 202


SINGLE = st.floats(width=32, allow_nan=False, allow_infinity=False)


def of_33(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[float]]:
    """A few values over and over: 396 drawn ones a frame are more than hypothesis has room for."""
    return st.lists(values, min_size=1, max_size=12).map(lambda drawn: list(islice(cycle(drawn), 33)))


LANDMARKS = st.fixed_dictionaries(
    {
        **{f"landmark_{axis}": of_33(SINGLE) for axis in "xyz"},
        "landmark_visibility": of_33(st.floats(0, 1, width=32)),
    }
)


@given(landmarks=st.lists(LANDMARKS, min_size=1, max_size=3))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_any_finite_landmarks_lie_on_the_log_as_they_were_sent(
    gateway: Gateway, landmarks: list[dict[str, Any]]
) -> None:
    frames = [frame(number, **lists) for number, lists in enumerate(landmarks)]
    assert (await posted(gateway, *frames)).json()["frames_accepted"] == len(frames)
    for sent, found in zip(landmarks, gateway.recorder.messages[-len(frames) :], strict=True):
        read = {name: list(struct.unpack("<33f", base64.b64decode(found[name]))) for name in sent}
        assert read == sent


async def test_300_frames_with_all_their_digits_fit_into_a_message(gateway: Gateway) -> None:
    digits = [-0.12345678901234567] * 33
    lists: dict[str, Any] = {f"landmark_{axis}": digits for axis in "xyz"} | {
        "landmark_visibility": [0.98765432101234567] * 33
    }
    answer = await posted(gateway, *(frame(number, **lists) for number in range(300)))
    assert answer.json()["frames_accepted"] == 300
    (record,) = [record for _, record in gateway.recorder.published]
    assert len(record.value) < STREAM.max_record_bytes / 2


def test_the_table_has_at_least_sixty_rows_of_different_names() -> None:
    assert len({bad.name for bad in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
async def test_a_malformed_request_gets_its_status_field_and_reason(gateway: Gateway, bad: Bad) -> None:
    token = "" if bad.token is None else f"Bearer {gateway.site.token(**bad.token)}"
    headers = {"Content-Type": "application/json", **bad.headers}
    async with gateway.client(Authorization=token) as client:
        answer = await client.request(bad.method, STREAM.route_path, content=bad.content, headers=headers)
    said: dict[str, Any] = answer.json()
    assert (answer.status_code, said["code"], said["status"]) == (bad.status, bad.code, bad.status), said
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said.get("index") == bad.index
    if bad.reason:
        (error,) = said["errors"]
        assert bad.reason in error["message"]
        assert bad.field is None or error["field"] == bad.field
    assert gateway.recorder.published == []
