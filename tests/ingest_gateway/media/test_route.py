"""`POST /v1/cmcd/{key}` over the whole application of the gateway: answers, what lies on the log, and for whom."""

import gzip

import httpx
import pytest

from control.organisations import subject_of
from event_log.faults import LogUnavailable
from ingest_gateway.media.cmcd import MOST_BYTES, MOST_RECORDS
from schemas.shared.times import moment
from tests.ingest_gateway.conftest import Gateway
from tests.kit.door import client, write_key
from tests.kit.players import RECORDED_AT, runs

pytestmark = pytest.mark.anyio

TS = RECORDED_AT // 1000
RECORD = f'cid="film-1",e=ps,sid="s",sn=3,sta=a,ts={TS},v=2\n'


@pytest.fixture
def key(gateway: Gateway) -> str:
    gateway.site.clock.now = moment(RECORDED_AT)
    gateway.site.control.organisations.ensure("acme")
    return write_key(gateway.site)[1]


async def sent(gateway: Gateway, key: str, body: str | bytes, **headers: str) -> httpx.Response:
    named = {"Content-Type": "application/cmcd", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with client(gateway.usual) as http:
        return await http.post(f"/v1/cmcd/{key}", content=body, headers=named)


async def test_a_record_is_answered_204_and_lies_on_the_log(gateway: Gateway, key: str) -> None:
    answer = await sent(gateway, key, RECORD)
    assert (answer.status_code, answer.content, answer.headers.get("X-Refused")) == (204, b"", None)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (message,) = gateway.recorder.messages
    assert message["subject"] == subject_of(gateway.site.control.organisations.ensure("acme").key, "session:s")
    assert (message["event_type"], message["session_id"], message["media_id"]) == ("pause", "s", "film-1")
    assert (message["source"], message["sequence"]) == ("cmcd", 12)
    assert gateway.recorder.published[0][0] == "media"


@pytest.mark.parametrize("said", ["text/cmcd", "", "application/json", "x"])
async def test_the_type_of_the_body_is_not_looked_at(gateway: Gateway, key: str, said: str) -> None:
    assert (await sent(gateway, key, RECORD, Content_Type=said)).status_code == 204
    assert len(gateway.recorder.messages) == 1


async def test_what_is_refused_is_named_and_its_neighbours_are_taken(gateway: Gateway, key: str) -> None:
    answer = await sent(gateway, key, f'{RECORD}e=t,v=2\ne=t,sid="s"\ne=t,v=3,sid="s"\n')
    assert (answer.status_code, answer.headers["X-Refused"]) == (204, "no_session=1, bad_time=1, version=1")
    assert len(gateway.recorder.messages) == 1


async def test_an_unknown_key_is_answered_204_and_named(gateway: Gateway, key: str) -> None:
    answer = await sent(gateway, f"{key}x", RECORD)
    assert (answer.status_code, answer.content, answer.headers["X-Refused"]) == (204, b"", "unknown_key=1")
    assert gateway.recorder.messages == []


async def test_too_low_a_level_stores_nothing(gateway: Gateway, key: str) -> None:
    answer = await sent(gateway, f"{key}?consent=1", RECORD)
    assert (answer.status_code, answer.headers["X-Refused"]) == (204, "consent_required=1")
    assert gateway.recorder.messages == []


async def test_the_urls_words_arrive(gateway: Gateway, key: str) -> None:
    record = RECORD.replace("sta=a", "sta=s").replace('cid="film-1",', "")
    await sent(gateway, f"{key}?media=film%209&duration=61.5&media_type=exercise", record)
    (message,) = gateway.recorder.messages
    assert (message["media_id"], message["media_type"]) == ("film 9", "exercise")
    assert message["total_duration_seconds"] == 61.5


async def test_with_a_token_it_is_its_persons_and_of_no_source(gateway: Gateway, key: str) -> None:
    await sent(gateway, key, RECORD, Authorization=f"Bearer {gateway.site.token(sub='zoe')}")
    (message,) = gateway.recorder.messages
    assert message["subject"] == subject_of(gateway.site.control.organisations.ensure("acme").key, "zoe")
    assert "source" not in message


async def test_too_much_is_413_as_a_problem(gateway: Gateway, key: str) -> None:
    many = await sent(gateway, key, RECORD * (MOST_RECORDS + 1))
    large = await sent(gateway, key, "x" * (MOST_BYTES + 1))
    bomb = await sent(gateway, key, gzip.compress(b"x" * (MOST_BYTES + 1)), Content_Encoding="gzip")
    assert [answer.status_code for answer in (many, large, bomb)] == [413, 413, 413]
    assert many.json()["code"] == "too_many_records"
    assert many.headers["content-type"] == "application/problem+json"


async def test_a_packed_body_is_taken(gateway: Gateway, key: str) -> None:
    assert (await sent(gateway, key, gzip.compress(RECORD.encode()), Content_Encoding="gzip")).status_code == 204
    assert len(gateway.recorder.messages) == 1


async def test_what_the_log_does_not_take_is_503(gateway: Gateway, key: str) -> None:
    gateway.recorder.failure = LogUnavailable("gone")
    answer = await sent(gateway, key, RECORD)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_nothing_but_posting_is_there(gateway: Gateway, key: str) -> None:
    async with client(gateway.usual) as http:
        assert (await http.get(f"/v1/cmcd/{key}")).status_code == 405
        assert (await http.post("/v1/cmcd", content=RECORD)).status_code == 404
        preflight = await http.options(
            f"/v1/cmcd/{key}",
            headers={
                "Origin": "https://a.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type,authorization",
            },
        )
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_key_has_a_budget_of_records(gateway: Gateway, key: str) -> None:
    app = gateway.app(write_key_items_per_minute=5)
    async with client(app) as http:
        answers = [await http.post(f"/v1/cmcd/{key}", content=f"x=1\n{RECORD}" * 3) for _ in range(3)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert "Retry-After" in answers[-1].headers


async def test_every_recorded_request_is_answered_204(gateway: Gateway, key: str) -> None:
    bodies = [body for run in runs() for body in run.bodies]
    async with client(gateway.usual) as http:
        answers = [await http.post(f"/v1/cmcd/{key}", content=body) for body in bodies]
    assert {answer.status_code for answer in answers} == {204}
    refused = [answer.headers["X-Refused"] for answer in answers if "X-Refused" in answer.headers]
    assert refused == ["no_session=1"] * 5
    assert len(gateway.recorder.messages) > 400
