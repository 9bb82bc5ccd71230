"""The Python client for servers and notebooks against the real gateway: what it sends, repeats, refuses and tells."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import numpy as np
import pytest
import uvloop

from clients.python.kinelake_client import (
    AsyncClient,
    BadEvent,
    Client,
    ConsentRequired,
    NotDelivered,
    Refused,
    Rejected,
    Unauthorized,
    Unavailable,
)
from schemas.shared.times import microseconds
from tests.clients.python.telemetry.conftest import Made, numbers, play, visit
from tests.clients.served import Served, portal
from tests.kit.resetting import OFTEN, resetting
from tests.servers.server import free_port


def test_all_five_kinds_arrive_as_they_were_said(served: Served, made: Made) -> None:
    one = made(served)
    at = datetime.now(UTC) - timedelta(days=1)
    one.media({"event": "seek", "session_id": "s", "media_id": "m", "data": {"from_seconds": 1.5, "to_seconds": 9}})
    one.track({"event_name": "page.view", "page_url": "/library", "numeric_value": 2, "timestamp": at})
    one.errors({"error_type": "video_error", "error_message": "gone", "media_position_seconds": 23.5})
    assert one.pose("s", "m", frame(1), frame(2)) == 2
    event_id = one.consent(1, "settings")
    seek, view, error, first, second, consent = served.items
    assert (seek["event_type"], seek["from_seconds"], seek["to_seconds"]) == ("seek", 1.5, 9)
    assert (view["event_name"], view["page_url"], view["numeric_value"]) == ("page.view", "/library", 2)
    assert view["occurred_at"] == microseconds(at)
    assert (error["error_type"], error["error_message"], error["media_position_seconds"]) == (
        "video_error",
        "gone",
        23.5,
    )
    assert (first["frame_number"], second["frame_number"], second["session_id"]) == (1, 2, "s")
    assert (consent["event_id"], consent["level"], consent["source"]) == (event_id, 1, "settings")
    assert len({item["subject"] for item in served.items}) == 1


def frame(number: int) -> dict[str, Any]:
    points = np.linspace(0, 1, 33, dtype=np.float32)
    landmarks = {f"landmark_{axis}": points for axis in ("x", "y", "z", "visibility")}
    return {"frame_number": np.int64(number), "elapsed_ms": number * 33.3, **landmarks, "camera_resolution": "640x480"}


def test_an_event_without_a_time_happened_when_it_was_given(served: Served, made: Made) -> None:
    before = microseconds(datetime.now(UTC))
    made(served).track(visit())
    (item,) = served.items
    assert before <= item["occurred_at"] <= microseconds(datetime.now(UTC))


def test_each_event_has_its_verdict_and_a_bad_one_does_not_lose_its_neighbours(served: Served, made: Made) -> None:
    delivered = made(served).track(visit(0), {"event_category": "nameless"}, visit(2, event_id="no UUID"), visit(3))
    assert [verdict.status for verdict in delivered.verdicts] == ["accepted", "rejected", "rejected", "accepted"]
    assert (delivered.accepted, [verdict.index for verdict in delivered.rejected]) == (2, [1, 2])
    assert [error.field for verdict in delivered.rejected for error in verdict.errors] == ["event_name", "event_id"]
    assert {verdict.event_id for verdict in delivered.verdicts if verdict.accepted} == set(served.once)
    with pytest.raises(Rejected, match="2 of 4 events were rejected, first 1: invalid_event: event_name"):
        delivered.raise_for_rejected()


def test_also_where_all_are_bad_and_where_there_are_none(served: Served, made: Made) -> None:
    one = made(served)
    delivered = one.track({"event_category": "nameless"}, {})
    assert ([verdict.status for verdict in delivered.verdicts], served.items) == (["rejected"] * 2, [])
    assert one.track().raise_for_rejected().verdicts == ()


def test_more_events_than_a_request_may_have_go_in_several(served: Served, made: Made) -> None:
    delivered = made(served).track(*map(visit, range(2_500))).raise_for_rejected()
    assert [verdict.index for verdict in delivered.verdicts] == list(range(2_500))
    assert (numbers(served), served.recorder.requests) == (list(range(2_500)), 3)


def test_more_frames_than_a_request_may_have_go_in_several(served: Served, made: Made) -> None:
    assert made(served).pose("session", "exercise", *map(frame, range(700))) == 700
    assert [item["frame_number"] for item in served.items] == list(range(700))


def test_frames_that_are_refused_say_which_and_from_where(served: Served, made: Made) -> None:
    with pytest.raises(Refused, match=r"frames\[2\]") as refused:
        made(served).pose("session", "exercise", *map(frame, range(302)), {"frame_number": 5})
    assert len(refused.value.events) == 3
    assert len(served.items) == 300


def test_what_was_stored_without_a_word_is_repeated_under_the_same_ids(served: Served, made: Made) -> None:
    served.recorder.unsaid = 2
    delivered = made(served).track(*map(visit, range(3))).raise_for_rejected()
    assert len(served.items) == 9
    assert [verdict.event_id for verdict in delivered.verdicts] == list(served.once)


def test_events_that_no_server_answered_are_handed_back_and_count_once_when_given_again(
    served: Served, made: Made
) -> None:
    one = made(served, patience=0)
    served.recorder.unsaid = 1
    with pytest.raises(Unavailable, match="503") as away:
        one.track(*map(visit, range(1_200)))
    assert (len(away.value.events), away.value.retry_after) == (1_200, 1)
    one.track(*away.value.events).raise_for_rejected()
    assert (len(served.items), numbers(served)) == (2_200, list(range(1_200)))


def test_an_address_over_its_limit_comes_back_when_it_is_told_to(made: Made, tmp_path: Path) -> None:
    served = Served(tmp_path, requests_a_second=1)
    served.start()
    made(served).track(*map(visit, range(1_500))).raise_for_rejected()
    served.close()
    assert numbers(served) == list(range(1_500))


def test_a_gateway_that_is_away_is_waited_for(served: Served, made: Made) -> None:
    served.stop()
    with pytest.raises(Unavailable, match="does not answer"):
        made(served, patience=0.1).track(visit())


def test_what_a_network_answers_in_the_servers_place_takes_nothing(served: Served, made: Made) -> None:
    with portal(served), pytest.raises(Unavailable, match="sign-in"):
        made(served, patience=0).track(visit())


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Served]:
    """A gateway behind something that lets no more than 20,000 bytes through."""
    gateway = Served(tmp_path, body_max_bytes=20_000)
    gateway.start()
    yield gateway
    gateway.close()


def test_a_request_too_large_for_somebody_on_the_way_goes_in_halves(narrow: Served, made: Made) -> None:
    lots = Random(1)
    events = [visit(number, properties={"text": lots.randbytes(3_000).hex()}) for number in range(16)]
    delivered = made(narrow).track(*events).raise_for_rejected()
    assert [verdict.index for verdict in delivered.verdicts] == list(range(16))
    assert numbers(narrow) == list(range(16))


def test_where_one_event_is_too_large_what_was_answered_before_it_is_told(narrow: Served, made: Made) -> None:
    large = visit(2, properties={"text": Random(1).randbytes(30_000).hex()})
    with pytest.raises(Refused, match="413") as refused:
        made(narrow).track(visit(0), visit(1), large, visit(3))
    assert refused.value.delivered is not None
    assert (refused.value.delivered.accepted, len(refused.value.events)) == (2, 2)
    assert numbers(narrow) == [0, 1]


def test_a_token_that_is_not_believed_says_what_to_do(served: Served, made: Made) -> None:
    with pytest.raises(Unauthorized, match="give a token that the server believes") as refused:
        made(served, "nobody's").track(visit())
    assert (refused.value.status, len(refused.value.events)) == (401, 1)


def test_a_function_for_the_token_is_asked_again_once_the_old_one_is_over(served: Served, made: Made) -> None:
    tokens = iter([served.site.token(ttl=-7200), served.site.token()])
    one = made(served, lambda: next(tokens))
    one.track(visit(0))
    one.track(visit(1))
    assert (numbers(served), list(tokens)) == ([0, 1], [])


def test_a_token_that_stays_bad_ends_after_one_new_one(served: Served, made: Made) -> None:
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return "nobody's"

    with pytest.raises(Unauthorized):
        made(served, token).track(visit())
    assert len(asked) == 2


def test_a_function_that_fails_is_told_without_its_words(served: Served, made: Made) -> None:
    def token() -> str:
        raise OSError("password=secret")

    with pytest.raises(Unavailable, match=r"the function for the token failed \(OSError\)"):
        made(served, token, patience=0).track(visit())


@pytest.mark.anyio
async def test_a_function_for_the_token_may_be_awaited(served: Served) -> None:
    async def token() -> str:
        return served.site.token()

    async with AsyncClient(served.url, token, consent_level=2, transport=httpx.AsyncHTTPTransport()) as client:
        await client.track(visit(7))
    assert numbers(served) == [7]


def test_a_function_for_the_token_that_gives_none_says_so(served: Served, made: Made) -> None:
    with pytest.raises(TypeError, match="gave a int, not a text"):
        made(served, lambda: 5).track(visit())


def test_what_the_person_does_not_allow_never_leaves(served: Served, made: Made) -> None:
    served.stop()
    one = made(served, consent_level=1)
    calls: list[Callable[[], Any]] = [
        lambda: one.track(visit()),
        lambda: one.media(play()),
        lambda: one.pose("s", "m", frame(1)),
    ]
    for call in calls:
        with pytest.raises(ConsentRequired) as refused:
            call()
        assert (refused.value.required, refused.value.given, refused.value.status) == (2, 1, None)
    served.start()
    one.errors({"error_type": "crash"}).raise_for_rejected()
    assert [topic for topic, _ in served.recorder.published] == ["errors"]


def test_what_the_server_knows_of_consent_is_told_alike(served: Served, made: Made) -> None:
    with pytest.raises(ConsentRequired, match="record the person's consent") as refused:
        made(served, served.site.token(consent=1)).track(visit())
    assert (refused.value.required, refused.value.given, refused.value.status) == (2, 1, 403)


def test_a_withdrawal_counts_here_at_once_and_a_permission_once_it_is_recorded(served: Served, made: Made) -> None:
    one = made(served)
    one.consent(0)
    with pytest.raises(ConsentRequired) as refused:
        one.track(visit())
    assert refused.value.status is None
    one.consent(2)
    one.track(visit(5))
    assert [topic for topic, _ in served.recorder.published] == ["consent", "consent", "analytics"]


def test_a_withdrawal_counts_here_also_where_it_cannot_be_recorded(served: Served, made: Made) -> None:
    served.stop()
    one = made(served, patience=0)
    with pytest.raises(Unavailable):
        one.consent(0)
    with pytest.raises(ConsentRequired):
        one.track(visit())


def test_the_system_records_for_somebody_else(served: Served, made: Made) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    one = made(served, served.site.token(sub="core", role="system"))
    one.consent(0, user_id="ann", effective_at=since)
    (record,) = served.site.control.consent.after(0)
    assert (record.level, record.recorded_role, record.effective_at) == (0, "system", since)
    with pytest.raises(Refused, match="only the role system may say this"):
        made(served).consent(0, user_id="ann")


def test_a_client_of_somebody_else_shares_the_connections_and_nothing_more(served: Served, made: Made) -> None:
    one = made(served)
    ann = one.client.of(served.site.token(sub="ann"), consent_level=1)
    one.track(visit(0))
    one.client = ann
    one.errors({"error_type": "crash"})
    with pytest.raises(ConsentRequired):
        one.track(visit(1))
    assert len({item["subject"] for item in served.items}) == 2


@pytest.mark.parametrize(
    ("event", "message"),
    [
        pytest.param({"timestamp": datetime(2026, 1, 1)}, "event 1: timestamp: has no time zone", id="naive"),
        pytest.param({"properties": {"at": object()}}, "event 1: cannot be written as JSON", id="an object"),
        pytest.param({"properties": {"text": "x" * 2**22}}, "larger than a request may be", id="too large"),
        pytest.param({"properties": {"text": "\ud800"}}, "event 1: cannot be written as JSON", id="no text"),
    ],
)
def test_what_cannot_be_sent_is_told_before_anything_of_the_call_leaves(
    served: Served, made: Made, event: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadEvent, match=message):
        made(served).track(visit(), visit(**event))
    assert served.items == []


def test_a_text_is_no_event(served: Served, made: Made) -> None:
    with pytest.raises(BadEvent, match="an event is a mapping of its fields, this is a str"):
        made(served).track("page.view")


def test_neither_people_nor_tokens_nor_events_get_into_logs_and_errors(
    served: Served, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    token = served.site.token(sub="ann@example.com")
    one = made(served, token, patience=0)
    one.track(visit(properties={"said": "ann@example.com"}), {"event_category": "ann@example.com"})
    served.stop()
    calls: list[Callable[[], Any]] = [
        lambda: one.track(visit(resource_id="ann@example.com")),
        lambda: one.consent(0, user_id="ann@example.com"),
    ]
    for call in calls:
        with pytest.raises(NotDelivered) as error:
            call()
        told.append(str(error.value) + repr(error.value))
    assert not [text for text in (caplog.text, *told) if "ann@" in text or token in text]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_address_that_is_not_http_is_refused(kind: type[Client] | type[AsyncClient]) -> None:
    with pytest.raises(ValueError, match="must begin with http"):
        kind(f"ftp://127.0.0.1:{free_port()}", "token", consent_level=2)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("level", [-1, 4])
def test_a_level_that_there_is_not_is_refused(kind: type[Client] | type[AsyncClient], level: int) -> None:
    with pytest.raises(ValueError, match="must be 0, 1, 2 or 3"):
        kind("http://127.0.0.1", "token", consent_level=level)


def test_a_server_that_resets_every_connection_is_away() -> None:
    with resetting() as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(OFTEN):
            with pytest.raises(Unavailable, match="does not answer"):
                runner.run(sent_once(url))


async def sent_once(url: str) -> None:
    async with AsyncClient(url, "t", consent_level=2, patience=0, transport=httpx.AsyncHTTPTransport()) as client:
        await client.media(play(1))
