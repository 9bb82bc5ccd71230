"""What is answered before anything of a request is read: preflights, keys nobody knows, budgets, repeats."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from control.faults import ControlUnavailable
from control.write_keys import WriteKeys
from event_log.faults import LogUnavailable
from tests.kit.door import BELOW, PATH, Doors, client, write_key
from tests.web.conftest import Site
from web.app import WebApp
from web.audit_trail import AdminAction, Refusal
from web.body import WHOLE

pytestmark = pytest.mark.anyio

PAGE = "https://shop.example"
ASKED = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "anonymousid"}


@pytest.fixture
def doors(site: Site) -> Doors:
    return Doors(site)


def at_once(app: WebApp) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The app behind a server that has all of a body before it asks for an answer, as usual."""

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        scope[WHOLE] = True
        await app(scope, again, send)

    return whole


class Heard:
    """An audit trail that keeps what it is told."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def acted(self, action: AdminAction) -> None:
        raise AssertionError(action)


async def test_a_preflight_needs_no_key_and_spends_nothing_whatever_the_settings_say(doors: Doors) -> None:
    app = doors.app(write_key_requests_per_minute=1, cors_origins=("https://other.example",))
    async with client(app) as http:
        answers = [await http.options(f"{BELOW}of/kpk_any", headers=ASKED) for _ in range(3)]
        posted = await http.post(f"{BELOW}of/{doors.key()}", content="zoe hello", headers={"Origin": PAGE})
    for answer in answers:
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Max-Age"] == "7200"
        assert answer.headers["Access-Control-Allow-Headers"] == (
            "Authorization, Content-Type, Content-Encoding, AnonymousId, SentAt, X-Retry-Count, RSA-Retry-Attempt, "
            "RSA-Retry-Reason, RSA-Since-First-Attempt, RSA-Since-Last-Attempt, X-Consent-Level"
        )
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert (posted.status_code, posted.headers.get_list("Access-Control-Allow-Origin")) == (204, ["*"])


@pytest.mark.parametrize("case", ["taken", "unknown", "limited", "bad", "missing", "failed"])
async def test_pages_of_every_origin_may_read_every_answer(doors: Doors, case: str) -> None:
    key = doors.key()
    app = doors.app(write_key_requests_per_minute=1)
    if case == "failed":
        doors.recorder.failure = LogUnavailable("gone")
    if case == "limited":
        await doors.send("zoe hello", key=key, app=app)
    path = {"unknown": f"{BELOW}of/kpk_no", "missing": f"{BELOW}nowhere"}.get(case, f"{BELOW}of/{key}")
    async with client(app) as http:
        answer = await http.post(path, content="{" if case == "bad" else "zoe hello", headers={"Origin": PAGE})
    statuses = {"taken": 204, "unknown": 204, "limited": 429, "bad": 400, "missing": 404, "failed": 503}
    assert answer.status_code == statuses[case]
    assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"]
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Refused"
    assert answer.headers["X-Request-Id"]


async def test_other_paths_keep_their_own_cors(doors: Doors) -> None:
    async with client(doors.app(cors_origins=("https://other.example",))) as http:
        answer = await http.get("/health/live", headers={"Origin": PAGE})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_an_address_has_a_budget_with_each_key_and_one_for_all_that_nobody_knows(doors: Doors) -> None:
    first, second, server = doors.key(), doors.key(), doors.key(server=True)
    app = doors.app(write_key_requests_per_minute=2)

    async def statuses(key: str, peer: str = "127.0.0.1") -> list[int]:
        async with client(app, peer) as http:
            return [(await http.post(f"{BELOW}of/{key}", content="zoe hello")).status_code for _ in range(3)]

    assert await statuses(first) == [204, 204, 429]
    assert await statuses(second) == [204, 204, 429]
    assert await statuses(first, "192.0.2.1") == [204, 204, 429]
    assert await statuses(server) == [204, 204, 204]
    assert [*await statuses("kpk_a"), *await statuses("kpk_b")] == [204, 204, 429, 429, 429, 429]


async def test_beyond_a_budget_it_is_said_how_long_to_wait_and_nothing_is_read(doors: Doors) -> None:
    app = doors.app(write_key_requests_per_minute=1)
    key = doors.key()
    await doors.send("zoe hello", key=key, app=app)
    answer = await doors.send("zoe world", key=key, app=app)
    assert (answer.status_code, 1 <= int(answer.headers["Retry-After"]) <= 60) == (429, True)
    assert doors.words == ["hello"]


async def test_a_key_lets_in_so_many_items_and_no_more_until_the_minute_is_over(doors: Doors) -> None:
    app = doors.app(write_key_items_per_minute=3)
    key = doors.key()
    answers = [await doors.send("zoe a", "zoe b", "no", key=key, app=app) for _ in range(2)]
    other = await doors.send("zoe c", key=doors.key(), app=app)
    assert [each.status_code for each in (*answers, other)] == [204, 429, 204]
    assert doors.words == ["a", "b", "c"]


async def test_a_repeat_is_answered_as_before_and_not_published_again(doors: Doors) -> None:
    app = at_once(doors.app())
    key = doors.key()
    answers = [await doors.send("zoe hello", "no", key=key, app=app) for _ in range(3)]
    assert {(each.status_code, each.headers["X-Refused"]) for each in answers} == {(204, "no_word=1")}
    assert len({each.headers["X-Request-Id"] for each in answers}) == 3
    assert all(len(each.headers.get_list("X-Request-Id")) == 1 for each in answers)
    assert all(each.headers.get_list("Access-Control-Allow-Origin") == ["*"] for each in answers)
    assert (doors.words, doors.recorder.requests) == (["hello"], 1)


NOT_REPEATS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "another body": ("zoe world", {}),
    "another level": ("zoe hello", {"X_Consent_Level": "2"}),
    "another origin": ("zoe hello", {"Origin": PAGE}),
    "privacy": ("zoe hello", {"Sec_GPC": "1"}),
    "another encoding": ("zoe hello", {"Content_Encoding": "identity"}),
}


@pytest.mark.parametrize("name", NOT_REPEATS)
async def test_what_differs_in_anything_that_decides_is_no_repeat(doors: Doors, name: str) -> None:
    line, headers = NOT_REPEATS[name]
    app = at_once(doors.app())
    key = doors.key()
    await doors.send("zoe hello", key=key, app=app)
    await doors.send(line, key=key, app=app, **headers)
    await doors.send("zoe hello", key=f"{key}?consent=2", app=app)
    assert doors.recorder.requests == 3


async def test_what_is_not_durable_or_new_each_time_is_no_repeat(doors: Doors) -> None:
    app = at_once(doors.app())
    key = doors.key()
    doors.recorder.failure = LogUnavailable("gone")
    assert (await doors.send("zoe hello", key=key, app=app)).status_code == 503
    doors.recorder.failure = None
    assert (await doors.send("zoe hello", key=key, app=app)).status_code == 204
    for _ in range(2):
        await doors.send("zoe new", key=key, app=app)
    assert doors.words == ["hello", "new", "new"]


async def test_a_repeat_by_a_revoked_key_is_refused(doors: Doors) -> None:
    made, key = write_key(doors.site)
    app = at_once(doors.app())
    await doors.send("zoe hello", key=key, app=app)
    doors.site.control.write_keys.revoke(made.id)
    assert (await doors.send("zoe hello", key=key, app=app)).headers["X-Refused"] == "unknown_key=1"


async def test_repeats_spend_the_budget_of_their_address(doors: Doors) -> None:
    app = at_once(doors.app(write_key_requests_per_minute=2))
    key = doors.key()
    statuses = [(await doors.send("zoe hello", key=key, app=app)).status_code for _ in range(3)]
    assert statuses == [204, 204, 429]


async def test_a_flood_asks_control_for_nothing(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = WriteKeys.list

    def listed(keys: WriteKeys) -> Any:
        asked.append(1)
        return real(keys)

    monkeypatch.setattr(WriteKeys, "list", listed)
    app = doors.app()
    for number in range(50):
        await doors.send("zoe hello", key=f"kpk_{number}", app=app)
    assert len(asked) == 1


async def test_while_control_is_away_no_key_is_believed(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(keys: WriteKeys) -> int:
        raise ControlUnavailable("gone")

    key = doors.key()
    monkeypatch.setattr(WriteKeys, "revision", away)
    answer = await doors.send("zoe hello", key=key)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (503, "*")
    assert doors.words == []


async def test_a_refusal_beyond_a_budget_is_told_to_the_audit_of_the_keys_organisation(doors: Doors) -> None:
    heard = Heard()
    app = doors.app(trail=heard, write_key_requests_per_minute=1)
    key = doors.key()
    for _ in range(2):
        await doors.send("zoe hello", key=key, app=app)
    (refusal,) = heard.refusals
    assert (refusal.kind, refusal.status, refusal.code) == ("limit", 429, "rate_limited")
    assert (refusal.sender.tenant, refusal.sender.client_ip) == ("acme", "127.0.0.1")
    assert key not in repr(refusal)


async def test_a_key_in_a_path_is_in_no_metric(doors: Doors) -> None:
    key = doors.key()
    app = doors.app()
    for each in (key, "kpk_nobodys"):
        await doors.send("zoe hello", key=each, app=app)
    async with client(app) as http:
        text = (await http.get("/metrics")).text
    assert "kpk_" not in text
    assert 'kinelake_doorway_answers_total{family="words",outcome="unknown_key"}' in text


async def test_without_a_key_in_the_head_the_body_is_asked(doors: Doors) -> None:
    async with client(at_once(doors.app())) as http:
        answer = await http.post(PATH, content=f"writeKey={doors.key()}\nzoe hello")
    assert (answer.status_code, doors.words) == (204, ["hello"])
