"""The routes as SDKs call them: paths, keys, answers, the documents that they fetch first."""

import gzip
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from control.organisations import subject_of
from event_log.faults import LogUnavailable
from ingest_gateway.analytics.family import BATCHES, ITEMS, KINDS
from tests.ingest_gateway.analytics.conftest import TENANT, Segment, basic_of
from tests.ingest_gateway.analytics.read import TIME, item
from tests.ingest_gateway.conftest import Gateway
from tests.kit.door import client
from tests.kit.recorded import SDKS, recorded
from tests.web.conftest import Clock

pytestmark = pytest.mark.anyio

SUCCESS = (200, {"success": True})
ALL = (*ITEMS, *BATCHES)


def said(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def test_the_paths_are_those_of_the_protocol() -> None:
    names = ["t", "track", "i", "identify", "p", "page", "s", "screen", "g", "group", "a", "alias"]
    assert sorted(ALL) == sorted(
        [*(f"/v1/{name}" for name in names), "/v1/b", "/v1/batch", "/v1/import", "/beacon/v1/batch"]
    )


@pytest.mark.parametrize("path", [path for path in ITEMS if KINDS[path[4:]] != "alias"])
async def test_an_item_is_taken_at_its_path(segment: Segment, path: str) -> None:
    answer = await segment.send(path, item(type=..., groupId="clinic-1"))
    assert said(answer) == SUCCESS
    assert answer.headers["Content-Type"] == "application/json"
    (message,) = segment.messages.messages
    assert (message["tenant"], message["source"], message["event_type"]) == (TENANT, "segment", "track")
    assert message["consent_level"] == 2


@pytest.mark.parametrize("path", BATCHES)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_batch_is_taken_whatever_type_it_says_it_has(segment: Segment, path: str, slash: str) -> None:
    body = {"batch": [item(), item(userId="user-8", messageId="m-2")], "sentAt": TIME}
    answer = await segment.send(path + slash, body, Content_Type="application/x-www-form-urlencoded")
    assert said(answer) == SUCCESS
    assert [message["event_name"] for message in segment.messages.messages] == ["Plan Opened"] * 2
    assert len({message["subject"] for message in segment.messages.messages}) == 2


async def test_a_packed_body_is_taken(segment: Segment) -> None:
    answer = await segment.send(
        "/v1/batch", gzip.compress(msgspec.json.encode({"batch": [item()]})), Content_Encoding="gzip"
    )
    assert said(answer) == SUCCESS


@pytest.mark.parametrize("way", ["basic", "query", "body"])
async def test_the_key_stands_where_sdks_put_it(segment: Segment, way: str) -> None:
    path = "/beacon/v1/batch" + (f"?writeKey={segment.key}" if way == "query" else "")
    body = {"batch": [item()], **({"writeKey": segment.key} if way == "body" else {})}
    assert said(await segment.send(path, body, key=segment.key if way == "basic" else "")) == SUCCESS


@pytest.mark.parametrize("path", ALL)
@pytest.mark.parametrize("key", ["kpk_unknown", ""])
async def test_without_a_key_that_is_known_nothing_is_taken(segment: Segment, path: str, key: str) -> None:
    answer = await segment.send(path, {"batch": [item()]}, key=key)
    assert answer.status_code == 401
    assert answer.json() == {"success": False, "code": "write_key_invalid", "message": "missing or invalid write key"}
    assert segment.messages.messages == []


async def test_a_token_sends_as_its_holder(segment: Segment, gateway: Gateway) -> None:
    token = gateway.site.token(sub="user-9", consent=2)
    answer = await segment.send("/v1/t", item(), Authorization=f"Bearer {token}")
    assert said(answer) == SUCCESS
    (message,) = segment.messages.messages
    assert "source" not in message
    key = gateway.site.control.organisations.get(message["tenant"])
    assert key is not None
    assert message["subject"] == subject_of(key.key, "user-9")


async def test_what_is_refused_is_named_beside_what_is_taken(segment: Segment) -> None:
    denied = {"consent": {"categoryPreferences": {"Analytics": False}}}
    body = {"batch": [item(), item("alias"), item(userId=""), item(context=denied), item("alias")]}
    answer = await segment.send("/v1/batch", body)
    assert said(answer) == SUCCESS
    assert answer.headers["X-Refused"] == "unsupported=2, no_identity=1, consent_required=1"
    assert len(segment.messages.messages) == 1


@pytest.mark.parametrize("path", ["/v1/a", "/v1/alias"])
async def test_nothing_that_can_be_used_is_400(segment: Segment, path: str) -> None:
    answer = await segment.send(path, item(type=...))
    assert answer.status_code == 400
    assert answer.headers["X-Refused"] == "unsupported=1"
    assert answer.json()["success"] is False
    assert answer.json()["code"] == "no_usable_item"


async def test_what_consent_does_not_let_through_is_no_fault_of_the_body(segment: Segment) -> None:
    denied = {"consentManagement": {"allowedConsentIds": [], "deniedConsentIds": ["analytics"]}}
    answer = await segment.send("/v1/t", item(context=denied))
    assert said(answer) == SUCCESS
    assert answer.headers["X-Refused"] == "consent_required=1"
    assert segment.messages.messages == []


@pytest.mark.parametrize(
    ("body", "code"), [(b"{", "invalid_json"), (b"", "invalid_json"), (b'{"batch":[]}', "no_items")]
)
async def test_what_is_no_body_is_400_in_the_protocols_shape(segment: Segment, body: bytes, code: str) -> None:
    answer = await segment.send("/v1/batch", body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"success", "code", "message"}
    assert (answer.json()["success"], answer.json()["code"]) == (False, code)


async def test_what_is_too_large_is_413_in_the_protocols_shape(segment: Segment) -> None:
    large = await segment.send("/v1/batch", b" " * (512 * 1024 + 1))
    bomb = await segment.send("/v1/batch", gzip.compress(b" " * (4 * 2**20 + 1)), Content_Encoding="gzip")
    many = await segment.send("/v1/batch", {"batch": [{}] * 1001})
    assert [answer.status_code for answer in (large, bomb, many)] == [413] * 3
    assert all(answer.json()["success"] is False for answer in (large, bomb, many))


async def test_a_log_that_cannot_be_written_is_503_and_the_same_again_is_taken(segment: Segment) -> None:
    segment.messages.failure = LogUnavailable("down")
    answer = await segment.send("/v1/t", item())
    assert (answer.status_code, answer.json()["success"]) == (503, False)
    assert answer.headers["Retry-After"]
    segment.messages.failure = None
    assert said(await segment.send("/v1/t", item())) == SUCCESS
    assert len(segment.messages.messages) == 1


async def test_beyond_a_budget_it_is_429_with_the_time_to_wait(segment: Segment, gateway: Gateway) -> None:
    app = gateway.app(write_key_items_per_minute=2)
    async with client(app) as http:
        sent = [
            await http.post(
                "/v1/t", content=msgspec.json.encode(item(messageId=str(number))), headers=authorized(segment)
            )
            for number in range(3)
        ]
    assert [answer.status_code for answer in sent] == [200, 200, 429]
    assert sent[-1].json()["success"] is False
    assert int(sent[-1].headers["Retry-After"]) > 0


def authorized(segment: Segment) -> dict[str, str]:
    return {"Authorization": basic_of(segment.key)}


async def test_what_an_sdk_counts_of_itself_is_dropped(segment: Segment) -> None:
    assert said(await segment.send("/v1/m", {"series": []}, key="")) == SUCCESS
    assert segment.messages.published == []


async def test_a_server_says_where_its_clients_are(segment: Segment) -> None:
    key = segment.new_key(server=True)
    context = {"ip": "203.0.113.9", "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
    for shown in (key, segment.key):
        await segment.send("/v1/batch", {"batch": [item(context=context)]}, key=shown, User_Agent="analytics-python")
    clients = [record.client for _, record in segment.messages.published]
    assert clients == [b"203.0.113.9\nMozilla/5.0 (X11; Linux x86_64) Firefox/140.0", b"127.0.0.1\nanalytics-python"]


SENT_TO = [
    ({}, {"apiHost": "kinelake.test/v1", "protocol": "http"}),
    ({"Host": "data.example.org:8443"}, {"apiHost": "data.example.org:8443/v1", "protocol": "http"}),
    (
        {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "data.example.org"},
        {"apiHost": "data.example.org/v1", "protocol": "https"},
    ),
    ({"X_Forwarded_Proto": "gopher"}, {"apiHost": "kinelake.test/v1", "protocol": "http"}),
]


@pytest.mark.parametrize(("headers", "place"), SENT_TO)
async def test_segments_sdk_is_told_to_send_here(
    segment: Segment, headers: dict[str, str], place: dict[str, str]
) -> None:
    answer = await segment.get(f"/v1/projects/{segment.key}/settings", **headers)
    assert said(answer) == (200, {"integrations": {"Segment.io": {"apiKey": segment.key, **place}}})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_stranger_names_no_other_host_than_that_he_asked(segment: Segment, gateway: Gateway) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    async with client(gateway.usual, "198.51.100.9") as http:
        answer = await http.get(f"/v1/projects/{segment.key}/settings", headers=headers)
    assert answer.json()["integrations"]["Segment.io"]["apiHost"] == "kinelake.test/v1"


async def test_the_url_of_the_settings_is_where_sdks_send_to(segment: Segment, gateway: Gateway) -> None:
    app = gateway.app(public_base_url="https://data.example.org/lake/")
    async with client(app) as http:
        answer = await http.get(f"/v1/projects/{segment.key}/settings")
    place = answer.json()["integrations"]["Segment.io"]
    assert (place["apiHost"], place["protocol"]) == ("data.example.org/lake/v1", "https")


@pytest.mark.parametrize("host", ["a b", "evil.example/path", "a@b", "", "x" * 300, "h:99999999", '"'])
async def test_a_host_that_is_none_is_refused(segment: Segment, host: str) -> None:
    answer = await segment.get(f"/v1/projects/{segment.key}/settings", Host=host)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_host")


async def test_rudderstacks_sdk_is_told_that_there_are_no_destinations(segment: Segment) -> None:
    off = {"enabled": False}
    source = {
        "id": segment.key,
        "enabled": True,
        "config": {"statsCollection": {"errors": off, "metrics": off}},
        "destinations": [],
    }
    for path in ("/sourceConfig", "/sourceConfig/"):
        assert said(await segment.get(f"{path}?p=npm&v=3.34.1&writeKey={segment.key}")) == (200, {"source": source})


@pytest.mark.parametrize(
    "path", ["/v1/projects/kpk_unknown/settings", "/sourceConfig?writeKey=kpk_unknown", "/sourceConfig"]
)
async def test_an_unknown_key_has_no_document(segment: Segment, path: str) -> None:
    answer = await segment.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_key")


@pytest.mark.parametrize("name", SDKS)
async def test_every_recorded_request_is_answered_as_its_client_needs_it(
    segment: Segment, clock: Clock, name: str
) -> None:
    for request in recorded(f"segment/{name}.jsonl"):
        clock.now = datetime.fromtimestamp(request.at, UTC)
        path = request.path.replace("wk_demo", segment.key)
        headers = {**request.headers, "authorization": basic_of(segment.key)}
        body = gzip.compress(request.body) if request.packed else request.body
        async with client(segment.gateway.usual) as http:
            twice = [await http.request(request.method, path, content=body, headers=headers) for _ in (1, 2)]
        only_alias = b'"batch":' not in request.body and b'"type":"alias"' in request.body
        assert [answer.status_code for answer in twice] == [400 if only_alias else 200] * 2
        assert request.method == "GET" or twice[0].json()["success"] is not only_alias
        assert twice[0].headers.get("X-Refused") in (None, "unsupported=1")
