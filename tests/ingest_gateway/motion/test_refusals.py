"""What is refused before the film has come, for want of room, and what the audit log is told of administrators."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from ingest_gateway.motion.options import UploadOptions
from tests.ingest_gateway.motion.conftest import ANN, BEN, SQUATS, Motion

pytestmark = pytest.mark.anyio

SQUAT = {"exercise": "Overhead Squat"}
MANAGED = "/mobility-assessment/management/sessions/"
FORM = "multipart/form-data; boundary=b0"
BEGINNING = b"\0\0\0\x18ftypmp42" + bytes(100)
"""Of a film."""


def field(name: str, text: str, more: str = "") -> bytes:
    return f'--b0\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{text}\r\n'.encode()


def before_the_film(fields: Mapping[str, str], beginning: bytes = BEGINNING) -> bytes:
    """A form up to the first bytes of its film."""
    said = b"".join(field(name, text) for name, text in fields.items())
    return said + field("video", "", '; filename="a.mp4"').removesuffix(b"\r\n") + beginning


class Sent:
    """A body whose film never ends; `read` are the pieces of it that were asked for beyond its beginning."""

    def __init__(self, fields: Mapping[str, str], beginning: bytes = BEGINNING) -> None:
        self.read = 0
        self._begun = before_the_film(fields, beginning)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._begun
        while self.read < 1000:
            self.read += 1
            yield bytes(2**16)


async def sent(motion: Motion, secret: str, body: Any, path: str = SQUATS, **headers: str) -> httpx.Response:
    named = [("Authorization", secret), ("Content-Type", FORM), *headers.items()]
    return await motion.ask("POST", path, named, content=body)


async def test_all_that_is_wrong_before_the_film_is_said_at_once_and_the_film_is_not_read(
    motion: Motion, ann: str
) -> None:
    fields = {"exercise": "yoga", "height_cm": "99", "weight_kg": "heavy", "body_joint_angles": "toe", "mirrored": "?"}
    for beginning, more in ((BEGINNING, set[str]()), (b"GIF89a" + bytes(100), {"video"})):
        body = Sent(fields, beginning)
        answer = await sent(motion, ann, body)
        assert (answer.status_code, set(answer.json()["errors"])) == (400, {*fields, *more})
        assert body.read == 0
    assert (motion.kept(), motion.parts()) == ([], [])


async def test_whose_session_it_may_not_be_is_said_before_the_film_is_read(motion: Motion, ann: str) -> None:
    low, admin = motion.key("low", consent=1)[1], motion.key("coach", role="admin")[1]
    motion.key(BEN)
    for secret, path, fields, status in (
        (ann, SQUATS, {"user_id": BEN}, 403),
        (ann, MANAGED, {"user_id": ANN}, 403),
        (low, SQUATS, {}, 403),
        (low, SQUATS, SQUAT, 403),
        (admin, MANAGED, {"user_id": "nobody"}, 404),
        (admin, SQUATS, {"user_id": "nobody", "exercise": "yoga"}, 404),
    ):
        body = Sent(fields)
        answer = await sent(motion, secret, body, path)
        assert (answer.status_code, list(answer.json()), body.read) == (status, ["error"], 0), fields


async def test_fields_after_the_film_count_as_well(motion: Motion, film: bytes) -> None:
    motion.key(BEN)
    admin = motion.key("coach", role="admin")[1]
    after = b"\r\n" + field("exercise", "Overhead Squat") + field("user_id", BEN) + b"--b0--\r\n"
    answer = await sent(motion, admin, before_the_film({"of another client": "passed over"}, film) + after, MANAGED)
    assert answer.status_code == 200, answer.text
    session = motion.control.motion_sessions.get(answer.json()["session_id"])
    assert session is not None
    assert session.user_id == BEN
    wrong = b"\r\n" + field("exercise", "yoga") + field("weight_kg", "1") + field("user_id", BEN) + b"--b0--\r\n"
    answer = await sent(motion, admin, before_the_film({}, film) + wrong, MANAGED)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"exercise", "weight_kg"})
    assert motion.kept() == [session.video]


async def test_what_is_missing_is_said_with_what_is_wrong(motion: Motion, ann: str, film: bytes) -> None:
    late = b"\r\n" + field("mirrored", "perhaps") + b"--b0--\r\n"
    answer = await sent(motion, ann, before_the_film({}, film) + late)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"exercise", "mirrored"})


async def test_a_plan_with_a_limit_has_room_for_so_many_sessions_of_a_person(
    motion: Motion, film: bytes, older_film: bytes
) -> None:
    motion.options_of = lambda options: options.model_validate(
        {"motion_sessions_basic": 1, "motion_sessions_none": 0} if options is UploadOptions else {}
    )
    ben, admin = motion.key(BEN, plan="Basic")[1], motion.key("coach", role="admin")[1]
    assert (await motion.upload(ben, film, idempotency_key="once", **SQUAT)).status_code == 200
    assert (await motion.upload(ben, film, idempotency_key="once", **SQUAT)).status_code == 200, (
        "a repeat needs no room"
    )
    body = Sent({})
    refused = [
        await sent(motion, ben, body),
        await motion.upload(ben, older_film, **SQUAT),
        await motion.upload(admin, older_film, MANAGED, **SQUAT, user_id=BEN),
        await motion.upload(motion.key("new", plan="none")[1], film, **SQUAT),
    ]
    for answer in refused:
        assert (answer.status_code, list(answer.json())) == (404, ["error"])
        assert answer.json()["error"].startswith("session limit reached: the plan ")
    assert body.read == 0
    assert (await motion.upload(admin, film, **SQUAT)).status_code == 200, "Pro has no limit"
    better = motion.key(BEN, plan="Standard")[1]
    assert (await motion.upload(better, older_film, **SQUAT)).status_code == 200, "the best plan of a person counts"
    assert len(motion.kept()) == 3


async def test_what_an_administrator_films_for_somebody_has_its_row_in_the_audit_log(
    motion: Motion, ann: str, film: bytes
) -> None:
    ben = motion.key(BEN)[0].subject
    admin, secret = motion.key("coach", role="sub-admin")
    await motion.upload(ann, film, **SQUAT)
    await motion.upload(secret, film, **SQUAT)
    assert audited(motion) == []
    for key, path in (("one", MANAGED), ("two", SQUATS), ("two", SQUATS)):
        assert (await motion.upload(secret, film, path, key, **SQUAT, user_id=BEN)).status_code == 200
    rows = audited(motion)
    assert [(row["subject"], row["resource_id"], row["actor_type"]) for row in rows] == 2 * [
        (admin.subject, ben, "specialist")
    ]
    assert {row["action"] for row in rows} == {"motion.session.upload"}
    assert len({row["event_id"] for row in rows}) == 2
    assert BEN not in str(motion.recorder.published)


def audited(motion: Motion) -> list[dict[str, Any]]:
    return [row for row in motion.recorder.messages if "resource_type" in row]


async def test_a_page_of_another_origin_may_show_a_key_in_either_header(motion: Motion) -> None:
    app = motion.app_for("https://coach.example")
    asked = {
        "Origin": "https://coach.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "api-key, authorization, idempotency-key",
    }
    async with motion.site.client(app) as client:
        answer = await client.options(SQUATS, headers=asked)
    assert answer.status_code == 200, answer.text
    assert "API-KEY" in answer.headers["Access-Control-Allow-Headers"]
