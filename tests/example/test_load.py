"""The load sends every event once, in the form a client would, and waits for a busy server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from kinelake.example.load import Busy, Load, Pace, Played, Refused
from kinelake.example.media.traffic import MediaTraffic, Traffic
from kinelake.example.people import Person
from kinelake.example.progress import shown
from kinelake.example.traffic import ClientEvent, Example, Request, Token, examples

MEDIA = examples()["media"]
START = 1_770_000_000_000_000
Answer = Callable[[httpx.Request], httpx.Response]


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 3, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Server:
    """Takes what it is sent; `refusals` are answered first."""

    def __init__(self, *refusals: httpx.Response | httpx.TransportError) -> None:
        self.refusals = list(refusals)
        self.requests: list[httpx.Request] = []
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.refusals:
            refusal = self.refusals.pop(0)
            if isinstance(refusal, httpx.TransportError):
                raise refusal
            return refusal
        self.requests.append(request)
        body = msgspec.json.decode(request.content)
        events = body.get("events", [body])
        self.bodies += events
        accepted = {"accepted": len(events), "rejected": 0} if "events" in body else {"status": "accepted"}
        return httpx.Response(202, json=accepted)


def events(sessions: int = 6) -> list[ClientEvent]:
    return list(MediaTraffic(Traffic(1, sessions, START, 3_600_000_000, templates=20)).client_events())


def played(
    server: Answer, pace: Pace, sent: list[ClientEvent], time: Time | None = None, example: Example[Any] = MEDIA
) -> Played:
    time = time or Time()

    async def play() -> Played:
        transport = httpx.MockTransport(server)
        async with httpx.AsyncClient(base_url="http://example.test", transport=transport) as client:
            return await Load(example, client, lambda name: f"token-of-{name}", time, pace, time.sleep).play(sent)

    return asyncio.run(play())


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_every_event_is_sent_once(batch: int) -> None:
    server, sent = Server(), events()
    assert played(server, Pace(batch=batch), sent).accepted == len(sent)
    assert sorted(map(str, server.bodies)) == sorted(str(msgspec.json.decode(event.body)) for event in sent)


def test_a_request_is_one_persons_with_their_token_address_and_browser() -> None:
    server, sent = Server(), events()
    played(server, Pace(batch=50), sent)
    people = {f"Bearer token-of-{event.person.name}": event.person for event in sent}
    for request in server.requests:
        person = people[request.headers["Authorization"]]
        assert request.headers["X-Forwarded-For"] == person.address
        assert request.headers["User-Agent"] == person.user_agent
    assert {request.url.path for request in server.requests} == {"/v1/media/events"}


def test_a_stream_without_batches_is_sent_singly() -> None:
    server, sent = Server(), events(1)
    single = replace(MEDIA, stream=replace(MEDIA.stream, batches=False))
    assert played(server, Pace(batch=1000), sent, example=single).requests == len(sent)
    assert [request.content for request in server.requests] == [event.body for event in sent]


def test_a_stream_with_a_path_and_a_form_of_its_own_is_sent_by_them() -> None:
    """Another family's requests carry another proof of who sends them."""

    def keyed(token: Token, person: Person, bodies: Sequence[bytes]) -> Request:
        content = b'{"events":[' + b",".join(bodies) + b"]}"
        return Request(content, {"X-Key": token(person.name), "Content-Type": "application/cloudevents+json"})

    server, sent = Server(), events(1)
    own = replace(MEDIA, stream=replace(MEDIA.stream, path="/lamps/seen"), request=keyed)
    assert played(server, Pace(batch=1000), sent, example=own).accepted == len(sent)
    (request,) = server.requests
    assert (request.url.path, request.headers["X-Key"]) == ("/lamps/seen", f"token-of-{sent[0].person.name}")
    assert request.headers["Content-Type"] == "application/cloudevents+json"
    assert "Authorization" not in request.headers


def test_a_busy_server_is_asked_again_when_it_said() -> None:
    time, sent = Time(), events(1)
    server = Server(httpx.Response(503, headers={"Retry-After": "7"}))
    result = played(server, Pace(batch=1000), sent, time)
    assert (result.accepted, result.retries) == (len(sent), 1)
    assert 7 in time.slept


def test_a_server_that_is_away_is_waited_for() -> None:
    result = played(Server(httpx.ConnectError("refused")), Pace(batch=1000), events(1))
    assert (result.retries, result.rejected) == (1, 0)


def test_what_it_is_to_wait_for_too_long_is_not_waited_for() -> None:
    time = Time()
    with pytest.raises(Busy, match="answers 429"):
        played(lambda _: httpx.Response(429, headers={"Retry-After": "86400"}), Pace(), events(1), time)
    assert sum(time.slept) == 0


def test_a_person_is_not_ahead_of_themselves() -> None:
    """A busy answer to the first request holds up the others of that person, and nobody else's."""
    server, sent = Server(httpx.Response(503, headers={"Retry-After": "1"})), events(1)
    single = replace(MEDIA, stream=replace(MEDIA.stream, batches=False))
    played(server, Pace(at_once=16), sent, example=single)
    assert [request.content for request in server.requests] == [event.body for event in sent]


def test_a_server_that_stays_busy_is_given_up() -> None:
    with pytest.raises(Busy, match="answers 503"):
        played(lambda _: httpx.Response(503, headers={"Retry-After": "1"}), Pace(patience=0), events(1))


def test_a_refused_token_ends_the_load_and_names_the_fix() -> None:
    with pytest.raises(Refused, match=r"401.*check the token"):
        played(lambda _: httpx.Response(401, text="no"), Pace(), events(1))


def test_rejected_events_are_counted() -> None:
    sent = events(1)
    answer = {"accepted": 0, "rejected": len(sent), "results": []}
    assert played(lambda _: httpx.Response(400, json=answer), Pace(batch=1000), sent).rejected == len(sent)


def test_a_rate_holds_from_the_first_event_on() -> None:
    time, sent = Time(), events()
    played(Server(), Pace(rate=10), sent, time)
    assert sum(time.slept) == pytest.approx(len(sent) / 10, rel=0.05)


def test_without_a_rate_events_are_sent_when_they_arrive() -> None:
    time, sent = Time(), events(1)
    begin = sent[0].arrived
    time.now = datetime.fromtimestamp(begin / 1e6, UTC)
    played(Server(), Pace(), sent, time)
    assert sum(time.slept) == pytest.approx((sent[-1].arrived - begin) / 1e6, abs=0.2)


def test_it_ends_when_the_time_is_up() -> None:
    assert played(Server(), Pace(rate=10, seconds=2), events()).accepted == pytest.approx(20, abs=1)


def test_progress_is_shown_in_events() -> None:
    with shown(10) as update:
        update(Played(accepted=4, rejected=1, retries=2))
