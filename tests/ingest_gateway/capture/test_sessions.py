"""A session begins and is completed: the contract's answers, what lies on the log and what control knows of it."""

from typing import Any
from uuid import UUID

import pytest

from control.organisations import subject_of
from ingest_gateway.capture.sessions import frame_rate_of
from tests.ingest_gateway.capture.conftest import Capture
from tests.kit.capture import USER, Sender, png

pytestmark = pytest.mark.anyio

CONTRACTS_BODY = {
    "user_id": USER,
    "capture_mode": "hybrid",
    "metadata": {"app_version": "1.2.3", "os_version": "macOS 14.0"},
}


async def test_init_answers_as_the_contract_says(sender: Sender) -> None:
    answer = await sender.init(CONTRACTS_BODY)
    said = answer.json()
    assert (answer.status_code, list(said)) == (201, ["session_id", "upload_url", "expires_at"])
    assert UUID(said["session_id"]).version == 7
    assert said["upload_url"] == f"/v1/sessions/{said['session_id']}/chunks"
    assert said["expires_at"] == "2026-02-17T11:00:00Z"


async def test_control_has_the_users_name_and_the_log_only_their_subject(capture: Capture, sender: Sender) -> None:
    session = (await sender.init(CONTRACTS_BODY)).json()["session_id"]
    known = capture.control.capture_sessions.get(session)
    organisation = capture.control.organisations.get("acme")
    assert known is not None
    assert organisation is not None
    assert (known.user_id, known.subject) == (USER, subject_of(organisation.key, USER))
    (row,) = capture.items("capture_sessions")
    assert (row["subject"], row["session_id"], row["event_id"]) == (known.subject, session, session)
    assert row["metadata"] == '{"app_version":"1.2.3","os_version":"macOS 14.0"}'
    assert not any(USER.encode() in record.value for _, record in capture.recorder.published)


async def test_everything_of_a_session_lies_under_its_own_key(capture: Capture, sender: Sender, session: str) -> None:
    await sender.events(session)
    await sender.chunk(session, png())
    await sender.complete(session)
    keys = {record.key for topic, record in capture.recorder.published if topic.startswith("capture")}
    assert keys == {f"acme:{session}".encode()}


async def test_each_write_has_its_row_in_the_audit_trail(
    capture: Capture, sender: Sender, session: str, project: tuple[str, str]
) -> None:
    await sender.events(session)
    await sender.chunk(session, png(), 7)
    await sender.complete(session)
    rows = capture.items("audit")
    assert [row["action"] for row in rows] == [
        "session_initiated", "events_uploaded", "chunk_uploaded", "session_completed"
    ]  # fmt: skip
    assert {row["project_id"] for row in rows} == {project[0]}
    assert rows[1]["metadata"] == f'{{"event_count":1,"session_id":"{session}"}}'
    assert rows[2]["metadata"] == f'{{"chunk_index":7,"session_id":"{session}"}}'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "u" * 257}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"user_id": "a\u0000b"}, "user_id"),
        ({"user_id": USER}, "capture_mode"),
        ({"user_id": USER, "capture_mode": "audio"}, "capture_mode"),
        ({"user_id": USER, "capture_mode": "video", "metadata": []}, "metadata"),
        ({"user_id": USER, "capture_mode": "video", "metadata": {"a": "b" * 16384}}, "metadata"),
        ({"user_id": USER, "capture_mode": "video", "session_id": "mine"}, "session_id"),
        ({"user_id": USER, "capture_mode": "video", "kind": "session_completed"}, "kind"),
        (b"[]", ""),
        (b"{", "not JSON"),
    ],
)
async def test_a_body_that_is_wrong_is_refused_by_the_name_of_its_field(
    capture: Capture, sender: Sender, body: Any, field: str
) -> None:
    answer = await sender.init(body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert field in answer.json()["error"]
    assert capture.recorder.published == []


@pytest.mark.parametrize("user_id", ["u", "u" * 256, "Zoë Müller", "地球"])
async def test_a_user_may_be_called_whatever_can_be_read(sender: Sender, user_id: str) -> None:
    assert (await sender.init({"user_id": user_id, "capture_mode": "video"})).status_code == 201


async def test_a_body_beyond_its_limit_is_413_and_another_media_type_415(sender: Sender) -> None:
    assert (await sender.init(b"{" + b" " * 70_000)).status_code == 413
    assert (await sender.init(CONTRACTS_BODY, Content_Type="text/plain")).status_code == 415
    assert (await sender.init(CONTRACTS_BODY, Content_Type="application/json; charset=utf-8")).status_code == 201


async def test_init_with_one_idempotency_key_begins_one_session(capture: Capture, sender: Sender) -> None:
    first = await sender.init(CONTRACTS_BODY, Idempotency_Key="k")
    capture.site.clock.pass_seconds(5)
    again = await sender.init(CONTRACTS_BODY, Idempotency_Key="k")
    other = await sender.init(CONTRACTS_BODY, Idempotency_Key="l")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert other.json()["session_id"] != first.json()["session_id"]
    told, told_again, _ = capture.items("capture_sessions")
    assert {**told_again, "request_id": told["request_id"]} == told


async def test_an_init_is_told_again_only_as_long_as_flows_know_its_row(capture: Capture, sender: Sender) -> None:
    answers = []
    for hours in (0, 22, 2):
        capture.site.clock.pass_seconds(3600 * hours)
        answers.append((await sender.init(CONTRACTS_BODY, Idempotency_Key="k")).json())
    assert answers == [answers[0]] * 3
    assert len(capture.items("capture_sessions")) == 2


async def test_the_same_idempotency_key_for_another_user_is_refused(sender: Sender) -> None:
    await sender.init(CONTRACTS_BODY, Idempotency_Key="k")
    answer = await sender.init({**CONTRACTS_BODY, "user_id": "somebody else"}, Idempotency_Key="k")
    assert answer.status_code == 409


async def test_complete_says_the_first_time_however_often_it_is_asked(
    capture: Capture, sender: Sender, session: str
) -> None:
    first = await sender.complete(session)
    capture.site.clock.pass_seconds(5)
    again = await sender.complete(session)
    assert [(answer.status_code, answer.json()) for answer in (first, again)] == [(200, {"status": "completed"})] * 2
    _, told, told_again = capture.items("capture_sessions")
    assert told["event_type"] == "session_completed"
    assert {**told_again, "request_id": told["request_id"]} == told
    capture.site.clock.pass_seconds(24 * 3600)
    assert (await sender.complete(session)).status_code == 200
    assert len(capture.items("capture_sessions")) == 3
    known = capture.control.capture_sessions.get(session)
    assert known is not None
    assert known.completed_at == known.created_at


async def test_a_completed_session_takes_late_data(sender: Sender, session: str) -> None:
    await sender.complete(session)
    assert (await sender.events(session)).status_code == 200
    assert (await sender.chunk(session, png())).status_code == 200


async def test_the_video_is_made_when_a_session_with_chunks_completes_and_after_late_ones(
    capture: Capture, sender: Sender, session: str
) -> None:
    assembly = capture.control.video_assembly
    await sender.complete(session)
    assert not assembly.pending(session)
    await sender.chunk(session, png())
    (job,) = capture.control.jobs.list("assemble_video")
    assert (job.available_at - capture.site.clock()).total_seconds() == 60
    other = await sender.begun()
    await sender.chunk(other, png())
    assert not assembly.pending(other)
    await sender.complete(other)
    assert capture.control.jobs.list("assemble_video")[0].available_at == capture.site.clock()


@pytest.mark.parametrize("session_id", ["unknown", "00000000-0000-4000-8000-000000000000", "%00", "a" * 300])
async def test_an_unknown_session_is_404(sender: Sender, session_id: str) -> None:
    for answer in (await sender.events(session_id), await sender.complete(session_id)):
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


async def test_another_projects_session_is_403(capture: Capture, sender: Sender, session: str) -> None:
    _, key = capture.project("another")
    _, foreign = capture.project("shop", org="rival")
    async with capture.client() as client:
        for other in (Sender(client, key), Sender(client, foreign)):
            answers = await other.events(session), await other.complete(session), await other.chunk(session, png())
            said = [(answer.status_code, answer.json()) for answer in answers]
            assert said == [(403, {"error": "session does not belong to project"})] * 3


async def test_an_erased_persons_session_is_unknown_at_once(capture: Capture, sender: Sender, session: str) -> None:
    assert (await sender.events(session)).status_code == 200
    known = capture.control.capture_sessions.get(session)
    assert known is not None
    capture.control.erasures.begin(tenant="acme", subject=known.subject, requested_by="a test")
    for answer in (await sender.events(session), await sender.complete(session), await sender.chunk(session, png())):
        assert answer.status_code == 404


async def test_what_consent_does_not_reach_is_403_in_the_familys_shape(capture: Capture) -> None:
    _, key = capture.project("strict", consent=1)
    async with capture.client() as client:
        answer = await Sender(client, key).init()
    assert (answer.status_code, list(answer.json())) == (403, ["error"])
    assert "consent" in answer.json()["error"]
    assert capture.recorder.published == []


@pytest.mark.parametrize(
    ("metadata", "rate"),
    [
        (None, 10), ("{}", 10), ('{"fps":25}', 25), ('{"fps":29.97}', 29.97), ('{"fps":0}', 10),
        ('{"fps":1000}', 10), ('{"fps":"30"}', 10), ('{"fps":true}', 10),
    ],
)  # fmt: skip
def test_the_video_has_the_frame_rate_that_the_metadata_says(metadata: str | None, rate: float) -> None:
    assert frame_rate_of(metadata) == rate
