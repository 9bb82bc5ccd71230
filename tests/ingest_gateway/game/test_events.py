"""What game clients send, as it lies on the log: every kind, alias and batch, and whose it is."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from sqlalchemy import Engine, event

from control.consent_records import NewConsent
from control.organisations import subject_of
from event_log.faults import LogUnavailable
from ingest_gateway.game.family import ALIASES, EVENTS
from tests.ingest_gateway.game.conftest import APP_ID, Doors
from tests.ingest_gateway.game.sending import Sending
from tests.kit.game_bodies import CONTRACT, CREATE_PLAYER, FUNNEL_STEP, GAMEPLAY, TRAJECTORY, but, encoded

pytestmark = pytest.mark.anyio

QUEUED = b'{"status":"queued"}'
START = 1_770_890_400_000_000
"""2026-02-12T10:00:00Z in µs since 1970."""


@pytest.fixture
def sending(doors: Doors) -> Sending:
    return Sending(doors)


def subject(sending: Sending, player: str = "player_uuid") -> str:
    organisation = sending.doors.site.control.organisations.get("acme")
    assert organisation is not None
    return subject_of(organisation.key, player)


def withdraw(doors: Doors, of: str) -> None:
    """The person allows legitimate interest alone."""
    now = doors.site.clock()
    doors.site.control.consent.add(
        NewConsent(
            event_id="00000000-0000-4000-8000-000000000001",
            tenant="acme",
            subject=of,
            level=1,
            source=None,
            extra=None,
            effective_at=now - timedelta(days=1),
            recorded_at=now,
            recorded_by="person",
            recorded_role="user",
            request_id="r",
        )
    )


@contextmanager
def looks_for_consent(doors: Doors) -> Iterator[list[str]]:
    """What control is asked of people's newest consent meanwhile."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "FROM consent_records" in statement and "subject IN" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def positions(item: dict[str, Any]) -> list[float]:
    """Of a trajectory on the log."""
    decoded: bytes = msgspec.convert(item["positions"], bytes)
    found: list[float] = np.frombuffer(decoded, "<f4").tolist()
    return found


@pytest.mark.parametrize("kind", CONTRACT)
async def test_the_contracts_item_is_queued_as_it_stands(sending: Sending, kind: str) -> None:
    answer = await sending.post(CONTRACT[kind])
    assert (answer.status_code, answer.content) == (200, QUEUED)
    (item,) = sending.items
    assert (item["event_type"], item["app_id"], item["tenant"]) == (kind, APP_ID, "acme")
    assert (item["subject"], item["occurred_at"], item["consent_level"]) == (subject(sending), START, 2)
    assert not {"player_id", "extra"} & item.keys()


async def test_the_log_says_of_a_player_only_the_pseudonym(sending: Sending) -> None:
    await sending.post([but(item, player_id="somebody.real") for item in CONTRACT.values()])
    ((_, record),) = sending.recorder.published
    assert b"somebody.real" not in record.key + record.value + record.client


@pytest.mark.parametrize("path", [EVENTS, *ALIASES])
async def test_every_path_takes_every_kind_one_by_one_and_together(sending: Sending, path: str) -> None:
    for item in CONTRACT.values():
        assert (await sending.post(item, path)).status_code == 200
    assert (await sending.post(list(CONTRACT.values()), f"{path}/")).status_code == 200
    assert [item["event_type"] for item in sending.items] == [*CONTRACT, *CONTRACT]


async def test_a_batch_is_one_message_under_its_application_and_first_player(sending: Sending) -> None:
    batch = [but(GAMEPLAY, player_id=f"p{number % 3}") for number in range(1000)]
    assert (await sending.post(batch)).status_code == 200
    ((topic, record),) = sending.recorder.published
    assert (topic, record.key) == ("game", f"acme:{APP_ID}:{subject(sending, 'p0')}".encode())
    assert [item["subject"] for item in sending.items[:3]] == [subject(sending, f"p{number}") for number in range(3)]
    assert len({item["event_id"] for item in sending.items}) == 1000


async def test_members_lie_on_the_log_by_their_columns(sending: Sending) -> None:
    await sending.post([GAMEPLAY, TRAJECTORY, CREATE_PLAYER, FUNNEL_STEP])
    jump, way, player, step = sending.items
    assert (jump["position"], jump["custom_data"]) == ([10.5, 0.0, -5.2], '{"ammo":10,"weapon":"Sword"}')
    assert (jump["event_name"], jump["level_id"], jump["input_method"]) == ("Player_Jump", "Level_1", "Gamepad")
    assert (way["fps_mean"], way["fps_low_5"], way["fps_low_1"], way["status"]) == (60, 55, 30, "Gameplay")
    assert way["timestamp_end"] == START + 5_000_000
    assert positions(way) == pytest.approx(TRAJECTORY["positions"])
    assert (player["hardware"], player["region"]) == ('{"gpu":"RTX 4090","ram":"32GB"}', "EU-West")
    assert (step["funnel_step_name"], step["session_id"]) == ("Tutorial_Start", "session_uuid")


async def test_nil_is_absent_also_where_it_would_say_the_kind(sending: Sending) -> None:
    """Unity sends every member of its class."""
    unset = dict.fromkeys(("positions", "funnel_step_name", "region", "custom_data", "position", "input_method"))
    assert (await sending.post({**GAMEPLAY, **unset})).status_code == 200
    assert (
        await sending.post({**TRAJECTORY, "event_name": None, "fps": None, "funnel_step_name": None})
    ).status_code == 200
    jump, way = sending.items
    assert (jump["event_type"], way["event_type"]) == ("gameplay", "realtime")
    assert not {"position", "custom_data", "extra"} & jump.keys()
    assert not {"fps", "fps_mean", "extra"} & way.keys()


async def test_what_an_item_has_decides_its_kind_in_the_contracts_order(sending: Sending) -> None:
    everything = {**GAMEPLAY, **FUNNEL_STEP, **TRAJECTORY}
    batch = [everything, but(everything, positions=...), but(everything, positions=..., funnel_step_name=...)]
    assert (await sending.post(batch)).status_code == 200
    assert [item["event_type"] for item in sending.items] == ["realtime", "funnel", "gameplay"]


async def test_numbers_count_by_their_value_in_every_format(sending: Sending) -> None:
    numbers = b"\x93" + b"\xca" + struct.pack(">f", 0.5) + b"\xcb" + struct.pack(">d", -2.5) + b"\xd1\xfe\x0c"
    for number in (b"\x07", b"\xcc\xff", b"\xcd\xff\xff", b"\xce\xff\xff\xff\xff", b"\xcf" + b"\x00" * 7 + b"\x05"):
        numbers += number
    for number in (b"\xff", b"\xd0\x80", b"\xd2\x80\x00\x00\x00", b"\xd3" + b"\xff" * 8):
        numbers += number
    body = bytes([0x80 + len(TRAJECTORY)]) + encoded(but(TRAJECTORY, positions=...))[1:]
    assert (await sending.post(body + encoded("positions") + b"\x9c" + numbers[1:])).status_code == 200
    whole = [7, 255, 65535, 4294967296.0, 5, -1, -128, -2147483648.0, -1]
    assert positions(sending.items[0]) == [0.5, -2.5, -500, *whole]


async def test_unknown_keys_are_kept_beside_everything_and_within_frame_rates(sending: Sending) -> None:
    fps = {"mean": 60, "frames": 300, "low_1": None}
    await sending.post(
        [{**GAMEPLAY, "mood": "calm", "x": None, "y": [1, None]}, but(TRAJECTORY, fps=fps, timestamp="t")]
    )
    jump, way = sending.items
    assert jump["extra"] == '{"mood":"calm","y":[1,null]}'
    assert (way["fps_mean"], way["fps"], way["extra"]) == (60, '{"frames":300}', '{"timestamp":"t"}')


async def test_the_largest_that_is_allowed_is_taken(sending: Sending) -> None:
    data: dict[str, Any] = {f"k{number}": number for number in range(999)}
    deep: Any = 1
    for _ in range(13):
        deep = [deep]
    batch = [
        but(GAMEPLAY, custom_data={**data, "deep": deep}),
        but(TRAJECTORY, positions=[1.5] * 300_000),
        but(GAMEPLAY, custom_data={"text": "x" * 65_000}),
        but(GAMEPLAY, note="x" * 65_536),
    ]
    assert (await sending.post(batch)).status_code == 200
    assert len(positions(sending.items[1])) == 300_000


async def test_sent_at_corrects_the_clock_of_a_trajectory_too(sending: Sending) -> None:
    """It left at 09:00 by its clock, which was 2026-02-17T10:00:00Z."""
    early = {"timestamp_start": "2026-02-12T08:00:00Z", "timestamp_end": "2026-02-12T08:00:05Z"}
    await sending.post(but(TRAJECTORY, sent_at="2026-02-17T09:00:00Z", **early))
    (way,) = sending.items
    assert way["occurred_at"] - way["client_occurred_at"] == 3_600_000_000
    assert way["timestamp_end"] - way["client_occurred_at"] == 5_000_000


async def test_a_repeated_request_has_the_same_ids_by_its_key_or_by_the_items(sending: Sending) -> None:
    batch = [GAMEPLAY, but(GAMEPLAY, event_id="00000000-0000-4000-8000-00000000000A")]
    for key in ("one", "one", "two"):
        await sending.post(batch, Idempotency_Key=key)
    await sending.post(batch)
    ids = [item["event_id"] for item in sending.items]
    assert ids[:2] == ids[2:4]
    assert not {*ids[:2]} & {*ids[4:6]}
    assert ids[7] == "00000000-0000-4000-8000-00000000000a"


async def test_who_has_withdrawn_is_refused_with_the_whole_batch(sending: Sending, doors: Doors) -> None:
    withdraw(doors, subject(sending, "p1"))
    answer = await sending.post([but(GAMEPLAY, player_id="p0"), but(GAMEPLAY, player_id="p1")])
    assert (answer.status_code, answer.json()["error"]) == (403, "consent_required")
    assert {name: answer.json()[name] for name in ("required", "given", "index")} == {
        "required": 2,
        "given": 1,
        "index": 1,
    }
    assert sending.recorder.published == []
    assert (await sending.post(but(GAMEPLAY, player_id="p0"))).status_code == 200


async def test_a_batch_of_strangers_asks_for_their_consent_at_once(sending: Sending, doors: Doors) -> None:
    withdraw(doors, subject(sending, "p700"))
    with looks_for_consent(doors) as looks:
        answer = await sending.post([but(GAMEPLAY, player_id=f"p{number}") for number in range(1000)])
        assert (answer.status_code, answer.json()["index"]) == (403, 700)
        assert len(looks) == 1
        allowed = [but(GAMEPLAY, player_id=f"p{number}") for number in range(1000) if number != 700]
        assert (await sending.post(allowed)).status_code == 200
        assert len(looks) == 1, "they are known now"


async def test_an_application_below_the_level_sends_nothing(doors: Doors) -> None:
    sending = Sending(doors, consent=1)
    answer = await sending.post(GAMEPLAY)
    assert (answer.status_code, answer.json()["error"]) == (403, "consent_required")


async def test_an_answer_leaves_only_for_what_is_durable(sending: Sending) -> None:
    sending.recorder.failure = LogUnavailable("away")
    answer = await sending.post(GAMEPLAY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
