"""Films as they are taken: where they lie, what the log and control are told, and what stays of one that is refused."""

import asyncio
import hashlib
from typing import Any

import pytest

from control.people import Profile
from event_log.faults import LogUnavailable
from motion.request import Joint, Request
from tests.ingest_gateway.motion.conftest import ANN, BEN, SQUATS, Motion

pytestmark = pytest.mark.anyio

SQUAT = {"exercise": "Overhead Squat"}
MANAGED = "/mobility-assessment/management/sessions/"


async def test_a_film_is_in_the_store_on_the_log_in_control_and_its_analysis_queued(
    motion: Motion, ann: str, film: bytes
) -> None:
    motion.control.people.create("acme", ANN, Profile(display_name="Ann", height_cm=172.0, language="de"))
    answer = await motion.upload(ann, film, **SQUAT, weight_kg="61.5", body_joint_angles=["knee, hip", "ankle"])
    assert (answer.status_code, list(answer.json())) == (200, ["session_id", "title"])
    assert answer.json()["title"] == "Overhead Squat 17/02/2026"
    session = motion.control.motion_sessions.get(answer.json()["session_id"])
    assert session is not None
    assert (session.status, session.user_id, session.video_bytes) == ("queued", ANN, len(film))
    assert motion.blobs.read(session.video) == film
    assert motion.kept() == [session.video]
    asked = Request.model_validate(session.request)
    assert (asked.height_cm, asked.weight_kg, asked.language) == (172.0, 61.5, "de")
    assert asked.joints == {Joint.KNEE, Joint.HIP, Joint.ANKLE}
    (row,) = motion.recorder.messages
    assert (row["subject"], row["video"], row["sha256"]) == (
        session.subject, session.video, hashlib.sha256(film).hexdigest(),
    )  # fmt: skip
    assert ANN not in str(motion.recorder.published)
    (job,) = motion.control.jobs.list("analyse")
    assert (job.key, job.state) == (session.id, "queued")
    assert set(motion.control.written.of(f"session:{session.id}")) == {"motion_sessions"}


async def test_what_was_erased_is_not_taken_again_under_its_key_and_leaves_no_film(
    motion: Motion, ann: str, film: bytes
) -> None:
    first = await motion.upload(ann, film, idempotency_key="monday", **SQUAT)
    session = first.json()["session_id"]
    motion.control.erasures.begin_session(tenant="acme", session_id=session, requested_by="api_key:1")
    motion.blobs.delete(*motion.kept())
    again = await motion.upload(ann, film, idempotency_key="monday", **SQUAT)
    assert (again.status_code, again.json()["error"]) == (
        409, "the session was erased, and nothing of it is kept: send the film as a new one",
    )  # fmt: skip
    assert motion.kept() == []
    assert motion.control.motion_sessions.get(session) is None
    assert (await motion.upload(ann, film, idempotency_key="tuesday", **SQUAT)).status_code == 200


@pytest.mark.parametrize(
    ("path", "fields", "title"),
    [
        ("/running/sessions", {}, "Running 17/02/2026"),
        ("/running/sessions/", {"incline_degree": "-2.5", "treadmill_speed_kmh": "11"}, "Running 17/02/2026"),
        ("/jumping/sessions/", {"exercise_name": "drop jump"}, "Drop Jump 17/02/2026"),
        ("/weightlifting/sessions/", {"exercise_name": "snatch", "barbell_mass": "60"}, "snatch 17/02/2026"),
        (SQUATS, {"exercise": "Overhead Squad", "session_name": " Monday "}, "Monday"),
        (SQUATS, {**SQUAT, "user_id": ANN, "mirrored": "true", "height_cm": ""}, "Overhead Squat 17/02/2026"),
    ],
)
async def test_every_activity_takes_its_own_fields(
    motion: Motion, ann: str, film: bytes, path: str, fields: dict[str, str], title: str
) -> None:
    answer = await motion.upload(ann, film, path, **fields)
    assert (answer.status_code, answer.json().get("title")) == (200, title)


@pytest.mark.parametrize(
    ("path", "fields", "wrong"),
    [
        (SQUATS, {}, "exercise"),
        (SQUATS, {"exercise": "snatch"}, "exercise"),
        (SQUATS, {"exercise": "yoga"}, "exercise"),
        (SQUATS, {**SQUAT, "exercise_name": "Joint Angle Mobility"}, "exercise"),
        (SQUATS, {**SQUAT, "body_joint_angles": "knee,toe"}, "body_joint_angles"),
        (SQUATS, {**SQUAT, "height_cm": "99"}, "height_cm"),
        (SQUATS, {**SQUAT, "height_cm": "nan"}, "height_cm"),
        (SQUATS, {**SQUAT, "weight_kg": "1_00"}, "weight_kg"),
        (SQUATS, {**SQUAT, "capture_fps": "1001"}, "capture_fps"),
        (SQUATS, {**SQUAT, "mirrored": "perhaps"}, "mirrored"),
        (SQUATS, {**SQUAT, "session_name": "x" * 201}, "session_name"),
        (SQUATS, {**SQUAT, "session_name": "x" * 1025}, "session_name"),
        (SQUATS, {**SQUAT, "height_cm": ["170", "171"]}, "height_cm"),
        ("/running/sessions/", {"incline_degree": "steep"}, "incline_degree"),
        (MANAGED, SQUAT, "user_id"),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_nothing_stays(
    motion: Motion, film: bytes, path: str, fields: dict[str, str], wrong: str
) -> None:
    answer = await motion.upload(motion.key(role="admin")[1], film, path, **fields)
    assert (answer.status_code, list(answer.json())) == (400, ["error", "errors"])
    assert list(answer.json()["errors"]) == [wrong]
    assert_nothing_stays(motion)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(100), "begins like none"),
        (b"\0\0\0\x18ftypmp42" + bytes(500), "not a video"),
        (b"RIFF\0\0\0\0AVI " + bytes(500), "not a video"),
    ],
)
async def test_what_is_no_film_is_400_and_nothing_stays(motion: Motion, ann: str, content: bytes, says: str) -> None:
    answer = await motion.upload(ann, content, **SQUAT)
    assert answer.status_code == 400
    assert says in answer.json()["errors"]["video"][0]
    assert_nothing_stays(motion)


async def test_a_body_that_is_no_form_or_has_no_film_is_400(motion: Motion, ann: str) -> None:
    key = [("Authorization", ann)]
    bodies: list[dict[str, Any]] = [{"data": {"exercise": "Overhead Squat"}}, {"json": {}}, {"content": b""}]
    for sent in bodies:
        answer = await motion.ask("POST", SQUATS, key, **sent)
        assert answer.status_code == 400, sent
    answer = await motion.ask("POST", SQUATS, key, files={"film": ("a.mp4", b"x")})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["video"])


async def test_an_administrator_films_for_somebody_who_is_known_in_their_organisation(
    motion: Motion, ann: str, film: bytes
) -> None:
    ben = motion.key(BEN)[0]
    for role in ("sub-admin", "admin"):
        secret = motion.key("coach", role=role)[1]
        for path in (MANAGED, SQUATS):
            answer = await motion.upload(secret, film, path, **SQUAT, user_id=BEN)
            assert answer.status_code == 200, answer.text
            session = motion.control.motion_sessions.get(answer.json()["session_id"])
            assert session is not None
            assert (session.user_id, session.subject) == (BEN, ben.subject)
        assert (await motion.upload(secret, film, MANAGED, **SQUAT, user_id="nobody")).status_code == 404
    stranger = motion.key("coach", role="admin", org="globex")[1]
    assert (await motion.upload(stranger, film, MANAGED, **SQUAT, user_id=BEN)).status_code == 404
    filmed = [row for row in motion.recorder.messages if "video" in row]
    assert {row["subject"] for row in filmed} == {ben.subject}


async def test_a_user_films_themselves_alone(motion: Motion, ann: str, film: bytes) -> None:
    motion.key(BEN)
    for path, fields in ((SQUATS, {"user_id": BEN}), (MANAGED, {"user_id": BEN}), (MANAGED, {"user_id": ANN})):
        answer = await motion.upload(ann, film, path, **SQUAT, **fields)
        assert (answer.status_code, list(answer.json())) == (403, ["error"])
    assert_nothing_stays(motion)


async def test_without_consent_nothing_is_kept(motion: Motion, film: bytes) -> None:
    answer = await motion.upload(motion.key(consent=1)[1], film, **SQUAT)
    assert answer.status_code == 403
    assert_nothing_stays(motion)


async def test_a_repeat_with_an_idempotency_key_is_the_same_session(
    motion: Motion, ann: str, film: bytes, older_film: bytes
) -> None:
    first = await motion.upload(ann, film, idempotency_key="once", **SQUAT)
    motion.site.clock.pass_seconds(24 * 3600)
    again = await motion.upload(ann, film, idempotency_key="once", **SQUAT)
    assert (again.status_code, again.json()) == (200, first.json())
    for content, fields in ((older_film, SQUAT), (film, {"exercise": "Joint Angle Mobility"})):
        assert (await motion.upload(ann, content, idempotency_key="once", **fields)).status_code == 409
    assert len(motion.recorder.published) == len(motion.kept()) == len(motion.control.jobs.list("analyse")) == 1
    other = await motion.upload(motion.key(BEN)[1], film, idempotency_key="once", **SQUAT)
    assert other.json()["session_id"] != first.json()["session_id"]


async def test_a_log_that_does_not_answer_is_503_and_control_knows_of_no_session(
    motion: Motion, ann: str, film: bytes
) -> None:
    motion.recorder.failure = LogUnavailable("away")
    answer = await motion.upload(ann, film, idempotency_key="once", **SQUAT)
    assert (answer.status_code, list(answer.json())) == (503, ["error"])
    assert motion.control.jobs.list("analyse") == []
    motion.recorder.failure = None
    assert (await motion.upload(ann, film, idempotency_key="once", **SQUAT)).status_code == 200
    assert len(motion.kept()) == 1


async def test_slow_motion_is_no_breach_of_a_limit(motion: Motion, ann: str, film: bytes) -> None:
    answer = await motion.upload(ann, film, "/running/sessions/", capture_fps="1000")
    assert answer.status_code == 200, answer.text


def assert_nothing_stays(motion: Motion) -> None:
    kept: list[Any] = [motion.kept(), motion.recorder.published, motion.control.jobs.list("analyse")]
    assert kept == [[], [], []]


async def test_of_two_films_with_one_key_at_the_same_moment_one_is_taken_and_the_other_goes(
    motion: Motion, ann: str, film: bytes, older_film: bytes
) -> None:
    motion.recorder.open.clear()
    sent = [
        asyncio.create_task(motion.upload(ann, content, idempotency_key="once", **SQUAT))
        for content in (film, older_film)
    ]
    async with asyncio.timeout(30):
        while len(motion.kept()) < 2 or any("uploads" in name for name in motion.kept()):
            await asyncio.sleep(0.01)
    motion.recorder.open.set()
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (taken,) = (answer.json()["session_id"] for answer in answers if answer.is_success)
    session = motion.control.motion_sessions.get(taken)
    assert session is not None
    assert motion.kept() == [session.video]
    assert len(motion.control.jobs.list("analyse")) == 1


async def test_two_clients_with_one_key_and_one_film_at_the_same_moment_get_one_session(
    motion: Motion, ann: str, film: bytes
) -> None:
    motion.recorder.open.clear()
    sent = [asyncio.create_task(motion.upload(ann, film, idempotency_key="once", **SQUAT)) for _ in range(3)]
    async with asyncio.timeout(30):
        while any("uploads" in name for name in motion.kept()) or not motion.kept():
            await asyncio.sleep(0.01)
    motion.recorder.open.set()
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {200}
    (taken,) = {answer.json()["session_id"] for answer in answers}
    session = motion.control.motion_sessions.get(taken)
    assert session is not None
    assert motion.kept() == [session.video]
    assert {row["event_id"] for row in motion.recorder.messages} == {taken}
    assert len(motion.control.jobs.list("analyse")) == 1
